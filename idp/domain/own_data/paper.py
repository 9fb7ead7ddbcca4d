"""Writes what is held about a person on paper: PDF, A4, with every Vietnamese letter whole.

Owns the sheet; what stands on it, in the reader's words, is given. Liberation and Noto hold every letter; without a font
of the system the letters lose their marks and the sheet says so, since a sheet without marks is better than none.
"""

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

MARGIN = 18
"""Millimetres around the text."""


@dataclass(frozen=True)
class Part:
    """One heading and its rows: each a few pairs of a term and its value."""

    heading: str
    rows: Sequence[Sequence[tuple[str, str]]]
    none: str = ""
    """Said where there are no rows."""


def pdf(
    title: str, language: str, at: float, parts: Iterable[Part], fonts: Iterable[tuple[str, str]] | None = None
) -> bytes:
    """Give the sheets as PDF.

    :param language: of the words, for screen readers.
    :param fonts: regular and bold, the first pair that exists is used; those of ``keys.validation.report`` by default.
    :param at: Unix seconds; the same content at the same time gives the same bytes.
    """
    sheet = _Sheet(title, language, fonts)
    for part in parts:
        sheet.line(part.heading, 13, bold=True, before=4)
        for row in part.rows:
            sheet.pairs(row)
        if not part.rows:
            sheet.line(part.none, 10)
    return sheet.finish(at)


class _Sheet:
    def __init__(self, title: str, language: str, fonts: Iterable[tuple[str, str]] | None) -> None:
        # These take a third of a second to import, and few people ask for this.
        from fpdf import FPDF

        from keys.validation.report.paper import FONTS

        font = next(
            (pair for pair in (FONTS if fonts is None else fonts) if all(Path(path).exists() for path in pair)), None
        )
        self._pdf: Any = FPDF(format="A4")
        self._whole, self._family = font is not None, "own" if font else "Helvetica"
        for style, path in zip(("", "B"), font or (), strict=False):
            self._pdf.add_font("own", style, path)
        self._pdf.set_margin(MARGIN)
        self._pdf.set_auto_page_break(True, MARGIN)
        self._pdf.set_lang(language)
        self._pdf.set_title(self._letters(title))
        self._pdf.add_page()
        self.line(title, 18, bold=True)
        if not self._whole:
            self.line("Font with Vietnamese letters not found on this system; the text has no marks.", 10)

    def line(self, text: str, size: int, *, bold: bool = False, before: float = 0) -> None:
        if before:
            self._pdf.ln(before)
        self._write(text, size, bold=bold)
        self._pdf.ln(size * 0.5 + 1)

    def pairs(self, pairs: Iterable[tuple[str, str]]) -> None:
        for term, value in pairs:
            self._write(f"{term}: ", 10, bold=True)
            self._write(value, 10)
            self._pdf.ln(6)
        self._pdf.ln(2)

    def finish(self, at: float) -> bytes:
        self._pdf.set_creation_date(datetime.fromtimestamp(int(at), UTC))
        return bytes(self._pdf.output())

    def _write(self, text: str, size: int, *, bold: bool = False) -> None:
        self._pdf.set_font(self._family, "B" if bold else "", size)
        self._pdf.write(size * 0.5, self._letters(text))

    def _letters(self, text: str) -> str:
        printable = "".join(sign if sign.isprintable() else " " for sign in unicodedata.normalize("NFC", text))
        if self._whole:
            return printable
        plain = unicodedata.normalize("NFD", printable.replace("đ", "d").replace("Đ", "D"))
        unmarked = "".join(sign for sign in plain if not unicodedata.combining(sign))
        return unmarked.encode("latin-1", "replace").decode("latin-1")
