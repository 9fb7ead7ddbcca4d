"""The detailed report: the simple one, and beside each signature every check, certificate, status and time-stamp."""

from collections.abc import Mapping
from typing import Any

from keys.validation.policy import FOREVER, Policy
from keys.validation.report.names import common_name, summary, time_text
from keys.validation.report.siva import simple
from keys.validation.revocation import Statement
from keys.validation.verdict import (
    CertificateFinding,
    CertificateVerdict,
    Check,
    Conclusion,
    SignatureVerdict,
    TimestampVerdict,
    Verdict,
)


def detailed(verdict: Verdict, subjects: Mapping[str, str] | None = None) -> dict[str, Any]:
    """The report as JSON-ready data; ``validationProcess`` stands beside ``validationConclusion``."""
    report = simple(verdict, subjects)
    report["validationReport"]["validationProcess"] = {
        "standard": "ETSI EN 319 102-1 V1.4.1",
        "policy": _policy(verdict.policy),
        "trustStoreDigest": verdict.trust_digest,
        "documentFormat": verdict.format,
        "documentSize": verdict.document_size,
        "conclusion": _conclusion(verdict.conclusion) if verdict.conclusion else None,
        "signatures": [_signature(s) for s in verdict.signatures],
        "timestamps": [_timestamp(t) for t in verdict.timestamps],
    }
    return report


def _policy(policy: Policy) -> dict[str, Any]:
    table = policy.algorithms
    freshness = policy.maximum_freshness
    return {
        "id": policy.id,
        "name": policy.name,
        "mode": policy.mode.value,
        "maximumFreshness": int(freshness.total_seconds()) if freshness is not None else None,
        "freshnessWithoutEnd": int(policy.freshness_without_end.total_seconds()),
        "hierarchies": sorted(policy.hierarchies) if policy.hierarchies is not None else None,
        "digests": {name: _until(end) for name, end in table.digests.items()},
        "keys": {
            name: [{"bits": least, "until": _until(end)} for least, end in ends] for name, ends in table.keys.items()
        },
    }


def _until(moment: Any) -> str | None:
    return None if moment == FOREVER else time_text(moment)


def _signature(verdict: SignatureVerdict) -> dict[str, Any]:
    signature = verdict.signature
    return {
        "id": signature.id,
        "format": signature.format,
        "container": signature.container,
        "level": verdict.level,
        "technicallyValid": verdict.technically_valid,
        "conclusion": _conclusion(verdict.conclusion),
        "bestSignatureTime": time_text(verdict.best_signature_time),
        "timeIsProven": verdict.time_is_proven,
        "policyId": signature.policy_id,
        "commitmentTypes": list(signature.commitment_types),
        "evidenceRecords": signature.evidence_records,
        "checks": [_check(check) for check in verdict.checks],
        "problems": list(signature.problems),
        "certificate": _certificate(verdict.certificate),
        "timestamps": [_timestamp(t) for t in verdict.timestamps],
    }


def _conclusion(conclusion: Conclusion) -> dict[str, Any]:
    sub_indication = conclusion.sub_indication
    return {
        "indication": conclusion.indication.value,
        "subIndication": sub_indication.value if sub_indication else None,
        "message": conclusion.message,
    }


def _check(check: Check) -> dict[str, Any]:
    return {"check": check.name, "status": check.status.value, "message": check.message, "clause": check.clause}


def _certificate(verdict: CertificateVerdict | None) -> dict[str, Any] | None:
    if verdict is None:
        return None
    return {
        "conclusion": _conclusion(verdict.conclusion),
        "hierarchy": verdict.hierarchy,
        "chain": [summary(certificate) for certificate in verdict.path.whole] if verdict.path else [],
        "revocation": [_finding(finding) for finding in verdict.findings],
    }


def _finding(finding: CertificateFinding) -> dict[str, Any]:
    return {
        "certificate": common_name(finding.certificate),
        "sha256": finding.certificate.digest,
        "noRevocationNeeded": finding.needs_none,
        "statement": _statement(finding.statement) if finding.statement else None,
    }


def _statement(statement: Statement) -> dict[str, Any]:
    return {
        "status": statement.status.value,
        "source": statement.kind,
        "thisUpdate": time_text(statement.this_update),
        "nextUpdate": time_text(statement.next_update) if statement.next_update else None,
        "revokedAt": time_text(statement.revoked_at) if statement.revoked_at else None,
        "reason": statement.reason,
        "signedBy": common_name(statement.signer.target) if statement.signer else None,
        "evidence": list(statement.evidence),
    }


def _timestamp(verdict: TimestampVerdict) -> dict[str, Any]:
    return {
        "kind": verdict.timestamp.kind.value,
        "time": time_text(verdict.time) if verdict.time else None,
        "conclusion": _conclusion(verdict.conclusion),
        "covers": len(verdict.timestamp.covers),
        "certificate": _certificate(verdict.certificate),
    }
