"""The conformance level that a CMS signature's structure reaches (ETSI EN 319 122-1 §6.3, EN 319 122-2, TS 101 733).

Owns naming, in the words of DSS and SiVa: baseline levels where every cardinality of the baseline table is kept, the
extended ones otherwise. A level says what is there; whether any of it holds is the decision process's affair.
"""

from dataclasses import dataclass

from keys.validation.asn1 import MalformedEncoding
from keys.validation.certificates import read_certificate
from keys.validation.crypto import UnsupportedAlgorithm
from keys.validation.formats.cms import names
from keys.validation.formats.cms.completeness import has_all_revocation_values
from keys.validation.signed_data import DATA, SignedData, SignerInfo
from keys.validation.signer import (
    CONTENT_TYPE,
    MESSAGE_DIGEST,
    SIGNING_CERTIFICATE,
    SIGNING_CERTIFICATE_V2,
    SIGNING_TIME,
    certificate_references,
)
from keys.validation.timestamps import TimestampToken
from keys.validation.validation_data import CERTIFICATE_VALUES, REVOCATION_VALUES, ValidationData


@dataclass(frozen=True)
class Facts:
    """What a level rests on."""

    info: SignerInfo
    structure: SignedData | None
    """None for a counter-signature."""
    signer: bytes | None
    certificates: tuple[bytes, ...]
    """Those of the SignedData."""
    tokens: tuple[tuple[str, TimestampToken], ...]
    """The time-stamps among the attributes, each with its attribute's type, in order."""
    data: ValidationData
    """All validation data in and around the signature."""


def cades_level(facts: Facts) -> str:
    """For example ``CAdES_BASELINE_LT``, ``CAdES_BES``, ``CAdES_X``, ``CMS_NOT_ETSI``."""
    if not binds_signer(facts.info):
        return "CMS_NOT_ETSI"
    baseline = is_baseline(facts, signing_time=True)
    if not _is_stamped(facts):
        return (
            "CAdES_BASELINE_B"
            if baseline
            else "CAdES_EPES"
            if facts.info.signed(names.SIGNATURE_POLICY)
            else "CAdES_BES"
        )
    complete = is_complete(facts)
    if baseline and complete and not _count(facts, *_EXTENDED_ONLY):
        if _has_evidence(facts):
            return "CAdES_ERS"
        return "CAdES_BASELINE_LTA" if _count(facts, names.ARCHIVE_TIMESTAMP_V3) else "CAdES_BASELINE_LT"
    if _count(facts, names.CERTIFICATE_REFERENCES) == 1 and _count(facts, names.REVOCATION_REFERENCES) == 1:
        return _with_references(facts, complete)
    if complete:
        return "CAdES_ERS" if _has_evidence(facts) else "CAdES_A" if _count(facts, *_ARCHIVES) else "CAdES_LT"
    return "CAdES_BASELINE_T" if baseline else "CAdES_T"


def binds_signer(info: SignerInfo) -> bool:
    """Whether exactly one signing-certificate attribute is there, in the version that fits its digest (§6.3 h, i)."""
    if len(info.signed(SIGNING_CERTIFICATE)) + len(info.signed(SIGNING_CERTIFICATE_V2)) != 1:
        return False
    try:
        (reference,) = certificate_references(info)
    except (MalformedEncoding, UnsupportedAlgorithm, ValueError):
        return False
    return (reference.algorithm == "sha1") == bool(info.signed(SIGNING_CERTIFICATE))


def is_baseline(facts: Facts, *, signing_time: bool) -> bool:
    """Whether the signed attributes keep the cardinalities of the baseline table (§6.3).

    ``signing_time`` is True where the attribute must be there (CAdES), False where it must not (PAdES).
    """
    info = facts.info
    types = [attribute.values[0].contents for attribute in info.signed(CONTENT_TYPE) if len(attribute.values) == 1]
    counter = facts.structure is None
    return (
        (counter or (len(types) == 1 and facts.structure is not None and facts.structure.content_type == DATA))
        and len(info.signed(MESSAGE_DIGEST)) == 1
        and len(info.signed(SIGNING_TIME)) == int(signing_time)
        and len(info.signed(names.SIGNER_ATTRIBUTES)) + len(info.signed(names.SIGNER_ATTRIBUTES_V2)) <= 1
        and len(info.signed(names.SIGNATURE_POLICY)) <= 1
        and facts.signer is not None
        and facts.signer in facts.certificates
    )


def is_complete(facts: Facts) -> bool:
    """Whether the file holds revocation values for the signer and for every time-stamp but the last archive one."""
    archives = [token for kind, token in facts.tokens if kind in _ARCHIVES]
    last = max(archives, key=lambda token: token.generated.timestamp() if token.generated else 0.0, default=None)
    stamps = [token.signer for _, token in facts.tokens if token is not last]
    return has_all_revocation_values([s for s in (facts.signer, *stamps) if s is not None], facts.data)


def _is_stamped(facts: Facts) -> bool:
    """Whether a signature time-stamp is there, made before the signing certificate expired (§6.3 m)."""
    stamps = [token for kind, token in facts.tokens if kind == names.SIGNATURE_TIMESTAMP and token.generated]
    if not stamps or facts.signer is None:
        return bool(stamps)
    try:
        expires = read_certificate(facts.signer).not_after
    except MalformedEncoding:
        return False
    return all(token.generated is not None and token.generated <= expires for token in stamps)


def _with_references(facts: Facts, complete: bool) -> str:
    sealed = _count(facts, names.REFERENCES_TIMESTAMP, names.SIGNATURE_AND_REFERENCES_TIMESTAMP) == 1
    if complete and _has_evidence(facts):
        return "CAdES_ERS"
    if complete and _count(facts, *_ARCHIVES):
        return "CAdES_A"
    if sealed:
        return "CAdES_XL" if complete else "CAdES_X"
    return "CAdES_C"


def _has_evidence(facts: Facts) -> bool:
    """Whether evidence records of the kind that fits stand here: internal with the content, external without it."""
    detached = facts.structure is not None and facts.structure.content is None
    internal, external = (
        bool(facts.info.unsigned(kind)) for kind in (names.EVIDENCE_RECORD_INTERNAL, names.EVIDENCE_RECORD_EXTERNAL)
    )
    return external and not internal if detached else internal and not external


def _count(facts: Facts, *kinds: str) -> int:
    return sum(len(facts.info.unsigned(kind)) for kind in kinds)


_ARCHIVES = (names.ARCHIVE_TIMESTAMP_V1, names.ARCHIVE_TIMESTAMP_V2, names.ARCHIVE_TIMESTAMP_V3)
_EXTENDED_ONLY = (
    CERTIFICATE_VALUES,
    REVOCATION_VALUES,
    names.CERTIFICATE_REFERENCES,
    names.REVOCATION_REFERENCES,
    names.REFERENCES_TIMESTAMP,
)
