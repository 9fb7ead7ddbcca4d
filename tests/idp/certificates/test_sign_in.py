"""Signing in with a certificate: a signed challenge opens a session that knows which certificate opened it."""

import json

import pytest

from idp.domain import sessions
from idp.domain.audit import entries_about
from idp.store import sessions as sessions_store
from tests.idp.certificates.guest import Guest
from tests.support.certificates import Office, Owner, prove
from tests.support.provider import Provider, answer_of, claims_of

FACTORS = {"browser": ("browser_key", 3), "file": ("software_key", 1)}


def test_the_owner_of_the_key_is_in(provider: Provider, khai: Owner) -> None:
    guest = Guest(provider).signs_in(khai)
    assert guest.response.status_code == 303
    assert guest.is_in
    assert "Minh Khai" in guest.browser.get("/account").text


@pytest.mark.parametrize("place", FACTORS)
def test_the_session_knows_kind_and_serial_number(provider: Provider, office: Office, place: str) -> None:
    owner = office.owner(key_place=place)
    Guest(provider).signs_in(owner)
    kind, strength = FACTORS[place]
    with provider.services.database.read() as connection:
        (row,) = sessions_store.of_account(connection, owner.account_id)
    assert row.factors == [{"kind": kind, "at": provider.services.now(), "serial": owner.serial}]
    assert sessions.Session(row).assurance.strength == strength
    assert sessions.Session(row).assurance.identity == 2


@pytest.mark.parametrize(
    ("place", "acr"), [("browser", "urn:vn:eid:loa2:phr"), ("file", "urn:vn:eid:loa2")], ids=["in-browser", "from-file"]
)
def test_the_portal_learns_how_sure_it_was(provider: Provider, office: Office, place: str, acr: str) -> None:
    owner, portal = office.owner(key_place=place), provider.portal()
    guest = Guest(provider).sent_by(portal).signs_in(owner)
    assert "/authorize?pending=" in guest.response.headers["Location"]
    answer = answer_of(guest.browser.get(guest.response.headers["Location"]))
    tokens = portal.redeem(answer["code"])
    claims = claims_of((tokens.json or {})["id_token"])
    assert (claims["acr"], claims["amr"]) == (acr, ["swk"])


def test_a_password_and_a_key_file_are_two_factors(provider: Provider, office: Office) -> None:
    owner = office.owner(key_place="file")
    portal = provider.portal()
    browser = provider.signed_in(owner.account_id, "password")
    essential = json.dumps({"id_token": {"acr": {"essential": True, "value": "urn:vn:eid:loa2:mfa"}}})
    guest = Guest(provider, browser).sent_by(portal, claims=essential)
    offered = browser.get("/step-up", query_string=guest.query, headers={"Accept-Language": "en"}).text
    assert "/signin/certificate?pending=" in offered
    guest.signs_in(owner)
    answer = answer_of(browser.get(guest.response.headers["Location"]))
    claims = claims_of((portal.redeem(answer["code"]).json or {})["id_token"])
    assert claims["acr"] == "urn:vn:eid:loa2:mfa"
    assert set(claims["amr"]) == {"pwd", "swk", "mfa"}


def test_the_sign_in_page_offers_it_once(provider: Provider, office: Office) -> None:
    page = provider.browser().get("/signin").text
    assert page.count('href="/signin/certificate"') == 1


def test_the_challenge_names_issuer_client_and_time(provider: Provider, khai: Owner) -> None:
    portal = provider.portal()
    claims = Guest(provider).sent_by(portal).challenge()
    now = provider.services.now()
    assert claims.pop("nonce")
    expected = {"aud": "http://localhost:8000", "client_id": portal.id, "iat": now, "exp": now + 90}
    assert claims == expected


def test_without_a_token_of_the_page_there_is_no_challenge(provider: Provider, khai: Owner) -> None:
    response = provider.browser().post("/signin/certificate/challenge", headers={"Sec-Fetch-Site": "same-origin"})
    assert response.status_code == 400


def test_somebody_else_s_session_is_replaced_at_a_new_sign_in(provider: Provider, office: Office, khai: Owner) -> None:
    other = office.owner(office.account("Trần Quốc Đạt", "022090023456", gender="male"))
    portal = provider.portal()
    browser = provider.signed_in(other.account_id)
    guest = Guest(provider, browser).sent_by(portal, prompt="login").signs_in(khai)
    assert guest.response.status_code == 303
    assert "Minh Khai" in browser.get("/account").text


def test_the_trail_names_the_session_and_no_person(provider: Provider, khai: Owner) -> None:
    Guest(provider).signs_in(khai)
    with provider.services.database.read() as connection:
        entries = entries_about(connection, khai.account_id)
    assert "signed_in" in [entry.action for entry in entries]
    assert "Khai" not in repr(entries)


def test_a_proof_that_was_used_signs_nobody_in_again(provider: Provider, khai: Owner) -> None:
    guest = Guest(provider)
    proof = prove(khai, guest.challenge())
    assert guest.shows(proof).is_in
    thief = Guest(provider).opens()
    assert "begin once more" in thief.shows(proof).words
    assert not thief.is_in
