"""From a judged CMS signer to the one object that every format yields; counter-signatures to objects of their own.

Shared by CAdES files, ASiC containers and PDF. Owns putting together what ``signer``, ``properties`` and ``placed``
found; which content belongs to the signer is settled by whoever calls.
"""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from keys.validation.asn1 import MalformedEncoding
from keys.validation.formats.cms import names
from keys.validation.formats.cms.levels import Facts, cades_level
from keys.validation.formats.cms.placed import timestamps_of
from keys.validation.formats.cms.properties import read_properties
from keys.validation.model import Content, Integrity, Scope, SignatureObject, Timestamp
from keys.validation.signed_data import MAX_SIGNERS, SignedData, SignerInfo, read_signer_info
from keys.validation.signer import COUNTER_SIGNATURE, SignerCheck, check_signer
from keys.validation.timestamps import TimestampToken
from keys.validation.validation_data import ValidationData, of_signer

_EVIDENCE = (names.EVIDENCE_RECORD_INTERNAL, names.EVIDENCE_RECORD_EXTERNAL)


@dataclass(frozen=True)
class Frame:
    """What surrounds a signer: the format's names, what the file adds, and what its own rules found."""

    format: str
    unbound_format: str
    """The format's name for a signature whose signed attributes do not bind the signing certificate."""
    extra: ValidationData = field(default_factory=ValidationData)
    problems: tuple[str, ...] = ()
    """Rules of the surrounding format that are broken: any makes the signature MALFORMED."""
    warnings: tuple[str, ...] = ()
    scopes: tuple[Scope, ...] = ()
    timestamps: tuple[Timestamp, ...] = ()
    changed_after_signing: bool = False
    level: Callable[[Facts], str] = cades_level


@dataclass(frozen=True)
class Signer:
    """One signer to be turned into an object; ``structure`` is None for a counter-signature."""

    id: str
    info: SignerInfo
    content_type: str
    content: Content | None
    structure: SignedData | None
    certificates: tuple[bytes, ...]
    counter_of: str | None = None


def signer_id(info: SignerInfo, path: str) -> str:
    """A name for the signature that is stable for the same bytes at the same place."""
    return f"S-{path}-{hashlib.sha256(info.element.raw).hexdigest()[:16]}"


def build(signer: Signer, frame: Frame, check: SignerCheck | None = None) -> SignatureObject:
    """The signature object of one signer; ``check`` where it was judged before."""
    info = signer.info
    if check is None:
        certificates = (*signer.certificates, *of_signer(info).certificates, *frame.extra.certificates)
        check = check_signer(
            info, signer.content_type, signer.content, certificates, counter=signer.counter_of is not None
        )
    stamps, tokens, stamp_warnings = timestamps_of(info, signer.structure, signer.content, check.certificate)
    data = _validation_data(signer, frame, tuple(token for _, token in tokens))
    own = signer.structure.certificates if signer.structure is not None else signer.certificates
    facts = Facts(info, signer.structure, check.certificate, own, tokens, data)
    properties = read_properties(info)
    return SignatureObject(
        id=signer.id,
        format=frame.format if check.has_signing_certificate_attribute else frame.unbound_format,
        container=None,
        integrity=Integrity.MALFORMED if frame.problems else check.integrity,
        problems=frame.problems + check.problems,
        warnings=(*check.warnings, *properties.warnings, *stamp_warnings, *frame.warnings),
        signature_value=info.signature,
        signature_algorithm=check.algorithm.family if check.algorithm else "",
        digest_algorithms=check.digests,
        signer=check.certificate,
        certificates=data.certificates,
        crls=data.crls,
        ocsp_responses=data.ocsp_responses,
        timestamps=stamps + frame.timestamps,
        claimed_signing_time=properties.signing_time,
        has_signing_certificate_attribute=check.has_signing_certificate_attribute,
        policy_id=properties.policy_id,
        commitment_types=properties.commitment_types,
        signer_roles=properties.signer_roles,
        evidence_records=sum(len(a.values) for kind in _EVIDENCE for a in info.unsigned(kind)),
        scopes=frame.scopes,
        counter_signature_of=signer.counter_of,
        changed_after_signing=frame.changed_after_signing,
        level=frame.level(facts),
    )


def counter_signatures(parent: Signer, frame: Frame, budget: list[int] | None = None) -> Iterator[SignatureObject]:
    """The counter-signatures of a signer and theirs in turn (RFC 5652 §11.4), each over the value it signs.

    One that cannot be read is an object too, MALFORMED, so that it cannot pass unseen.
    """
    budget = budget if budget is not None else [MAX_SIGNERS]
    number = 0
    for attribute in parent.info.unsigned(COUNTER_SIGNATURE):
        for value in attribute.values:
            number += 1
            budget[0] -= 1
            if budget[0] < 0:
                return
            path = f"{parent.id}-C{number}"
            try:
                info = read_signer_info(value)
            except MalformedEncoding as error:
                yield _unreadable(path, frame, parent.id, str(error))
                continue
            content = Content("signature value", parent.info.signature)
            counter = Signer(path, info, "", content, None, parent.certificates, parent.id)
            yield build(counter, frame)
            yield from counter_signatures(counter, frame, budget)


def _validation_data(signer: Signer, frame: Frame, tokens: tuple[TimestampToken, ...]) -> ValidationData:
    data = ValidationData(signer.certificates)
    if signer.structure is not None:
        data += ValidationData((), signer.structure.crls, signer.structure.ocsp_responses)
    data += of_signer(signer.info)
    for token in tokens:
        data += ValidationData(token.certificates, token.crls, token.ocsp_responses)
    return data + frame.extra


def _unreadable(id_: str, frame: Frame, parent: str, reason: str) -> SignatureObject:
    return SignatureObject(
        id=id_,
        format=frame.unbound_format,
        container=None,
        integrity=Integrity.MALFORMED,
        problems=(f"a counter-signature cannot be read: {reason}",),
        counter_signature_of=parent,
    )
