"""One's own account in a real browser: who saw what, a portal that is sent away, a copy of everything, and the end."""

import json
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.journeys.conftest import Invite
from tests.journeys.newcomers import PASSWORD, Newcomer, newcomer, post_of, signs_in
from tests.support.chromium import Look, Visitor
from tests.support.demo import Demo


@pytest.mark.parametrize(
    ("phone", "look", "scripts"),
    [
        pytest.param("0938000401", Look("vi", 360), True, id="vi-360"),
        pytest.param("0938000402", Look("en", 1280), False, id="en-1280-without-scripts"),
    ],
)
def test_a_citizen_is_master_of_their_account(
    phone: str, look: Look, scripts: bool, invite: Invite, demo: Demo, tmp_path: Path
) -> None:
    person = newcomer(demo, "Lê Thị Hồng Gấm", phone, level=2)
    visitor = invite(look, "own_account", java_script_enabled=scripts)
    enters_the_national_portal(visitor, demo, person)
    finds_the_portal_in_the_access_log(visitor, demo)
    sends_the_portal_away_and_is_signed_out_there(visitor, demo, person)
    takes_a_copy_of_everything(visitor, demo, person, tmp_path)
    closes_the_account_and_stops_that(visitor, invite(look, "own_account_post"), demo, person)


def enters_the_national_portal(visitor: Visitor, demo: Demo, person: Newcomer) -> None:
    visitor.open(f"{demo.sites['national']}/")
    visitor.press("Sign in")
    signs_in(visitor, demo, person)
    expect(visitor.page.get_by_role("banner").get_by_text(person.name)).to_be_visible()


def finds_the_portal_in_the_access_log(visitor: Visitor, demo: Demo) -> None:
    """What is frequent is written a moment later, so the person may have to look again."""
    for _ in range(50):
        visitor.page.goto(f"{demo.issuer}/account/access-log")
        if visitor.page.get_by_text(visitor.say("You signed in there")).count():
            break
        visitor.page.wait_for_timeout(100)
    visitor.look_at_it("access-log")
    visitor.sees("You signed in there")


def is_signed_out(visitor: Visitor, demo: Demo) -> bool:
    """Look whether the portal must ask the provider again: the worker tells it, so a moment passes."""
    for _ in range(50):
        answer = visitor.context.request.get(f"{demo.sites['national']}/me", max_redirects=0)
        if answer.status in (302, 303):
            return True
        visitor.page.wait_for_timeout(200)
    return False


def sends_the_portal_away_and_is_signed_out_there(visitor: Visitor, demo: Demo, person: Newcomer) -> None:
    assert visitor.context.request.get(f"{demo.sites['national']}/me", max_redirects=0).status == 200
    visitor.open(f"{demo.issuer}/account/portals")
    visitor.page.locator("form.button-form button").first.click()
    visitor.sees("The portal is not connected any more, and you are signed out there.")
    visitor.look_at_it("withdrawn")
    assert is_signed_out(visitor, demo), "the portal still knows the person without asking the provider"
    visitor.open(f"{demo.sites['national']}/")
    expect(visitor.page.get_by_role("banner").get_by_text(person.name)).to_have_count(0)
    visitor.open(f"{demo.issuer}/account")
    expect(visitor.page.get_by_role("main").get_by_text(person.name).first).to_be_visible()


def takes_a_copy_of_everything(visitor: Visitor, demo: Demo, person: Newcomer, folder: Path) -> None:
    visitor.open(f"{demo.issuer}/account/download")
    for words, name in (("For machines (JSON)", "own.json"), ("To read (PDF)", "own.pdf")):
        with visitor.page.expect_download() as started:
            visitor.page.get_by_role("button", name=visitor.say(words)).click()
        started.value.save_as(folder / name)
    held = json.loads((folder / "own.json").read_text(encoding="utf-8"))
    assert held["account"]["name"] == person.name
    assert (folder / "own.pdf").read_bytes().startswith(b"%PDF")


def closes_the_account_and_stops_that(visitor: Visitor, reader: Visitor, demo: Demo, person: Newcomer) -> None:
    visitor.open(f"{demo.issuer}/account/close")
    visitor.page.locator("#sure").focus()
    visitor.page.keyboard.press("Space")
    visitor.page.keyboard.press("Tab")
    visitor.page.keyboard.press("Enter")
    visitor.sees("The account is closed")
    visitor.look_at_it("closed")
    signs_in(visitor, demo, person)
    visitor.sees("You have closed this account. To keep it, follow the link in our message or go to a one-stop desk.")
    notice = post_of(reader, demo, person.email, "14")
    reader.open(next(word for word in notice.split() if "/freeze/" in word))
    reader.press("Stop everything")
    signs_in(visitor, demo, person, PASSWORD)
    visitor.open(f"{demo.issuer}/account")
    assert "/signin" not in visitor.page.url
