"""The console as other administrators use it: one who reaches no further than her agency, and one without scripts or mouse."""

from playwright.sync_api import expect

from idp.domain.demo_people import DemoPerson
from tests.journeys.conftest import Invite
from tests.journeys.test_revocation import KHANG, LAN, PEOPLE, signs_in_with_two_factors
from tests.support.chromium import Look, Visitor
from tests.support.demo import Demo

NHI, THANG, HA = PEOPLE["y_nhi"], PEOPLE["duc_thang"], PEOPLE["thanh_ha"]


def test_an_administrator_of_one_agency_reaches_no_further(demo: Demo, invite: Invite) -> None:
    visitor = invite(Look("vi", 360))
    enters_the_console(visitor, demo, LAN)
    visitor.sees("You administer the agency %(code)s and those below it.", code="H49")

    finds(visitor, demo, "people", "agency", "H49")
    visitor.page.get_by_role("link", name=HA.name).click()
    visitor.look_at_it("an-official-of-hers")
    for person in (NHI, THANG):
        finds(visitor, demo, "certificates", "subject", person.name)
        visitor.sees("Only a whole name or number finds something, and only within your agency.")
    visitor.open(f"{demo.console}/portals")
    portals = visitor.page.locator(".rows > li")
    expect(portals.filter(has_text="H49")).not_to_have_count(0)
    expect(portals.filter(has_not_text="H49")).to_have_count(0)
    visitor.open(f"{demo.console}/certificates/{'0' * 32}/revoke")
    visitor.sees("This page does not exist")


def test_without_scripts_and_without_a_mouse(demo: Demo, invite: Invite) -> None:
    visitor = invite(Look("en", 1280), java_script_enabled=False)
    enters_the_console(visitor, demo, KHANG)
    finds(visitor, demo, "certificates", "subject", NHI.name)
    certificate = visitor.page.locator(".row-title a").first

    certificate.press("Enter")
    reaches_by_tab(visitor, "Suspend…")
    reaches_by_tab(visitor, "Suspend now")
    expect(visitor.page.get_by_text("Everything is done")).to_be_visible(timeout=15_000)
    visitor.look_at_it("suspended")
    reaches_by_tab(visitor, "To the certificate")
    expect(visitor.page.locator(".tag", has_text="Suspended")).to_be_visible()
    reaches_by_tab(visitor, "Release")
    expect(visitor.page.locator(".tag", has_text="Good")).to_be_visible()


def enters_the_console(visitor: Visitor, demo: Demo, person: DemoPerson) -> None:
    visitor.open(f"{demo.console}/home")
    signs_in_with_two_factors(visitor, person)
    assert visitor.page.url == f"{demo.console}/home"


def finds(visitor: Visitor, demo: Demo, what: str, by: str, value: str) -> None:
    """Fill in a search, and look at what comes."""
    visitor.open(f"{demo.console}/{what}")
    visitor.page.locator("main select").select_option(by)
    visitor.page.locator("main input[name=value]").fill(value)
    with visitor.page.expect_navigation():
        visitor.page.keyboard.press("Enter")
    visitor.look_at_it()


def reaches_by_tab(visitor: Visitor, words: str) -> None:
    """Press Tab until a link or button of these words has the focus, then Enter."""
    said = visitor.say(words)
    for _ in range(60):
        visitor.page.keyboard.press("Tab")
        focused = visitor.page.locator(":focus")
        if focused.count() and focused.first.inner_text() == said:
            with visitor.page.expect_navigation():
                visitor.page.keyboard.press("Enter")
            return
    raise AssertionError(f"the keyboard does not reach {said!r}")
