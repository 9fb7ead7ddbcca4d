"""What relying parties ask of the built-in authority: OCSP (RFC 6960), CRLs (RFC 5280 §5) and its own certificates.

Answered from the status table at each question, so that a revocation is seen at once. Media types are those of RFC 6960
Appendix C, RFC 2585 §4. How an answer is made is ``keys.authority``'s affair.
"""

import base64
import binascii
import hashlib
from collections.abc import Callable
from functools import partial
from urllib.parse import unquote

from idp.protocol.exchange import Headers, MachineRequest, Reply
from idp.services import Services
from keys.authority import responder
from keys.authority.standing import standing
from keys.store import authorities as store

OCSP_TYPE = "application/ocsp-request"
FRESH: Headers = (("Cache-Control", "no-cache"),)
"""A cache may keep an answer but asks each time: a revocation is seen at once."""
STATIC: Headers = (("Cache-Control", "public, max-age=86400"),)
NOT_THERE = Reply(404, b"there is no such authority here\n", (("Content-Type", "text/plain; charset=utf-8"), *FRESH))


def status_endpoints(services: Services) -> dict[str, tuple[Callable[[MachineRequest], Reply], tuple[str, ...]]]:
    """Give what answers everything below each address, with its methods."""
    return {
        "/ocsp/": (partial(ocsp, services), ("GET", "POST")),
        "/crl/": (partial(revocation_list, services), ("GET",)),
        "/ca/": (partial(authority_certificate, services), ("GET",)),
    }


def ocsp(services: Services, request: MachineRequest) -> Reply:
    """Answer a question sent in the body, or by GET in the address (RFC 6960 Appendix A.1)."""
    name, _, encoded = request.path.removeprefix("/ocsp/").partition("/")
    found = services.authorities.get().responders.get(name)
    if found is None:
        return NOT_THERE
    question = request.body if request.method == "POST" else _decoded(encoded)
    if request.method == "POST" and request.headers.get("content-type", "").split(";")[0].strip() != OCSP_TYPE:
        question = b""
    with services.database.read() as connection:
        answer = responder.answer(found, question, partial(standing, connection, name), services.now())
    return Reply(200, answer, (("Content-Type", "application/ocsp-response"), *FRESH))


def revocation_list(services: Services, request: MachineRequest) -> Reply:
    """Give an authority's newest CRL."""
    name = request.path.removeprefix("/crl/").removesuffix(".crl")
    with services.database.read() as connection:
        found = store.newest_list(connection, name[:32])
    if found is None or not request.path.endswith(".crl"):
        return NOT_THERE
    return _tagged(request, found.content, "application/pkix-crl", FRESH)


def authority_certificate(services: Services, request: MachineRequest) -> Reply:
    """Give an authority's certificate (caIssuers, RFC 5280 §4.2.2.1)."""
    name = request.path.removeprefix("/ca/").removesuffix(".cer")
    found = services.authorities.get().authorities.get(name)
    if found is None or not request.path.endswith(".cer"):
        return NOT_THERE
    return _tagged(request, found.der, "application/pkix-cert", STATIC)


def _tagged(request: MachineRequest, content: bytes, media_type: str, caching: Headers) -> Reply:
    etag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    headers = (("ETag", etag), *caching)
    if request.headers.get("if-none-match") == etag:
        return Reply(304, b"", headers)
    return Reply(200, content, (("Content-Type", media_type), *headers))


def _decoded(encoded: str) -> bytes:
    """Give the question of a GET: base64, percent-encoded where the server has not undone that; nothing when it is not."""
    try:
        return base64.b64decode(unquote(encoded), validate=True)
    except (binascii.Error, ValueError):
        return b""
