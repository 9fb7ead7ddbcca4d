"""What is not done at the province's portal: other people's dossiers, others' queues, forged and hostile sendings."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from clients.dossiers import processing
from clients.dossiers.attachments import plain_name
from clients.dossiers.records.dossiers import Attachment, Dossier, Event
from clients.kit.records.database import reading
from tests.clients.dossiers.people import BIRTH, CHILD, EXTRACT, JPEG, PDF, RECORD, Citizen, Official, upload
from tests.support.browser import NAVIGATION


def rows(app: Flask) -> tuple[int, int, int]:
    """How many dossiers, events and attachments there are."""
    with app.app_context(), reading() as work:
        counts = [work.scalar(select(func.count()).select_from(table)) or 0 for table in (Dossier, Event, Attachment)]
    return counts[0], counts[1], counts[2]


def test_somebody_elses_dossier_is_not_there(citizen: Callable[..., Citizen]) -> None:
    owner, other = citizen(), citizen("h49-duong", "Lê Thùy Dương")
    page = owner.files()
    code = owner.code_of(page)
    attachment = re.search(r'href="(/dossiers/[^"]+/attachments/[^"]+)"', page.text)
    assert attachment

    theirs = other.open(f"/dossiers/{code}")
    file = other.open(attachment[1])
    nobodys = other.open("/dossiers/H49.61-260302-9999")

    assert theirs.status_code == file.status_code == nobodys.status_code == 404
    assert "Trần Bảo Ngọc" not in theirs.text
    assert code not in other.open("/dossiers").text


def test_an_attachment_of_one_dossier_is_not_given_under_anothers_code(citizen: Callable[..., Citizen]) -> None:
    """Knowing a file's identifier opens it through its own dossier alone."""
    owner, other = citizen(), citizen("h49-duong", "Lê Thùy Dương")
    page = owner.files()
    own = other.code_of(other.files(EXTRACT, full_name="Lê Thùy Dương"))
    file = re.search(r"/attachments/([^\"]+)", page.text)
    assert file

    assert other.get(f"/dossiers/{own}/attachments/{file[1]}").status_code == 404


def test_an_attachment_is_found_under_the_code_of_its_own_dossier_alone(
    citizen: Callable[..., Citizen], official: Callable[..., Official]
) -> None:
    person, desk = citizen(), official()
    page, other = person.files(), person.code_of(person.files(EXTRACT))
    file = re.search(r"/attachments/([^\"]+)", page.text)
    assert file

    assert person.get(f"/dossiers/{other}/attachments/{file[1]}").status_code == 404
    assert desk.open(f"/queue/{other}/attachments/{file[1]}").status_code == 404


@pytest.mark.parametrize(
    "who",
    [
        {"agency": "", "roles": []},
        {"roles": []},
        {"roles": ["processor", "signer"]},
        {"agency": "G02"},
        {"agency": "H4"},
        {"agency": "H491"},
        {"agency": ""},
        {"agency": "H26.49"},
        {"roles": "receiver"},
    ],
    ids=str,
)
def test_the_queue_is_open_to_receivers_of_this_agency_alone(
    citizen: Callable[..., Citizen], official: Callable[..., Official], who: dict[str, Any], province: Flask
) -> None:
    code = citizen().code_of(citizen().files(EXTRACT))
    stranger = official("h49-stranger", "Người lạ", **who)
    desk = official()

    for path in ("/queue", f"/queue/{code}", "/queue/H49.61-260302-9999", f"/queue/{code}/attachments/x"):
        assert stranger.open(path).status_code == 403
    answer = stranger.press_to(f"/queue/{code}", stranger.open("/me"), act="receive", version="1", comment="")

    assert answer.status_code == 403
    assert "Mới đăng ký" in desk.case(code).text


def test_an_official_of_a_unit_of_the_agency_belongs_to_it(official: Callable[..., Official]) -> None:
    assert official(agency="H49.61").open("/queue").status_code == 200


def test_nobody_files_or_looks_without_signing_in(province: Flask) -> None:
    client = province.test_client()
    for path in (f"/dossiers/new/{BIRTH}", "/dossiers", "/dossiers/x", "/queue", "/queue/x"):
        assert client.get(path).status_code == 303
    assert client.post(f"/dossiers/new/{BIRTH}", data=RECORD).status_code == 400


def test_a_form_without_its_token_or_from_another_site_files_nothing(
    citizen: Callable[..., Citizen], official: Callable[..., Official], province: Flask
) -> None:
    person, desk = citizen(), official()
    page = person.form(EXTRACT)
    code = person.code_of(person.files(EXTRACT))
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page.text)
    assert token
    before = rows(province)

    bare = person.client.post(f"/dossiers/new/{EXTRACT}", data={**RECORD, "submission": "a" * 32}, headers=NAVIGATION)
    crossing = person.client.post(
        f"/dossiers/new/{EXTRACT}",
        data={**RECORD, "submission": "a" * 32, "csrf_token": token[1]},
        headers={"Sec-Fetch-Site": "cross-site"},
    )
    desk.case(code)
    acted = desk.client.post(f"/queue/{code}", data={"act": "receive", "version": "1"})

    assert (bare.status_code, crossing.status_code, acted.status_code) == (400, 400, 400)
    assert rows(province) == before


def test_sending_the_same_form_twice_files_one_dossier(citizen: Callable[..., Citizen], province: Flask) -> None:
    """A button pressed twice, an answer that got lost, the back button: the same dossier each time."""
    person = citizen()
    page = person.form()
    sent = [person.send(page, **CHILD, file_giay_chung_sinh=upload(PDF)) for _ in range(3)]

    assert len({answer.location for answer in sent}) == 1
    assert rows(province) == (1, 1, 1)


def test_other_content_under_the_same_form_is_told_and_not_lost_silently(
    citizen: Callable[..., Citizen], province: Flask
) -> None:
    person = citizen()
    page = person.form(EXTRACT)
    person.send(page, EXTRACT, **RECORD)

    answer = person.send(page, EXTRACT, **{**RECORD, "copies": "5"})

    assert answer.status_code == 409
    assert "Biểu mẫu này đã được nộp" in answer.text
    assert rows(province)[0] == 1


def test_two_people_with_the_same_key_have_a_dossier_each(citizen: Callable[..., Citizen], province: Flask) -> None:
    for person in (citizen(), citizen("h49-duong", "Lê Thùy Dương")):
        person.files(EXTRACT, submission="the-very-same-key-of-both")

    assert rows(province)[0] == 2


def test_of_two_officials_at_once_the_quicker_wins_and_the_other_is_told(
    citizen: Callable[..., Citizen], official: Callable[..., Official]
) -> None:
    code = citizen().code_of(citizen().files(EXTRACT))
    first, second = official(), official("h49-lan", "Nguyễn Thị Lan")
    seen_by_first, seen_by_second = first.case(code), second.case(code)

    won = first.does(seen_by_first, code, "receive")
    lost = second.does(seen_by_second, code, "refuse", "Thiếu giấy tờ.")

    assert won.status_code == 303
    assert lost.status_code == 409
    assert "Người khác vừa xử lý hồ sơ này" in lost.text
    assert "Thiếu giấy tờ." not in second.case(code).text


def test_an_officials_button_pressed_twice_acts_once(
    citizen: Callable[..., Citizen], official: Callable[..., Official], province: Flask
) -> None:
    code, desk = citizen().code_of(citizen().files(EXTRACT)), official()
    page = desk.case(code)

    answers = [desk.does(page, code, "receive").status_code for _ in range(2)]

    assert answers == [303, 303]
    assert rows(province)[1] == 2


@pytest.mark.parametrize(
    ("act", "version", "comment", "status"),
    [
        ("process", "1", "", 409),
        ("finish", "1", "", 409),
        ("", "1", "", 409),
        ("receive", "2", "", 409),
        ("receive", "", "", 409),
        ("receive", "٣", "", 409),
        ("receive", "-1", "", 409),
        ("refuse", "1", "", 400),
        ("refuse", "1", " \n ", 400),
        ("refuse", "1", "x" * 1001, 400),
        ("receive", "1", "\0", 400),
        ("receive", "1", "\ud7ff\u202e\x1b", 400),
    ],
)
def test_an_act_that_is_not_possible_changes_nothing(
    citizen: Callable[..., Citizen],
    official: Callable[..., Official],
    act: str,
    version: str,
    comment: str,
    status: int,
    province: Flask,
) -> None:
    code, desk = citizen().code_of(citizen().files(EXTRACT)), official()

    answer = desk.press(desk.case(code), f"/queue/{code}", act=act, version=version, comment=comment)

    assert answer.status_code == status
    assert rows(province)[1] == 1
    assert "Mới đăng ký" in desk.case(code).text


@pytest.mark.parametrize("roles", [(), ("processor",), ("signer", "administrator")], ids=str)
def test_an_act_asks_for_its_own_role_whatever_page_led_to_it(
    citizen: Callable[..., Citizen], province: Flask, roles: tuple[str, ...]
) -> None:
    code = citizen().code_of(citizen().files(EXTRACT))
    clerk = processing.Official("h49-clerk", "Người khác", roles)

    with province.app_context(), pytest.raises(processing.NotPossible):
        processing.perform(code, "receive", 1, clerk, "", 1_772_500_000)

    assert rows(province)[1] == 1


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"", "rong.pdf"),
        (b"<html><script>alert(1)</script>", "giay.pdf"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 50, "anh.jpg"),
        (b"MZ\x90\0" + PDF, "giay.pdf"),
        (b"GIF89a/*" + JPEG, "anh.jpg"),
        (b"%PDF-1.4\n<</S /JavaScript /JS (app.alert(1))>>\n%%EOF", "giay.pdf"),
        (b"%PDF-1.4\n<</S /J#61vaScript>>\n%%EOF", "giay.pdf"),
        (b"%PDF-1.7\n<</OpenAction 3 0 R>>\n%%EOF", "giay.pdf"),
        (b"%PDF-1.7\n<</S /Launch /F (cmd.exe)>>\n%%EOF", "giay.pdf"),
        (b"%PDF-1.7\n<</Names <</EmbeddedFiles 3 0 R>>>>\n%%EOF", "giay.pdf"),
        (b"%PDF-9.9\n%%EOF", "giay.pdf"),
        (b"%PDF-1.4\nno end", "giay.pdf"),
        (b"\xff\xd8\xff\xe0 no end", "anh.jpg"),
        (PDF[:-6] + b" " * (2 * 1024 * 1024) + b"%%EOF", "to.pdf"),
    ],
    ids=["empty", "html", "png", "exe before pdf", "gif before jpeg", "javascript", "javascript in codes", "open action",
         "launch", "files inside", "no version", "pdf without end", "jpeg without end", "too large"],
)  # fmt: skip
def test_a_hostile_or_unfit_file_is_not_kept_and_the_form_stays(
    citizen: Callable[..., Citizen], province: Flask, content: bytes, name: str
) -> None:
    person = citizen()

    answer = person.send_whole(person.form(), **CHILD, file_giay_chung_sinh=upload(content, name))

    assert answer.status_code == 200
    assert 'id="file_giay_chung_sinh-error"' in answer.text
    assert 'value="Trần Bảo Ngọc"' in answer.text
    assert rows(province) == (0, 0, 0)


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../etc/passwd.pdf", "passwd.pdf"),
        ("C:\\Windows\\giấy khai.PDF", "giấy khai.pdf"),
        ('"><script>.pdf', "script.pdf"),
        ("a\r\nSet-Cookie: x=1.pdf", "a_Set-Cookie_ x_1.pdf"),
        ("." * 300 + "pdf", "tep.pdf"),
        ("giấy.exe", "giấy.pdf"),
        ("x" * 300 + ".pdf", "x" * 80 + ".pdf"),
    ],
)
def test_a_file_is_called_by_what_it_is(citizen: Callable[..., Citizen], name: str, kept: str) -> None:
    assert plain_name(name, "application/pdf") == kept
    page = citizen().files(file_giay_chung_sinh=upload(PDF, name.translate({34: None, 13: None, 10: None})))

    assert re.search(r"download>[^<>]+\.pdf</a>", page.text)


def test_a_jpeg_is_taken_too(citizen: Callable[..., Citizen]) -> None:
    page = citizen().files(file_giay_chung_sinh=upload(JPEG, "anh.jpeg"))

    assert "anh.jpg" in page.text


def test_a_body_beyond_every_limit_is_refused_before_it_is_read(
    citizen: Callable[..., Citizen], province: Flask
) -> None:
    person = citizen()

    answer = person.send_whole(person.form(), file_giay_chung_sinh=upload(b"x" * (13 * 1024 * 1024)))

    assert answer.status_code == 413
    assert rows(province) == (0, 0, 0)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("full_name", ""),
        ("full_name", "x" * 121),
        ("full_name", "\ufffd"),
        ("full_name", "Trần\0Đạt"),
        ("full_name", "Trần\u202eĐạt"),
        ("birthdate", "31/02/1990"),
        ("birthdate", "2099-01-01"),
        ("birthdate", "0001-01-01"),
        ("birthdate", "hôm qua"),
        ("phone", "<script>"),
        ("phone", "0" * 40),
        ("address", "\x1b[31m"),
        ("record_kind", "divorce"),
        ("record_kind", ""),
        ("copies", "0"),
        ("copies", "21"),
        ("copies", "9" * 5000),
        ("copies", "hai"),
    ],
)
def test_what_makes_no_sense_is_said_at_its_field(
    citizen: Callable[..., Citizen], province: Flask, field: str, value: str
) -> None:
    person = citizen()

    answer = person.send(person.form(EXTRACT), EXTRACT, **{**RECORD, field: value})

    assert answer.status_code == 200
    assert f'id="{field}-error"' in answer.text
    assert rows(province) == (0, 0, 0)


def test_bytes_that_are_no_utf8_are_not_kept(citizen: Callable[..., Citizen], province: Flask) -> None:
    person = citizen()
    page = person.form(EXTRACT)
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page.text)
    assert token
    sent = f"csrf_token={token[1]}&submission={'k' * 32}&record_kind=birth&copies=1&result_way=desk&phone=0912000002"
    body = sent.encode() + b"&birthdate=1990-04-30&address=Ha+Long&record_name=x&full_name=Tr%E1%BA-%ff%fe"

    answer = person.client.post(
        f"/dossiers/new/{EXTRACT}",
        data=body,
        content_type="application/x-www-form-urlencoded",
        headers={"Sec-Fetch-Site": "same-origin"},
    )

    assert answer.status_code == 200
    assert 'id="full_name-error"' in answer.text
    assert rows(province) == (0, 0, 0)


def test_marks_are_composed_however_they_were_typed(citizen: Callable[..., Citizen]) -> None:
    decomposed = "Tra\u0302\u0300n Quo\u0302\u0301c \u0110a\u0323t"

    assert "Trần Quốc Đạt" in citizen().files(EXTRACT, full_name=decomposed).text


@pytest.mark.parametrize("code", ["1.000694", "9.999999", "x" * 300, "%00", "1.001193%20"])
def test_a_procedure_that_is_not_done_here_is_not_filed(citizen: Callable[..., Citizen], code: str) -> None:
    assert citizen().open(f"/dossiers/new/{code}").status_code == 404


def test_one_person_files_only_so_much_in_a_day(citizen: Callable[..., Citizen], province: Flask, clock: Any) -> None:
    person = citizen()
    for _ in range(20):
        assert person.files(EXTRACT).status_code == 200

    refused = person.files(EXTRACT)
    another = citizen("h49-duong", "Lê Thùy Dương").files(EXTRACT)
    clock.advance(86401)
    next_day = person.follow(person.send(person.form(EXTRACT), EXTRACT, **RECORD))

    assert refused.status_code == 429
    assert refused.headers["Retry-After"] == "3600"
    assert another.status_code == next_day.status_code == 200
    assert rows(province)[0] == 22


@pytest.mark.parametrize("engine", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def test_a_crowd_that_files_and_two_that_receive_at_the_same_moment(
    engine: str, request: pytest.FixtureRequest, crowd: Callable[..., Any]
) -> None:
    """Serials are given once each, one submission sent by eight threads is one dossier, one of eight acts wins."""
    stories = crowd(request.getfixturevalue(f"{engine}_url"))

    codes = stories.file_at_once(8)
    same = stories.send_the_same_at_once(8)
    won, lost = stories.receive_at_once(codes[0], 8)

    assert len(set(codes)) == 8
    assert sorted(code[-4:] for code in codes) == [f"{n:04}" for n in range(1, 9)]
    assert len(set(same)) == 1
    assert (won, lost) == (1, 7)
