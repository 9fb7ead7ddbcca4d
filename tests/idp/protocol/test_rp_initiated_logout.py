"""What a logout request means: OpenID Connect RP-Initiated Logout 1.0 §2 and §3."""

import pytest
from werkzeug.test import Client as Browser

from idp.domain.sessions import read_session
from idp.errors import InvalidRequest
from idp.protocol.rp_initiated_logout import LogoutRequest, read
from tests.support.provider import Portal, Provider

LANDING = "https://portal.example/logged-out"


@pytest.fixture
def portal(provider: Provider) -> Portal:
    return provider.portal(post_logout_redirect_uris=[LANDING])


def asked(provider: Provider, browser: Browser, **parameters: str) -> LogoutRequest:
    cookie = browser.get_cookie("motcua_idp_session")
    return read(provider.services, parameters, read_session(provider.services, cookie.value if cookie else None))


def test_a_hint_of_this_session_needs_no_confirmation(provider: Provider, portal: Portal, browser: Browser) -> None:
    hint = portal.tokens(browser)["id_token"]
    request = asked(provider, browser, id_token_hint=hint, post_logout_redirect_uri=LANDING, state="s s")
    assert request.confirmed
    assert request.return_to == f"{LANDING}?state=s%20s"


def test_without_a_hint_or_with_another_sessions_the_person_is_asked(
    provider: Provider, portal: Portal, person: str, browser: Browser
) -> None:
    """A stranger's page must not be able to sign a person out (§2)."""
    assert not asked(provider, browser, client_id=portal.id).confirmed
    other = portal.tokens(provider.signed_in(person))["id_token"]
    assert not asked(provider, browser, id_token_hint=other).confirmed


@pytest.mark.parametrize(
    "address",
    ["https://evil.example/", LANDING + "/", LANDING + "?x=1", "https://portal.example/callback", "//evil.example"],
)
def test_only_a_registered_address_is_gone_to(
    provider: Provider, portal: Portal, browser: Browser, address: str
) -> None:
    with pytest.raises(InvalidRequest):
        asked(provider, browser, client_id=portal.id, post_logout_redirect_uri=address)


def test_an_address_without_a_client_is_refused(provider: Provider, portal: Portal, browser: Browser) -> None:
    with pytest.raises(InvalidRequest):
        asked(provider, browser, post_logout_redirect_uri=LANDING)


def test_a_client_that_differs_from_the_hints_is_refused(provider: Provider, portal: Portal, browser: Browser) -> None:
    hint = portal.tokens(browser)["id_token"]
    with pytest.raises(InvalidRequest):
        asked(provider, browser, id_token_hint=hint, client_id=provider.portal().id)
