"""A certificate that stops opening the door: revoked in the console, refused everywhere within two seconds, and told why.

A citizen gets a certificate in her browser, signs in with it at three portals and follows her dossiers; an administrator of
the centre revokes it after a fresh sign-in with two factors. OpenSSL agrees before and after. The milliseconds from the click
to each refusal are printed, and kept beside the screenshots.
"""

import base64
import json
import time
from pathlib import Path

import pyotp
import pytest
from cryptography import x509
from playwright.sync_api import expect

from idp.data import read_json
from idp.domain.demo_people import DemoPerson, demo_people
from tests.journeys.conftest import Invite
from tests.journeys.portal_by_hand import PortalByHand, portal_by_hand
from tests.journeys.test_one_door import agrees_if_asked, is_known_as
from tests.journeys.watch import Door, Watch
from tests.support.chromium import SCREENSHOTS, Look, Visitor
from tests.support.demo import Demo
from tests.support.sceptic import Sceptic

PEOPLE = {person.key: person for person in demo_people()}
DAT, KHANG, LAN = PEOPLE["quoc_dat"], PEOPLE["an_khang"], PEOPLE["ngoc_lan"]
AT_MOST = 2000
"""Milliseconds from the click to the last refusal (the promise that this story is about)."""


@pytest.mark.parametrize(
    ("place", "look"),
    [
        pytest.param("demo", Look("vi", 1280), id="sqlite-vi-1280"),
        pytest.param("grown_up_demo", Look("en", 360), id="postgresql-redis-en-360", marks=pytest.mark.postgresql),
    ],
)
def test_a_revoked_certificate_opens_nothing(
    place: str, look: Look, invite: Invite, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    demo: Demo = request.getfixturevalue(place)
    citizen, administrator = invite(look, f"revocation_{place}_citizen"), invite(look, f"revocation_{place}")
    with portal_by_hand(demo, "--agency", "H49", "--scope", "openid dossier:read") as own:
        certificate = gets_a_certificate(citizen, demo)
        enters_with_it(citizen, demo)
        token = is_given_a_token(citizen, demo, own)
        sceptic = Sceptic(tmp_path, demo.issuer)
        openssl_calls_it_good(sceptic, certificate)

        finds_it(administrator, demo, KHANG, serial_of(certificate))
        watch = Watch([*doors(citizen, demo), api(demo, token)])
        measured = revokes_it(administrator, watch, demo)

        tells(measured, place)
        sees_everything_done(administrator)
        openssl_calls_it_revoked(sceptic, certificate)
        is_told_why(citizen, demo)
        does_not_get_in_with_it_again(citizen, demo)
        assert max(measured.values()) <= AT_MOST, measured


def gets_a_certificate(visitor: Visitor, demo: Demo) -> bytes:
    """Get a certificate in the browser; gives its DER. Then sign out, so that what follows rests on it alone."""
    visitor.open(f"{demo.issuer}/signin")
    signs_in_by_password(visitor, DAT)
    visitor.open(f"{demo.issuer}/account/certificates/new")
    visitor.page.locator("#make-key").click()
    visitor.sees("The certificate is ready. You can sign in with it in this browser.")
    row = visitor.page.locator("[data-certificate]").first
    der = base64.b64decode(str(row.get_attribute("data-certificate")))
    visitor.open(f"{demo.issuer}/logout")
    visitor.press("Sign out everywhere")
    return der


def signs_in_by_password(visitor: Visitor, person: DemoPerson) -> None:
    visitor.page.fill("#username", person.sign_in_name)
    visitor.page.fill("#password", person.password)
    visitor.press("Sign in")


def enters_with_it(visitor: Visitor, demo: Demo) -> None:
    """Sign in with the certificate at the national portal, and walk on to the ministry and the province."""
    visitor.open(f"{demo.sites['national']}/")
    visitor.press("Sign in")
    visitor.press("Use a certificate")
    visitor.page.locator("#own-keys button").first.click()
    visitor.page.wait_for_url(f"{demo.sites['national']}/**")
    for site in ("national", "ministry", "province"):
        visitor.open(f"{demo.sites[site]}/me")
        agrees_if_asked(visitor, demo)
        assert visitor.page.url == f"{demo.sites[site]}/me"
        is_known_as(visitor, DAT)


def is_given_a_token(visitor: Visitor, demo: Demo, portal: PortalByHand) -> str:
    """Let a portal of the province's agency have a token for the province's API: a JWT that the API checks by itself."""
    asked = portal.asks_for(
        "urn:vn:eid:loa2", essential=False, scope="openid dossier:read", resource=demo.sites["province"]
    )
    visitor.page.goto(asked)
    portal.learns(visitor)
    token = str(portal.tokens["access_token"])
    assert token.count(".") == 2
    return token


def doors(visitor: Visitor, demo: Demo) -> list[Door]:
    """Her page at each portal, opened with what her browser holds."""
    found = []
    for site, address in demo.sites.items():
        jar = {str(cookie["name"]): str(cookie["value"]) for cookie in visitor.context.cookies([address])}
        cookie = "; ".join(f"{name}={value}" for name, value in jar.items() if name.startswith("motcua-"))
        found.append(Door(site, f"{address}/me", {"Cookie": cookie}))
    return found


def api(demo: Demo, token: str) -> Door:
    return Door("province's API", f"{demo.sites['province']}/api/dossiers", {"Authorization": f"Bearer {token}"})


def openssl_calls_it_good(sceptic: Sceptic, der: bytes) -> None:
    assert ": good" in sceptic.asks(der)
    assert "OK" in sceptic.verifies(der)


def openssl_calls_it_revoked(sceptic: Sceptic, der: bytes) -> None:
    said = sceptic.asks(der)
    assert ": revoked" in said
    assert "Reason: keyCompromise" in said
    assert "certificate revoked" in sceptic.verifies(der, status=2)


def serial_of(der: bytes) -> str:
    """The serial number as pages write it."""
    return f"{x509.load_der_x509_certificate(der).serial_number:032x}"


def finds_it(visitor: Visitor, demo: Demo, administrator: DemoPerson, serial: str) -> None:
    """Sign in at the console with two factors, find the certificate by its holder's name and come to the last question."""
    visitor.open(f"{demo.console}/")
    visitor.press("Enter")
    signs_in_with_two_factors(visitor, administrator)
    visitor.page.select_option("#certificate-by", "subject")
    visitor.page.fill("#certificate-value", "tran quoc dat")
    visitor.press("Find the certificate")
    visitor.page.locator(".rows > li", has_text=serial).get_by_role("link").click()
    visitor.look_at_it()
    visitor.press("Revoke…")
    visitor.page.locator("#reason-keyCompromise").check()
    visitor.look_at_it("revoke-chosen")


def signs_in_with_two_factors(visitor: Visitor, person: DemoPerson) -> None:
    signs_in_by_password(visitor, person)
    visitor.press("Enter a code from the application")
    visitor.page.fill("#code", code_of(person))
    visitor.press("Confirm")


def code_of(person: DemoPerson) -> str:
    """The code that the person's application shows now."""
    (seed,) = [row["totp"] for row in read_json("demo_people.json")["people"] if row["key"] == person.key]
    return pyotp.TOTP(str(seed)).now()


def revokes_it(visitor: Visitor, watch: Watch, demo: Demo) -> dict[str, float]:
    """Press the button; gives the milliseconds from the click to the refusal of each door."""
    button = visitor.page.get_by_role("button", name=visitor.say("Revoke for good"))
    watch.begin()
    clicked = time.perf_counter()
    button.click(no_wait_after=True)
    measured = watch.milliseconds_since(clicked)
    visitor.page.wait_for_url(f"{demo.console}/certificates/*/consequences")
    return measured


def tells(measured: dict[str, float], place: str) -> None:
    """Print what was measured, and keep it."""
    rounded = {name: round(value) for name, value in sorted(measured.items(), key=lambda each: each[1])}
    print(f"\nmilliseconds from the click to each refusal ({place}): {rounded}")
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    (SCREENSHOTS / f"revocation_{place}.json").write_text(json.dumps(rounded, indent=2) + "\n")


def sees_everything_done(visitor: Visitor) -> None:
    """The page turns by itself until nothing is pending; every portal is among what was told."""
    expect(visitor.page.get_by_text(visitor.say("Everything is done"))).to_be_visible(timeout=15_000)
    visitor.look_at_it("everything-done")
    steps = visitor.page.locator(".follow > li")
    assert steps.count() >= 4 + 2 + 3
    assert visitor.page.locator(".follow > .is-pending").count() == 0


def is_told_why(visitor: Visitor, demo: Demo) -> None:
    """At every portal she is out and a sentence says why; so does the sign-in page."""
    for address in demo.sites.values():
        visitor.open(f"{address}/")
        visitor.sees("You were signed out everywhere")
        visitor.sees(
            "The certificate that you signed in with has been revoked, so you were signed out. Sign in another way."
        )
        expect(visitor.page.get_by_role("banner").get_by_text(DAT.name)).to_have_count(0)
    visitor.press("Sign in again")
    visitor.sees("You were signed out: the certificate that you signed in with has been revoked. Sign in another way.")


def does_not_get_in_with_it_again(visitor: Visitor, demo: Demo) -> None:
    visitor.press("Use a certificate")
    visitor.page.locator("#own-keys button").first.click()
    visitor.sees("This certificate does not sign you in")
    assert visitor.page.url.startswith(demo.issuer)
