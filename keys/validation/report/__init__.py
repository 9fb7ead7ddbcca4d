"""The verdict shown: SiVa's simple report, a detailed one, ETSI TS 119 102-2, and PDF for people.

``render`` makes any of them; ``sealed`` puts one into a JWS with a key that the caller holds.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from keys.validation.report.paper import pdf
from keys.validation.report.siva import simple
from keys.validation.report.steps import detailed
from keys.validation.report.ts_119_102_2 import etsi
from keys.validation.verdict import Verdict

Seal = Callable[[bytes, str], str]
"""Signs a payload of a media type (the header's ``cty``) and gives the compact JWS (RFC 7515 §7.1)."""


class Kind(StrEnum):
    """The reports that can be made."""

    SIMPLE = "simple"
    DETAILED = "detailed"
    ETSI = "etsi"
    PDF = "pdf"


@dataclass(frozen=True)
class Rendered:
    """A report's bytes with their media type."""

    content: bytes
    media_type: str


def render(
    verdict: Verdict, kind: Kind, subjects: Mapping[str, str] | None = None, *, hide_numbers: bool = False
) -> Rendered:
    """The report of that kind; ``subjects`` as in ``simple``, ``hide_numbers`` as in ``pdf``."""
    match kind:
        case Kind.ETSI:
            return Rendered(etsi(verdict), "application/xml")
        case Kind.PDF:
            return Rendered(pdf(verdict, hide_numbers=hide_numbers), "application/pdf")
        case Kind.DETAILED:
            return Rendered(_json(detailed(verdict, subjects)), "application/json")
        case Kind.SIMPLE:
            return Rendered(_json(simple(verdict, subjects)), "application/json")


def sealed(report: Rendered, seal: Seal) -> str:
    """The report as a compact JWS, so that who receives it later knows that it is ours and unchanged."""
    return seal(report.content, report.media_type.removeprefix("application/"))


def _json(report: object) -> bytes:
    return json.dumps(report, ensure_ascii=False, separators=(",", ":")).encode()


__all__ = ["Kind", "Rendered", "Seal", "detailed", "etsi", "pdf", "render", "sealed", "simple"]
