"""The report for a person's files: PDF in Vietnamese, with what Circular 15/2025/TT-BKHCN asks a validator to show.

Whether it is valid, who signed, who issued and who manages the certificate, when, whether the content is whole, whether
the certificate was in force then, and its period. Uses a font of the system; without one that has Vietnamese, the text
is written without marks and says so.
"""

import unicodedata
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from keys.validation.model import Indication
from keys.validation.report.facts import facts, masked, time_words
from keys.validation.report.words import reason, sentence
from keys.validation.verdict import SignatureVerdict, Verdict

FONTS: Final = (
    ("/usr/share/fonts/truetype/noto/NotoSans-Regular.ttf", "/usr/share/fonts/truetype/noto/NotoSans-Bold.ttf"),
    (
        "/usr/share/fonts/truetype/liberation2/LiberationSans-Regular.ttf",
        "/usr/share/fonts/truetype/liberation2/LiberationSans-Bold.ttf",
    ),
    (
        "/usr/share/fonts/truetype/liberation/LiberationSans-Regular.ttf",
        "/usr/share/fonts/truetype/liberation/LiberationSans-Bold.ttf",
    ),
    ("/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf", "/usr/share/fonts/truetype/dejavu/DejaVuSans-Bold.ttf"),
)
"""Fonts that hold every Vietnamese letter, regular and bold, in the order they are looked for."""

_COLOURS = {
    Indication.TOTAL_PASSED: (20, 108, 67),
    Indication.INDETERMINATE: (133, 100, 4),
    Indication.TOTAL_FAILED: (176, 42, 55),
    None: (73, 80, 87),
}


def pdf(verdict: Verdict, fonts: Iterable[tuple[str, str]] = FONTS, *, hide_numbers: bool = False) -> bytes:
    """The report as PDF/1.x bytes, A4; the same verdict always gives the same bytes.

    :param hide_numbers: write personal numbers masked, for a report that anybody may have asked for.
    """
    font = next((pair for pair in fonts if all(Path(path).exists() for path in pair)), None)
    page = _Page(font, masked if hide_numbers else str)
    page.title("Kết quả kiểm tra chữ ký số")
    page.row("Tài liệu", verdict.document_name or "(không có tên)")
    page.row("Mã băm SHA-256", verdict.document_digest)
    page.row("Thời điểm kiểm tra", time_words(verdict.at))
    page.row("Múi giờ", "Mọi thời điểm theo giờ Việt Nam (UTC+7)")
    page.row("Chính sách kiểm tra", f"{verdict.policy.name}: {verdict.policy.description}")
    page.verdict(sentence(verdict.conclusion), _COLOURS[verdict.indication])
    if verdict.conclusion is not None and verdict.conclusion.sub_indication is not None:
        page.text(reason(verdict.conclusion.sub_indication))
    for name in verdict.uncovered:
        page.text(f"Nội dung không được chữ ký nào bảo vệ: {name}")
    for number, signature in enumerate(verdict.signatures, start=1):
        _signature(page, number, signature)
    return page.finish(verdict.at)


def _signature(page: "_Page", number: int, found: SignatureVerdict) -> None:
    page.heading(f"Chữ ký {number}")
    page.verdict(sentence(found.conclusion), _COLOURS[found.conclusion.indication])
    why = reason(found.conclusion.sub_indication)
    if why:
        page.text(why)
    for fact in facts(found):
        page.row(fact.label, fact.value)


class _Page:
    """The sheet that is written on; without a Vietnamese font it writes unmarked letters."""

    def __init__(self, font: tuple[str, str] | None, shown: Callable[[str], str]) -> None:
        # fpdf takes a quarter of a second to import, and only this report needs it.
        from fpdf import FPDF

        self._pdf: Any = FPDF(format="A4")
        self._marked = font is not None
        self._shown = shown
        self._family = "report" if font else "Helvetica"
        if font:
            self._pdf.add_font("report", "", font[0])
            self._pdf.add_font("report", "B", font[1])
        self._pdf.set_margin(18)
        self._pdf.set_auto_page_break(True, 18)
        self._pdf.add_page()
        self._pdf.set_lang("vi")
        if not self._marked:
            self.text("Font with Vietnamese letters not found on this system; the text below has no marks.")

    def title(self, text: str) -> None:
        self._write(text, 18, bold=True, after=4)

    def heading(self, text: str) -> None:
        self._pdf.ln(4)
        self._write(text, 13, bold=True, after=1)

    def verdict(self, text: str, colour: tuple[int, int, int]) -> None:
        self._pdf.set_text_color(*colour)
        self._write(text, 13, bold=True, after=1)
        self._pdf.set_text_color(0, 0, 0)

    def text(self, text: str) -> None:
        self._write(text, 10, after=1)

    def row(self, label: str, value: str) -> None:
        self._write(f"{self._shown(label)}: ", 10, bold=True, inline=True)
        self._write(self._shown(value), 10, after=1)

    def finish(self, at: datetime) -> bytes:
        self._pdf.set_creation_date(at)
        self._pdf.set_title(self._letters("Kết quả kiểm tra chữ ký số"))
        return bytes(self._pdf.output())

    def _write(self, text: str, size: int, *, bold: bool = False, after: float = 0, inline: bool = False) -> None:
        self._pdf.set_font(self._family, "B" if bold else "", size)
        height = size * 0.5
        self._pdf.write(height, self._letters(text))
        if not inline:
            self._pdf.ln(height + after)

    def _letters(self, text: str) -> str:
        printable = "".join(c if c.isprintable() else " " for c in unicodedata.normalize("NFC", text))
        if self._marked:
            return printable
        plain = unicodedata.normalize("NFD", printable.replace("đ", "d").replace("Đ", "D"))
        return "".join(c for c in plain if not unicodedata.combining(c)).encode("latin-1", "replace").decode("latin-1")
