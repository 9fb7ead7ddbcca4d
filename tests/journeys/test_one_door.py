"""One door: a citizen signs in once, is known at three portals, and signs out of everything at once."""

import pytest
from playwright.sync_api import expect

from idp.domain.demo_people import DemoPerson, demo_people
from tests.journeys.conftest import Invite
from tests.support.chromium import Look, Visitor
from tests.support.demo import Demo

CITIZEN = next(person for person in demo_people() if person.key == "minh_khai")


@pytest.mark.parametrize(
    ("place", "look"),
    [
        pytest.param("demo", Look("vi", 1280), id="sqlite-vi-1280"),
        pytest.param("grown_up_demo", Look("en", 360), id="postgresql-redis-en-360", marks=pytest.mark.postgresql),
        pytest.param("far_demo", Look("vi", 1280), id="portals-on-another-site"),
        pytest.param("proxied_demo", Look("en", 1280), id="https-with-paths-behind-nginx"),
    ],
)
def test_one_door(place: str, look: Look, invite: Invite, request: pytest.FixtureRequest) -> None:
    demo: Demo = request.getfixturevalue(place)
    visitor = invite(look, story=f"one_door_{place}", ignore_https_errors=True)
    signs_in_at_the_national_portal(visitor, demo, CITIZEN)
    is_known_at_the_others_without_a_password(visitor, demo, CITIZEN)
    sees_where_they_are_signed_in(visitor, demo)
    signs_out_of_everything(visitor, demo)


def signs_in_at_the_national_portal(visitor: Visitor, demo: Demo, person: DemoPerson) -> None:
    visitor.open(f"{demo.sites['national']}/")
    visitor.press("Sign in")
    assert visitor.page.url.startswith(f"{demo.issuer}/signin?")
    visitor.page.fill("#username", person.sign_in_name)
    visitor.page.fill("#password", person.password)
    visitor.press("Sign in")
    agrees_if_asked(visitor, demo)
    assert visitor.page.url.startswith(demo.sites["national"])
    is_known_as(visitor, person)


def is_known_at_the_others_without_a_password(visitor: Visitor, demo: Demo, person: DemoPerson) -> None:
    for site in ("ministry", "province"):
        visitor.open(f"{demo.sites[site]}/")
        if visitor.page.get_by_text(person.name).count() == 0:
            visitor.press("Sign in")
            agrees_if_asked(visitor, demo)
        assert visitor.page.url.startswith(demo.sites[site])
        is_known_as(visitor, person)
        visitor.press("What this portal knows about me")


def sees_where_they_are_signed_in(visitor: Visitor, demo: Demo) -> None:
    visitor.open(f"{demo.issuer}/account")
    visitor.open(f"{demo.issuer}/account/sessions")
    visitor.open(f"{demo.issuer}/account/portals")
    expect(visitor.page.get_by_text(visitor.say("Signed in now"))).to_have_count(3)


def signs_out_of_everything(visitor: Visitor, demo: Demo) -> None:
    visitor.open(f"{demo.issuer}/logout")
    visitor.press("Sign out everywhere")
    visitor.sees("You are signed out")
    until_every_portal_was_told(visitor)
    for address in demo.sites.values():
        visitor.open(f"{address}/")
        expect(
            visitor.page.get_by_role("main").get_by_role("link", name=visitor.say("Sign in"), exact=True)
        ).to_be_visible()
        expect(visitor.page.get_by_text(CITIZEN.name)).to_have_count(0)
    visitor.open(f"{demo.issuer}/account")
    assert "/signin" in visitor.page.url


def until_every_portal_was_told(visitor: Visitor) -> None:
    """The worker tells them; a person who looks again sees it."""
    for _ in range(50):
        if visitor.page.get_by_text(visitor.say("Every portal has been told.")).count():
            return
        visitor.page.wait_for_timeout(200)
        visitor.page.reload()
    visitor.sees("Every portal has been told.")


def agrees_if_asked(visitor: Visitor, demo: Demo) -> None:
    if visitor.page.url.startswith(f"{demo.issuer}/consent"):
        visitor.press("Agree and go on")


def is_known_as(visitor: Visitor, person: DemoPerson) -> None:
    expect(visitor.page.get_by_role("banner").get_by_text(person.name)).to_be_visible()
