"""A procedure that asks for two factors sends the citizen to the provider and back, and nothing that was typed is lost."""

import html
import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from tests.clients.dossiers.people import APPLICANT, MARRIAGE, PDF, Citizen, upload
from tests.support.fake_provider import FakeProvider

FILLED = {
    **APPLICANT,
    "partner_name": "Lê Thùy Dương & “bạn” <Ê>",
    "partner_birthdate": "2001-09-02",
    "marriages_before": "0",
}


@pytest.fixture
def weaker(citizen: Callable[..., Citizen]) -> tuple[Citizen, Any]:
    """A citizen before the marriage form who has meanwhile signed in anew, in another tab, with one factor."""
    person = citizen()
    page = person.form(MARRIAGE)
    person.person["acr"] = "urn:vn:eid:loa2"
    person.sign_in("/dossiers")
    return person, page


def asked_for(provider: FakeProvider) -> list[str]:
    return [address for address in provider.asked if "/authorize?" in address and "acr_values" in address]


def test_the_form_itself_asks_for_the_level_before_anything_is_typed(
    citizen: Callable[..., Citizen], provider: FakeProvider
) -> None:
    page = citizen().form(MARRIAGE)

    assert "Đăng ký kết hôn" in page.text
    assert page.request.path == f"/dossiers/new/{MARRIAGE}"
    assert "acr_values=urn%3Avn%3Aeid%3Aloa2%3Amfa" in asked_for(provider)[-1]


def test_a_lower_procedure_asks_for_no_more_than_its_level(
    citizen: Callable[..., Citizen], provider: FakeProvider
) -> None:
    person = citizen()
    person.open("/dossiers")
    person.form("2.000635")

    assert asked_for(provider) == []


def test_what_was_typed_is_kept_through_step_up_and_sent_on_by_a_button(weaker: tuple[Citizen, Any]) -> None:
    person, page = weaker
    interrupted = person.follow(person.send(page, MARRIAGE, **FILLED))
    assert "Những gì bạn điền vẫn còn" in interrupted.text
    kept = person.kept_fields(interrupted)
    assert kept["partner_name"] == [FILLED["partner_name"]]

    filed = person.follow(person.press(interrupted, f"/dossiers/new/{MARRIAGE}", **{k: v[0] for k, v in kept.items()}))

    assert "Hồ sơ của bạn đã được nộp" in filed.text
    assert FILLED["partner_name"] in html.unescape(filed.text)
    assert "<Ê>" not in filed.text


def test_files_that_could_not_be_kept_are_asked_for_again_never_forgotten(weaker: tuple[Citizen, Any]) -> None:
    """The paper is optional, so that without asking the dossier would be filed without it."""
    person, page = weaker
    sent = person.send(page, MARRIAGE, **FILLED, file_quyet_dinh_ly_hon=upload(PDF))
    interrupted = person.follow(sent)
    assert 'name="files_lost" value="y"' in interrupted.text
    kept = {name: values[0] for name, values in person.kept_fields(interrupted).items()}

    again = person.press(interrupted, f"/dossiers/new/{MARRIAGE}", files_lost="y", **kept)

    assert again.status_code == 200
    assert 'id="file_quyet_dinh_ly_hon-error"' in again.text
    assert FILLED["partner_name"] in html.unescape(again.text)
    filed = person.follow(person.send(again, MARRIAGE, **FILLED, file_quyet_dinh_ly_hon=upload(PDF, "ly hôn.pdf")))
    assert "ly hôn.pdf" in filed.text


def test_stepping_up_alone_files_nothing(weaker: tuple[Citizen, Any], province: Flask) -> None:
    """Signing in must not act for a person: until they press the button there is no dossier."""
    person, page = weaker
    person.follow(person.send(page, MARRIAGE, **FILLED))

    assert not re.search(r"H49\.61-", person.open("/dossiers").text)


def test_whoever_does_not_reach_the_level_files_nothing(
    citizen: Callable[..., Citizen], provider: FakeProvider
) -> None:
    provider.twist["acr"] = lambda wanted: "urn:vn:eid:loa2"
    person = citizen()

    answer = person.form(MARRIAGE)

    assert answer.status_code == 403
    assert "Trang này cần mức đăng nhập cao hơn" in answer.text
