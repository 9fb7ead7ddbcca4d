"""Which acr each combination of factors yields, in the very tokens, and that nothing weaker passes for something stronger."""

import pytest

from idp.domain import sessions
from idp.domain.assurance import methods, strength_of
from tests.support.clock import StoppedClock
from tests.support.provider import Portal, Provider, answer_of, claims_of

PLAIN, MFA, PHR = "urn:vn:eid:loa2", "urn:vn:eid:loa2:mfa", "urn:vn:eid:loa2:phr"

YIELDS: list[tuple[str, str]] = [
    ("password", PLAIN),
    ("totp", PLAIN),
    ("recovery_code", PLAIN),
    ("phone", PLAIN),
    ("software_key", PLAIN),
    ("passkey", PHR),
    ("certificate", PHR),
    ("browser_key", PHR),
    ("password password", PLAIN),
    ("password totp", MFA),
    ("password phone", MFA),
    ("password software_key", MFA),
    ("password recovery_code", PLAIN),
    ("password recovery_code recovery_code", PLAIN),
    ("recovery_code totp", PLAIN),
    ("recovery_code phone totp software_key", PLAIN),
    ("totp phone", PLAIN),
    ("totp software_key", PLAIN),
    ("phone software_key", PLAIN),
    ("password totp phone software_key recovery_code", MFA),
    ("password passkey", PHR),
    ("totp passkey", PHR),
    ("password certificate", PHR),
    ("recovery_code browser_key", PHR),
]
"""Every factor alone, and the combinations that could be taken for more than they are."""


@pytest.mark.parametrize(("used", "acr"), YIELDS, ids=[used for used, _ in YIELDS])
def test_what_a_combination_yields(provider: Provider, portal: Portal, used: str, acr: str) -> None:
    browser = provider.signed_in(provider.person(), *used.split())

    tokens = portal.tokens(browser)

    for token in (tokens["id_token"], tokens["access_token"]):
        claims = claims_of(token)
        assert claims["acr"] == acr
        assert ("mfa" in claims["amr"]) is (acr != PLAIN and len(set(claims["amr"])) > 1)


@pytest.mark.parametrize(("used", "acr"), YIELDS, ids=[used for used, _ in YIELDS])
@pytest.mark.parametrize("asked", [MFA, PHR])
def test_asked_for_more_nothing_less_passes(
    provider: Provider, portal: Portal, used: str, acr: str, asked: str
) -> None:
    browser = provider.signed_in(provider.person(), *used.split())
    rank = [PLAIN, MFA, PHR].index

    answer = browser.get("/authorize", query_string=portal.request(acr_values=asked))

    assert ("/step-up" in answer.headers["Location"]) is (rank(acr) < rank(asked))


def test_the_order_of_use_says_nothing() -> None:
    for used, _ in YIELDS:
        factors = [{"kind": kind, "at": 0} for kind in used.split()]
        assert strength_of(factors) == strength_of(factors[::-1])


def test_what_one_use_says_of_itself_is_told_in_place_of_its_kind() -> None:
    synced = {"kind": "passkey", "at": 0, "amr": ["swk", "user", "mfa"]}

    assert methods([{"kind": "password", "at": 0}, synced]) == ["pwd", "swk", "user", "mfa"]
    assert methods([{"kind": "passkey", "at": 0, "amr": "swk"}]) == ["swk"]


class TestTimes:
    """``auth_time`` is when the person last proved something (RFC 9470 §4); what is too old does not count."""

    def step_up(self, provider: Provider, browser: object, *kinds: str) -> None:
        cookie = browser.get_cookie("motcua_idp_session", domain="localhost")  # type: ignore[attr-defined]
        session = sessions.read_session(provider.services, cookie.value)
        assert session is not None
        factors = [{"kind": kind, "at": provider.services.now()} for kind in kinds]
        _, renewed = sessions.strengthen(provider.services, session, factors)
        browser.set_cookie("motcua_idp_session", renewed, domain="localhost")  # type: ignore[attr-defined]

    def test_a_step_up_is_the_newest_proof(self, provider: Provider, portal: Portal, clock: StoppedClock) -> None:
        browser = provider.signed_in(provider.person())
        before = claims_of(portal.tokens(browser)["id_token"])["auth_time"]
        clock.advance(600)
        self.step_up(provider, browser, "totp")

        claims = claims_of(portal.tokens(browser)["id_token"])

        assert (claims["acr"], claims["auth_time"] - before) == (MFA, 600)

    def test_a_look_at_the_session_is_no_proof(self, provider: Provider, portal: Portal, clock: StoppedClock) -> None:
        browser = provider.signed_in(provider.person())
        before = claims_of(portal.tokens(browser)["id_token"])["auth_time"]
        clock.advance(600)

        assert claims_of(portal.tokens(browser)["id_token"])["auth_time"] == before

    def test_with_a_maximum_age_an_old_second_factor_does_not_count(
        self, provider: Provider, portal: Portal, clock: StoppedClock
    ) -> None:
        """Whoever finds the browser open and knows the password must not be taken for somebody with two factors."""
        browser = provider.signed_in(provider.person(), "password", "totp")
        clock.advance(3600)
        self.step_up(provider, browser, "password")

        recent = browser.get("/authorize", query_string=portal.request(acr_values=MFA, max_age="300"))
        whenever = answer_of(browser.get("/authorize", query_string=portal.request(acr_values=MFA)))

        assert "/step-up" in recent.headers["Location"]
        assert "code" in whenever

    def test_with_a_maximum_age_the_tokens_name_only_what_is_recent(
        self, provider: Provider, portal: Portal, clock: StoppedClock
    ) -> None:
        browser = provider.signed_in(provider.person(), "password", "totp")
        clock.advance(3600)
        self.step_up(provider, browser, "password")

        claims = claims_of(portal.tokens(browser, max_age="300")["id_token"])

        assert (claims["acr"], claims["amr"]) == (PLAIN, ["pwd"])

    @pytest.mark.parametrize("prompt", ["login", None])
    def test_a_second_factor_alone_is_no_new_sign_in(
        self, provider: Provider, portal: Portal, clock: StoppedClock, prompt: str | None
    ) -> None:
        from idp.domain.authenticators import ways

        assert ways.signs_in("password")
        assert not ways.signs_in("totp")
        assert not ways.signs_in("recovery_code")
        browser = provider.signed_in(provider.person(), "password", "totp")
        clock.advance(600)
        asked = browser.get("/authorize", query_string=portal.request(prompt=prompt, max_age="300"))

        assert asked.headers["Location"].startswith("/signin")


class TestSilence:
    """``prompt=none`` says honestly what a page would have been needed for (Core §3.1.2.6)."""

    ESSENTIAL = '{"id_token": {"acr": {"essential": true, "value": "%s"}}}'

    def ask(self, browser: object, portal: Portal, **more: str) -> str:
        return answer_of(browser.get("/authorize", query_string=portal.request(prompt="none", **more)))["error"]  # type: ignore[attr-defined]

    def test_who_owns_what_is_missing_would_be_asked(self, provider: Provider, portal: Portal) -> None:
        from idp.store import accounts as store

        person = provider.person()
        row = store.AuthenticatorRow("one", person, "totp", provider.services.now())
        with provider.services.database.write() as connection:
            store.add_authenticator(connection, row)

        assert self.ask(provider.signed_in(person), portal, claims=self.ESSENTIAL % MFA) == "interaction_required"

    def test_who_owns_nothing_that_helps_cannot_reach_it(self, provider: Provider, portal: Portal) -> None:
        browser = provider.signed_in(provider.person())

        assert self.ask(browser, portal, claims=self.ESSENTIAL % MFA) == "unmet_authentication_requirements"
        assert self.ask(browser, portal, acr_values=MFA) == "interaction_required"
