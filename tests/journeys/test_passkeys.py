"""Passkeys in a real browser with Chromium's virtual authenticators: added, suggested, confirmed with, removed."""

import pytest
from playwright.sync_api import expect

from idp.domain.demo_people import DemoPerson, demo_people
from tests.journeys.conftest import Invite
from tests.journeys.portal_by_hand import PortalByHand, portal_by_hand
from tests.support.chromium import Look, Visitor
from tests.support.demo import Demo
from tests.support.security_keys import SecurityKeys

PEOPLE = {person.key: person for person in demo_people()}
NO_SUGGESTIONS = "PublicKeyCredential.isConditionalMediationAvailable = async () => false"
ADD, USE = "Add a passkey", "Use a passkey"


@pytest.mark.parametrize(
    ("key", "level", "look"),
    [
        pytest.param("thuy_duong", 1, Look("vi", 360), id="level-1-vi-360"),
        pytest.param("gom_song_thai", 2, Look("en", 1280), id="level-2-en-1280"),
    ],
)
def test_a_life_with_passkeys(key: str, level: int, look: Look, invite: Invite, demo: Demo) -> None:
    visitor, person = invite(look, f"passkeys_{key}"), PEOPLE[key]
    keys = SecurityKeys(visitor)
    phone = keys.plug_in()
    keys.touch(phone, yes=False)
    signs_in_by_password(visitor, demo, person)
    adds_the_phones(visitor, keys, phone, demo)
    adds_a_second_key(visitor, keys, phone)
    signs_out(visitor, demo)
    is_suggested_at_the_names_field(visitor, demo)
    with portal_by_hand(demo) as portal:
        confirms_for_a_portal(visitor, keys, phone, demo, person, portal, level)
    removes_the_second_key(visitor, demo)


def signs_in_by_password(visitor: Visitor, demo: Demo, person: DemoPerson) -> None:
    visitor.open(f"{demo.issuer}/signin")
    visitor.page.fill("#username", person.sign_in_name)
    visitor.page.fill("#password", person.password)
    visitor.press("Sign in")


def adds_the_phones(visitor: Visitor, keys: SecurityKeys, phone: str, demo: Demo) -> None:
    keys.touch(phone, yes=True)
    visitor.open(f"{demo.issuer}/account/authenticators")
    visitor.press(ADD)
    visitor.press(ADD)
    visitor.page.get_by_label(visitor.say("Its name")).fill("Điện thoại của tôi")
    visitor.press(ADD)
    visitor.sees("The passkey is added. Every confirmed phone and e-mail address of yours is being told.")
    assert len(keys.credentials(phone)) == 1
    assert keys.credentials(phone)[0]["isResidentCredential"]


def adds_a_second_key(visitor: Visitor, keys: SecurityKeys, phone: str) -> None:
    main = visitor.page.get_by_role("main")
    visitor.press(ADD)
    # From now on adding asks for the strength that the account has.
    if "/signin/passkey" in visitor.page.url:
        main.get_by_role("button", name=visitor.say(USE)).click()
        visitor.page.wait_for_url("**/passkeys/add")
    main.get_by_role("button", name=visitor.say(ADD)).click()
    visitor.sees("This device or security key has a passkey for this account already.")
    keys.touch(phone, yes=False)
    key = keys.plug_in("usb")
    visitor.page.reload()
    visitor.page.get_by_label(visitor.say("Its name")).fill("Khóa ở nhà")
    visitor.press(ADD)
    expect(main.get_by_role("heading", name="Khóa ở nhà")).to_be_visible()
    keys.unplug(key)
    keys.touch(phone, yes=True)


def signs_out(visitor: Visitor, demo: Demo) -> None:
    visitor.open(f"{demo.issuer}/logout")
    visitor.press("Sign out everywhere")


def is_suggested_at_the_names_field(visitor: Visitor, demo: Demo) -> None:
    """The virtual authenticator takes the suggestion at once, as a person does who touches it under the field."""
    visitor.page.goto(f"{demo.issuer}/signin", wait_until="commit")
    visitor.page.wait_for_url("**/account")
    visitor.look_at_it()


def confirms_for_a_portal(
    visitor: Visitor, keys: SecurityKeys, phone: str, demo: Demo, person: DemoPerson, portal: PortalByHand, level: int
) -> None:
    visitor.context.add_init_script(NO_SUGGESTIONS)
    signs_out(visitor, demo)
    signs_in_by_password(visitor, demo, person)
    demanded = f"urn:vn:eid:loa{level}:phr"
    visitor.open(portal.asks_for(demanded))
    visitor.sees("This service asks for a sign-in with a passkey or a certificate.")
    visitor.press(USE)
    keys.verify(phone, yes=False)
    visitor.page.get_by_role("button", name=visitor.say(USE)).click()
    visitor.sees("Nothing was done: it was stopped, or took too long. You can try again.")
    keys.verify(phone, yes=True)
    visitor.page.get_by_role("button", name=visitor.say(USE)).click()
    claims = portal.learns(visitor)
    assert (claims["acr"], claims["amr"]) == (demanded, ["pwd", "hwk", "mfa"])


def removes_the_second_key(visitor: Visitor, demo: Demo) -> None:
    visitor.open(f"{demo.issuer}/account/authenticators/passkeys")
    name = visitor.say("Remove: %(what)s", what="Khóa ở nhà")
    visitor.page.get_by_role("link", name=name).click()
    visitor.look_at_it()
    if "/signin/passkey" in visitor.page.url:
        visitor.page.get_by_role("button", name=visitor.say(USE)).click()
        visitor.page.wait_for_url("**/remove")
    visitor.press("Remove")
    expect(visitor.page.get_by_role("heading", name="Khóa ở nhà")).to_have_count(0)
    expect(visitor.page.get_by_role("heading", name="Điện thoại của tôi")).to_be_visible()


OLDER = """
    delete PublicKeyCredential.parseCreationOptionsFromJSON;
    delete PublicKeyCredential.parseRequestOptionsFromJSON;
    delete PublicKeyCredential.prototype.toJSON;
"""
"""A browser of 2023: it knows passkeys and not yet their JSON."""
OTHER = PEOPLE["van_huu"]


def test_an_older_browser_and_a_copied_key(invite: Invite, demo: Demo) -> None:
    visitor = invite(Look("vi", 360), "passkeys_older")
    visitor.context.add_init_script(f"{OLDER}; {NO_SUGGESTIONS}")
    keys = SecurityKeys(visitor)
    phone = keys.plug_in()
    signs_in_by_password(visitor, demo, OTHER)
    visitor.open(f"{demo.issuer}/account/authenticators/passkeys")
    visitor.press(ADD)
    visitor.press(ADD)
    visitor.sees("The passkey is added. Every confirmed phone and e-mail address of yours is being told.")
    (taken,) = keys.credentials(phone)
    for _ in range(2):
        signs_out(visitor, demo)
        uses_it_to_sign_in(visitor, demo)
        visitor.page.wait_for_url("**/account")

    signs_out(visitor, demo)
    keys.unplug(phone)
    keys.put(keys.plug_in(), taken)
    uses_it_to_sign_in(visitor, demo)

    expect(visitor.page.get_by_role("alert")).to_contain_text("sao chép")
    visitor.look_at_it()
    visitor.open(f"{demo.issuer}/account")
    assert "/signin" in visitor.page.url


def uses_it_to_sign_in(visitor: Visitor, demo: Demo) -> None:
    visitor.page.goto(f"{demo.issuer}/signin")
    visitor.page.get_by_role("button", name=visitor.say(USE)).click()


def test_a_browser_without_passkeys_says_so_and_the_password_remains(invite: Invite, demo: Demo) -> None:
    visitor = invite(Look("en", 360), "passkeys_missing")
    visitor.context.add_init_script("delete window.PublicKeyCredential")
    visitor.open(f"{demo.issuer}/signin/passkey")
    visitor.sees("This browser does not know passkeys. Use a newer one, or another way to sign in.")
    visitor.page.get_by_role("button", name=visitor.say(USE)).click()
    assert visitor.page.url.endswith("/signin/passkey")

    visitor.press("Another way")
    signs_in_by_password(visitor, demo, OTHER)

    assert visitor.page.url.endswith("/account")
