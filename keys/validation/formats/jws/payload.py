"""The octets that a JWS signs besides its header, attached or detached, and whether detached content is what was signed.

RFC 7515 §5.1 and appendix F, RFC 7797, TS 119 182-1 clause 5.2.8 (``sigD`` with its three mechanisms).
"""

import base64
import binascii
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from keys.validation import crypto
from keys.validation.formats.contents import Contents
from keys.validation.formats.findings import Findings
from keys.validation.formats.jws.header import Header, Refused, digest_name
from keys.validation.formats.jws.serialization import (
    MalformedJws,
    Serialized,
    any_base64,
    check_base64url,
    to_base64url,
)
from keys.validation.model import Content, Integrity, Scope

_MECHANISMS: Final = "http://uri.etsi.org/19182/"


@dataclass(frozen=True)
class Payload:
    """What the signature covers."""

    octets: bytes | None
    """What stands after the dot in the signing input; None where the content is not at hand."""
    scopes: tuple[Scope, ...] = ()
    digests: tuple[str, ...] = ()
    stamped: bytes | None = None
    """What time-stamps over the data objects are computed over (clauses 5.2.6 and 5.3.6.2)."""


def read(serialized: Serialized, header: Header, contents: Contents, findings: Findings) -> Payload:
    """The payload of one signature; what is missing or changed goes to ``findings``."""
    detached = header.parameters.get("sigD")
    if serialized.payload is not None:
        if detached is not None:
            findings.add(Integrity.MALFORMED, "the content is said to be detached and is not")
        return _attached(serialized, header, findings)
    if detached is None:
        return _single(header, contents, findings)
    if not isinstance(detached, dict):
        raise Refused(Integrity.MALFORMED, "the parameter 'sigD' is no JSON object")
    mechanism = str(detached.get("mId", "")).removeprefix(_MECHANISMS)
    names = detached.get("pars")
    if not isinstance(names, list) or not names or not all(isinstance(name, str) for name in names):
        raise Refused(Integrity.MALFORMED, "the parameter 'sigD' lists no content")
    match mechanism:
        case "ObjectIdByURIHash":
            return _by_hash(detached, names, header, contents, findings)
        case "ObjectIdByURI":
            return _by_uri(names, header, contents, findings)
        case "HttpHeaders":
            return _http(names, header, contents, findings)
    raise Refused(Integrity.UNSUPPORTED, f"the mechanism {mechanism!r} for detached content is not supported")


def _attached(serialized: Serialized, header: Header, findings: Findings) -> Payload:
    text = serialized.payload or ""
    octets = text.encode()
    if header.encoded:
        try:
            check_base64url(text)
        except MalformedJws as error:
            findings.add(Integrity.MALFORMED, f"the payload: {error}")
    return Payload(octets, (Scope("payload", "FULL"),), stamped=octets)


def _single(header: Header, contents: Contents, findings: Findings) -> Payload:
    content = contents.only()
    if content is None or content.data is None:
        findings.add(Integrity.CONTENT_MISSING, "the signed content was not given")
        return Payload(None, (Scope("payload", "NONE", "not given"),))
    octets = _written(content.data, header)
    return Payload(octets, (Scope(content.name, "FULL"),), stamped=octets)


def _written(data: bytes, header: Header) -> bytes:
    return to_base64url(data).encode() if header.encoded else data


def _by_uri(names: Sequence[str], header: Header, contents: Contents, findings: Findings) -> Payload:
    """All contents one after the other (clause 5.2.8.3.2)."""
    found = [_find(name, names, contents) for name in names]
    scopes = tuple(_scope(name, content) for name, content in zip(names, found, strict=True))
    if any(content is None or content.data is None for content in found):
        findings.add(Integrity.CONTENT_MISSING, "not all of the signed contents were given")
        return Payload(None, scopes)
    octets = b"".join(_written(content.data or b"", header) for content in found if content)
    return Payload(octets, scopes, stamped=octets)


def _by_hash(
    detached: dict[str, Any], names: Sequence[str], header: Header, contents: Contents, findings: Findings
) -> Payload:
    """Digests of the contents stand in the header, and the payload is empty (clause 5.2.8.3.3)."""
    algorithm, values = digest_name(detached.get("hashM")), detached.get("hashV")
    if not isinstance(values, list) or len(values) != len(names) or len(set(names)) != len(names):
        raise Refused(Integrity.MALFORMED, "the parameter 'sigD' has not one digest for each content")
    found = []
    for name, value in zip(names, values, strict=True):
        try:
            expected = any_base64(value)
        except MalformedJws as error:
            raise Refused(Integrity.MALFORMED, f"a digest in 'sigD': {error}") from error
        found.append(_hashed(name, names, algorithm, expected, header, contents, findings))
    if any(content is None for content in found) and contents.unused():
        findings.add(Integrity.HASH_MISMATCH, "the content given is not what was signed")
    scopes = tuple(_scope(name, content) for name, content in zip(names, found, strict=True))
    whole = all(content is not None and content.data is not None for content in found)
    stamped = b"".join(_written(content.data or b"", header) for content in found if content) if whole else None
    return Payload(b"", scopes, (algorithm,), stamped)


def _hashed(
    name: str,
    names: Sequence[str],
    algorithm: str,
    expected: bytes,
    header: Header,
    contents: Contents,
    findings: Findings,
) -> Content | None:
    content = _find(name, names, contents) or next(
        (each for each in contents.unused() if _has_digest(each, algorithm, expected, header)), None
    )
    if content is None:
        findings.add(Integrity.CONTENT_MISSING, f"the signed content {name} was not given")
        return None
    contents.used.add(content.name)
    if not _has_digest(content, algorithm, expected, header):
        if content.data is None and (header.encoded or algorithm not in content.digests):
            # The digest is over the base64url form, which a digest of the content itself says nothing of.
            findings.add(Integrity.CONTENT_MISSING, f"the signed content {name} must be given itself")
            return None
        findings.add(Integrity.HASH_MISMATCH, f"the signed content {name} was changed")
    return content


def _has_digest(content: Content, algorithm: str, expected: bytes, header: Header) -> bool:
    if content.data is None:
        return hmac.compare_digest(content.digests.get(algorithm, b""), expected)
    return hmac.compare_digest(crypto.digest(algorithm, _written(content.data, header)), expected)


def _http(names: Sequence[str], header: Header, contents: Contents, findings: Findings) -> Payload:
    """Header fields of an HTTP message (clause 5.2.8.2); whatever else is given is its body."""
    lines, missing = [], []
    for name in dict.fromkeys(name.lower() for name in names):
        values = [each.data for each in contents.given if each.name.lower() == name and each.data is not None]
        if not values:
            missing.append(name)
        contents.used.update(each.name for each in contents.given if each.name.lower() == name)
        lines.append(name.encode() + b": " + b", ".join(value.strip() for value in values))
    scopes = tuple(Scope(name, "NONE" if name.lower() in missing else "FULL", "HTTP header") for name in names)
    if header.encoded:
        findings.add(Integrity.MALFORMED, "HTTP headers are signed without base64url (clause 5.2.8.2)")
    if missing:
        findings.add(Integrity.CONTENT_MISSING, f"the signed HTTP header {missing[0]} was not given")
        return Payload(None, scopes)
    scopes += _bodies(names, contents, findings)
    return Payload(b"\n".join(lines), scopes)


def _bodies(names: Sequence[str], contents: Contents, findings: Findings) -> tuple[Scope, ...]:
    """The body is covered by the Digest field alone (RFC 3230), and only when that field is signed."""
    signed = "digest" in {name.lower() for name in names}
    fields = [each.data.decode("latin-1") for each in contents.given if each.name.lower() == "digest" and each.data]
    scopes = []
    for body in contents.unused():
        if not signed:
            scopes.append(Scope(body.name, "NONE", "the HTTP body is not signed"))
            continue
        if not fields or not _has_field_digest(body, fields[0]):
            findings.add(Integrity.HASH_MISMATCH, "the HTTP body is not the one whose digest was signed")
        contents.used.add(body.name)
        scopes.append(Scope(body.name, "FULL", "HTTP body"))
    if signed and not scopes:
        findings.warn("the HTTP body was not given; only the headers were checked")
    return tuple(scopes)


def _has_field_digest(body: Content, digest_field: str) -> bool:
    matched = []
    for part in digest_field.split(","):
        name, _, value = part.strip().partition("=")
        try:
            expected = base64.b64decode(value, validate=True)
            algorithm = digest_name(name.upper())
        except (Refused, binascii.Error, ValueError):
            continue
        found = crypto.digest(algorithm, body.data) if body.data is not None else body.digests.get(algorithm, b"")
        matched.append(hmac.compare_digest(found, expected))
    return bool(matched) and all(matched)


def _find(name: str, names: Sequence[str], contents: Contents) -> Content | None:
    return (contents.only() if len(names) == 1 else None) or contents.named(name)


def _scope(name: str, content: Content | None) -> Scope:
    if content is None:
        return Scope(name, "NONE", "not given")
    return Scope(content.name, "FULL")
