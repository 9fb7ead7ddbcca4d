"""npm's openid-client, configured from discovery alone, signs a citizen in and out (OpenID Connect Core, RP-Initiated
Logout, Back-Channel Logout)."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from idp.domain.demo_people import demo_people
from tests.interop.conftest import AUTH_METHODS, Join, RelyingParty
from tests.support.demo import Demo

CITIZEN = next(person for person in demo_people() if person.key == "minh_khai")


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(locale="vi-VN")
    yield context.new_page()
    context.close()


def read(page: Page, address: str) -> Any:
    answer = page.context.request.get(address)
    assert answer.status == 200, answer.text()
    return json.loads(answer.text())


def sign_in(page: Page, party: RelyingParty) -> dict[str, Any]:
    page.goto(f"{party.address}/login")
    page.fill("#username", CITIZEN.sign_in_name)
    page.fill("#password", CITIZEN.password)
    page.get_by_role("button", name="Đăng nhập", exact=True).click()
    page.get_by_role("button", name="Đồng ý và tiếp tục").click()
    page.wait_for_url(f"{party.address}/*")
    assert read(page, f"{party.address}/failures") == []
    known: dict[str, Any] = read(page, f"{party.address}/me")
    return known


@pytest.mark.parametrize("auth_method", AUTH_METHODS)
def test_it_signs_in_refreshes_and_signs_out(join: Join, demo: Demo, page: Page, auth_method: str) -> None:
    party = join(auth_method)
    known = sign_in(page, party)
    assert known["claims"]["iss"] == known["iss"] == demo.issuer
    assert known["userInfo"]["sub"] == known["claims"]["sub"]
    assert known["userInfo"]["name"] == CITIZEN.name
    assert known["refreshed"] is True

    page.goto(f"{party.address}/logout")
    page.wait_for_url(f"{party.address}/signed-out*")
    assert read(page, f"{party.address}/failures") == []
    assert read(page, f"{party.address}/me") == {"signedOut": True}
    page.goto(f"{demo.issuer}/account")
    assert "/signin" in page.url


def test_it_is_told_when_the_person_signs_out_elsewhere(join: Join, demo: Demo, page: Page) -> None:
    party = join("client_secret_basic")
    sid = sign_in(page, party)["claims"]["sid"]
    page.goto(f"{demo.issuer}/logout")
    page.get_by_role("button", name="Đăng xuất khỏi mọi nơi").click()
    for _ in range(100):
        if told := read(page, f"{party.address}/told"):
            break
        page.wait_for_timeout(100)
    assert [notice["sid"] for notice in told] == [sid]
    assert read(page, f"{party.address}/me") == {"signedOut": True}


def test_a_revoked_refresh_token_is_dead(join: Join, page: Page) -> None:
    party = join("client_secret_basic")
    sign_in(page, party)
    assert read(page, f"{party.address}/revoke") == {"afterRevocation": "invalid_grant"}


def test_portals_of_one_host_know_a_person_by_one_number(join: Join, page: Page) -> None:
    """Without an agency the sector is the host of the redirect URIs (OpenID Connect Core §8.1)."""
    first, second = join("client_secret_basic"), join("none")
    subject = sign_in(page, first)["claims"]["sub"]
    page.goto(f"{second.address}/login")
    page.get_by_role("button", name="Đồng ý và tiếp tục").click()
    page.wait_for_url(f"{second.address}/*")
    known = read(page, f"{second.address}/me")
    assert known["userInfo"]["name"] == CITIZEN.name
    assert known["claims"]["sub"] == subject
