"""The last token of a family that has run out still ends with the session that it came from."""

from pathlib import Path

from idp.domain import sessions
from tests.support.clock import StoppedClock
from tests.support.provider import claims_of, make_provider


def test_a_token_that_outlives_its_family_ends_with_the_session(tmp_path: Path, clock: StoppedClock) -> None:
    provider = make_provider(tmp_path, clock, refresh_token_lifetime=300)
    portal = provider.portal()
    tokens = portal.tokens(provider.signed_in(provider.person()))
    clock.advance(290)
    again = portal.refresh(tokens["refresh_token"]).json
    late = again["access_token"]
    clock.advance(20)
    bearer = {"Authorization": f"Bearer {late}"}
    assert portal.refresh(again["refresh_token"]).status_code == 400, "the family has run out"
    assert provider.browser().get("/userinfo", headers=bearer).status_code == 200
    sessions.end_session(provider.services, claims_of(tokens["id_token"])["sid"], "signed_out")
    assert provider.browser().get("/userinfo", headers=bearer).status_code == 401
    assert portal.introspect(late) == {"active": False}
