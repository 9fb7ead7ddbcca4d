"""X.509 certificate validation as of a moment of use (§5.2.6, and §5.6.2.1 for the past).

Tries each path to an anchor and keeps the first that passes. Order inside a path: purpose and hierarchy, trust in the
anchor then, revocation, validity, algorithms.
"""

from dataclasses import dataclass
from datetime import datetime

from keys.validation import path as paths
from keys.validation.model import SubIndication
from keys.validation.path import Path
from keys.validation.pkix import ANY_EXTENDED_KEY_USAGE, TIME_STAMPING, Certificate
from keys.validation.process import constraints
from keys.validation.process.constraints import common_name
from keys.validation.process.context import Context
from keys.validation.process.sliding import SUB_INDICATIONS, Finding, Limit, Reason, slide
from keys.validation.trust import Purpose
from keys.validation.verdict import (
    PASSED,
    CertificateFinding,
    CertificateVerdict,
    Check,
    CheckStatus,
    Conclusion,
    failed,
    indeterminate,
)


@dataclass(frozen=True)
class Use:
    """What a certificate was used for, and when."""

    purposes: frozenset[Purpose]
    """One of these must be among the anchor's."""
    moment: datetime
    """By when the use is proven to have happened; the moment of judgement if nothing proves it."""
    proven: bool = False
    """Whether a trusted time-stamp stands behind ``moment``."""
    names_certificate: bool = True
    """Whether what was signed names the certificate, which must then be at least as old (§5.6.2.3.4)."""
    not_before: datetime | None = None
    """What was signed is proven not to have existed before this (content time-stamp, §5.3.4 4))."""


SIGNING = frozenset({Purpose.SIGNATURE, Purpose.SEAL})
TIME_STAMP = frozenset({Purpose.TIMESTAMP})


def judge(target: Certificate, use: Use, context: Context) -> CertificateVerdict:
    """What the certificate is worth for this use. INDETERMINATE, never failed, where no anchor is reached."""
    found = paths.build(target, context.trust, context.pool)
    if not found:
        message = f"no path from the certificate of {common_name(target)} to a trusted authority"
        return _without_path(indeterminate(SubIndication.NO_CERTIFICATE_CHAIN_FOUND, message))
    judged = None
    for path in found:
        verdict = _judge_path(path, use, context)
        if verdict.conclusion.passed:
            return verdict
        judged = judged or verdict
    return judged or _without_path(indeterminate(SubIndication.NO_CERTIFICATE_CHAIN_FOUND))


def _without_path(conclusion: Conclusion) -> CertificateVerdict:
    check = Check("CERTIFICATE_CHAIN", CheckStatus.NOT_OK, conclusion.message, "EN 319 102-1 §5.2.6.4 2)")
    return CertificateVerdict(conclusion, checks=(check,))


def _judge_path(path: Path, use: Use, context: Context) -> CertificateVerdict:
    if path.fault is not None:
        conclusion = indeterminate(SubIndication.CERTIFICATE_CHAIN_GENERAL_FAILURE, path.fault)
        check = Check("CERTIFICATE_CHAIN", CheckStatus.NOT_OK, path.fault, "RFC 5280 §6.1")
        return CertificateVerdict(conclusion, path, checks=(check,))
    findings = slide(path, context)
    steps = (
        ("CERTIFICATE_PURPOSE", "EN 319 102-1 §5.2.6.4 6)", _purpose(path, use, context)),
        ("TRUST_ANCHOR", "EN 319 102-1 §5.2.6.4 3)", _anchor(path, use)),
        ("CERTIFICATE_STATUS", "EN 319 102-1 §5.2.6.4 4), 7), 8)", _status(path, findings, use)),
        ("CERTIFICATE_ALGORITHMS", "EN 319 102-1 §5.2.6.4 5)", _algorithms(path, findings, use, context)),
    )
    checks = [Check("CERTIFICATE_CHAIN", CheckStatus.OK, f"to {common_name(path.anchor.certificate)}", "RFC 5280 §6.1")]
    conclusion = PASSED
    for name, clause, step in steps:
        checks.append(Check(name, CheckStatus.OK if step.passed else CheckStatus.NOT_OK, step.message, clause))
        if not step.passed:
            conclusion = step
            break
    shown = tuple(CertificateFinding(f.certificate, f.statement, f.certificate.needs_no_revocation) for f in findings)
    return CertificateVerdict(conclusion, path, shown, tuple(checks))


def _purpose(path: Path, use: Use, context: Context) -> Conclusion:
    """Whether the anchor is trusted for this, in an accepted hierarchy, and the certificate made for it."""
    policy, target = context.policy, path.target
    message = ""
    if policy.hierarchies is not None and path.anchor.hierarchy not in policy.hierarchies:
        message = f"the authority belongs to the hierarchy {path.anchor.hierarchy}, which is not accepted here"
    elif not use.purposes & path.anchor.purposes:
        message = f"the authority is not trusted for {' or '.join(sorted(use.purposes))}"
    elif use.purposes == TIME_STAMP:
        if TIME_STAMPING not in (target.extended_key_usage or ()):
            message = "the certificate is not one of a time-stamping authority"
    elif not any(target.may(usage) for usage in policy.signer_key_usages):
        message = "the key usage of the certificate allows no signature"
    elif _for_machines_alone(target, policy.machine_purposes):
        message = "the certificate is for machines, not for signing documents"
    return indeterminate(SubIndication.CHAIN_CONSTRAINTS_FAILURE, message) if message else PASSED


def _for_machines_alone(certificate: Certificate, machine_purposes: frozenset[str]) -> bool:
    purposes = certificate.extended_key_usage
    return bool(purposes) and ANY_EXTENDED_KEY_USAGE not in (purposes or ()) and (purposes or set()) <= machine_purposes


def _anchor(path: Path, use: Use) -> Conclusion:
    if path.anchor.begins <= use.moment <= path.anchor.ends:
        return PASSED
    message = f"the authority was trusted from {path.anchor.begins:%Y-%m-%d} to {path.anchor.ends:%Y-%m-%d} only"
    return indeterminate(SubIndication.NO_CERTIFICATE_CHAIN_FOUND_NO_POE, message)


def _status(path: Path, findings: tuple[Finding, ...], use: Use) -> Conclusion:
    """Revocation first, then validity: §5.2.6.4 reaches step 7) only for what step 4) did not find revoked."""
    broken = [(finding, limit) for finding in findings for limit in finding.limits if limit.ends_before(use.moment)]
    finding, limit = min(broken, key=lambda each: each[1].reason, default=(None, None))
    if limit is None or limit.reason > Reason.ON_HOLD:
        early = _too_early(path, use)
        if early is not None:
            return early
    if finding is None or limit is None:
        return PASSED
    if use.not_before is not None and finding.certificate == path.target:
        proven = _proven_late(finding.certificate, limit, use.not_before)
        if proven is not None:
            return proven
    return indeterminate(_sub_indication(limit, finding), limit.message)


def _too_early(path: Path, use: Use) -> Conclusion | None:
    for certificate in path.certificates:
        if use.moment < certificate.not_before:
            message = f"the certificate of {common_name(certificate)} is valid only from {certificate.not_before} on"
            if use.proven and certificate == path.target:
                return failed(SubIndication.NOT_YET_VALID, message)
            return indeterminate(SubIndication.OUT_OF_BOUNDS_NO_POE, message)
    return None


def _proven_late(certificate: Certificate, limit: Limit, not_before: datetime) -> Conclusion | None:
    """§5.3.4 4): a content time-stamp proves that signing came after the revocation or the expiry."""
    if limit.reason is Reason.REVOKED and not_before > limit.until:
        return failed(SubIndication.REVOKED, limit.message)
    if limit.reason is Reason.OUT_OF_BOUNDS and not_before > certificate.not_after:
        return failed(SubIndication.EXPIRED, limit.message)
    return None


def _sub_indication(limit: Limit, finding: Finding) -> SubIndication:
    if limit.reason is Reason.OUT_OF_BOUNDS and finding.known_good:
        return SubIndication.OUT_OF_BOUNDS_NOT_REVOKED
    return SUB_INDICATIONS[limit.reason]


def _algorithms(path: Path, findings: tuple[Finding, ...], use: Use, context: Context) -> Conclusion:
    statements = [constraints.of_statement(f.statement, context) for f in findings if f.statement]
    signer_existed = use.moment if use.names_certificate else context.at
    materials = constraints.of_path(path, signer_existed, context) + [m for m in statements if m is not None]
    return constraints.conclude(materials)
