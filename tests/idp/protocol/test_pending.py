"""Requests that wait: bound to their browser, one for each, and no more from one address than people begin.

Every valid GET of ``/authorize`` without a session keeps a row for half an hour: a script must not fill the store, and
a province behind one address must not be shut out.
"""

from collections.abc import Mapping

import pytest
from sqlalchemy import func, select
from werkzeug.test import Client as Browser
from werkzeug.test import TestResponse

from idp.protocol.authorization import pending
from idp.store.ephemeral.sql import ephemeral
from tests.support.provider import Portal, Provider, random_state


def kept(provider: Provider) -> int:
    wanted = select(func.count()).select_from(ephemeral).where(ephemeral.c.kind == pending.KIND)
    with provider.services.database.read() as connection:
        return int(connection.execute(wanted).scalar_one())


def begin(browser: Browser, request: Mapping[str, str], address: str = "198.51.100.7") -> TestResponse:
    return browser.get("/authorize", query_string=request, environ_overrides={"REMOTE_ADDR": address})


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pending, "PER_ADDRESS", 3)


def test_the_same_request_of_the_same_browser_is_kept_once(provider: Provider, portal: Portal) -> None:
    browser, request = provider.browser(), portal.request()
    locations = {begin(browser, request).headers["Location"] for _ in range(5)}
    assert len(locations) == 1
    assert kept(provider) == 1
    begin(browser, portal.request(state=random_state()))
    assert kept(provider) == 2


def test_another_browser_has_its_own(provider: Provider, portal: Portal) -> None:
    request = portal.request()
    one, other = begin(provider.browser(), request), begin(provider.browser(), request)
    assert one.headers["Location"] != other.headers["Location"]


def test_a_sign_in_of_before_does_not_count_for_the_request_sent_again(
    provider: Provider, portal: Portal, person: str
) -> None:
    """``prompt=login`` met, the browser left at a later page, the address opened anew: somebody else may sit there."""
    from idp.protocol.authorization.decision import Progress

    browser, request = provider.signed_in(person), portal.request(prompt="login")
    begin(browser, request)
    waiting_id = begin(browser, request).headers["Location"].partition("pending=")[2]
    value = provider.services.ephemeral.peek(pending.KIND, waiting_id)
    assert value is not None
    with provider.services.database.read() as connection:
        from idp.store import sessions

        (session,) = sessions.live_of_account(connection, person, provider.services.now())
    found = pending.Pending(waiting_id, value["parameters"], value["browser"], Progress(**value["progress"]))
    pending.note(provider.services, found, signed_in=session.sid)

    again = begin(browser, request)
    assert "/signin" in again.headers["Location"]
    assert "/signin" in browser.get("/authorize", query_string={"pending": waiting_id}).headers["Location"]


@pytest.mark.usefixtures("few")
class TestOneAddress:
    def test_begins_so_many_and_no_more(self, provider: Provider, portal: Portal) -> None:
        answers = [begin(provider.browser(), portal.request()) for _ in range(5)]
        assert [answer.status_code for answer in answers] == [303, 303, 303, 429, 429]
        assert kept(provider) == 3
        assert answers[-1].headers["Retry-After"]
        assert "vài phút" in answers[-1].text

    def test_by_form_too(self, provider: Provider, portal: Portal) -> None:
        statuses = [provider.browser().post("/authorize", data=portal.request()).status_code for _ in range(5)]
        assert statuses == [303, 303, 303, 429, 429]

    def test_does_not_speak_for_another(self, provider: Provider, portal: Portal) -> None:
        for _ in range(4):
            begin(provider.browser(), portal.request())
        assert begin(provider.browser(), portal.request(), "198.51.100.8").status_code == 303

    def test_is_a_64_of_ipv6(self, provider: Provider, portal: Portal) -> None:
        for number in range(3):
            assert begin(provider.browser(), portal.request(), f"2001:db8:0:1::{number}").status_code == 303
        assert begin(provider.browser(), portal.request(), "2001:db8:0:1:ffff::9").status_code == 429
        assert begin(provider.browser(), portal.request(), "2001:db8:0:2::1").status_code == 303

    def test_may_begin_again_after_a_while(self, provider: Provider, portal: Portal) -> None:
        for _ in range(4):
            begin(provider.browser(), portal.request())
        provider.clock.advance(pending.LIFETIME + 1)
        assert begin(provider.browser(), portal.request()).status_code == 303

    def test_costs_nobody_anything_who_needs_no_page(
        self, provider: Provider, portal: Portal, browser: Browser
    ) -> None:
        """Somebody signed in is answered at once, however many were begun around them; so is who reloads."""
        mine, request = provider.browser(), portal.request()
        begin(mine, request)
        begin(mine, request)
        for _ in range(3):
            begin(provider.browser(), portal.request())
        assert "code=" in begin(browser, portal.request()).headers["Location"]
        assert begin(mine, request).status_code == 303


def test_the_limit_is_far_above_what_a_province_does() -> None:
    assert pending.PER_ADDRESS / pending.LIFETIME > 10
