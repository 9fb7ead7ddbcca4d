"""One dossier at the province: a citizen files it, an official receives it and hands it on, the citizen sees each step."""

import re
from collections.abc import Callable

from tests.clients.dossiers.people import EXTRACT, PDF, Citizen, Official


def test_a_birth_is_filed_received_with_an_appointment_and_processed(
    citizen: Callable[..., Citizen], official: Callable[..., Official]
) -> None:
    father, desk = citizen(), official()
    filed = father.files()
    code = father.code_of(filed)

    assert code == "H49.61-260302-0001"
    assert "Hồ sơ của bạn đã được nộp" in filed.text
    assert "Mới đăng ký" in filed.text
    assert "có khi hồ sơ được tiếp nhận" in filed.text

    queue = desk.open("/queue")
    assert code in queue.text
    page = desk.case(code)
    assert "Trần Bảo Ngọc" in page.text
    assert "03/03/2026" in page.text
    received = desk.follow(desk.does(page, code, "receive", "Mang bản chính khi đến nhận."))
    assert "Hồ sơ hiện ở trạng thái: Được tiếp nhận." in received.text
    desk.follow(desk.does(received, code, "process"))

    seen = father.open(f"/dossiers/{code}").text
    states = re.findall(r'class="history-title">([^<]+)<', seen)
    assert states == ["Mới đăng ký", "Được tiếp nhận", "Đang xử lý"]
    assert "Bùi Thị Thanh Hà" in seen
    assert "Mang bản chính khi đến nhận." in seen
    assert '<time datetime="2026-03-03">03/03/2026</time>' in seen


def test_what_was_attached_is_given_back_whole_and_as_a_download(
    citizen: Callable[..., Citizen], official: Callable[..., Official]
) -> None:
    father, desk = citizen(), official()
    page = father.files()
    code = father.code_of(page)
    address = re.search(rf'href="(/dossiers/{re.escape(code)}/attachments/[^"]+)"', page.text)
    assert address

    own = father.get(address[1])
    officials = desk.open(address[1].replace("/dossiers/", "/queue/"))

    assert own.data == officials.data == PDF
    assert own.content_type == "application/pdf"
    assert own.headers["Content-Disposition"].startswith("attachment;")
    assert "sandbox" in own.headers["Content-Security-Policy"]
    assert own.headers["X-Content-Type-Options"] == "nosniff"
    assert own.headers["Cache-Control"] == "no-store"


def test_what_is_known_of_a_person_is_not_asked_again(citizen: Callable[..., Citizen]) -> None:
    known = citizen(birthdate="1990-04-30", phone_number="+84912000002", address={"formatted": "45 Lê Thánh Tông"})

    page = known.form(EXTRACT).text

    for value in ("Trần Quốc Đạt", "1990-04-30", "0912 000 002", "45 Lê Thánh Tông"):
        assert value in page


def test_every_form_is_drawn_in_both_languages(citizen: Callable[..., Citizen]) -> None:
    person = citizen()
    vietnamese = person.form(EXTRACT).text
    person.get("/language?to=en&next=/")
    english = person.form(EXTRACT).text

    assert "Loại việc hộ tịch" in vietnamese
    assert "Kind of record" in english
    assert '<html lang="en">' in english


def test_my_dossiers_lists_the_newest_first(citizen: Callable[..., Citizen], clock: Callable[..., float]) -> None:
    person = citizen()
    first = person.code_of(person.files(EXTRACT))
    clock.advance(60)  # type: ignore[attr-defined]
    second = person.code_of(person.files())

    listed = person.open("/dossiers").text

    assert listed.index(second) < listed.index(first)
    assert first.endswith("-0001")
    assert second.endswith("-0002")
