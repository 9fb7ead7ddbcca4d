"""The form as a citizen meets it: what is filled in already, what is said when something is wrong, and where to mend it."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from clients.kit.phone_numbers import at_home
from tests.clients.dossiers.people import BIRTH, CHILD, EXTRACT, PDF, Citizen, filled, upload


def summary(text: str) -> list[tuple[str, str]]:
    """The errors at the head of the page: where each leads, and what it says."""
    head = text.partition('class="error-summary"')[2].partition("</div>")[0]
    return re.findall(r'<a href="#([^"]+)">(.*?)</a>', head)


def test_each_error_leads_to_its_field_in_the_order_of_the_page(citizen: Callable[..., Citizen]) -> None:
    person = citizen()
    faulty = {**CHILD, "full_name": "", "child_birthdate": "31/02/2026", "file_giay_chung_sinh": upload(b"no", "a.txt")}

    page = person.send(person.form(), **faulty)

    leads = [field for field, _ in summary(page.text)]
    assert leads == ["full_name", "child_birthdate", "file_giay_chung_sinh"]
    assert [page.text.count(f'id="{field}"') for field in leads] == [1, 1, 1]
    assert "Giấy chứng sinh: Chỉ nhận tệp PDF và JPEG" in dict(summary(page.text))["file_giay_chung_sinh"]
    assert leads == sorted(leads, key=lambda field: page.text.index(f'id="{field}"'))


def test_a_missing_paper_alone_is_an_error_that_leads_there(citizen: Callable[..., Citizen]) -> None:
    person = citizen()

    page = person.send(person.form(), **CHILD)

    assert [field for field, _ in summary(page.text)] == ["file_giay_chung_sinh"]


@pytest.mark.parametrize(
    ("size", "shown"), [(len(PDF), "(1 KB)"), (1024, "(1 KB)"), (1025, "(2 KB)"), (20480, "(20 KB)")]
)
def test_no_file_is_said_to_weigh_nothing(citizen: Callable[..., Citizen], size: int, shown: str) -> None:
    padded = PDF.replace(b"\n%%EOF", b"\n" + b" " * (size - len(PDF)) + b"%%EOF")

    page = citizen().files(**{"file_giay_chung_sinh": upload(padded)})

    assert shown in page.text


@pytest.mark.parametrize(
    ("known", "shown"),
    [
        ("+84912000002", "0912 000 002"),
        ("+842033825555", "+842033825555"),
        ("+33612345678", "+33612345678"),
        ("0912000002", "0912000002"),
        ("+84", "+84"),
        ("+8491200000२", "+8491200000२"),
    ],
)
def test_a_number_is_written_as_at_home(known: str, shown: str) -> None:
    assert at_home(known) == shown


def test_the_phone_is_filled_in_as_people_write_it(citizen: Callable[..., Citizen]) -> None:
    page = citizen(phone_number="+84912000002").form()

    assert re.search(r'<input[^>]*id="phone"[^>]*value="0912 000 002"', page.text)


@pytest.mark.parametrize("phone", ["0912 000 002", "0912000002", "+84 912 000 002", "+84912000002", "0912.000.002"])
def test_a_phone_is_taken_however_it_is_written(citizen: Callable[..., Citizen], phone: str) -> None:
    given: dict[str, Any] = {**filled(EXTRACT), "phone": phone}

    assert "Hồ sơ của bạn đã được nộp" in citizen().files(EXTRACT, **given).text


@pytest.mark.parametrize("phone", ["12", "091200000a", "+84", "++84912000002", "0912 000 002 và 0913"])
def test_what_is_no_phone_number_is_said_at_its_field(citizen: Callable[..., Citizen], phone: str) -> None:
    person = citizen()

    page = person.send(person.form(BIRTH), **{**filled(BIRTH), "phone": phone})

    assert "phone" in dict(summary(page.text))
