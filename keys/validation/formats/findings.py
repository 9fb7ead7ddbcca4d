"""Collecting what is wrong with one signature, so that the gravest rule decides and the others are still told.

Shared by the XML and JSON formats. What each finding means for the verdict is EN 319 102-1's and ``process``'s affair.
"""

from dataclasses import dataclass, field

from keys.validation.model import Integrity

GRAVITY = (
    Integrity.MALFORMED,
    Integrity.HASH_MISMATCH,
    Integrity.SIGNATURE_BROKEN,
    Integrity.CONTENT_MISSING,
    Integrity.UNSUPPORTED,
    Integrity.NO_SIGNER,
)
"""The gravest first: what is surely broken beats what is missing, and that beats what could not be identified."""


@dataclass
class Findings:
    """Broken rules and remarks about one signature."""

    broken: list[tuple[Integrity, str]] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def add(self, integrity: Integrity, sentence: str) -> None:
        """Note a broken rule."""
        if (integrity, sentence) not in self.broken:
            self.broken.append((integrity, sentence))

    def warn(self, sentence: str) -> None:
        """Note something that does not decide."""
        if sentence not in self.warnings:
            self.warnings.append(sentence)

    @property
    def integrity(self) -> Integrity:
        """The gravest finding, INTACT if there is none."""
        return min((found for found, _ in self.broken), key=GRAVITY.index, default=Integrity.INTACT)

    @property
    def problems(self) -> tuple[str, ...]:
        """The sentences, the decisive one first."""
        return tuple(sentence for _, sentence in sorted(self.broken, key=lambda each: GRAVITY.index(each[0])))
