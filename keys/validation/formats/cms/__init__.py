"""CAdES and CMS signatures, enveloping and detached (ETSI EN 319 122-1, RFC 5652).

Owns reading one file into signature objects: every signer, every counter-signature, and which of the given contents
each one signed. Its neighbours in this folder read single attributes; PDF and ASiC reuse them.
"""

import base64
import binascii
import re
from collections.abc import Sequence

from keys.validation import timestamps
from keys.validation.asn1 import MalformedEncoding
from keys.validation.crypto import UnsupportedAlgorithm
from keys.validation.formats.cms.build import Frame, Signer, build, counter_signatures, signer_id
from keys.validation.model import (
    Content,
    Integrity,
    ParsedDocument,
    Scope,
    SignatureObject,
    Timestamp,
    TimestampKind,
)
from keys.validation.signed_data import SignedData, SignerInfo, read_signed_data
from keys.validation.signer import SignerCheck, check_signer, content_digest
from keys.validation.timestamps import TST_INFO
from keys.validation.validation_data import of_signer

_PEM = re.compile(rb"-----BEGIN (?:PKCS7|PKCS #7 SIGNED DATA|CMS)-----(.*?)-----END ", re.DOTALL)
_BASE64 = re.compile(rb"[A-Za-z0-9+/\s]+={0,2}\s*")


def parse(data: bytes, detached: Sequence[Content] = ()) -> ParsedDocument:
    """The signatures in a CMS file in DER, BER, PEM or base64; ``detached`` is content that it may be about.

    Never raises: what cannot be read is named in ``problems``.
    """
    try:
        structure = read_signed_data(_binary(data), padded=True)
    except MalformedEncoding as error:
        return ParsedDocument(None, problems=(f"not a CMS signature: {error}",))
    if structure.content_type == TST_INFO and structure.content is not None:
        return _time_stamp(_binary(data), detached)
    signatures: list[SignatureObject] = []
    used: set[str] = set()
    for number, info in enumerate(structure.signers, 1):
        signatures += _signer(structure, info, number, detached, used)
    return ParsedDocument(
        format="CAdES" if any(s.format == "CAdES" for s in signatures) else "CMS",
        signatures=tuple(signatures),
        evidence_records=0,
        uncovered=tuple(content.name for content in detached if content.name not in used),
    )


def _binary(data: bytes) -> bytes:
    armoured = _PEM.search(data[:200]) or (_PEM.search(data) if data.lstrip().startswith(b"-----BEGIN") else None)
    if armoured:
        return _decoded(armoured[1], data)
    if data[:1] != b"\x30" and _BASE64.fullmatch(data):
        return _decoded(data, data)
    return data


def _decoded(text: bytes, otherwise: bytes) -> bytes:
    try:
        return base64.b64decode(b"".join(text.split()), validate=True)
    except binascii.Error:
        return otherwise


def _signer(
    structure: SignedData, info: SignerInfo, number: int, detached: Sequence[Content], used: set[str]
) -> list[SignatureObject]:
    certificates = (*structure.certificates, *of_signer(info).certificates)
    content, check = _judge(structure, info, certificates, detached)
    if content is not None and structure.content is None:
        used.add(content.name)
    scopes = (Scope(content.name, "FULL"),) if content is not None and check.integrity is Integrity.INTACT else ()
    signer = Signer(signer_id(info, str(number)), info, structure.content_type, content, structure, certificates)
    frame = Frame("CAdES", "CMS", scopes=scopes)
    counters = Frame("CAdES", "CMS", scopes=(Scope(signer.id, "FULL", "counter-signed signature value"),))
    return [build(signer, frame, check), *counter_signatures(signer, counters)]


def _judge(
    structure: SignedData, info: SignerInfo, certificates: Sequence[bytes], detached: Sequence[Content]
) -> tuple[Content | None, SignerCheck]:
    """The content this signer is about, with what was found of it.

    Encapsulated content is what was signed, whatever else is given. Of several detached contents it is the one that
    the signature fits; if it fits none, the first stands for all.
    """
    if structure.content is not None:
        candidates: Sequence[Content | None] = [Content("encapsulated content", structure.content)]
    else:
        candidates = detached or [None]
    checks = [(c, check_signer(info, structure.content_type, c, certificates)) for c in candidates]
    return next((pair for pair in checks if pair[1].integrity is Integrity.INTACT), checks[0])


def _time_stamp(data: bytes, detached: Sequence[Content]) -> ParsedDocument:
    """A time-stamp token by itself: a statement of time about the given content, signed by no person."""
    token = timestamps.parse(data)
    matches: bool | None = None
    covered: set[str] = set()
    for content in detached:
        try:
            digest = content_digest(content, token.imprint_digest)
        except UnsupportedAlgorithm:
            continue
        if digest is not None:
            matches = bool(matches) or digest == token.imprint
        if digest == token.imprint:
            covered.add(content.name)
    return ParsedDocument(
        format="TimeStampToken",
        timestamps=(Timestamp(TimestampKind.DOCUMENT, data, matches),),
        problems=token.problems,
        uncovered=tuple(content.name for content in detached if content.name not in covered),
    )
