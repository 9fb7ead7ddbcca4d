"""A stolen phone: from the loss, through a thief who knows the password too, to an account that is safe again."""

import pytest
from playwright.sync_api import expect

from tests.journeys.conftest import Invite
from tests.journeys.newcomers import Newcomer, Phone, adds_an_application, newcomer, post_of, signs_in
from tests.journeys.portal_by_hand import portal_by_hand
from tests.support.chromium import Look, Visitor
from tests.support.demo import Demo

NEW = "bảy con cò trắng bay qua đồng"
ADD = "Add an application that shows codes"


@pytest.mark.parametrize(
    ("phone", "look"),
    [
        pytest.param("0938000301", Look("vi", 360), id="vi-360"),
        pytest.param("0938000302", Look("en", 1280), id="en-1280"),
    ],
)
def test_from_the_loss_to_a_safe_account(phone: str, look: Look, invite: Invite, demo: Demo) -> None:
    person = newcomer(demo, "Hồ Xuân Hương", phone)
    owner, thief = invite(look, "stolen_phone_owner"), invite(look, "stolen_phone_thief")
    stolen, paper = protects_the_account(owner, demo, person)

    adds_an_application_of_their_own(thief, demo, person, stolen)
    reader = invite(look, "stolen_phone_post")
    link = the_link_in_the_newest_notice(reader, demo, person)
    stops_everything(reader, link)
    thief.open(f"{demo.issuer}/account")
    assert "/signin" in thief.page.url

    mended = invite(look, "stolen_phone_mended")
    takes_the_account_back(mended, demo, person, paper)
    fresh = adds_the_new_phone(mended, demo)
    changes_the_password(mended, demo, fresh)

    signs_in(thief, demo, person)
    thief.sees("Name or password is not right. Please check both.")
    the_new_phone_alone_is_believed(invite(look, "stolen_phone_after"), demo, person, stolen, fresh)


def protects_the_account(visitor: Visitor, demo: Demo, person: Newcomer) -> tuple[Phone, list[str]]:
    signs_in(visitor, demo, person)
    visitor.open(f"{demo.issuer}/account/authenticators")
    visitor.press(ADD)
    phone = adds_an_application(visitor, "Điện thoại cũ")
    visitor.press("Make ten codes")
    paper = visitor.page.locator("ul.codes li").all_inner_texts()
    visitor.press("I have kept them, go on")
    return phone, paper


def adds_an_application_of_their_own(thief: Visitor, demo: Demo, person: Newcomer, stolen: Phone) -> None:
    """Who has the phone and the password has both factors: nothing but the notice tells the owner."""
    signs_in(thief, demo, person)
    thief.open(f"{demo.issuer}/account/authenticators")
    thief.press(ADD)
    thief.press("Enter a code from the application")
    thief.page.locator("#code").fill(stolen.code())
    thief.press("Confirm")
    adds_an_application(thief, "Máy của kẻ gian")


def the_link_in_the_newest_notice(reader: Visitor, demo: Demo, person: Newcomer) -> str:
    text = post_of(reader, demo, person.email, "/freeze/")
    return f"{demo.issuer}/freeze/" + text.rpartition("/freeze/")[2].split()[0]


def stops_everything(reader: Visitor, link: str) -> None:
    reader.open(link)
    reader.sees("nothing is deleted, and you can sign in again at once.")
    reader.press("Stop everything")
    reader.sees("Every session has ended, on every device and at every portal, and no change waits any more.")


def takes_the_account_back(owner: Visitor, demo: Demo, person: Newcomer, paper: list[str]) -> None:
    """Password and a code on paper; both applications go, the stolen one and the thief's."""
    signs_in(owner, demo, person)
    for number, label in enumerate(("Máy của kẻ gian", "Điện thoại cũ")):
        owner.open(f"{demo.issuer}/account/authenticators")
        owner.page.get_by_role("link", name=label).click()
        owner.look_at_it()
        if number == 0:
            owner.press("Use a recovery code")
            owner.page.locator("#code").fill(paper[0].upper())
            owner.press("Confirm")
        owner.press("Remove")
        expect(owner.page.get_by_role("heading", name=label)).to_have_count(0)


def adds_the_new_phone(owner: Visitor, demo: Demo) -> Phone:
    owner.open(f"{demo.issuer}/account/authenticators")
    owner.press(ADD)
    return adds_an_application(owner, "Điện thoại mới")


def changes_the_password(owner: Visitor, demo: Demo, fresh: Phone) -> None:
    owner.open(f"{demo.issuer}/account/authenticators/password")
    if "/step-up" in owner.page.url:
        owner.page.locator("#code").fill(fresh.code())
        owner.press("Confirm")
    owner.page.locator("#password").fill(NEW)
    owner.press("Change it")
    owner.sees("The password is changed. Every other session has ended.")


def the_new_phone_alone_is_believed(owner: Visitor, demo: Demo, person: Newcomer, stolen: Phone, fresh: Phone) -> None:
    with portal_by_hand(demo) as portal:
        owner.open(portal.asks_for("urn:vn:eid:loa1:mfa"))
        signs_in(owner, demo, person, NEW)
        owner.press("Enter a code from the application")
        owner.page.locator("#code").fill(stolen.code())
        owner.press("Confirm")
        owner.sees("This code is not right, or it was used already. Wait for the next one and enter that.")
        wait_for_the_next_code(owner, fresh)
        owner.page.locator("#code").fill(fresh.code())
        owner.page.keyboard.press("Enter")
        assert portal.learns(owner)["acr"] == "urn:vn:eid:loa1:mfa"


def wait_for_the_next_code(owner: Visitor, phone: Phone) -> None:
    """Until the phone shows a code that was not used and that the provider takes: at most half a minute."""
    import time

    while phone.used > int(time.time()) // 30:
        owner.page.wait_for_timeout(500)
