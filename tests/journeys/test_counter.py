"""Everything is lost, the phone too: at a counter two officials give the account back, and its owner begins again.

Each official works in a browser of their own. The person has a new phone with them, whose code they read to the official; the
old one is told, and opens nothing any more.
"""

import pytest
from playwright.sync_api import expect

from idp.domain.demo_people import DemoPerson
from tests.journeys.conftest import Invite
from tests.journeys.newcomers import Newcomer, code_in, newcomer, post_of, signs_in
from tests.journeys.test_revocation import PEOPLE, code_of, signs_in_by_password
from tests.support.chromium import Look, Visitor
from tests.support.demo import Demo

HA, SON = PEOPLE["thanh_ha"], PEOPLE["hai_son"]
NEW_PASSWORD = "chín con rồng uốn khúc ra biển"


@pytest.mark.parametrize(
    ("phone", "new_phone", "look"),
    [
        pytest.param("0938000501", "0938000601", Look("vi", 360), id="vi-360"),
        pytest.param("0938000502", "0938000602", Look("en", 1280), id="en-1280"),
    ],
)
def test_two_officials_give_the_account_back(
    phone: str, new_phone: str, look: Look, invite: Invite, demo: Demo
) -> None:
    person = newcomer(demo, "Mai Thị Hòa", phone, level=2)
    number = f"0010900{phone[-5:]}"
    first, second, reader = (invite(look, f"counter_{who}") for who in ("first", "second", "post"))

    enters(first, demo, HA)
    address = proposes(first, demo, person, number, new_phone)
    post_of(reader, demo, f"+84{phone[1:]}", "/freeze/")
    enters_the_code(first, code_in(post_of(reader, demo, f"+84{new_phone[1:]}", "10")))
    cannot_confirm_alone(first)

    enters(second, demo, SON)
    confirms(second, address, person, number)

    begins_again(invite(look, "counter_owner"), reader, demo, person, new_phone)
    the_old_phone_opens_nothing(invite(look, "counter_finder"), demo, person)
    reads_who_looked(invite(look, "counter_log"), demo, person, new_phone)


def enters(visitor: Visitor, demo: Demo, official: DemoPerson) -> None:
    """Sign in at the console with two factors; a code that another story used is waited out."""
    visitor.open(f"{demo.console}/home")
    signs_in_by_password(visitor, official)
    visitor.press("Enter a code from the application")
    for _ in range(20):
        visitor.page.fill("#code", code_of(official))
        visitor.press("Confirm")
        if visitor.page.url == f"{demo.console}/counter":
            return
        visitor.page.wait_for_timeout(5000)
    raise AssertionError("the console lets nobody in")


def proposes(visitor: Visitor, demo: Demo, person: Newcomer, number: str, new_phone: str) -> str:
    """By keyboard alone, from the number on the card to the proposal; gives its address."""
    visitor.page.locator("#number").focus()
    visitor.page.keyboard.type(number)
    with visitor.page.expect_navigation():
        visitor.page.keyboard.press("Enter")
    visitor.look_at_it("the-person")
    expect(visitor.page.get_by_role("heading", level=1)).to_have_text(person.name)
    visitor.press("Propose")
    visitor.sees("Please fill in everything that is asked for. Nothing was done yet.")
    for choice in ("#paper-identity_card", "#method-counter"):
        visitor.page.locator(choice).focus()
        visitor.page.keyboard.press("Space")
    visitor.page.locator("#contact").focus()
    visitor.page.keyboard.type(new_phone)
    with visitor.page.expect_navigation():
        visitor.page.keyboard.press("Enter")
    visitor.look_at_it("proposed")
    return visitor.page.url


def enters_the_code(visitor: Visitor, code: str) -> None:
    visitor.page.fill("#code", code)
    visitor.press("Enter this code")
    visitor.sees("Its code was read")


def cannot_confirm_alone(visitor: Visitor) -> None:
    visitor.sees("Another official confirms it")
    expect(visitor.page.get_by_role("button", name=visitor.say("Confirm: give the account back"))).to_have_count(0)


def confirms(visitor: Visitor, address: str, person: Newcomer, number: str) -> None:
    visitor.page.get_by_role("link", name=person.name).last.click()
    visitor.look_at_it("the-proposal")
    assert visitor.page.url == address
    visitor.page.locator("#paper-identity_card").check()
    visitor.page.fill("#number", number[:-1] + str((int(number[-1]) + 1) % 10))
    visitor.press("Confirm: give the account back")
    visitor.sees("This is not the number of the person whose account it is. Look at their card again.")
    visitor.page.locator("#paper-identity_card").check()
    visitor.page.fill("#number", number)
    visitor.press("Confirm: give the account back")
    visitor.sees("The account is given back")


def begins_again(owner: Visitor, reader: Visitor, demo: Demo, person: Newcomer, new_phone: str) -> None:
    owner.open(f"{demo.issuer}/recovery")
    owner.page.locator("main input[name=username], main input[name=name]").first.fill(new_phone)
    owner.page.keyboard.press("Enter")
    owner.page.wait_for_url("**/recovery/code**")
    owner.look_at_it()
    owner.page.fill("#code", code_in(post_of(reader, demo, f"+84{new_phone[1:]}", "Không đưa mã")))
    owner.page.keyboard.press("Enter")
    owner.page.wait_for_url("**/recovery/password**")
    owner.look_at_it()
    owner.page.fill("#password", NEW_PASSWORD)
    owner.page.keyboard.press("Enter")
    owner.page.wait_for_url(f"{demo.issuer}/account")
    owner.look_at_it()
    expect(owner.page.get_by_role("heading", level=1)).to_contain_text(person.name)


def the_old_phone_opens_nothing(finder: Visitor, demo: Demo, person: Newcomer) -> None:
    signs_in(finder, demo, person)
    finder.sees("Name or password is not right. Please check both.")


def reads_who_looked(owner: Visitor, demo: Demo, person: Newcomer, new_phone: str) -> None:
    owner.open(f"{demo.issuer}/signin")
    owner.page.fill("#username", new_phone)
    owner.page.fill("#password", NEW_PASSWORD)
    owner.press("Sign in")
    owner.open(f"{demo.issuer}/account/access-log")
    owner.sees("Your name, date of birth and how you can be reached, in part, at a counter")
