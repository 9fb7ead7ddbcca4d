"""Opaque access tokens say everything themselves, to us alone: what a thief, a client or a passer-by makes of one is nothing."""

import base64
import io
import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import structlog
from werkzeug.test import Client as Browser
from werkzeug.test import TestResponse

from idp.domain import opaque_tokens, registration, sessions, tokens
from idp.domain.audit import Action, entries_about
from idp.domain.opaque_tokens import PREFIX, OpaqueTokens
from idp.errors import StoreUnavailable
from idp.http.provider import provider_application
from idp.logging import configure_logging
from idp.services import make_services
from idp.settings import Settings
from idp.store import accounts
from keys.hourly import HourlySealer
from keys.sealing import Sealer
from tests.support.clock import StoppedClock
from tests.support.provider import Portal, Provider, claims_of, make_provider

API = "https://api.quangninh.example/dossiers"
INACTIVE = {"active": False}
BASE64URL = {*"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"}


@pytest.fixture
def portal(provider: Provider) -> Portal:
    """A portal whose access tokens are opaque, and which acts for itself too."""
    return provider.portal(
        access_token_format="opaque",
        grant_types=["authorization_code", "refresh_token", "client_credentials"],
        scope="openid profile offline_access ended:read",
    )


@pytest.fixture
def token(portal: Portal, browser: Browser) -> str:
    return str(portal.tokens(browser)["access_token"])


def own_token(portal: Portal) -> str:
    return str((portal.token(grant_type="client_credentials", scope="ended:read").json or {})["access_token"])


def userinfo(provider: Provider, token: str) -> TestResponse:
    return provider.browser().get("/userinfo", headers={"Authorization": f"Bearer {token}"})


def feed(provider: Provider, token: str) -> TestResponse:
    return provider.browser().get("/api/ended", headers={"Authorization": f"Bearer {token}"})


def is_dead(provider: Provider, portal: Portal, token: str) -> bool:
    """Whether nobody believes it: neither introspection nor UserInfo nor our own API, each with its own refusal."""
    answers = [userinfo(provider, token), feed(provider, token)]
    refused = [answer.status_code == 401 and "invalid_token" in answer.text for answer in answers]
    return portal.introspect(token) == INACTIVE and all(refused)


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """Everything that is logged, the smallest things too."""
    stream, root = io.StringIO(), logging.getLogger()
    handlers, level, before = root.handlers[:], root.level, structlog.get_config()
    configure_logging(stream, logging.DEBUG)
    yield stream
    structlog.configure(**before)
    root.handlers[:], root.level = handlers, level


@contextmanager
def statements(provider: Provider) -> Iterator[list[str]]:
    """What the database is asked meanwhile."""
    asked: list[str] = []
    raw: Any = provider.services.database.engine.raw_connection().driver_connection
    raw.set_trace_callback(asked.append)
    try:
        yield asked
    finally:
        raw.set_trace_callback(None)


class TestWhatItIs:
    def test_it_is_known_by_its_beginning_and_short_enough_for_any_header(self, portal: Portal, token: str) -> None:
        for each in (token, own_token(portal)):
            assert each.startswith("motcua_at_")
            assert set(each) <= BASE64URL, "RFC 6750 §2.1, and no dot, by which a JWT is known"
            assert len(each) < 400
        assert len(own_token(portal)) < 200

    def test_it_carries_what_a_jwt_would(self, provider: Provider, browser: Browser, person: str) -> None:
        """Both kinds of one grant say the same of everything but themselves."""
        opaque = provider.portal(access_token_format="opaque")
        said = opaque.introspect(opaque.tokens(browser)["access_token"])
        signed = provider.portal()
        jwt = claims_of(signed.tokens(browser)["access_token"])
        own = {"jti": said["jti"], "gid": said["gid"], "client_id": opaque.id, "active": True, "token_type": "Bearer"}
        assert said == {**jwt, **own}

    def test_one_for_the_client_itself_carries_no_person(self, provider: Provider, portal: Portal) -> None:
        said = portal.introspect(own_token(portal))
        now = provider.services.now()
        assert said.pop("jti")
        assert said == {
            "active": True,
            "token_type": "Bearer",
            "iss": provider.services.settings.issuer,
            "sub": portal.id,
            "aud": provider.services.settings.issuer,
            "client_id": portal.id,
            "scope": "ended:read",
            "iat": now,
            "exp": now + 300,
        }

    def test_its_identifier_is_the_one_in_the_trail(
        self, provider: Provider, portal: Portal, token: str, person: str
    ) -> None:
        provider.services.audit_batch.flush()
        with provider.services.database.read() as connection:
            (issued,) = entries_about(connection, person, actions=[Action.TOKEN_ISSUED])
        assert issued.object_id == portal.introspect(token)["jti"]

    def test_no_claim_is_lost_on_the_way(self, provider: Provider) -> None:
        """A claim that is added to the mint one day must not be missing here: what it binds would be bound no more."""
        with pytest.raises(ValueError, match="cnf"):
            provider.services.opaque_tokens.make({"sub": "x", "iat": 1, "cnf": {"jkt": "thumbprint"}})

    def test_where_the_trail_takes_no_more_there_is_no_token(
        self, provider: Provider, portal: Portal, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def full(_entry: object) -> None:
            raise StoreUnavailable("the trail is full")

        monkeypatch.setattr(provider.services.audit_batch, "record", full)
        answer = portal.token(grant_type="client_credentials", scope="ended:read")
        assert answer.status_code == 503
        assert PREFIX not in answer.text


class TestTrips:
    def test_issuing_one_asks_no_store(self, provider: Provider, portal: Portal) -> None:
        own_token(portal)
        with statements(provider) as asked:
            own_token(portal)
        assert asked == []

    def test_asking_about_one_is_one_statement_and_rubbish_none(
        self, provider: Provider, portal: Portal, token: str
    ) -> None:
        own = own_token(portal)
        for each, many in ((token, 1), (own, 1), (token[:-1], 0), (PREFIX, 0), ("rubbish", 0)):
            with statements(provider) as asked:
                assert portal.introspect(each)["active"] is bool(many)
            assert len(asked) == many
        with statements(provider) as asked:
            assert userinfo(provider, token).status_code == 200
        assert len(asked) == 1


class TestWhoeverHoldsOne:
    def test_reads_nothing_of_it(
        self, provider: Provider, portal: Portal, token: str, person: str, browser: Browser
    ) -> None:
        said = portal.introspect(token)
        raw = base64.urlsafe_b64decode(token.removeprefix(PREFIX) + "==")
        for name in ("sub", "aud", "client_id", "scope", "sid", "gid", "acr"):
            assert said[name].encode() not in raw
            assert said[name] not in token
        assert person.encode() not in raw

    def test_cannot_tell_the_same_person_in_two(self, portal: Portal, browser: Browser) -> None:
        """Nothing but the time stands in the open; the rest of two tokens of one person has no part in common."""
        one, two = (portal.tokens(browser)["access_token"].removeprefix(PREFIX) for _ in range(2))
        alike = sum(a == b for a, b in zip(one[8:], two[8:], strict=True))
        assert one != two
        assert alike < len(one) // 6

    def test_of_another_agency_learns_no_subject_and_the_agency_does(
        self, provider: Provider, person: str, browser: Browser
    ) -> None:
        provider.portal(agency="G22")
        province = provider.portal(
            agency="H49", resources=[API], grant_types=["client_credentials"], redirect_uris=None, scope="ended:read"
        )
        national = provider.portal(agency="G22", scope="openid profile dossier:read")
        token = national.tokens(browser, scope="openid dossier:read", resource=API)["access_token"]
        assert token.startswith(PREFIX)
        assert len(token) < 400
        sub = province.introspect(token)["sub"]
        assert sub.encode() not in base64.urlsafe_b64decode(token.removeprefix(PREFIX) + "==")
        assert national.introspect(token) == INACTIVE
        assert userinfo(provider, token).status_code == 401, "it is meant for the province (RFC 9068 §4)"

    def test_another_client_neither_sees_nor_revokes_it(self, provider: Provider, portal: Portal, token: str) -> None:
        stranger = provider.portal(access_token_format="opaque")
        assert stranger.introspect(token) == INACTIVE
        assert provider.browser().post("/revoke", data={"token": token}, headers=stranger.basic()).status_code == 200
        assert portal.introspect(token)["active"] is True

    def test_finds_it_in_no_log_and_in_no_table(
        self, provider: Provider, portal: Portal, browser: Browser, lines: io.StringIO
    ) -> None:
        token = portal.tokens(browser)["access_token"]
        for each in (token, own_token(portal), token[:-3], token + "x"):
            userinfo(provider, each)
            portal.introspect(each)
        provider.browser().post("/revoke", data={"token": token}, headers=portal.basic())
        provider.services.audit_batch.flush()
        assert "/userinfo" in lines.getvalue()
        raw: Any = provider.services.database.engine.raw_connection().driver_connection
        everything = "\n".join(raw.iterdump())
        assert portal.id in everything
        for secret in (token.removeprefix(PREFIX)[24:], tokens.hash_token(token), PREFIX):
            assert secret not in lines.getvalue()
            assert secret not in everything


class TestForged:
    def test_altered_anywhere(self, provider: Provider, portal: Portal, token: str) -> None:
        for place in range(len(PREFIX), len(token), 7):
            other = "A" if token[place] != "A" else "B"
            assert portal.introspect(token[:place] + other + token[place + 1 :]) == INACTIVE
        assert is_dead(provider, portal, token[:40] + "_" + token[41:]) or token[40] == "_"

    def test_cut_or_drawn_out(self, provider: Provider, portal: Portal, token: str) -> None:
        for cut in (0, 5, len(PREFIX), len(PREFIX) + 1, len(PREFIX) + 23, len(token) // 2, len(token) - 1):
            assert portal.introspect(token[:cut]) == INACTIVE if cut else True
        for more in ("A", "=", "==", " ", "\n", ".", "é", "\x00"):
            assert portal.introspect(token + more) == INACTIVE
        assert is_dead(provider, portal, token[:-1])
        assert is_dead(provider, portal, token + "A")

    @pytest.mark.parametrize(
        "rubbish",
        [
            PREFIX,
            PREFIX.upper() + "x" * 80,
            PREFIX + "A" * 4000,
            PREFIX + "=" * 90,
            PREFIX + "ô" * 50,
            "a.b.c",
            "\ud800",
        ],
    )
    def test_rubbish_is_inactive_and_never_a_fault(self, provider: Provider, portal: Portal, rubbish: str) -> None:
        data = b"token=" + rubbish.encode("utf-8", "surrogatepass")
        form = {"Content-Type": "application/x-www-form-urlencoded", **portal.basic()}
        answer = provider.browser().post("/introspect", data=data, headers=form)
        assert (answer.status_code, answer.json) in ((200, INACTIVE), (400, answer.json))
        assert provider.browser().post("/revoke", data=data, headers=form).status_code in (200, 400)
        assert userinfo(provider, rubbish.encode("ascii", "replace").decode()).status_code == 401

    def test_sealed_by_another_installation(self, provider: Provider, portal: Portal, token: str) -> None:
        """One that knows our issuer and every claim, but not our key-encryption key."""
        said = {name: value for name, value in portal.introspect(token).items() if name not in ("active", "token_type")}
        forged, _ = OpaqueTokens(provider.services.settings, Sealer({1: b"9" * 32})).make(said)
        assert is_dead(provider, portal, forged)
        own, _ = provider.services.opaque_tokens.make(said)
        assert portal.introspect(own)["active"] is True

    def test_sealed_under_our_key_for_another_issuer(self, provider: Provider, portal: Portal, token: str) -> None:
        said = {name: value for name, value in portal.introspect(token).items() if name not in ("active", "token_type")}
        elsewhere = provider.services.settings.model_copy(update={"issuer": "https://other.example"})
        forged, _ = OpaqueTokens(elsewhere, provider.services.sealer).make(said)
        assert is_dead(provider, portal, forged)

    def test_sealed_by_a_version_that_puts_its_claims_in_another_order(
        self, provider: Provider, portal: Portal, token: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """What is an audience here must not be taken for a scope there, while both versions run."""
        said = {name: value for name, value in portal.introspect(token).items() if name not in ("active", "token_type")}
        with monkeypatch.context() as other:
            other.setattr(opaque_tokens, "_KEPT", ("aud", "sub", *opaque_tokens._KEPT[2:]))
            swapped, _ = OpaqueTokens(provider.services.settings, provider.services.sealer).make(said)
        assert is_dead(provider, portal, swapped)

    def test_something_else_that_we_sealed(self, provider: Provider, portal: Portal, token: str, person: str) -> None:
        services = provider.services
        claims = json.dumps([person, services.settings.issuer, portal.id, "openid", services.now() + 300]).encode()
        at = services.now()
        kinds = ("authorization code", "access token", "access token of", "", "totp")
        others = [HourlySealer(services.sealer.roots(), kind).seal(claims, at)[0] for kind in kinds]
        others += [base64.urlsafe_b64encode(services.sealer.seal(claims, kind)).decode().rstrip("=") for kind in kinds]
        for each in others:
            assert is_dead(provider, portal, PREFIX + each)
            assert is_dead(provider, portal, each)

    def test_the_other_tokens_of_a_sign_in_are_no_access_tokens(
        self, provider: Provider, portal: Portal, browser: Browser
    ) -> None:
        others = portal.tokens(browser)
        for name in ("refresh_token", "id_token"):
            assert is_dead(provider, portal, others[name])
            assert is_dead(provider, portal, PREFIX + others[name])


class TestOver:
    def test_expired(self, provider: Provider, portal: Portal, token: str) -> None:
        own = own_token(portal)
        provider.clock.advance(299)
        assert portal.introspect(token)["active"] is True
        provider.clock.advance(1)
        assert is_dead(provider, portal, token)
        assert is_dead(provider, portal, own)

    def test_expired_long_ago(self, provider: Provider, portal: Portal, token: str) -> None:
        for seconds in (3600, 86400, 10 * 365 * 86400):
            provider.clock.advance(seconds + 2 * 3600)
            assert is_dead(provider, portal, token)
            elsewhere = OpaqueTokens(provider.services.settings, provider.services.sealer)
            assert elsewhere.claims_of(token, provider.services.now()) is None, (
                "its key is over, where nobody saw it too"
            )

    def test_revoked_alone(self, provider: Provider, portal: Portal, browser: Browser) -> None:
        first = portal.tokens(browser)
        second = (portal.refresh(first["refresh_token"]).json or {})["access_token"]
        assert provider.browser().post("/revoke", data={"token": second}, headers=portal.basic()).status_code == 200
        assert is_dead(provider, portal, second)
        assert portal.introspect(first["access_token"])["active"] is True

    def test_one_of_the_client_itself_revoked(self, provider: Provider, portal: Portal) -> None:
        one, other = own_token(portal), own_token(portal)
        assert feed(provider, one).status_code == 200
        provider.browser().post("/revoke", data={"token": one}, headers=portal.basic())
        assert portal.introspect(one) == INACTIVE
        assert feed(provider, one).status_code == 401
        listed = (feed(provider, other).json or {})["ended"]
        jti = provider.services.opaque_tokens.claims_of(one, provider.services.now())
        assert jti is not None
        assert [entry["value"] for entry in listed if entry["kind"] == "jti"] == [jti["jti"]]

    def test_of_a_session_that_ended(self, provider: Provider, portal: Portal, token: str) -> None:
        sessions.end_session(provider.services, portal.introspect(token)["sid"], "signed_out")
        assert is_dead(provider, portal, token)

    def test_of_a_grant_whose_refresh_token_was_revoked_or_used_twice(
        self, provider: Provider, portal: Portal, browser: Browser
    ) -> None:
        one, two = portal.tokens(browser), portal.tokens(browser)
        provider.browser().post("/revoke", data={"token": one["refresh_token"]}, headers=portal.basic())
        assert is_dead(provider, portal, one["access_token"])
        portal.refresh(two["refresh_token"])
        assert portal.introspect(two["access_token"])["active"] is True
        assert portal.refresh(two["refresh_token"]).status_code == 400
        assert is_dead(provider, portal, two["access_token"])

    def test_of_a_frozen_account(self, provider: Provider, portal: Portal, token: str, person: str) -> None:
        with provider.services.database.write() as connection:
            accounts.change(connection, person, state="frozen")
        assert is_dead(provider, portal, token)

    def test_of_a_removed_client(self, provider: Provider, portal: Portal, token: str) -> None:
        own = own_token(portal)
        registration.remove(provider.services, portal.client, actor=("operator", "test"))
        asker = provider.portal(resources=[provider.services.settings.issuer])
        for each in (token, own):
            assert is_dead(provider, asker, each)


class TestNewKeyEncryptionKey:
    @pytest.fixture
    def key(self, tmp_path: Path) -> Path:
        path = tmp_path / "key"
        path.write_text("1:" + base64.urlsafe_b64encode(b"1" * 32).decode() + "\n")
        return path

    def started(self, key: Path, clock: StoppedClock) -> Provider:
        """A process that reads the key file now."""
        home = key.parent
        settings = Settings(
            home=home, database_url=f"sqlite:///{home}/idp.sqlite", demo=True, key_encryption_key_file=key
        )
        services = make_services(settings, clock)
        return Provider(services, provider_application(services), clock)

    def test_what_the_old_one_sealed_is_good_until_it_expires(self, key: Path, clock: StoppedClock) -> None:
        url = f"sqlite:///{key.parent}/idp.sqlite"
        before = make_provider(key.parent, clock, url, key_encryption_key_file=key)
        portal = before.portal(access_token_format="opaque", grant_types=["client_credentials"], scope="ended:read")
        old = own_token(portal)
        with key.open("a") as file:
            file.write("2:" + base64.urlsafe_b64encode(b"2" * 32).decode() + "\n")
        after = self.started(key, clock)
        portal.provider = after
        new = own_token(portal)
        assert [portal.introspect(each)["active"] for each in (old, new)] == [True, True]
        portal.provider = before
        assert portal.introspect(new) == INACTIVE, (
            "who does not have the new key yet refuses, and does no more than that"
        )
        portal.provider = after
        clock.advance(300)
        assert [portal.introspect(each) for each in (old, new)] == [INACTIVE] * 2
        for each in (before, after):
            each.services.validations.close()
            each.services.database.dispose()

    def test_a_key_that_was_taken_away_opens_nothing_more(self, key: Path, clock: StoppedClock) -> None:
        with_both = OpaqueTokens(Settings(), Sealer({1: b"1" * 32, 2: b"2" * 32}))
        token, _ = with_both.make({"sub": "s", "iat": int(clock())})
        assert with_both.claims_of(token, int(clock()))
        assert OpaqueTokens(Settings(), Sealer({1: b"1" * 32})).claims_of(token, int(clock())) is None
