"""A code's one use: written where session, account and agreement are looked at, by exactly one of any number of requests."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from sqlalchemy import update

from idp.store import accounts, clients, consents, grants, redemption, sessions
from idp.store.accounts import AccountRow
from idp.store.consents import ConsentRow
from idp.store.database import Database
from idp.store.sessions import SessionClientRow
from tests.idp.store.test_grants import family
from tests.idp.store.test_registrations import client
from tests.idp.store.test_sessions import join, kept, portals, session
from tests.support.clock import StoppedClock

ASKED = ("openid", "hồ sơ:đọc")
CROWD = 6


@pytest.fixture
def signed_in(database: Database, clock: StoppedClock) -> Database:
    """A database with an active account, a live session of it, and two portals."""
    now = int(clock())
    with database.write() as connection:
        for client_id in ("portal", "another"):
            clients.add(connection, client(clock, client_id))
        accounts.add(connection, AccountRow("a-1", "citizen", "active", 2, b"sealed", now, now))
    kept(database, session(clock))
    return database


def begin(database: Database, clock: StoppedClock, gid: str = "g-1", *, asks: bool = False) -> bool:
    row = family(clock, gid)._replace(grant={"scopes": list(ASKED)})
    portal = SessionClientRow("s-1", "portal", "sub", int(clock()))
    return redemption.begin(database.direct, row, portal, purposes="" if asks else None)


def begun(database: Database, gid: str = "g-1") -> bool:
    with database.read() as connection:
        return grants.find_family(connection, gid) is not None


def agree(database: Database, clock: StoppedClock, *scopes: str, **changed: object) -> None:
    now = int(clock())
    row = ConsentRow("a-1", "portal", scopes, (), 1, "", now, now + 1000)
    with database.write() as connection:
        consents.put(connection, replace(row, **changed))  # type: ignore[arg-type]


def nothing_was_written(database: Database) -> bool:
    return not begun(database) and portals(database) == []


def test_family_and_portal_are_written_together(signed_in: Database, clock: StoppedClock) -> None:
    assert begin(signed_in, clock)
    assert begun(signed_in)
    (portal,) = portals(signed_in)
    assert (portal.client_id, portal.sub, portal.since, portal.ended_at) == ("portal", "sub", int(clock()), None)


def test_a_second_use_writes_nothing_and_says_so(signed_in: Database, clock: StoppedClock) -> None:
    assert begin(signed_in, clock)
    assert not begin(signed_in, clock)


def test_of_a_crowd_one_begins(signed_in: Database, clock: StoppedClock) -> None:
    with ThreadPoolExecutor(CROWD) as crowd:
        answers = list(crowd.map(lambda _: begin(signed_in, clock), range(CROWD)))
    assert sorted(answers) == [False] * (CROWD - 1) + [True]


def test_a_portal_that_had_been_signed_out_counts_as_new(signed_in: Database, clock: StoppedClock) -> None:
    join(signed_in, clock)
    with signed_in.write() as connection:
        sessions.end_client(connection, "s-1", "portal", clock())
    assert begin(signed_in, clock)
    assert [portal.ended_at for portal in portals(signed_in)] == [None]


class TestWhatItRestsOn:
    def test_a_session_that_has_ended(self, signed_in: Database, clock: StoppedClock) -> None:
        with signed_in.write() as connection:
            sessions.change(connection, "s-1", ended_at=int(clock()), end_reason="signed_out")
        assert not begin(signed_in, clock)
        assert nothing_was_written(signed_in)

    def test_a_session_that_has_expired(self, signed_in: Database, clock: StoppedClock) -> None:
        clock.advance(3600)
        assert not begin(signed_in, clock)
        assert nothing_was_written(signed_in)

    @pytest.mark.parametrize("state", ["frozen", "closed"])
    def test_an_account_that_is_not_active(self, signed_in: Database, clock: StoppedClock, state: str) -> None:
        with signed_in.write() as connection:
            connection.execute(update(accounts.accounts).values(state=state))
        assert not begin(signed_in, clock)
        assert nothing_was_written(signed_in)


class TestTheAgreement:
    """The same rule as ``idp.domain.consents.agreement``, asked where the grant is written."""

    @pytest.mark.parametrize("scopes", [ASKED, (*ASKED, "email"), tuple(reversed(ASKED))])
    def test_to_every_scope_is_enough(self, signed_in: Database, clock: StoppedClock, scopes: tuple[str, ...]) -> None:
        agree(signed_in, clock, *scopes)
        assert begin(signed_in, clock, asks=True)

    @pytest.mark.parametrize("scopes", [(), ("openid",), ("openid", "hồ sơ"), ("openid", "hồ sơ:đọc:hết")])
    def test_to_less_is_none(self, signed_in: Database, clock: StoppedClock, scopes: tuple[str, ...]) -> None:
        agree(signed_in, clock, *scopes)
        assert not begin(signed_in, clock, asks=True)
        assert nothing_was_written(signed_in)

    def test_that_has_expired_is_none(self, signed_in: Database, clock: StoppedClock) -> None:
        agree(signed_in, clock, *ASKED, expires_at=int(clock()))
        assert not begin(signed_in, clock, asks=True)

    def test_of_somebody_else_or_with_another_portal_is_none(self, signed_in: Database, clock: StoppedClock) -> None:
        agree(signed_in, clock, *ASKED, client_id="another")
        assert not begin(signed_in, clock, asks=True)

    def test_for_other_purposes_is_none(self, signed_in: Database, clock: StoppedClock) -> None:
        agree(signed_in, clock, *ASKED, purposes="what the portal said before")
        assert not begin(signed_in, clock, asks=True)

    def test_that_nobody_needs_is_not_asked_for(self, signed_in: Database, clock: StoppedClock) -> None:
        assert begin(signed_in, clock, asks=False)
