"""Requests that wait: bound to their browser, one for each, and no more from one address than people begin.

Every valid GET of ``/authorize`` without a session keeps a row for half an hour: a script must not fill the store, and
a province behind one address must not be shut out.
"""

from collections.abc import Mapping
from typing import Any

import pytest
from sqlalchemy import func, select
from werkzeug.test import Client as Browser
from werkzeug.test import TestResponse

from idp.domain import sessions
from idp.protocol.authorization import pending
from idp.protocol.authorization.decision import Progress
from idp.store import sessions as sessions_store
from idp.store.ephemeral import EphemeralStore, Step
from idp.store.ephemeral.sql import ephemeral
from tests.support.provider import PASSWORD_FACTOR, Portal, Provider, random_state


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
    browser, request = provider.signed_in(person), portal.request(prompt="login")
    begin(browser, request)
    waiting_id = begin(browser, request).headers["Location"].partition("pending=")[2]
    value = provider.services.ephemeral.peek(pending.KIND, waiting_id)
    assert value is not None
    with provider.services.database.read() as connection:
        (session,) = sessions_store.live_of_account(connection, person, provider.services.now())
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


def verbs_of(provider: Provider, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the ephemeral store is asked from now on, a trip each."""
    store, asked = provider.services.ephemeral, list[str]()
    together, alone = type(store).together, type(store)._do
    inside: list[bool] = []

    def note_together(self: EphemeralStore, *steps: Step) -> list[Any]:
        asked.append(" ".join(step.verb for step in steps))
        inside.append(True)
        try:
            return together(self, *steps)
        finally:
            inside.pop()

    def note_alone(self: EphemeralStore, step: Step) -> Any:
        if not inside:
            asked.append(step.verb)
        return alone(self, step)

    monkeypatch.setattr(type(store), "together", note_together)
    monkeypatch.setattr(type(store), "_do", note_alone)
    return asked


@pytest.mark.parametrize(
    ("nonce", "at_the_end"),
    [("a-nonce", "forget"), ("n" * 2048, "put forget")],
    ids=["sealed", "too long to be sealed"],
)
def test_a_request_is_kept_in_one_trip_and_answered_in_two(
    provider: Provider, portal: Portal, person: str, monkeypatch: pytest.MonkeyPatch, nonce: str, at_the_end: str
) -> None:
    browser, asked = provider.browser(), verbs_of(provider, monkeypatch)
    begun = begin(browser, portal.request(nonce=nonce)).headers["Location"]
    assert asked == ["replace count"]

    _, cookie = sessions.open_session(provider.services, person, [PASSWORD_FACTOR])
    browser.set_cookie("motcua_idp_session", cookie, domain="localhost")
    asked.clear()
    answered = browser.get("/authorize", query_string={"pending": begun.partition("pending=")[2]})
    assert "code=" in answered.headers["Location"]
    assert asked == ["peek", at_the_end]
    assert kept(provider) == 0


def test_a_request_that_is_refused_waits_no_more(provider: Provider, portal: Portal) -> None:
    browser = provider.browser()
    waiting_id = begin(browser, portal.request()).headers["Location"].partition("pending=")[2]
    value = provider.services.ephemeral.peek(pending.KIND, waiting_id)
    assert value is not None
    found = pending.Pending(waiting_id, value["parameters"], value["browser"], Progress(**value["progress"]))
    pending.note(provider.services, found, denied=True)

    answered = browser.get("/authorize", query_string={"pending": waiting_id})

    assert "error=access_denied" in answered.headers["Location"]
    assert kept(provider) == 0


@pytest.mark.usefixtures("few")
def test_one_that_was_too_many_is_not_kept_and_a_reload_counts_once(provider: Provider, portal: Portal) -> None:
    browser, request = provider.browser(), portal.request()
    for _ in range(5):
        assert begin(browser, request).status_code == 303
    assert [begin(provider.browser(), request).status_code for _ in range(3)] == [303, 303, 429]
    assert kept(provider) == 3


def test_the_limit_is_far_above_what_a_province_does() -> None:
    assert pending.PER_ADDRESS / pending.LIFETIME > 10
