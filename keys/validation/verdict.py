"""What was decided of a document, with everything the decision rests on: what reports are made from.

Speaks the language of ETSI EN 319 102-1 §5.1.3. Deciding is left to ``process``, showing to ``report``.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from keys.validation.model import Indication, Scope, SignatureObject, SubIndication, Timestamp
from keys.validation.path import Path
from keys.validation.pkix import Certificate
from keys.validation.policy import Policy
from keys.validation.revocation import Statement
from keys.validation.timestamps import TimestampToken


class CheckStatus(StrEnum):
    """How one check ended."""

    OK = "OK"
    NOT_OK = "NOT OK"
    WARNING = "WARNING"
    INFORMATION = "INFORMATION"


@dataclass(frozen=True)
class Check:
    """One step of the process: what was asked, how it ended, and the clause that asks it."""

    name: str
    status: CheckStatus
    message: str = ""
    clause: str = ""


@dataclass(frozen=True)
class Conclusion:
    """An indication with its sub-indication and the reason in one sentence."""

    indication: Indication
    sub_indication: SubIndication | None = None
    message: str = ""

    @property
    def passed(self) -> bool:
        """Whether this is TOTAL-PASSED."""
        return self.indication is Indication.TOTAL_PASSED


PASSED = Conclusion(Indication.TOTAL_PASSED)


def indeterminate(sub_indication: SubIndication, message: str = "") -> Conclusion:
    """INDETERMINATE, with the reason."""
    return Conclusion(Indication.INDETERMINATE, sub_indication, message)


def failed(sub_indication: SubIndication, message: str = "") -> Conclusion:
    """TOTAL-FAILED, with the reason."""
    return Conclusion(Indication.TOTAL_FAILED, sub_indication, message)


_SEVERITY = {Indication.TOTAL_PASSED: 0, Indication.INDETERMINATE: 1, Indication.TOTAL_FAILED: 2}


def worst(conclusions: Iterable[Conclusion]) -> Conclusion | None:
    """The one that decides for all: failed, then indeterminate, then passed; None if there is none."""
    return max(conclusions, key=lambda conclusion: _SEVERITY[conclusion.indication], default=None)


@dataclass(frozen=True)
class CertificateFinding:
    """What is known of one certificate of a path: its status and the statement that decided it."""

    certificate: Certificate
    statement: Statement | None = None
    needs_none: bool = False
    """No revocation information is published for it, by its own promise."""


@dataclass(frozen=True)
class CertificateVerdict:
    """What was decided of a certificate as of a moment of use (§5.2.6, §5.6.2.1)."""

    conclusion: Conclusion
    path: Path | None = None
    findings: tuple[CertificateFinding, ...] = ()
    """From the target up, without the anchor."""
    checks: tuple[Check, ...] = ()

    @property
    def hierarchy(self) -> str | None:
        """The hierarchy of the anchor that was reached."""
        return self.path.anchor.hierarchy if self.path else None


@dataclass(frozen=True)
class TimestampVerdict:
    """What was decided of one time-stamp token (§5.4)."""

    timestamp: Timestamp
    token: TimestampToken
    conclusion: Conclusion
    certificate: CertificateVerdict | None = None

    @property
    def time(self) -> datetime | None:
        """genTime, whether or not it is proven."""
        return self.token.generated


@dataclass(frozen=True)
class SignatureVerdict:
    """What was decided of one signature."""

    signature: SignatureObject
    conclusion: Conclusion
    level: str
    """Format and level as DSS and SiVa name them: ``XAdES_BASELINE_T`` …"""
    best_signature_time: datetime
    """The earliest moment at which the signature is proven to have existed; the moment of judgement if none is."""
    time_is_proven: bool
    certificate: CertificateVerdict | None = None
    timestamps: tuple[TimestampVerdict, ...] = ()
    checks: tuple[Check, ...] = ()
    warnings: tuple[str, ...] = ()
    errors: tuple[str, ...] = ()

    @property
    def technically_valid(self) -> bool:
        """Integrity, signature value and structure hold, whoever signed."""
        return bool(self.checks) and all(check.status is not CheckStatus.NOT_OK for check in self.checks[:3])

    @property
    def scopes(self) -> tuple[Scope, ...]:
        """What the signature covers and what it does not."""
        return self.signature.scopes


@dataclass(frozen=True)
class Verdict:
    """The answer to the question whether this document is really signed."""

    document_name: str
    document_digest: str
    """SHA-256 of the document, hex."""
    document_size: int
    format: str | None
    at: datetime
    """The moment of judgement (validation time)."""
    policy: Policy
    trust_digest: str
    conclusion: Conclusion | None
    """The worst of all; None where there is no signature to judge or the document could not be read."""
    signatures: tuple[SignatureVerdict, ...] = ()
    timestamps: tuple[TimestampVerdict, ...] = ()
    """Time-stamps of the whole document."""
    problems: tuple[str, ...] = ()
    uncovered: tuple[str, ...] = ()
    evidence_records: int = 0
    """Named, not judged (RFC 4998, RFC 6283)."""

    @property
    def indication(self) -> Indication | None:
        """The overall indication, None where nothing could be judged."""
        return self.conclusion.indication if self.conclusion else None
