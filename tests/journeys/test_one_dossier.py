"""One dossier across portals: a citizen finds the procedure nationally, files it at the province, follows it nationally.

Between the two an official of the province receives it with an appointment, in a browser of their own.
"""

import re

import pytest
from playwright.sync_api import expect

from idp.domain.demo_people import DemoPerson, demo_people
from tests.journeys.conftest import Invite
from tests.journeys.test_one_door import agrees_if_asked
from tests.journeys.test_revocation import code_of
from tests.support.chromium import Look, Visitor
from tests.support.demo import Demo

PEOPLE = {person.key: person for person in demo_people()}
CITIZEN, OFFICIAL = PEOPLE["quoc_dat"], PEOPLE["thanh_ha"]
BIRTH_NOTICE = b"%PDF-1.4\n1 0 obj <</Type /Catalog>> endobj\ntrailer <</Root 1 0 R>>\n%%EOF\n"


@pytest.mark.parametrize(
    ("place", "look", "script"),
    [
        pytest.param("demo", Look("vi", 1280), True, id="sqlite-vi-1280"),
        pytest.param("demo", Look("vi", 360), False, id="sqlite-vi-360-without-javascript"),
        pytest.param(
            "grown_up_demo", Look("en", 360), True, id="postgresql-redis-en-360", marks=pytest.mark.postgresql
        ),
    ],
)
def test_one_dossier(place: str, look: Look, script: bool, invite: Invite, request: pytest.FixtureRequest) -> None:
    demo: Demo = request.getfixturevalue(place)
    story = f"one_dossier_{place}{'' if script else '_without_javascript'}"
    citizen = invite(look, story=f"{story}_citizen", java_script_enabled=script)
    finds_the_procedure_on_the_national_portal(citizen, demo)
    signs_in_on_the_way_to_the_form(citizen, demo)
    code = fills_in_the_form_and_files(citizen)

    official = invite(look, story=f"{story}_official", java_script_enabled=script)
    receives_it_with_an_appointment(official, demo, code)
    sees_that_it_cannot_be_received_twice(official, demo, code)

    follows_it_on_the_national_portal(citizen, demo, code)


def finds_the_procedure_on_the_national_portal(visitor: Visitor, demo: Demo) -> None:
    visitor.open(f"{demo.sites['national']}/")
    visitor.page.get_by_role("navigation").get_by_role("link", name=visitor.say("Procedures"), exact=True).click()
    visitor.look_at_it()
    visitor.page.get_by_label(visitor.say("What would you like to do?")).fill("dang ky khai sinh")
    visitor.press("Search")
    name = {"vi": "Đăng ký khai sinh", "en": "Registration of a birth"}[visitor.look.language]
    visitor.page.get_by_role("link", name=name, exact=True).click()
    visitor.look_at_it()


def signs_in_on_the_way_to_the_form(visitor: Visitor, demo: Demo) -> None:
    visitor.page.get_by_role("main").locator(f"a[href='{demo.sites['province']}/dossiers/new/1.001193']").click()
    visitor.look_at_it()
    signs_in(visitor, demo, CITIZEN)
    assert visitor.page.url == f"{demo.sites['province']}/dossiers/new/1.001193"
    expect(visitor.page.locator("#full_name")).to_have_value(CITIZEN.name)


def signs_in(visitor: Visitor, demo: Demo, person: DemoPerson) -> None:
    assert visitor.page.url.startswith(f"{demo.issuer}/signin")
    visitor.page.fill("#username", person.sign_in_name)
    visitor.page.fill("#password", person.password)
    visitor.press("Sign in")
    agrees_if_asked(visitor, demo)


def fills_in_the_form_and_files(visitor: Visitor) -> str:
    """First too little, so that the form says what is missing and loses nothing; then all of it."""
    page = visitor.page
    page.fill("#child_name", "Trần Bảo Ngọc")
    visitor.press("File the dossier")
    visitor.sees("Please check what you entered")
    expect(page.locator("#child_name")).to_have_value("Trần Bảo Ngọc")
    page.fill("#birthdate", "1990-04-30")
    page.fill("#phone", "0912 000 002")
    page.fill("#address", "45 Lê Thánh Tông, phường Hồng Gai, Quảng Ninh")
    page.fill("#child_birthdate", "2026-02-20")
    page.select_option("#child_sex", "female")
    page.fill("#child_birthplace", "Bệnh viện Sản Nhi Quảng Ninh")
    page.select_option("#relation", "father")
    page.select_option("#result_way", "online")
    notice = {"name": "giấy chứng sinh.pdf", "mimeType": "application/pdf", "buffer": BIRTH_NOTICE}
    page.set_input_files("#file_giay_chung_sinh", files=[notice])  # type: ignore[list-item]
    visitor.press("File the dossier")
    visitor.sees("Your dossier was filed")
    code = re.search(r"H49\.61-\d{6}-\d{4}", page.url)
    assert code, page.url
    return code[0]


def receives_it_with_an_appointment(visitor: Visitor, demo: Demo, code: str) -> None:
    visitor.open(f"{demo.sites['province']}/queue")
    signs_in(visitor, demo, OFFICIAL)
    visitor.look_at_it("queue")
    visitor.page.get_by_role("link", name=code).click()
    visitor.look_at_it()
    visitor.page.locator("#comment-receive").fill("Xin mang bản chính giấy chứng sinh khi đến nhận.")
    act = {"vi": "Tiếp nhận và hẹn trả kết quả", "en": "Receive and give the appointment"}[visitor.look.language]
    visitor.press(act)
    expect(visitor.page.get_by_role("status")).to_be_visible()


def sees_that_it_cannot_be_received_twice(visitor: Visitor, demo: Demo, code: str) -> None:
    act = {"vi": "Tiếp nhận và hẹn trả kết quả", "en": "Receive and give the appointment"}[visitor.look.language]
    expect(visitor.page.get_by_role("button", name=act)).to_have_count(0)


def follows_it_on_the_national_portal(visitor: Visitor, demo: Demo, code: str) -> None:
    visitor.open(f"{demo.sites['national']}/dossiers")
    assert visitor.page.url == f"{demo.sites['national']}/dossiers"
    visitor.page.locator(f"a[href$='{code}']").click()
    visitor.look_at_it()
    visitor.sees("Where it stands")
    received = {"vi": "Được tiếp nhận", "en": "Received"}[visitor.look.language]
    expect(visitor.page.get_by_text(received, exact=True).first).to_be_visible()
    expect(visitor.page.get_by_text("Xin mang bản chính giấy chứng sinh khi đến nhận.")).to_be_visible()
    expect(visitor.page.locator("main time[datetime]").first).to_be_visible()


@pytest.mark.parametrize("look", [Look("en", 1280)], ids=str)
def test_a_procedure_that_needs_two_factors_asks_for_the_second_on_the_way(
    demo: Demo, look: Look, invite: Invite
) -> None:
    """A marriage at the province: password, then the code, then the form; signed in for two factors, it is filed at once."""
    visitor = invite(look)
    address = f"{demo.sites['province']}/dossiers/new/1.000894"
    visitor.open(f"{demo.sites['national']}/procedures/1.000894")
    visitor.sees("Sign-in that is needed")
    visitor.page.get_by_role("main").locator(f"a[href='{address}']").click()
    signs_in(visitor, demo, OFFICIAL)
    shows_a_code(visitor, OFFICIAL)
    agrees_if_asked(visitor, demo)
    visitor.look_at_it()
    assert visitor.page.url == address

    visitor.page.fill("#full_name", "Bùi Thị Thanh Hà")
    visitor.page.fill("#birthdate", "1992-07-27")
    visitor.page.fill("#phone", "0912 000 009")
    visitor.page.fill("#address", "Phường Hồng Hà, Quảng Ninh")
    visitor.page.fill("#partner_name", "Đỗ “Quý” & Phúc <Ê>")
    visitor.page.fill("#partner_birthdate", "1990-01-01")
    visitor.page.fill("#marriages_before", "0")
    visitor.press("File the dossier")
    visitor.sees("Your dossier was filed")
    visitor.sees("Đỗ “Quý” & Phúc <Ê>")


def shows_a_code(visitor: Visitor, person: DemoPerson) -> None:
    if visitor.page.get_by_role("link", name=visitor.say("Enter a code from the application")).count():
        visitor.press("Enter a code from the application")
    visitor.page.fill("#code", code_of(person))
    visitor.press("Confirm")
