"""A code says everything itself: it travels through browsers, histories and referrers, and nobody makes anything of it.

Its one use is the grant that it begins (``test_code_replay.py``); what it rests on is asked when it is redeemed.
"""

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson
import pytest
from werkzeug.test import Client as Browser
from werkzeug.test import TestResponse

from idp.domain import consents, sessions, tokens
from idp.domain.codes import LONGEST, PREFIX, Codes
from idp.domain.grant import Grant
from idp.domain.opaque_tokens import PREFIX as ACCESS_TOKEN
from idp.domain.work.duties import sweep
from idp.store import accounts
from keys.hourly import HourlySealer
from keys.sealing import Sealer
from tests.support.clock import StoppedClock
from tests.support.provider import Portal, Provider, answer_of, claims_of, make_provider


def code_for(browser: Browser, portal: Portal, **changed: str | None) -> str:
    return answer_of(browser.get("/authorize", query_string=portal.request(**changed)))["code"]


@pytest.fixture
def code(portal: Portal, browser: Browser) -> str:
    return code_for(browser, portal)


def refused(response: TestResponse) -> str:
    """Why: in the specification's one word, and one of ours for the engineer."""
    assert response.status_code == 400, response.text
    assert response.json is not None
    assert response.json["error"] == "invalid_grant"
    return str(response.json["error_description"])


@contextmanager
def no_ephemeral_store(monkeypatch: pytest.MonkeyPatch, provider: Provider) -> Iterator[None]:
    """Whoever asks the ephemeral store meanwhile fails the test."""

    def asked(*_: object) -> None:
        pytest.fail("the ephemeral store was asked")

    with monkeypatch.context() as patch:
        for verb in ("put", "peek", "take", "claim", "forget", "together"):
            patch.setattr(type(provider.services.ephemeral), verb, asked)
        yield


class TestWhatItIs:
    def test_neither_giving_nor_redeeming_one_asks_the_ephemeral_store(
        self, provider: Provider, portal: Portal, browser: Browser, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with no_ephemeral_store(monkeypatch, provider):
            assert portal.redeem(code_for(browser, portal)).status_code == 200

    def test_it_is_known_by_its_beginning_and_goes_into_any_address(self, code: str) -> None:
        assert code.startswith("motcua_ac_")
        assert set(code) <= {*"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"}
        assert len(code) < 600

    def test_whoever_sees_it_go_by_reads_nothing(
        self, provider: Provider, portal: Portal, person: str, browser: Browser, code: str
    ) -> None:
        raw = base64.urlsafe_b64decode(code.removeprefix(PREFIX) + "==")
        said = claims_of(portal.redeem(code).json["access_token"])  # type: ignore[index]
        for secret in (person, portal.id, said["sid"], said["gid"], said["sub"], "a-nonce", "profile", "callback"):
            assert secret.encode() not in raw

    def test_it_brings_back_all_that_was_granted(self, provider: Provider) -> None:
        grant = Grant(
            gid="01890000-0000-7000-8000-000000000000",
            account_id="Nguyễn",
            client_id="portal",
            sid="",
            scopes=("openid", "hồ sơ:đọc"),
            auth_time=7,
            acr="urn:vn:eid:loa2",
            amr=("pwd", "otp"),
            resources=("https://api.example/một",),
            claims={"userinfo": {"email": {"essential": True}}},
            refused_claims=("phone_number",),
            nonce='"\\ \x00 \n',
        )
        codes, now = provider.services.codes, provider.services.now()
        for nonce in (grant.nonce, None, "x" * LONGEST):
            granted = grant._replace(nonce=nonce)
            for challenge in ("challenge", None):
                code, kept = codes.make(granted, "https://cổng.example/về?a=b", challenge, now)
                provider.services.ephemeral.together(*kept)
                assert bool(kept) is (len(nonce or "") == LONGEST)
                read = codes.read(code, now)
                assert read is not None
                assert read.grant == granted
                assert (read.redirect_uri, read.code_challenge) == ("https://cổng.example/về?a=b", challenge)
                assert read.expires_at == now + 60


class TestForged:
    def test_altered_cut_or_drawn_out(self, portal: Portal, code: str) -> None:
        for place in range(len(PREFIX), len(code), 29):
            other = "A" if code[place] != "A" else "B"
            refused(portal.redeem(code[:place] + other + code[place + 1 :]))
        for wrong in (
            code[:-1],
            code[:40],
            PREFIX,
            code + "A",
            code + "=",
            code + "\x00",
            code + "é",
            code[len(PREFIX) :],
        ):
            refused(portal.redeem(wrong))
        assert portal.redeem(code).status_code == 200, "none of it used the code up"

    def test_sealed_by_another_installation_or_for_another_purpose(
        self, provider: Provider, portal: Portal, code: str
    ) -> None:
        services = provider.services
        read = services.codes.read(code, services.now())
        assert read is not None
        # A grant that never began: nothing but the seal is wrong with any of these.
        another = read.grant._replace(gid=tokens.new_gid(services))
        given = (another, read.redirect_uri, read.code_challenge, services.now())
        stranger = Codes(services.settings, Sealer({1: b"9" * 32}), services.ephemeral)
        elsewhere = services.settings.model_copy(update={"issuer": "https://other.example"})
        for other in (stranger, Codes(elsewhere, services.sealer, services.ephemeral)):
            refused(portal.redeem(other.make(*given)[0]))
        said = orjson.dumps([[*another], read.redirect_uri, read.code_challenge])
        ours = f"code of {services.settings.issuer}"
        for purpose in ("code", ours, f"{ours} with {' '.join(sorted(Grant._fields))}", ours.replace("code", "token")):
            text, _ = HourlySealer(services.sealer.roots(), purpose).seal(said, services.now())
            refused(portal.redeem(PREFIX + text))
        assert portal.redeem(services.codes.make(*given)[0]).status_code == 200

    def test_a_token_is_no_code_and_a_code_no_token(self, provider: Provider, browser: Browser) -> None:
        portal = provider.portal(access_token_format="opaque")
        issued = portal.tokens(browser)
        code = code_for(browser, portal)
        for token in (issued["access_token"], issued["refresh_token"], issued["id_token"]):
            refused(portal.redeem(token))
            refused(portal.redeem(PREFIX + token.removeprefix(ACCESS_TOKEN)))
        for dressed in (code, ACCESS_TOKEN + code.removeprefix(PREFIX)):
            assert portal.introspect(dressed) == {"active": False}
            answer = provider.browser().get("/userinfo", headers={"Authorization": f"Bearer {dressed}"})
            assert answer.status_code == 401

    def test_another_portals_is_told_so_and_not_used_up(self, provider: Provider, portal: Portal, code: str) -> None:
        assert "another client" in refused(provider.portal().redeem(code))
        assert "redirect_uri" in refused(portal.redeem(code, redirect_uri="https://portal.example/other"))
        refused(portal.redeem(code, code_verifier="another-verifier-that-is-long-enough-for-7636"))
        assert portal.redeem(code).status_code == 200


class TestOver:
    def test_expired(self, provider: Provider, portal: Portal, browser: Browser) -> None:
        one, two = code_for(browser, portal), code_for(browser, portal)
        provider.clock.advance(59)
        assert portal.redeem(one).status_code == 200
        provider.clock.advance(1)
        assert "expired" in refused(portal.redeem(two))
        provider.clock.advance(4 * 3600)
        assert "expired" in refused(portal.redeem(two))

    @pytest.mark.parametrize("late", [1, 61, 359, 3600, 4200])
    @pytest.mark.parametrize("second_of_the_hour", [0, 3598])
    def test_used_before_it_ends_all_that_it_issued_however_late(
        self, provider: Provider, portal: Portal, browser: Browser, second_of_the_hour: int, late: int
    ) -> None:
        """RFC 6749 §4.1.2; 4,200 s are the longest lives of a code and of the access token that it gave."""
        provider.clock.advance(second_of_the_hour - provider.services.now() % 3600)
        code = code_for(browser, portal)
        issued = dict(portal.redeem(code).json or {})
        provider.clock.advance(late)
        assert "used before" in refused(portal.redeem(code))
        refused(portal.refresh(issued["refresh_token"]))
        assert portal.introspect(issued["access_token"]) == {"active": False}

    def test_its_session_ended_meanwhile(self, provider: Provider, portal: Portal, code: str, browser: Browser) -> None:
        read = provider.services.codes.read(code, provider.services.now())
        assert read is not None
        sessions.end_session(provider.services, read.grant.sid, "signed_out")
        assert "has ended" in refused(portal.redeem(code))

    def test_its_account_was_stopped_meanwhile(
        self, provider: Provider, portal: Portal, code: str, person: str
    ) -> None:
        with provider.services.database.write() as connection:
            accounts.change(connection, person, state="frozen")
        assert "has ended" in refused(portal.redeem(code))

    def test_the_person_withdrew_meanwhile(self, provider: Provider, person: str, browser: Browser) -> None:
        portal = provider.portal(first_party=False)
        consents.agree(provider.services, person, portal.client, ("openid", "profile"), ())
        code = code_for(browser, portal)
        assert consents.withdraw(provider.services, person, portal.id)
        assert "withdrawn" in refused(portal.redeem(code))


@pytest.mark.parametrize("grant_types", [["authorization_code"], ["authorization_code", "refresh_token"]])
def test_once_is_once_where_a_code_outlives_the_tokens_it_gave(
    tmp_path: Path, clock: StoppedClock, grant_types: list[str]
) -> None:
    """The grant's row is the one use: clean-up must not take it away before the code is over."""
    provider = make_provider(tmp_path, clock, code_lifetime=600, access_token_lifetime=30)
    portal = provider.portal(grant_types=grant_types)
    code = code_for(provider.signed_in(provider.person()), portal)
    assert portal.redeem(code).status_code == 200
    for _ in range(11):
        clock.advance(50)
        sweep(provider.services.database, clock)
        assert "used before" in refused(portal.redeem(code))
    provider.services.validations.close()
    provider.services.database.dispose()


class TestTooLongForAnAddress:
    """What a long nonce or many single claims make too long is kept instead, under a random name."""

    WISHES = orjson.dumps({"id_token": {"name": {"essential": True, "values": ["x" * 40] * 40}}}).decode()

    @pytest.mark.parametrize("changed", [{"nonce": "n" * 2048}, {"claims": WISHES}, {"nonce": "đ" * 900}])
    def test_it_works_once_and_its_replay_is_seen(
        self, provider: Provider, portal: Portal, browser: Browser, changed: dict[str, str]
    ) -> None:
        code = code_for(browser, portal, **changed)
        assert not code.startswith(PREFIX)
        assert len(code) == 43
        issued = dict(portal.redeem(code).json or {})
        if "nonce" in changed:
            assert claims_of(issued["id_token"])["nonce"] == changed["nonce"]
        assert "used before" in refused(portal.redeem(code))
        assert portal.introspect(issued["access_token"]) == {"active": False}

    def test_the_longest_that_is_sealed_goes_into_an_address(
        self, provider: Provider, portal: Portal, browser: Browser
    ) -> None:
        lengths = [len(code_for(browser, portal, nonce="n" * length)) for length in range(600, 800, 7)]
        assert max(lengths) < 1500
        assert 43 in lengths

    def test_it_expires_too(self, provider: Provider, portal: Portal, browser: Browser) -> None:
        code = code_for(browser, portal, nonce="n" * 2048)
        provider.clock.advance(60)
        assert "expired" in refused(portal.redeem(code))

    def test_it_lies_there_under_its_hash(self, provider: Provider, portal: Portal, browser: Browser) -> None:
        code = code_for(browser, portal, nonce="n" * 2048)
        raw: Any = provider.services.database.engine.raw_connection().driver_connection
        assert code not in "\n".join(raw.iterdump())
