"""One signature judged: basic validation, then with time, then the past (§5.3, §5.5, §5.6), as one walk.

By the time it comes here every time-stamp of the document has been judged, so the best signature time is known, and the
certificate is judged as of that time. Integrity failures decide before any certificate does.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from keys.validation.model import SignatureObject, SubIndication, TimestampKind
from keys.validation.pkix import Certificate, MalformedCertificate, load
from keys.validation.process import certificate, constraints
from keys.validation.process.context import Context, digest_of
from keys.validation.process.level import level_of
from keys.validation.process.timestamp import integrity_conclusion, judge
from keys.validation.verdict import (
    PASSED,
    CertificateVerdict,
    Check,
    CheckStatus,
    Conclusion,
    SignatureVerdict,
    TimestampVerdict,
    indeterminate,
)

_ADVANCED = {"PAdES", "XAdES", "CAdES", "JAdES"}


def judge_signature(
    signature: SignatureObject, stamps: Iterable[TimestampVerdict], context: Context
) -> SignatureVerdict:
    """The verdict on one signature; ``stamps`` are the verdicts on the time-stamps that it carries."""
    moment, proven = _best_signature_time(signature, context)
    own = _with_content_stamps_judged_again(signature, tuple(stamps), moment, context)
    checks, conclusion = _integrity(signature)
    judged: CertificateVerdict | None = None
    if conclusion.passed:
        signer = _signer(signature)
        if isinstance(signer, Conclusion):
            conclusion = signer
            checks.append(Check("SIGNING_CERTIFICATE", CheckStatus.NOT_OK, signer.message, "EN 319 102-1 §5.2.3"))
        else:
            named = signature.has_signing_certificate_attribute
            use = certificate.Use(certificate.SIGNING, moment, proven, named, _not_before(own))
            judged = certificate.judge(signer, use, context)
            conclusion = judged.conclusion
            checks += judged.checks
            if conclusion.passed:
                conclusion = _accept(signature, signer, own, moment, context, checks)
    return SignatureVerdict(
        signature=signature,
        conclusion=conclusion,
        level=level_of(signature),
        best_signature_time=moment,
        time_is_proven=proven,
        certificate=judged,
        timestamps=own,
        checks=tuple(checks),
        warnings=tuple(_warnings(signature, own, judged, moment, proven, context)),
        errors=() if conclusion.passed else (conclusion.message, *signature.problems[1:]),
    )


def _best_signature_time(signature: SignatureObject, context: Context) -> tuple[datetime, bool]:
    """§5.5.4 3): the earliest time at which the signature value is proven to have existed."""
    if not signature.signature_value:
        return context.at, False
    moment = context.proofs.earliest(digest_of(signature.signature_value))
    return moment, moment < context.at


def _with_content_stamps_judged_again(
    signature: SignatureObject, stamps: tuple[TimestampVerdict, ...], moment: datetime, context: Context
) -> tuple[TimestampVerdict, ...]:
    """A content time-stamp is signed over, so it is as old as the signature is proven to be (§5.6.2.3.4)."""
    content = [t for t in signature.timestamps if t.kind is TimestampKind.CONTENT]
    if not content or moment >= context.at:
        return stamps
    context.proofs.add((digest_of(t.token) for t in content), moment)
    return tuple(
        judge(s.timestamp, s.token, context) if s.timestamp.kind is TimestampKind.CONTENT else s for s in stamps
    )


def _integrity(signature: SignatureObject) -> tuple[list[Check], Conclusion]:
    """Format, signing certificate and cryptographic verification (§5.2.2, §5.2.3, §5.2.7)."""
    steps = (
        ("FORMAT", "EN 319 102-1 §5.2.2", {SubIndication.FORMAT_FAILURE}),
        ("SIGNING_CERTIFICATE", "EN 319 102-1 §5.2.3", {SubIndication.NO_SIGNING_CERTIFICATE_FOUND}),
        ("CRYPTOGRAPHIC_VERIFICATION", "EN 319 102-1 §5.2.7", None),
    )
    broken = integrity_conclusion(signature.integrity, signature.problems)
    checks: list[Check] = []
    for name, clause, concerned in steps:
        if broken is not None and (concerned is None or broken.sub_indication in concerned):
            return [*checks, Check(name, CheckStatus.NOT_OK, broken.message, clause)], broken
        checks.append(Check(name, CheckStatus.OK, "", clause))
    return checks, PASSED


def _signer(signature: SignatureObject) -> Certificate | Conclusion:
    if signature.signer is None:
        return indeterminate(SubIndication.NO_SIGNING_CERTIFICATE_FOUND, "the signature names no certificate")
    try:
        return load(signature.signer)
    except MalformedCertificate as error:
        return indeterminate(SubIndication.NO_SIGNING_CERTIFICATE_FOUND, f"the certificate cannot be read: {error}")


def _not_before(stamps: tuple[TimestampVerdict, ...]) -> datetime | None:
    """The latest content time-stamp that stands: the signature value came after it."""
    times = [s.time for s in stamps if s.timestamp.kind is TimestampKind.CONTENT and s.conclusion.passed and s.time]
    return max(times, default=None)


def _accept(
    signature: SignatureObject,
    signer: Certificate,
    stamps: tuple[TimestampVerdict, ...],
    moment: datetime,
    context: Context,
    checks: list[Check],
) -> Conclusion:
    """Signature acceptance (§5.2.8) as of the best signature time, and the coherence of times (§5.5.4 4)e), 5))."""
    delay = context.policy.timestamp_delay
    steps = (
        ("SIGNATURE_ALGORITHMS", "EN 319 102-1 §5.2.8", _algorithms(signature, signer, stamps, moment, context)),
        ("TIMESTAMP_ORDER", "EN 319 102-1 §5.5.4 4)e)", _order(stamps, moment, context.policy.skew)),
        (
            "TIMESTAMP_DELAY",
            "EN 319 102-1 §5.5.4 5)",
            _delay(signature, stamps, moment, delay),
        ),
    )
    for name, clause, step in steps:
        checks.append(Check(name, CheckStatus.OK if step.passed else CheckStatus.NOT_OK, step.message, clause))
        if not step.passed:
            return step
    return PASSED


def _algorithms(
    signature: SignatureObject,
    signer: Certificate,
    stamps: tuple[TimestampVerdict, ...],
    moment: datetime,
    context: Context,
) -> Conclusion:
    material = constraints.of_signature(signature, signer, moment, context)
    conclusion = constraints.conclude([material])
    after = _not_before(stamps)
    if not conclusion.passed and after is not None and after > material.until:
        return indeterminate(SubIndication.CRYPTO_CONSTRAINTS_FAILURE, conclusion.message)
    return conclusion


def _order(stamps: tuple[TimestampVerdict, ...], moment: datetime, skew: timedelta) -> Conclusion:
    after = _not_before(stamps)
    if after is not None and after > moment + skew:
        message = "a time-stamp over the content is later than the proof that the signature existed"
        return indeterminate(SubIndication.TIMESTAMP_ORDER_FAILURE, message)
    return PASSED


def _delay(
    signature: SignatureObject, stamps: tuple[TimestampVerdict, ...], moment: datetime, allowed: timedelta | None
) -> Conclusion:
    if allowed is None or not any(s.timestamp.kind is TimestampKind.SIGNATURE for s in stamps):
        return PASSED
    if signature.claimed_signing_time is None:
        return indeterminate(SubIndication.SIG_CONSTRAINTS_FAILURE, "the signature claims no signing time")
    if signature.claimed_signing_time + allowed < moment:
        return indeterminate(SubIndication.SIG_CONSTRAINTS_FAILURE, "the time-stamp came too long after signing")
    return PASSED


def _warnings(
    signature: SignatureObject,
    stamps: tuple[TimestampVerdict, ...],
    judged: CertificateVerdict | None,
    moment: datetime,
    proven: bool,
    context: Context,
) -> Iterable[str]:
    yield from signature.warnings
    if signature.format in _ADVANCED and not signature.has_signing_certificate_attribute:
        yield "the signed attributes do not bind the signing certificate"
    if signature.policy_id is not None:
        yield f"the signature policy {signature.policy_id} was not processed"
    claimed = signature.claimed_signing_time
    if claimed is not None and claimed > (moment if proven else context.at) + context.policy.skew:
        yield "the claimed signing time is later than the time by which the signature existed"
    if signature.evidence_records:
        yield "the signature carries evidence records, which were not judged"
    for stamp in stamps:
        if not stamp.conclusion.passed:
            yield f"a time-stamp ({stamp.timestamp.kind}) was not used: {stamp.conclusion.message}"
    for finding in judged.findings if judged else ():
        statement = finding.statement
        if statement is not None and statement.invalid_since is not None and statement.invalid_since <= moment:
            yield f"the key is suspected since {statement.invalid_since:%Y-%m-%d}, before the signature"
