"""A second factor in a real browser: added on the way to a service, used at the next, kept on paper, recovered without."""

import pytest

from tests.journeys.conftest import Invite
from tests.journeys.newcomers import (
    Newcomer,
    Phone,
    adds_an_application,
    code_in,
    newcomer,
    post_of,
    signs_in,
)
from tests.journeys.portal_by_hand import PortalByHand, portal_by_hand
from tests.support.chromium import Look, Visitor
from tests.support.demo import Demo

NEW = "bảy con cò trắng bay qua đồng"


@pytest.mark.parametrize(
    ("phone", "level", "look"),
    [
        pytest.param("0938000101", 2, Look("vi", 360), id="level-2-vi-360"),
        pytest.param("0938000102", 1, Look("en", 1280), id="level-1-en-1280"),
    ],
)
def test_a_service_wants_two_factors(phone: str, level: int, look: Look, invite: Invite, demo: Demo) -> None:
    person = newcomer(demo, "Đoàn Thị Điểm", phone, level=level)
    demanded = f"urn:vn:eid:loa{level}:mfa"
    with portal_by_hand(demo) as portal:
        first = invite(look, f"two_factors_{level}")
        application = adds_one_on_the_way(first, demo, person, portal, demanded)
        shows_a_code_in_another_browser(invite(look, f"two_factors_again_{level}"), demo, person, portal, application)


def adds_one_on_the_way(visitor: Visitor, demo: Demo, person: Newcomer, portal: PortalByHand, demanded: str) -> Phone:
    visitor.open(portal.asks_for(demanded))
    signs_in(visitor, demo, person)
    visitor.sees("You have none yet. Add one now; afterwards you go on where you are.")
    visitor.press("Add an application that shows codes")
    application = adds_an_application(visitor, "Điện thoại của Điểm")
    visitor.press("Make ten codes")
    assert visitor.page.locator("ul.codes li").count() == 10
    visitor.page.get_by_role("link", name=visitor.say("I have kept them, go on")).click()
    claims = portal.learns(visitor)
    assert (claims["acr"], claims["amr"]) == (demanded, ["pwd", "otp", "mfa"])
    return application


def shows_a_code_in_another_browser(
    visitor: Visitor, demo: Demo, person: Newcomer, portal: PortalByHand, application: Phone
) -> None:
    visitor.open(portal.asks_for("urn:vn:eid:loa1:mfa"))
    signs_in(visitor, demo, person)
    visitor.press("Enter a code from the application")
    visitor.page.locator("#code").focus()
    visitor.page.keyboard.type("000000")
    visitor.page.keyboard.press("Enter")
    visitor.sees("This code is not right, or it was used already. Wait for the next one and enter that.")
    visitor.look_at_it("wrong-code")
    visitor.page.locator("#code").fill(application.code())
    visitor.page.keyboard.press("Enter")
    assert portal.learns(visitor)["acr"] == "urn:vn:eid:loa1:mfa"


@pytest.mark.parametrize(
    ("phone", "look"),
    [
        pytest.param("0938000201", Look("en", 360), id="en-360"),
        pytest.param("0938000202", Look("vi", 1280), id="vi-1280"),
    ],
)
def test_a_forgotten_password(phone: str, look: Look, invite: Invite, demo: Demo) -> None:
    person = newcomer(demo, "Cao Bá Quát", phone)
    visitor, reader = invite(look, "forgotten_password"), invite(look, "forgotten_password_post")
    with portal_by_hand(demo) as portal:
        visitor.open(portal.asks_for("urn:vn:eid:loa1"))
        visitor.press("Forgotten password?")
        visitor.page.locator("#username").fill(person.phone)
        visitor.press("Send a code")
        code = code_in(post_of(reader, demo, f"+84{person.phone[1:]}", ""))
        visitor.page.locator("#code").fill(code)
        visitor.press("Confirm")
        visitor.page.locator("#password").fill("quá ngắn")
        visitor.press("Set the password")
        visitor.page.locator("#password").fill(NEW)
        visitor.page.keyboard.press("Enter")
        claims = portal.learns(visitor)
    assert (claims["acr"], claims["amr"]) == ("urn:vn:eid:loa1", ["pwd"])
    signs_in(reader, demo, person, NEW)
    assert reader.page.url.endswith("/account")
