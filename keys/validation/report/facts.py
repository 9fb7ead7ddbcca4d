"""What a person is told of one signature, fact by fact, in Vietnamese and English: for the page and the PDF alike.

The facts are those that Circular 15/2025/TT-BKHCN has a validator show: who signed, who issued and who manages the
certificate, when, whether the content is whole, whether the certificate was in force then, and its period. Verdicts in
words are ``words``; laying them out is left to whoever shows them.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Final

from keys.validation.model import Integrity, TimestampKind
from keys.validation.report.names import attributes, common_name, organisation
from keys.validation.report.siva import readable_signer
from keys.validation.report.words import Language
from keys.validation.revocation import Status
from keys.validation.verdict import CertificateFinding, SignatureVerdict

_HANOI: Final = timezone(timedelta(hours=7))
_Words = dict[Language, str]

LABELS: Final[dict[str, _Words]] = {
    "signer": {"vi": "Người ký", "en": "Signed by"},
    "signer_organisation": {"vi": "Tổ chức của người ký", "en": "Organisation of the signer"},
    "issuer": {"vi": "Tổ chức cấp chứng thư", "en": "Issued by"},
    "manager": {"vi": "Tổ chức quản lý chứng thư", "en": "Certificate managed by"},
    "hierarchy": {"vi": "Hệ thống chứng thực", "en": "Hierarchy"},
    "serial": {"vi": "Số hiệu chứng thư", "en": "Certificate number"},
    "period": {"vi": "Thời hạn của chứng thư", "en": "Certificate valid"},
    "claimed_time": {"vi": "Thời điểm ký (người ký khai)", "en": "Time of signing (as the signer says)"},
    "timestamp": {"vi": "Dấu thời gian", "en": "Time-stamp"},
    "format": {"vi": "Định dạng", "en": "Format"},
    "integrity": {"vi": "Tính toàn vẹn", "en": "Integrity"},
    "changes": {"vi": "Thay đổi sau khi ký", "en": "Changes after signing"},
    "chain": {"vi": "Chuỗi chứng thư", "en": "Chain of certificates"},
    "in_force_signing": {"vi": "Hiệu lực chứng thư tại thời điểm ký", "en": "In force at the time of signing"},
    "in_force_checking": {"vi": "Hiệu lực chứng thư tại thời điểm kiểm tra", "en": "In force at the time of checking"},
    "status": {"vi": "Trạng thái", "en": "Status"},
    "scope": {"vi": "Phạm vi ký", "en": "What is signed"},
    "error": {"vi": "Chi tiết kỹ thuật", "en": "Technical detail"},
    "warning": {"vi": "Lưu ý", "en": "Note"},
}
_NO_CERTIFICATE: _Words = {"vi": "Không tìm thấy chứng thư chữ ký số", "en": "No certificate was found"}
_UNKNOWN: _Words = {"vi": "Không rõ", "en": "Unknown"}
_UNDETERMINED: _Words = {"vi": "Không xác định được", "en": "Cannot be determined"}
_NOT_SAID: _Words = {"vi": "Không khai", "en": "Not stated"}
_PERIOD: _Words = {"vi": "từ {} đến {}", "en": "from {} to {}"}
_GOOD_STAMP: _Words = {"vi": "{}, hợp lệ", "en": "{}, valid"}
_BAD_STAMP: _Words = {"vi": "Có nhưng không dùng được", "en": "Present, but cannot be relied on"}
_NO_STAMP: _Words = {"vi": "Không có", "en": "None"}
_ADDED: _Words = {
    "vi": "Có phần được thêm sau khi ký, theo cách định dạng cho phép",
    "en": "Something was added after signing, in a way the format allows",
}
_NO_PATH: _Words = {
    "vi": "Không dẫn tới tổ chức chứng thực được tin cậy",
    "en": "Does not lead to an authority that is trusted here",
}
_IN_FORCE: _Words = {"vi": "Còn hiệu lực", "en": "In force"}
_NOT_IN_FORCE: _Words = {"vi": "Không xác nhận được còn hiệu lực", "en": "Could not be confirmed"}
_NEEDS_NONE: _Words = {
    "vi": "Chứng thư ngắn hạn, không công bố thu hồi",
    "en": "Short-lived certificate, no revocation is published",
}
_NOT_CHECKED: _Words = {
    "vi": "Cảnh báo: không kiểm tra được trạng thái thu hồi",
    "en": "Warning: whether it was revoked could not be checked",
}
_STATEMENT: _Words = {"vi": "{}{} (theo {} lúc {})", "en": "{}{} (by {} of {})"}
_SINCE: _Words = {"vi": " từ {}", "en": " since {}"}
_TABLE: _Words = {"vi": "cơ sở dữ liệu chứng thư", "en": "the authority's own records"}
_STATUS: dict[Status, _Words] = {
    Status.GOOD: {"vi": "Không bị thu hồi", "en": "Not revoked"},
    Status.REVOKED: {"vi": "Đã bị thu hồi", "en": "Revoked"},
    Status.ON_HOLD: {"vi": "Đang tạm dừng", "en": "Suspended"},
    Status.UNKNOWN: {"vi": "Không rõ", "en": "Unknown"},
}
_HIERARCHIES: dict[str, _Words] = {
    "public": {"vi": "Chứng thực chữ ký số công cộng", "en": "Public certification"},
    "government": {"vi": "Chứng thực chữ ký số chuyên dùng Chính phủ", "en": "Government certification"},
}
_INTEGRITY: dict[Integrity, _Words] = {
    Integrity.INTACT: {"vi": "Nội dung được ký còn nguyên vẹn", "en": "The signed content is whole"},
    Integrity.HASH_MISMATCH: {
        "vi": "Nội dung đã bị thay đổi sau khi ký",
        "en": "The content was changed after it was signed",
    },
    Integrity.CONTENT_MISSING: {
        "vi": "Không kiểm tra được vì thiếu nội dung đã ký",
        "en": "Could not be checked, because the signed content is missing",
    },
}
_NOT_ASSURED: _Words = {"vi": "Không bảo đảm", "en": "Not assured"}
_COVERED: dict[str, _Words] = {
    "FULL": {"vi": "toàn bộ", "en": "the whole"},
    "PARTIAL": {"vi": "một phần", "en": "a part"},
}
_NOT_COVERED: _Words = {"vi": "không bảo vệ", "en": "not covered"}

_PERSONAL_NUMBER: Final = re.compile(r"(?<!\w)(?:\d{12}|\d{9}|[A-Z]\d{7,8})(?!\w)", re.ASCII)
"""Identity card (12 digits), its predecessor (9) and passports (a letter and seven or eight digits)."""


@dataclass(frozen=True)
class Fact:
    """One fact: its name for programs, its label and value for people."""

    name: str
    label: str
    value: str


def masked(text: str) -> str:
    """``text`` with all but the last three characters of every personal number hidden."""
    return _PERSONAL_NUMBER.sub(lambda found: "•" * (len(found[0]) - 3) + found[0][-3:], text)


def time_words(moment: datetime) -> str:
    """A moment as Vietnamese people write it, in Vietnamese time."""
    return f"{moment.astimezone(_HANOI):%d/%m/%Y %H:%M:%S}"


def facts(found: SignatureVerdict, language: Language = "vi") -> tuple[Fact, ...]:
    """Everything a person is told of one signature, in the order in which it is asked after."""
    parts = (*_who(found, language), *_when(found, language), *_status(found, language), *_rest(found, language))
    return tuple(Fact(name, detail or LABELS[name][language], value) for name, value, detail in parts)


_Part = tuple[str, str, str]
"""Name, value, and a label where it is not the usual one."""


def _who(found: SignatureVerdict, language: Language) -> Iterable[_Part]:
    signer = readable_signer(found)
    if signer is None:
        yield "signer", _NO_CERTIFICATE[language], ""
        return
    yield "signer", common_name(signer), ""
    known = attributes(signer.subject)
    if "organizationName" in known and known["organizationName"] != common_name(signer):
        yield "signer_organisation", known["organizationName"], ""
    issuer = attributes(signer.issuer)
    yield "issuer", issuer.get("commonName") or issuer.get("organizationName") or _UNKNOWN[language], ""
    path = found.certificate.path if found.certificate else None
    yield "manager", organisation(path.anchor.certificate) if path else _UNDETERMINED[language], ""
    if path is not None and path.anchor.hierarchy in _HIERARCHIES:
        yield "hierarchy", _HIERARCHIES[path.anchor.hierarchy][language], ""
    yield "serial", f"{signer.serial:x}", ""
    yield "period", _PERIOD[language].format(time_words(signer.not_before), time_words(signer.not_after)), ""


def _when(found: SignatureVerdict, language: Language) -> Iterable[_Part]:
    claimed = found.signature.claimed_signing_time
    yield "claimed_time", time_words(claimed) if claimed else _NOT_SAID[language], ""
    stamps = [s for s in found.timestamps if s.timestamp.kind is not TimestampKind.CONTENT]
    good = [s.time for s in stamps if s.conclusion.passed and s.time]
    if good:
        yield "timestamp", _GOOD_STAMP[language].format(time_words(min(good))), ""
    else:
        yield "timestamp", (_BAD_STAMP if stamps else _NO_STAMP)[language], ""
    yield "format", found.level, ""
    yield "integrity", _INTEGRITY.get(found.signature.integrity, _NOT_ASSURED)[language], ""
    if found.signature.changed_after_signing:
        yield "changes", _ADDED[language], ""


def _status(found: SignatureVerdict, language: Language) -> Iterable[_Part]:
    if found.certificate is None:
        return
    judged = found.certificate
    if judged.path is None:
        yield "chain", _NO_PATH[language], ""
        return
    yield "chain", " > ".join(common_name(certificate) for certificate in judged.path.whole), ""
    in_force = judged.path.target.valid_at(found.best_signature_time) and judged.conclusion.passed
    moment = "in_force_signing" if found.time_is_proven else "in_force_checking"
    yield moment, (_IN_FORCE if in_force else _NOT_IN_FORCE)[language], ""
    for finding in judged.findings:
        label = f"{LABELS['status'][language]}: {common_name(finding.certificate)}"
        yield "status", _finding(finding, language), label


def _finding(finding: CertificateFinding, language: Language) -> str:
    statement = finding.statement
    if finding.needs_none:
        return _NEEDS_NONE[language]
    if statement is None:
        return _NOT_CHECKED[language]
    since = _SINCE[language].format(time_words(statement.revoked_at)) if statement.revoked_at else ""
    source = _TABLE[language] if statement.kind == "TABLE" else statement.kind
    told = (_STATUS[statement.status][language], since, source, time_words(statement.this_update))
    return _STATEMENT[language].format(*told)


def _rest(found: SignatureVerdict, language: Language) -> Iterable[_Part]:
    for scope in found.scopes:
        yield "scope", f"{scope.name}: {_COVERED.get(scope.covered, _NOT_COVERED)[language]}", ""
    for error in found.errors:
        yield "error", error, ""
    for warning in found.warnings:
        yield "warning", warning, ""
