"""The report for a person's files: PDF in Vietnamese, with what Circular 15/2025/TT-BKHCN asks a validator to show.

Whether it is valid, who signed, who issued and who manages the certificate, when, whether the content is whole, whether
the certificate was in force then, and its period. Uses a font of the system; without one that has Vietnamese, the text
is written without marks and says so.
"""

import unicodedata
from collections.abc import Iterable
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any, Final

from keys.validation.model import Indication, Integrity, TimestampKind
from keys.validation.report.names import attributes, common_name, organisation
from keys.validation.report.siva import readable_signer
from keys.validation.report.words import reason, sentence
from keys.validation.revocation import Status
from keys.validation.verdict import CertificateFinding, SignatureVerdict, Verdict

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

_HANOI = timezone(timedelta(hours=7))
_COLOURS = {
    Indication.TOTAL_PASSED: (20, 108, 67),
    Indication.INDETERMINATE: (133, 100, 4),
    Indication.TOTAL_FAILED: (176, 42, 55),
    None: (73, 80, 87),
}
_STATUS = {
    Status.GOOD: "Không bị thu hồi",
    Status.REVOKED: "Đã bị thu hồi",
    Status.ON_HOLD: "Đang tạm dừng",
    Status.UNKNOWN: "Không rõ",
}
_HIERARCHIES = {"public": "Chứng thực chữ ký số công cộng", "government": "Chứng thực chữ ký số chuyên dùng Chính phủ"}
_INTEGRITY = {
    Integrity.INTACT: "Nội dung được ký còn nguyên vẹn",
    Integrity.HASH_MISMATCH: "Nội dung đã bị thay đổi sau khi ký",
    Integrity.CONTENT_MISSING: "Không kiểm tra được vì thiếu nội dung đã ký",
}


def pdf(verdict: Verdict, fonts: Iterable[tuple[str, str]] = FONTS) -> bytes:
    """The report as PDF/1.x bytes, A4; the same verdict always gives the same bytes."""
    page = _Page(next((pair for pair in fonts if all(Path(path).exists() for path in pair)), None))
    page.title("Kết quả kiểm tra chữ ký số")
    page.row("Tài liệu", verdict.document_name or "(không có tên)")
    page.row("Mã băm SHA-256", verdict.document_digest)
    page.row("Thời điểm kiểm tra", _time(verdict.at))
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
    for label, value in (*_who(found), *_when(found), *_status(found)):
        page.row(label, value)
    for scope in found.scopes:
        covered = {"FULL": "toàn bộ", "PARTIAL": "một phần"}.get(scope.covered, "không bảo vệ")
        page.row("Phạm vi ký", f"{scope.name}: {covered}")
    for error in found.errors:
        page.row("Chi tiết kỹ thuật", error)
    for warning in found.warnings:
        page.row("Lưu ý", warning)


def _who(found: SignatureVerdict) -> Iterable[tuple[str, str]]:
    signer = readable_signer(found)
    if signer is None:
        yield "Người ký", "Không tìm thấy chứng thư chữ ký số"
        return
    yield "Người ký", common_name(signer)
    known = attributes(signer.subject)
    if "organizationName" in known and known["organizationName"] != common_name(signer):
        yield "Tổ chức của người ký", known["organizationName"]
    issuer = attributes(signer.issuer)
    yield "Tổ chức cấp chứng thư", issuer.get("commonName") or issuer.get("organizationName") or "Không rõ"
    path = found.certificate.path if found.certificate else None
    yield "Tổ chức quản lý chứng thư", organisation(path.anchor.certificate) if path else "Không xác định được"
    if path is not None and path.anchor.hierarchy in _HIERARCHIES:
        yield "Hệ thống chứng thực", _HIERARCHIES[path.anchor.hierarchy]
    yield "Số hiệu chứng thư", f"{signer.serial:x}"
    yield "Thời hạn của chứng thư", f"từ {_time(signer.not_before)} đến {_time(signer.not_after)}"


def _when(found: SignatureVerdict) -> Iterable[tuple[str, str]]:
    claimed = found.signature.claimed_signing_time
    yield "Thời điểm ký (người ký khai)", _time(claimed) if claimed else "Không khai"
    stamps = [s for s in found.timestamps if s.timestamp.kind is not TimestampKind.CONTENT]
    good = [s.time for s in stamps if s.conclusion.passed and s.time]
    if good:
        yield "Dấu thời gian", f"{_time(min(good))}, hợp lệ"
    else:
        yield "Dấu thời gian", "Có nhưng không dùng được" if stamps else "Không có"
    yield "Định dạng", found.level
    yield "Tính toàn vẹn", _INTEGRITY.get(found.signature.integrity, "Không bảo đảm")
    if found.signature.changed_after_signing:
        yield "Thay đổi sau khi ký", "Có phần được thêm sau khi ký, theo cách định dạng cho phép"


def _status(found: SignatureVerdict) -> Iterable[tuple[str, str]]:
    if found.certificate is None:
        return
    judged = found.certificate
    if judged.path is None:
        yield "Chuỗi chứng thư", "Không dẫn tới tổ chức chứng thực được tin cậy"
        return
    yield "Chuỗi chứng thư", " > ".join(common_name(certificate) for certificate in judged.path.whole)
    in_force = judged.path.target.valid_at(found.best_signature_time) and judged.conclusion.passed
    moment = "thời điểm ký" if found.time_is_proven else "thời điểm kiểm tra"
    yield f"Hiệu lực chứng thư tại {moment}", "Còn hiệu lực" if in_force else "Không xác nhận được còn hiệu lực"
    for finding in judged.findings:
        yield f"Trạng thái: {common_name(finding.certificate)}", _finding(finding)


def _finding(finding: CertificateFinding) -> str:
    statement = finding.statement
    if finding.needs_none:
        return "Chứng thư ngắn hạn, không công bố thu hồi"
    if statement is None:
        return "Cảnh báo: không kiểm tra được trạng thái thu hồi"
    since = f" từ {_time(statement.revoked_at)}" if statement.revoked_at else ""
    source = {"TABLE": "cơ sở dữ liệu chứng thư"}.get(statement.kind, statement.kind)
    return f"{_STATUS[statement.status]}{since} (theo {source} lúc {_time(statement.this_update)})"


def _time(moment: datetime) -> str:
    return f"{moment.astimezone(_HANOI):%d/%m/%Y %H:%M:%S}"


class _Page:
    """The sheet that is written on; without a Vietnamese font it writes unmarked letters."""

    def __init__(self, font: tuple[str, str] | None) -> None:
        # fpdf takes a quarter of a second to import, and only this report needs it.
        from fpdf import FPDF

        self._pdf: Any = FPDF(format="A4")
        self._marked = font is not None
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
        self._write(f"{label}: ", 10, bold=True, inline=True)
        self._write(value, 10, after=1)

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
