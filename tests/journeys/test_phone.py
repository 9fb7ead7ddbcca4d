"""Signing in at a computer by a phone: two people's browsers at once, with scripts and without."""

from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from idp.domain.demo_people import demo_people
from tests.journeys.conftest import Invite
from tests.journeys.portal_by_hand import portal_by_hand
from tests.journeys.test_passkeys import signs_in_by_password
from tests.support.chromium import Look, Visitor
from tests.support.demo import Demo

OWNER = next(person for person in demo_people() if person.key == "quoc_dat")


@pytest.mark.parametrize(
    ("computer_look", "phone_look", "scripts"),
    [
        pytest.param(Look("vi", 1280), Look("vi", 360), True, id="vi"),
        pytest.param(Look("en", 1280), Look("en", 360), False, id="en-without-scripts"),
    ],
)
def test_a_computer_is_signed_in_by_a_phone(
    computer_look: Look, phone_look: Look, scripts: bool, invite: Invite, demo: Demo
) -> None:
    phone = invite(phone_look, "phone_in_hand")
    computer = invite(computer_look, "phone_at_a_computer", java_script_enabled=scripts)
    signs_in_by_password(phone, demo, OWNER)
    with portal_by_hand(demo) as portal:
        computer.page.goto(portal.asks_for("urn:vn:eid:loa2", essential=False))
        arrives_at_the_picture(computer)
        picks_the_number(phone, computer, demo)
        goes_on_at_the_computer(computer, scripts=scripts)
        claims = portal.learns(computer)
    assert (claims["acr"], claims["amr"]) == ("urn:vn:eid:loa2", ["mca"])
    sees_and_ends_it_on_the_phone(phone, computer, demo)


def arrives_at_the_picture(computer: Visitor) -> None:
    main = computer.page.get_by_role("main")
    main.get_by_role("link", name=computer.say("Use a phone that is signed in")).click()
    main.get_by_role("button", name=computer.say("Show the picture")).click()
    expect(computer.page.locator(".qr svg")).to_be_visible()


def picks_the_number(phone: Visitor, computer: Visitor, demo: Demo) -> None:
    ticket = urlsplit(computer.page.url).path.rsplit("/", 1)[1]
    number = computer.page.locator(".match").inner_text()
    phone.open(f"{demo.issuer}/phone/{ticket}")
    expect(phone.page.get_by_text("Cổng thử nghiệm")).to_be_visible()
    expect(phone.page.get_by_text("127.0.0.1", exact=True)).to_be_visible()
    # By keyboard alone: the numbers come one after the other, the refusal last.
    choices = phone.page.locator(".numbers button")
    choices.first.focus()
    for _ in range([each.inner_text() for each in choices.all()].index(number)):
        phone.page.keyboard.press("Tab")
    phone.page.keyboard.press("Enter")
    phone.sees("Confirmed. Go on at the computer.")
    phone.look_at_it("confirmed")


def goes_on_at_the_computer(computer: Visitor, *, scripts: bool) -> None:
    button = computer.page.get_by_role("button", name=computer.say("Go on as %(person)s", person=OWNER.name))
    if scripts:
        # Nobody touched the computer meanwhile: the page looked again by itself, and the button has the focus.
        expect(button).to_be_focused()
        computer.look_at_it("approved")
        computer.page.keyboard.press("Enter")
    else:
        computer.page.get_by_role("link", name=computer.say("I have confirmed on the phone")).click()
        button.click()


def sees_and_ends_it_on_the_phone(phone: Visitor, computer: Visitor, demo: Demo) -> None:
    computer.page.goto(f"{demo.issuer}/account")
    expect(computer.page.get_by_role("main").get_by_text(OWNER.name).first).to_be_visible()
    phone.open(f"{demo.issuer}/account/sessions")
    phone.press("End all other sessions")
    computer.page.goto(f"{demo.issuer}/account")
    assert "/signin" in computer.page.url
