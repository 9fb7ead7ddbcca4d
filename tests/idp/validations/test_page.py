"""The public page: drop a file, see at a glance who signed, when, and whether anything changed after."""

import base64
import io
import re
import subprocess
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import TestResponse

from idp.domain.validations import desk
from idp.domain.validations.service import opened
from tests.idp.http.pages.test_signin import solve
from tests.idp.http.visitor import Visitor
from tests.idp.validations.conftest import GOOD
from tests.support import pki
from tests.support.clock import StoppedClock
from tests.support.documents import jades, pades, xades
from tests.support.documents.detached import detached_cades
from tests.support.provider import Provider, make_provider
from tests.support.stories import World, instant

FROM_HERE = {"Sec-Fetch-Site": "same-origin", "Accept-Language": "vi"}


class Citizen(Visitor):
    """Somebody who has a document looked at."""

    def check(
        self, *documents: tuple[str, bytes], content: tuple[str, bytes] | None = None, **fields: Any
    ) -> "Citizen":
        self.open("/signatures")
        return self.send(*documents, content=content, **fields)

    def send(self, *documents: tuple[str, bytes], content: tuple[str, bytes] | None = None, **fields: Any) -> "Citizen":
        token = self.fields["csrf_token"]
        data: dict[str, Any] = {"csrf_token": token, **fields}
        data["document"] = [(io.BytesIO(each), name) for name, each in documents]
        if content is not None:
            data["content"] = [(io.BytesIO(content[1]), content[0])]
        self.response = self.browser.post("/signatures", data=data, headers=FROM_HERE)
        return self

    @property
    def told(self) -> dict[str, str]:
        """The facts of the page, by their terms."""
        rows = self._document.iter("dt")
        return {" ".join(each.text_content().split()): " ".join(each.getnext().text_content().split()) for each in rows}

    def link(self, words: str) -> bytes:
        (link,) = (each for each in self._document.iter("a") if each.text_content().strip() == words)
        return base64.b64decode(str(link.get("href")).partition(",")[2])


class Untouchable(io.BytesIO):
    """A body that nobody may begin to read."""

    def read(self, _size: int | None = -1, /) -> bytes:
        raise AssertionError("what is too long is refused unread")


@pytest.fixture
def citizen(provider: Provider) -> Citizen:
    return Citizen(provider.browser())


def test_who_signed_when_and_that_nothing_changed_is_seen_at_a_glance(citizen: Citizen):
    citizen.check(("Quyết định số 12.pdf", pades(GOOD, "LTA")))

    assert citizen.response.status_code == 200
    assert "Chữ ký số hợp lệ" in citizen.text
    assert "Quyết định số 12.pdf" in citizen.text
    assert citizen.told["Ai đã ký"] == "Nguyễn Thị Hồng Ẩn"
    assert citizen.told["Ký khi nào"] == "Trước 01/03/2021 16:01:00, có dấu thời gian chứng minh"
    assert citizen.told["Có bị thay đổi sau khi ký không?"] == "Nội dung được ký còn nguyên vẹn"


def test_everything_that_the_circular_asks_a_validator_to_show_is_there(citizen: Citizen):
    told = citizen.check(("a.pdf", pades(GOOD, "LTA"))).told

    assert told["Tổ chức cấp chứng thư"] == "CA công dân"
    assert told["Tổ chức quản lý chứng thư"] == "Gốc Chứng thực Quốc gia"
    assert told["Hệ thống chứng thực"] == "Chứng thực chữ ký số công cộng"
    assert told["Thời hạn của chứng thư"] == "từ 30/01/2021 16:00:00 đến 01/03/2024 16:00:00"
    assert told["Thời điểm ký (người ký khai)"] == "01/03/2021 16:00:00"
    assert told["Dấu thời gian"] == "01/03/2021 16:01:00, hợp lệ"
    assert told["Hiệu lực chứng thư tại thời điểm ký"] == "Còn hiệu lực"
    assert told["Trạng thái: Nguyễn Thị Hồng Ẩn"].startswith("Không bị thu hồi (theo CRL lúc")


@dataclass(frozen=True)
class Numbered(World):
    """A signer whose authority wrote the personal number into the name, as some do."""

    @cached_property
    def signer(self) -> pki.Issued:
        life = instant(self.story["not_before"]), instant(self.story["not_after"])
        return self.issuing.issue(pki.person("Nguyễn Thị Hồng Ẩn CCCD:001099012345"), between=life)


def test_personal_numbers_are_shown_nowhere_in_words_or_on_paper(citizen: Citizen, tmp_path: Path):
    citizen.check(("a.json", jades(Numbered("good"), "B")))
    words = re.sub(r'href="data:[^"]*"', "", citizen.response.text)
    paper = tmp_path / "report.pdf"
    paper.write_bytes(citizen.link("Báo cáo để đọc (PDF)"))
    read = subprocess.run(["pdftotext", str(paper), "-"], capture_output=True, check=True).stdout.decode()

    for shown in (words, read):
        assert "001099012345" not in shown
        assert "CCCD:•••••••••345" in shown


def test_a_changed_document_is_said_to_be_changed(citizen: Citizen):
    signed = xades(GOOD, "LTA")
    citizen.check(("a.xml", signed.replace("xây dựng".encode(), "lao động".encode())))

    assert "Chữ ký số không hợp lệ" in citizen.text
    assert "Nội dung đã bị thay đổi sau khi ký" in citizen.text


def test_without_a_known_status_it_is_undetermined_and_says_so(citizen: Citizen, provider: Provider):
    provider.services.validations.sources = ()
    citizen.check(("a.json", jades(GOOD, "B")))

    assert "Chưa đủ căn cứ để kết luận chữ ký số hợp lệ" in citizen.text
    assert "Cảnh báo: không kiểm tra được trạng thái thu hồi" in citizen.text


@pytest.mark.parametrize(
    ("name", "document", "said"),
    [
        ("a.pdf", b"", "Tệp rỗng."),
        ("a.txt", "Kính gửi Ủy ban nhân dân".encode(), "Đây không phải loại tệp có thể mang chữ ký số"),
        ("a.pdf", b"%PDF-1.7 nothing follows", "Không đọc được tệp này"),
        ("a.zip", b"PK\x05\x06" + bytes(18), "Tệp nén không chứa chữ ký số nào."),
    ],
)
def test_what_holds_no_signature_gets_a_sentence_and_no_error(citizen: Citizen, name: str, document: bytes, said: str):
    citizen.check((name, document))

    assert citizen.response.status_code == 200
    assert "Không tìm thấy chữ ký số nào để kiểm tra" in citizen.text
    assert said in citizen.text


def test_a_form_without_a_file_asks_for_one(citizen: Citizen):
    citizen.check()

    assert citizen.response.status_code == 400
    assert citizen.errors == ["Lỗi: Hãy chọn tệp cần kiểm tra."]


def test_a_file_beyond_the_limit_is_refused_unread(citizen: Citizen, provider: Provider):
    limit = provider.services.settings.validation_limit
    announced = {"CONTENT_LENGTH": str(limit + 1), "wsgi.input": Untouchable()}
    response: TestResponse = citizen.browser.post("/signatures", environ_overrides=announced)

    assert response.status_code == 413


def test_the_sealed_report_opens_with_our_key_and_holds_the_verdict(citizen: Citizen, provider: Provider):
    citizen.check(("a.pdf", pades(GOOD, "LTA")))
    ring = provider.services.key_ring.get()

    report = opened(citizen.link("Báo cáo có niêm phong (JWS)").decode(), ring)

    assert b'"indication":"TOTAL-PASSED"' in report
    assert citizen.link("Báo cáo để đọc (PDF)").startswith(b"%PDF-")
    assert b"ValidationReport" in citizen.link("Báo cáo cho máy đọc (XML)")


def test_the_signed_content_may_be_a_file_of_its_own(citizen: Citizen):
    content = "Kính gửi Ủy ban nhân dân phường".encode()
    signature = detached_cades(GOOD, content, "B")
    alone = citizen.check(("thư.p7s", signature)).text
    assert "Thiếu nội dung đã được ký" in alone

    citizen.check(("thư.p7s", signature), content=("thư.txt", content))
    assert "Nội dung được ký còn nguyên vẹn" in citizen.text

    citizen.check(("thư.p7s", signature), content=("thư.txt", content + b"!"))
    assert "Chữ ký số không hợp lệ" in citizen.text


def test_a_form_from_elsewhere_is_not_taken(citizen: Citizen):
    response = citizen.browser.post("/signatures", data={}, headers={"Sec-Fetch-Site": "cross-site"})
    assert response.status_code == 400


def test_whoever_has_many_checked_shows_some_work_for_each(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(desk, "DEMO", desk.Limits(free=2, first_bits=8, last_bits=9))
    provider = make_provider(tmp_path, StoppedClock())
    citizen, document = Citizen(provider.browser()), ("a.txt", b"no signature")
    for _ in range(2):
        assert citizen.check(document).response.status_code == 200

    assert citizen.check(document).response.status_code == 429
    assert "Đã có nhiều tài liệu được kiểm tra từ mạng của bạn" in citizen.text
    solved = {"challenge": citizen.fields["challenge"], "number": solve(citizen.response.text)}
    assert citizen.send(document, **solved).response.status_code == 200
    assert citizen.check(document, **solved).response.status_code == 429
    provider.services.validations.close()
    provider.services.database.dispose()
