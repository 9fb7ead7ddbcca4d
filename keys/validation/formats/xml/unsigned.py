"""The unsigned properties of a XAdES signature: validation data, time-stamps with their imprints, evidence records.

ETSI EN 319 132-1 clauses 5.3 to 5.5 and annex A, with the older spellings of TS 101 903. Counter-signatures are
signatures of their own (``signature``); nothing here changes whether the signature stands.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from lxml import etree

from keys.validation.formats.evidence import Evidence, fingerprint
from keys.validation.formats.findings import Findings
from keys.validation.formats.xml import c14n, names
from keys.validation.formats.xml.document import children, identifier, local_name, namespace
from keys.validation.formats.xml.references import Outcome, Refused, decoded, digest_and_value
from keys.validation.model import TimestampKind

_SIGNATURE_STAMP = "SignatureTimeStamp"
_REFERENCES = (
    "CompleteCertificateRefs",
    "CompleteRevocationRefs",
    "AttributeCertificateRefs",
    "AttributeRevocationRefs",
)
_REFERENCES_V2 = tuple(f"{name}V2" if name.endswith("CertificateRefs") else name for name in _REFERENCES)
_STAMPS = {
    _SIGNATURE_STAMP: TimestampKind.SIGNATURE,
    "SigAndRefsTimeStamp": TimestampKind.SIGNATURE_AND_REFERENCES,
    "SigAndRefsTimeStampV2": TimestampKind.SIGNATURE_AND_REFERENCES,
    "RefsOnlyTimeStamp": TimestampKind.REFERENCES_ONLY,
    "RefsOnlyTimeStampV2": TimestampKind.REFERENCES_ONLY,
    "ArchiveTimeStamp": TimestampKind.ARCHIVE,
}


@dataclass(frozen=True)
class Signed:
    """The parts of a signature that its time-stamps are computed over."""

    signature: etree._Element
    signature_value: bytes
    outcomes: Sequence[Outcome]
    """The references, in order."""
    unsigned: Sequence[etree._Element] = ()
    signer_digests: Sequence[tuple[str, bytes]] = ()
    """The digests of the signing-certificate property: what the signature value itself vouches for."""


def collect(signed: Signed, evidence: Evidence, findings: Findings) -> int:
    """Add everything of the unsigned properties to ``evidence``, in order; gives the number of evidence records."""
    if not signed.unsigned:
        return 0
    for element in signed.unsigned:
        add_values(element, evidence, findings)
    # An archive time-stamp covers what stands before it, so the order of the properties is walked once more for stamps.
    so_far, records = Evidence(), 0
    _key_info(signed.signature, so_far, findings)
    for position, element in enumerate(signed.unsigned):
        name = local_name(element)
        if name in _STAMPS and namespace(element) in {*names.XADES, names.XADES_141}:
            _stamp(signed, position, _STAMPS[name], so_far, evidence, findings)
        elif name == "SealingEvidenceRecords":
            records += len(children(element))
        else:
            add_values(element, so_far, findings)
    evidence.timestamps.extend(so_far.timestamps)
    return records


def content_timestamp(
    element: etree._Element, outcomes: Sequence[Outcome], evidence: Evidence, findings: Findings
) -> None:
    """Add the tokens of an AllDataObjectsTimeStamp or IndividualDataObjectsTimeStamp (clauses 5.2.8.1, 5.2.8.2)."""
    if local_name(element) == "AllDataObjectsTimeStamp":
        stamped: Sequence[Outcome] | None = [
            outcome for outcome in outcomes if outcome.type not in names.TYPES_SIGNED_PROPERTIES
        ]
    else:
        stamped = _included(element, outcomes)
    for token in _tokens(element, findings):
        evidence.add_timestamp(TimestampKind.CONTENT, token, lambda: _contents_stamped(stamped, element), ())


def _included(element: etree._Element, outcomes: Sequence[Outcome]) -> Sequence[Outcome] | None:
    by_id = {identifier(outcome.element): outcome for outcome in outcomes}
    includes = element.findall("{*}Include")
    if not includes or any(str(each.get("referencedData", "")).lower() not in {"true", "1"} for each in includes):
        return None
    found = [by_id.get(str(each.get("URI", "")).removeprefix("#")) for each in includes]
    return None if None in found else [each for each in found if each is not None]


def _contents_stamped(outcomes: Sequence[Outcome] | None, element: etree._Element) -> list[bytes | None]:
    if not outcomes or any(outcome.data is None for outcome in outcomes):
        return [None]
    return _in_each_form(element, lambda method: b"".join(outcome.octets(method) for outcome in outcomes))


def _stamp(
    signed: Signed, position: int, kind: TimestampKind, so_far: Evidence, all_: Evidence, findings: Findings
) -> None:
    element = signed.unsigned[position]
    covers = _covers(signed, position, kind, so_far, all_)
    for token in _tokens(element, findings):
        so_far.add_timestamp(kind, token, lambda: _stamped(signed, position, kind), covers)


def _covers(signed: Signed, position: int, kind: TimestampKind, so_far: Evidence, all_: Evidence) -> frozenset[str]:
    value = frozenset({fingerprint(signed.signature_value)}) | all_.with_digests(signed.signer_digests)
    digests = _reference_digests(signed.unsigned[:position])
    match kind:
        case TimestampKind.SIGNATURE:
            return value
        case TimestampKind.SIGNATURE_AND_REFERENCES:
            stamps = (fingerprint(stamp.token) for stamp in so_far.timestamps if stamp.kind is TimestampKind.SIGNATURE)
            return value | all_.with_digests(digests) | frozenset(stamps)
        case TimestampKind.REFERENCES_ONLY:
            return all_.with_digests(digests)
        case _:
            return value | so_far.so_far() | all_.with_digests(digests)


def _reference_digests(elements: Sequence[etree._Element]) -> list[tuple[str, bytes]]:
    found = []
    for element in elements:
        if local_name(element) in {*_REFERENCES, *_REFERENCES_V2}:
            for holder in element.iter("{*}CertDigest", "{*}DigestAlgAndValue"):
                try:
                    found.append(digest_and_value(holder))
                except Refused:
                    continue
    return found


def _stamped(signed: Signed, position: int, kind: TimestampKind) -> list[bytes | None]:
    """The octets that a time-stamp of this kind at this place must be over; None where they cannot be told."""
    element = signed.unsigned[position]
    elsewhere = element.find("{*}Include") is not None or namespace(element) in names.XADES_OLD
    if elsewhere and kind is not TimestampKind.SIGNATURE:
        # The distributed case (clause A.1.5.1.3) and the first versions: what is covered is listed, and not judged.
        return [None]
    return _in_each_form(element, lambda method: _PARTS[kind](signed, position, method))


def _in_each_form(element: etree._Element, octets: Callable[[c14n.Method], bytes | None]) -> list[bytes | None]:
    """The octets in the canonical form that the time-stamp names; in the two usual ones where it names none.

    Clause 4.5 has a default, which some signers overlook. Any canonical form binds the same content.
    """
    named = element.find(names.CANONICALIZATION_METHOD)
    try:
        if named is not None and named.get("Algorithm"):
            return [octets(c14n.method_of(named))]
        return [octets(c14n.DEFAULT), octets(c14n.EXCLUSIVE)]
    except c14n.UnsupportedCanonicalization:
        return [None]


def _over_signature(signed: Signed, _: int, method: c14n.Method) -> bytes:
    return _child(signed, names.SIGNATURE_VALUE, method)


def _over_references(signed: Signed, position: int, method: c14n.Method, *extra: str) -> bytes:
    second = local_name(signed.unsigned[position]).endswith("V2")
    wanted = {*extra, *(_REFERENCES_V2 if second else _REFERENCES)}
    before = (each for each in signed.unsigned[:position] if local_name(each) in wanted)
    return b"".join(c14n.canonicalize(each, method) for each in before)


def _over_signature_and_references(signed: Signed, position: int, method: c14n.Method) -> bytes:
    value = _child(signed, names.SIGNATURE_VALUE, method)
    return value + _over_references(signed, position, method, _SIGNATURE_STAMP)


def _over_all(signed: Signed, position: int, method: c14n.Method) -> bytes | None:
    """Archive time-stamps of v1.3.2 and v1.4.1 (clause 5.5.2; TS 101 903 v1.4.2 §7.7 and §8.2.1)."""
    if any(outcome.data is None for outcome in signed.outcomes):
        return None
    parts = [outcome.octets(method) for outcome in signed.outcomes]
    parts += [_child(signed, name, method) for name in (names.SIGNED_INFO, names.SIGNATURE_VALUE, names.KEY_INFO)]
    parts += [c14n.canonicalize(each, method) for each in signed.unsigned[:position]]
    newer = namespace(signed.unsigned[position]) == names.XADES_141
    referenced = {outcome.target for outcome in signed.outcomes if outcome.uri}
    for holder in signed.signature.findall(names.OBJECT):
        holds_properties = any(local_name(each) == "QualifyingProperties" for each in children(holder))
        if not holds_properties and (newer or holder not in referenced):
            parts.append(c14n.canonicalize(holder, method))
    return b"".join(parts)


_PARTS: dict[TimestampKind, Callable[[Signed, int, c14n.Method], bytes | None]] = {
    TimestampKind.SIGNATURE: _over_signature,
    TimestampKind.SIGNATURE_AND_REFERENCES: _over_signature_and_references,
    TimestampKind.REFERENCES_ONLY: _over_references,
    TimestampKind.ARCHIVE: _over_all,
}


def _child(signed: Signed, tag: str, method: c14n.Method) -> bytes:
    found = signed.signature.find(tag)
    return b"" if found is None else c14n.canonicalize(found, method)


def _tokens(element: etree._Element, findings: Findings) -> list[bytes]:
    found = []
    for each in element.findall("{*}EncapsulatedTimeStamp"):
        try:
            found.append(decoded(each))
        except Refused:
            findings.warn("a time-stamp is not base64")
    return found


def _key_info(signature: etree._Element, evidence: Evidence, findings: Findings) -> None:
    holder = signature.find(names.KEY_INFO)
    for each in () if holder is None else holder.iter(names.X509_CERTIFICATE):
        _add(evidence.certificates, each, findings)


def add_values(element: etree._Element, evidence: Evidence, findings: Findings) -> None:
    """Add what one property holds of certificates, CRLs and OCSP responses (clauses 5.4 and 5.5.1)."""
    if local_name(element) in {"CounterSignature", "SealingEvidenceRecords"} or local_name(element) in _STAMPS:
        return
    for each in element.iter("{*}EncapsulatedX509Certificate"):
        _add(evidence.certificates, each, findings)
    for each in element.iter("{*}EncapsulatedCRLValue"):
        _add(evidence.crls, each, findings)
    for each in element.iter("{*}EncapsulatedOCSPValue"):
        try:
            evidence.add_ocsp(decoded(each))
        except Refused:
            findings.warn("an OCSP response is not base64")


def _add(values: dict[bytes, None], element: etree._Element, findings: Findings) -> None:
    try:
        values[decoded(element)] = None
    except Refused:
        findings.warn("an embedded value is not base64")
