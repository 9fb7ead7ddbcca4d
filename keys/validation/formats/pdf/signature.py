"""One signature field of a PDF: its rules first, then the signature value inside it (ISO 32000-2 §12.8, EN 319 142-1).

Owns what PDF asks of a signature: the byte range, the end of the signed revision, the encodings (SubFilter), one signer
only, and whether what came later was permitted. The value itself is judged as CMS.
"""

import hashlib
from dataclasses import dataclass, replace
from functools import cached_property

from keys.validation import asn1, crypto, timestamps
from keys.validation.algorithms import RSA_PKCS1, SignatureAlgorithm
from keys.validation.asn1 import MalformedEncoding
from keys.validation.certificates import read_certificate
from keys.validation.formats.cms.build import Frame, Signer, build, counter_signatures, signer_id
from keys.validation.formats.pdf.byte_range import BadByteRange, ByteRange, read_byte_range, signature_in_gap
from keys.validation.formats.pdf.changes import changes_between
from keys.validation.formats.pdf.comparison import Change
from keys.validation.formats.pdf.document import Document, Revision
from keys.validation.formats.pdf.fields import SignatureField, date
from keys.validation.formats.pdf.levels import CADES, pdf_level
from keys.validation.formats.pdf.security_store import SecurityStore
from keys.validation.formats.pdf.values import Unreadable
from keys.validation.model import Content, Integrity, Scope, SignatureObject, Timestamp
from keys.validation.signed_data import SignedData, signed_data_of
from keys.validation.validation_data import of_signer

TIME_STAMP = "ETSI.RFC3161"
_SHA1_PKCS7, _RSA_SHA1 = "adbe.pkcs7.sha1", "adbe.x509.rsa_sha1"
_BLANK = b"\0\t\n\f\r "


@dataclass(frozen=True)
class Located:
    """A signature field with its byte range read and its revision found; ``problems`` are the rules it breaks."""

    field: SignatureField
    document: Document
    range: ByteRange | None
    value: bytes
    revision: Revision | None
    problems: tuple[str, ...] = ()

    @property
    def covered(self) -> bytes:
        """The bytes that are signed; empty where the byte range cannot be used."""
        return self.range.covered(self.document.data) if self.range is not None else b""

    @property
    def is_time_stamp(self) -> bool:
        """Whether this is a document time-stamp: the encoding says so, whatever /Type pretends (§12.8.5)."""
        return self.field.sub_filter == TIME_STAMP

    @cached_property
    def changes(self) -> list[Change]:
        """What changed after this signature."""
        if self.revision is None or self.revision.limit == len(self.document.data):
            return []
        return changes_between(self.revision, self.document.last)

    @cached_property
    def forbidden(self) -> tuple[str, ...]:
        """The changes that this signature does not permit, in words."""
        field = self.field
        return tuple(
            change.text
            for change in self.changes
            if change.needs > field.permission
            or (change.field is not None and any(lock.holds(change.field) for lock in field.locks))
        )


def locate(field: SignatureField, document: Document) -> Located:
    """Read the byte range of a field and find the revision it ends."""
    try:
        covered = read_byte_range(field.dictionary.get("ByteRange"), len(document.data))
    except BadByteRange as error:
        return Located(field, document, None, b"", None, (str(error),))
    try:
        value = signature_in_gap(document.data, covered, field.span)
    except BadByteRange as error:
        return Located(field, document, covered, b"", None, (str(error),))
    located = Located(field, document, covered, value, None)
    rest = document.data[covered.end :]
    if not rest.strip(_BLANK):
        return replace(located, revision=Revision(document, document.last.index, len(document.data)))
    return _in_revision(located, covered)


def _in_revision(located: Located, covered: ByteRange) -> Located:
    document = located.document
    try:
        revision = document.revision_at(covered.end)
    except Unreadable as error:
        return replace(located, problems=(f"the signed revision cannot be read: {error}",))
    if revision is None:
        return replace(located, problems=("the signed bytes do not end with a revision of this file",))
    if revision.index == document.last.index or not document.ends_properly:
        return replace(located, problems=("bytes that belong to no revision follow the signed ones",))
    return replace(located, revision=revision)


def signatures_of(
    located: Located, number: int, store: SecurityStore, stamps: tuple[Timestamp, ...]
) -> list[SignatureObject]:
    """The signature objects of one field: usually one, and counter-signatures if the value has any."""
    frame = _frame(located, store, stamps)
    if located.field.sub_filter == _RSA_SHA1:
        return [_raw_rsa(located, number, frame)]
    try:
        structure, rest = _value(located.value)
        if not structure.signers:
            raise MalformedEncoding("it has no signer")
    except MalformedEncoding as error:
        return [_unreadable(located, number, frame, f"the signature value cannot be read: {error}")]
    if len(structure.signers) > 1:
        frame = replace(frame, problems=(*frame.problems, "there is more than one signer in the signature value"))
    if rest and not frame.problems:
        frame = replace(
            frame, warnings=(*frame.warnings, "the space after the signature value is not filled with zeros")
        )
    return [
        found for info in _signers(structure, located, number) for found in _objects(info, structure, located, frame)
    ]


def _value(value: bytes) -> tuple[SignedData, bytes]:
    """The structure in /Contents, and what is left of the reserved space when its padding is taken off.

    Some writers leave in it what stood there before. It lies in the gap that nobody signs and no reader looks at; the
    structure ends where its own lengths say (§12.8.1).
    """
    element = asn1.read(value, trailing=True)
    return signed_data_of(element), value[element.end :].strip(_BLANK)


def _enclosing(found: SignatureObject, structure: SignedData, located: Located) -> SignatureObject:
    """No data shall be encapsulated (§12.8.3.3.1): a reader that prefers it would judge something else than the page.

    The signed bytes themselves, enclosed once more, say nothing else and are only told.
    """
    if structure.content is None or located.field.sub_filter == _SHA1_PKCS7:
        return found
    if structure.content == located.covered:
        return replace(found, warnings=(*found.warnings, "the signature value encloses the document once more"))
    if found.integrity is not Integrity.INTACT:
        return found
    return _worsened(found, Integrity.MALFORMED, "the signature value encloses content that is not the document")


def _signers(structure: SignedData, located: Located, number: int) -> list[Signer]:
    content = Content(located.field.name, located.covered)
    if located.field.sub_filter == _SHA1_PKCS7:
        content = Content(located.field.name, structure.content)
    return [
        Signer(
            signer_id(info, f"{number}" if len(structure.signers) == 1 else f"{number}.{place}"),
            info,
            structure.content_type,
            content if located.range is not None else None,
            structure,
            (*structure.certificates, *of_signer(info).certificates),
        )
        for place, info in enumerate(structure.signers, 1)
    ]


def _objects(signer: Signer, structure: SignedData, located: Located, frame: Frame) -> list[SignatureObject]:
    found = _enclosing(build(signer, frame), structure, located)
    if (
        located.field.sub_filter == _SHA1_PKCS7
        and structure.content != hashlib.sha1(located.covered, usedforsecurity=False).digest()
    ):
        found = _worsened(
            found, Integrity.HASH_MISMATCH, "the document is not what was signed: its SHA-1 digest differs"
        )
    if found.claimed_signing_time is None:
        found = replace(found, claimed_signing_time=date(located.field.dictionary.get("M")))
    counters = Frame("CAdES", "CMS", frame.extra)
    return [found, *counter_signatures(signer, counters)]


def _worsened(found: SignatureObject, integrity: Integrity, problem: str) -> SignatureObject:
    if found.integrity is Integrity.MALFORMED:
        integrity = found.integrity
    return replace(found, integrity=integrity, problems=(problem, *found.problems))


def _frame(located: Located, store: SecurityStore, stamps: tuple[Timestamp, ...]) -> Frame:
    problems = (*located.problems, *located.forbidden)
    changed = [change for change in located.changes if change.content]
    tokens = tuple(timestamps.parse(stamp.token) for stamp in stamps if stamp.imprint_matches)
    stored = "DSS" in located.document.last.catalog
    lost = ["a later revision left out validation data of an earlier one"] if store.overwritten else []
    return Frame(
        format="PAdES" if located.field.sub_filter == CADES else "PKCS7",
        unbound_format="PKCS7",
        extra=store.until(located.document.last),
        problems=problems,
        warnings=() if problems else (*(c.text for c in located.changes if c.content or c.drawn), *lost),
        scopes=_scopes(located),
        timestamps=stamps,
        changed_after_signing=bool(changed),
        level=lambda facts: pdf_level(facts, located.field.dictionary, tokens, stored=stored),
    )


def _scopes(located: Located) -> tuple[Scope, ...]:
    if located.range is None or located.revision is None:
        return ()
    whole = not located.document.data[located.range.end :].strip(_BLANK)
    detail = f"bytes 0–{located.range.before} and {located.range.after}–{located.range.end}"
    return (Scope("the whole document" if whole else "an earlier revision", "FULL" if whole else "PARTIAL", detail),)


def _unreadable(located: Located, number: int, frame: Frame, problem: str) -> SignatureObject:
    digest = hashlib.sha256(located.value).hexdigest()[:16]
    return SignatureObject(
        id=f"S-{number}-{digest}",
        format=frame.format,
        container=None,
        integrity=Integrity.MALFORMED,
        problems=(*frame.problems, problem),
        claimed_signing_time=date(located.field.dictionary.get("M")),
        scopes=frame.scopes,
    )


def _raw_rsa(located: Located, number: int, frame: Frame) -> SignatureObject:
    """adbe.x509.rsa_sha1: a PKCS #1 value in an OCTET STRING, the certificate beside it in /Cert (§12.8.3.2)."""
    cert = located.field.dictionary.get("Cert")
    certificates = tuple(item for item in (cert if isinstance(cert, list) else [cert]) if isinstance(item, bytes))
    if not certificates:
        return replace(
            _unreadable(located, number, frame, ""), integrity=Integrity.NO_SIGNER, problems=("/Cert is missing",)
        )
    try:
        value = asn1.read(located.value, trailing=True).octets
        key = crypto.public_key(read_certificate(certificates[0]).spki)
        verified = crypto.verify(key, SignatureAlgorithm(RSA_PKCS1, "sha1"), value, located.covered)
    except (MalformedEncoding, crypto.MalformedKey, crypto.UnsupportedAlgorithm) as error:
        return _unreadable(located, number, frame, str(error))
    base = _unreadable(located, number, frame, "")
    broken = () if verified else ("the signature value does not verify with the certificate's key",)
    problems = frame.problems + broken
    return replace(
        base,
        integrity=Integrity.MALFORMED if frame.problems else Integrity.SIGNATURE_BROKEN if broken else Integrity.INTACT,
        problems=problems,
        signature_value=value,
        signature_algorithm=RSA_PKCS1,
        digest_algorithms=("sha1",),
        signer=certificates[0],
        certificates=certificates + frame.extra.certificates,
        crls=frame.extra.crls,
        ocsp_responses=frame.extra.ocsp_responses,
        timestamps=frame.timestamps,
        changed_after_signing=frame.changed_after_signing,
    )
