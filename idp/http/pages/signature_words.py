"""What the page on signatures says of a verdict: a person's words for it, personal numbers masked.

Every word of the verdict itself comes from ``keys.validation.report``; here it is arranged: at a glance who signed, when
and whether anything changed after, and behind it every fact that Circular 15/2025/TT-BKHCN has a validator show.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from flask_babel import gettext

from keys.validation.model import Indication, Integrity

if TYPE_CHECKING:
    from keys.validation.report.facts import Fact
    from keys.validation.report.words import Language
    from keys.validation.verdict import SignatureVerdict, Verdict

Tone = Literal["success", "warning", "danger", "info"]

_TONES: dict[Indication | None, Tone] = {
    Indication.TOTAL_PASSED: "success",
    Indication.INDETERMINATE: "warning",
    Indication.TOTAL_FAILED: "danger",
    None: "info",
}


@dataclass(frozen=True, slots=True)
class SignatureView:
    """One signature: the three answers at a glance, and everything behind them."""

    tone: Tone
    sentence: str
    reason: str
    signer: str
    when: str
    unchanged: str
    facts: tuple[tuple[str, str], ...]
    details: tuple[str, ...]
    """Technical findings, in English."""


@dataclass(frozen=True, slots=True)
class VerdictView:
    """One document."""

    name: str
    tone: Tone
    sentence: str
    reason: str
    checked_at: str
    digest: str
    signatures: tuple[SignatureView, ...]
    uncovered: tuple[str, ...]
    troubles: tuple[str, ...]
    details: tuple[str, ...]


def verdict_view(verdict: "Verdict", language: "Language") -> VerdictView:
    """Give the verdict in words."""
    from keys.validation.report.facts import time_words
    from keys.validation.report.words import reason, sentence, trouble

    conclusion = verdict.conclusion
    return VerdictView(
        name=verdict.document_name,
        tone=_TONES[verdict.indication],
        sentence=sentence(conclusion, language),
        reason=reason(conclusion.sub_indication, language) if conclusion else "",
        checked_at=time_words(verdict.at),
        digest=verdict.document_digest,
        signatures=tuple(_signature(found, language) for found in verdict.signatures),
        uncovered=verdict.uncovered[:20],
        troubles=tuple(dict.fromkeys(trouble(problem, language) for problem in verdict.problems)),
        details=verdict.problems,
    )


def _signature(found: "SignatureVerdict", language: "Language") -> SignatureView:
    from keys.validation.report.facts import facts, masked
    from keys.validation.report.words import reason, sentence

    known = facts(found, language)
    told = {fact.name: masked(fact.value) for fact in known}
    return SignatureView(
        tone=_TONES[found.conclusion.indication],
        sentence=sentence(found.conclusion, language),
        reason=reason(found.conclusion.sub_indication, language),
        signer=told["signer"],
        when=_when(found, told),
        unchanged=_unchanged(found, told),
        facts=tuple((masked(fact.label), masked(fact.value)) for fact in known if _is_behind(fact)),
        details=tuple(masked(fact.value) for fact in known if fact.name in ("error", "warning")),
    )


def _is_behind(fact: "Fact") -> bool:
    return fact.name not in ("error", "warning")


def _when(found: "SignatureVerdict", told: dict[str, str]) -> str:
    """The proven time where there is one, else what the signer says, told apart."""
    from keys.validation.report.facts import time_words

    if found.time_is_proven:
        return str(gettext("Before %(time)s, proven by a time-stamp", time=time_words(found.best_signature_time)))
    if found.signature.claimed_signing_time is None:
        return str(gettext("Not known"))
    return str(gettext("%(time)s, as the signer says", time=told["claimed_time"]))


def _unchanged(found: "SignatureVerdict", told: dict[str, str]) -> str:
    if found.signature.integrity is Integrity.INTACT and found.signature.changed_after_signing:
        return told["changes"]
    return told["integrity"]
