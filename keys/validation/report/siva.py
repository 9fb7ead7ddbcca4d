"""The simple report: SiVa's ``validationReport.validationConclusion``, the stable contract for integrators.

Member names and meanings are those of SiVa 3's simple report; ``hierarchy`` and, per signature, ``subject`` are ours.
"""

from base64 import b64encode
from collections.abc import Iterable, Mapping
from typing import Any

from keys.validation.model import Indication, TimestampKind
from keys.validation.pkix import Certificate, MalformedCertificate, load
from keys.validation.report.names import attributes, common_name, is_seal, time_text
from keys.validation.verdict import SignatureVerdict, TimestampVerdict, Verdict

_STAMP_TYPES = {
    TimestampKind.CONTENT: "CONTENT_TIMESTAMP",
    TimestampKind.SIGNATURE: "SIGNATURE_TIMESTAMP",
}


def simple(verdict: Verdict, subjects: Mapping[str, str] | None = None) -> dict[str, Any]:
    """The report as JSON-ready data.

    ``subjects`` gives, by SHA-256 (hex) of the signer's certificate, the subject by which the caller's sector knows our
    own signers.
    """
    conclusion: dict[str, Any] = {
        "policy": {
            "policyName": verdict.policy.name,
            "policyDescription": verdict.policy.description,
            "policyUrl": verdict.policy.id,
        },
        "validationTime": time_text(verdict.at),
        "validatedDocument": {
            "filename": verdict.document_name,
            "fileHash": b64encode(bytes.fromhex(verdict.document_digest)).decode(),
            "hashAlgo": "SHA256",
        },
        "validationLevel": "ARCHIVAL_DATA",
        "signaturesCount": len(verdict.signatures),
        "validSignaturesCount": sum(1 for s in verdict.signatures if s.conclusion.passed),
        "signatures": [_signature(s, subjects or {}) for s in verdict.signatures],
    }
    forms = {s.signature.container for s in verdict.signatures if s.signature.container}
    if forms:
        conclusion["signatureForm"] = sorted(forms)[0]
    if verdict.timestamps:
        conclusion["timeStampTokens"] = [_token(stamp) for stamp in verdict.timestamps]
    warnings = list(_document_warnings(verdict))
    if warnings:
        conclusion["validationWarnings"] = [{"content": warning} for warning in warnings]
    return {"validationReport": {"validationConclusion": conclusion}}


def _document_warnings(verdict: Verdict) -> Iterable[str]:
    yield from verdict.problems
    yield from (f"no signature covers {name}" for name in verdict.uncovered)
    if verdict.evidence_records:
        yield f"{verdict.evidence_records} evidence record(s) were found and not judged"


def _signature(verdict: SignatureVerdict, subjects: Mapping[str, str]) -> dict[str, Any]:
    signature, conclusion = verdict.signature, verdict.conclusion
    signer = readable_signer(verdict)
    found: dict[str, Any] = {
        "id": signature.id,
        "signatureFormat": verdict.level,
        "signatureLevel": _legal_level(verdict, signer),
        "signatureMethod": _method(verdict),
        "indication": conclusion.indication.value,
        "subIndication": conclusion.sub_indication.value if conclusion.sub_indication else "",
        "signedBy": common_name(signer) if signer else "",
        "subjectDistinguishedName": attributes(signer.subject) if signer else {},
        "hierarchy": verdict.certificate.hierarchy if verdict.certificate else None,
        "info": _info(verdict),
        "signatureScopes": [
            {"name": scope.name, "scope": scope.covered, "content": scope.detail} for scope in verdict.scopes
        ],
        "errors": [{"content": error} for error in verdict.errors],
        "warnings": [{"content": warning} for warning in verdict.warnings],
        "certificates": list(_certificates(verdict, signer)),
    }
    if signature.claimed_signing_time is not None:
        found["claimedSigningTime"] = time_text(signature.claimed_signing_time)
    if signature.counter_signature_of is not None:
        found["counterSignatureOf"] = signature.counter_signature_of
    # Whose certificate a signature names says nothing while the signature itself does not hold.
    if signer is not None and signer.digest in subjects and verdict.technically_valid:
        found["subject"] = subjects[signer.digest]
    return found


def readable_signer(verdict: SignatureVerdict) -> Certificate | None:
    """The signer's certificate, if there is one that can be read."""
    try:
        return load(verdict.signature.signer) if verdict.signature.signer else None
    except MalformedCertificate:
        return None


def _info(verdict: SignatureVerdict) -> dict[str, Any]:
    info: dict[str, Any] = {"changedAfterSigning": verdict.signature.changed_after_signing}
    if verdict.time_is_proven:
        info["bestSignatureTime"] = time_text(verdict.best_signature_time)
    stamps = [s.time for s in verdict.timestamps if s.timestamp.kind is not TimestampKind.CONTENT and s.time]
    if stamps:
        info["timestampCreationTime"] = time_text(min(stamps))
    if verdict.signature.signer_roles:
        info["signerRole"] = [{"claimedRole": role} for role in verdict.signature.signer_roles]
    return info


def _legal_level(verdict: SignatureVerdict, signer: Certificate | None) -> str:
    """SiVa's level without qualification: an advanced signature or seal, as far as it could be confirmed."""
    if signer is None:
        return "NA"
    kind = "ADESEAL" if is_seal(signer) else "ADESIG"
    if verdict.conclusion.indication is Indication.TOTAL_FAILED:
        return f"NOT_{kind}"
    return kind if verdict.conclusion.passed else f"INDETERMINATE_{kind}"


def _method(verdict: SignatureVerdict) -> str:
    digests = verdict.signature.digest_algorithms
    return "-".join(part for part in (verdict.signature.signature_algorithm, digests[0] if digests else "") if part)


def _certificates(verdict: SignatureVerdict, signer: Certificate | None) -> Iterable[dict[str, Any]]:
    path = verdict.certificate.path if verdict.certificate else None
    if path is not None:
        yield _chain("SIGNING", path.whole)
    elif signer is not None:
        yield _chain("SIGNING", (signer,))
    for stamp in verdict.timestamps:
        if stamp.certificate is not None and stamp.certificate.path is not None:
            kind = _STAMP_TYPES.get(stamp.timestamp.kind, "ARCHIVE_TIMESTAMP")
            yield _chain(kind, stamp.certificate.path.whole)


def _chain(kind: str | None, certificates: tuple[Certificate, ...]) -> dict[str, Any]:
    """One certificate with its issuers nested in it, as SiVa shows a chain."""
    first, *above = certificates
    found: dict[str, Any] = {"commonName": common_name(first), "content": b64encode(first.der).decode()}
    if kind is not None:
        found["type"] = kind
    if above:
        found["issuer"] = _chain(None, tuple(above))
    return found


def _token(stamp: TimestampVerdict) -> dict[str, Any]:
    path = stamp.certificate.path if stamp.certificate else None
    found: dict[str, Any] = {
        "indication": stamp.conclusion.indication.value,
        "subIndication": stamp.conclusion.sub_indication.value if stamp.conclusion.sub_indication else "",
        "signedBy": common_name(path.target) if path else "",
        "errors": [] if stamp.conclusion.passed else [{"content": stamp.conclusion.message}],
        "certificates": [_chain("ARCHIVE_TIMESTAMP", path.whole)] if path else [],
    }
    if stamp.time is not None:
        found["signedTime"] = time_text(stamp.time)
    return found
