"""Clients, the resources they serve and the tokens they are registered with; agreements and subjects that hang on them."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from sqlalchemy.exc import IntegrityError

from idp.domain.work.duties import sweep
from idp.store import accounts, clients, consents, registration_tokens, subjects, versions
from idp.store.accounts import AccountRow
from idp.store.clients import ClientRow
from idp.store.consents import ConsentRow
from idp.store.database import Database
from idp.store.registration_tokens import RegistrationToken
from tests.support.clock import StoppedClock

CROWD = 6


def client(clock: StoppedClock, client_id: str = "portal", *resources: str) -> ClientRow:
    metadata = {"client_name": "Cổng Dịch vụ công", "resources": list(resources)}
    return ClientRow(client_id, "hash", metadata, "G02", True, "administrator", int(clock()))


@pytest.fixture
def registered(database: Database, clock: StoppedClock) -> Database:
    """A database with a person and a portal that serves one resource."""
    now = int(clock())
    with database.write() as connection:
        accounts.add(connection, AccountRow("a-1", "citizen", "active", 2, b"sealed", now, now))
        clients.add(connection, client(clock, "portal", "https://api.example/"))
    return database


class TestClients:
    def test_what_was_registered_is_given_back_in_its_own_letters(
        self, registered: Database, clock: StoppedClock
    ) -> None:
        with registered.read() as connection:
            assert clients.find(connection, "portal") == client(clock, "portal", "https://api.example/")
            assert clients.find(connection, "nobody") is None

    def test_a_resource_is_served_by_one_client(self, registered: Database, clock: StoppedClock) -> None:
        with registered.read() as connection:
            assert clients.serving(connection, "https://api.example/") == "portal"
            assert clients.serving(connection, "https://other.example/") is None

        def take_it_too() -> None:
            with registered.write() as connection:
                clients.add(connection, client(clock, "thief", "https://api.example/"))

        with pytest.raises(IntegrityError):
            take_it_too()
        with registered.read() as connection:
            assert clients.find(connection, "thief") is None, "nothing of a refused registration stays"

    def test_a_registration_is_replaced_as_a_whole(self, registered: Database, clock: StoppedClock) -> None:
        changed = replace(client(clock, "portal", "https://new.example/"), secret_hash=None, agency=None)
        with registered.write() as connection:
            assert clients.replace(connection, changed)
            assert not clients.replace(connection, replace(changed, client_id="nobody"))
        with registered.read() as connection:
            assert clients.find(connection, "portal") == changed
            assert clients.serving(connection, "https://api.example/") is None
            assert clients.serving(connection, "https://new.example/") == "portal"

    def test_one_is_removed_once_with_all_that_hangs_on_it(self, registered: Database, clock: StoppedClock) -> None:
        with registered.write() as connection:
            registration_tokens.replace(connection, "portal", "its token")
            consents.put(connection, agreement(clock))
            assert clients.remove(connection, "portal")
            assert not clients.remove(connection, "portal")
        with registered.read() as connection:
            assert clients.serving(connection, "https://api.example/") is None
            assert registration_tokens.client_of(connection, "its token") is None
            assert consents.find(connection, "a-1", "portal") is None

    def test_page_by_page(self, registered: Database, clock: StoppedClock) -> None:
        with registered.write() as connection:
            for name in ("b", "a", "c"):
                clients.add(connection, client(clock, name))
            assert [row.client_id for row in clients.page(connection, limit=2)] == ["a", "b"]
            assert [row.client_id for row in clients.page(connection, "b", 2)] == ["c", "portal"]


class TestRegistrationTokens:
    def initial(self, database: Database, clock: StoppedClock, uses: int) -> None:
        with database.write() as connection:
            registration_tokens.add(connection, RegistrationToken("initial", None, uses, int(clock()) + 600))

    def spend(self, database: Database, clock: StoppedClock) -> bool:
        with database.write() as connection:
            return registration_tokens.spend(connection, "initial", int(clock()))

    def test_an_initial_one_is_good_for_its_uses(self, database: Database, clock: StoppedClock) -> None:
        self.initial(database, clock, 2)
        assert [self.spend(database, clock) for _ in range(3)] == [True, True, False]

    def test_of_a_crowd_no_more_than_its_uses(self, database: Database, clock: StoppedClock) -> None:
        self.initial(database, clock, 2)
        crowd = [Database(database.url) for _ in range(CROWD)]
        with ThreadPoolExecutor(CROWD) as pool:
            assert sum(pool.map(lambda each: self.spend(each, clock), crowd)) == 2
        for each in crowd:
            each.dispose()

    def test_it_ends_with_its_time_and_is_swept(self, database: Database, clock: StoppedClock) -> None:
        self.initial(database, clock, 2)
        clock.advance(600)
        assert not self.spend(database, clock)
        clock.advance(1)
        assert sweep(database, clock) == 1

    def test_a_clients_own_is_one_and_never_swept(self, registered: Database, clock: StoppedClock) -> None:
        with registered.write() as connection:
            registration_tokens.replace(connection, "portal", "old")
            registration_tokens.replace(connection, "portal", "new")
            assert registration_tokens.client_of(connection, "old") is None
            assert not registration_tokens.spend(connection, "new", int(clock())), "it registers nobody else"
        clock.advance(10**9)
        sweep(registered, clock)
        with registered.read() as connection:
            assert registration_tokens.client_of(connection, "new") == "portal"


def agreement(clock: StoppedClock, **changed: object) -> ConsentRow:
    now = int(clock())
    row = ConsentRow("a-1", "portal", ("openid", "email"), ("phone_number",), 1, "f" * 64, now, now + 1000)
    return replace(row, **changed)  # type: ignore[arg-type]


class TestAgreements:
    def test_a_later_one_takes_the_place_of_the_earlier(self, registered: Database, clock: StoppedClock) -> None:
        with registered.write() as connection:
            consents.put(connection, agreement(clock))
            consents.put(connection, agreement(clock, scopes=("openid",), version=2))
            assert consents.find(connection, "a-1", "portal") == agreement(clock, scopes=("openid",), version=2)
            assert len(consents.of_account(connection, "a-1")) == 1

    def test_one_is_withdrawn_once(self, registered: Database, clock: StoppedClock) -> None:
        with registered.write() as connection:
            consents.put(connection, agreement(clock))
            assert consents.withdraw(connection, "a-1", "portal")
            assert not consents.withdraw(connection, "a-1", "portal")
            assert consents.find(connection, "a-1", "portal") is None

    def test_an_expired_one_is_swept(self, registered: Database, clock: StoppedClock) -> None:
        with registered.write() as connection:
            consents.put(connection, agreement(clock))
        clock.advance(1001)
        assert sweep(registered, clock) == 1


class TestSubjects:
    def test_of_a_crowd_all_are_given_the_same(self, registered: Database) -> None:
        crowd = [Database(registered.url) for _ in range(CROWD)]

        def claim(numbered: tuple[int, Database]) -> str:
            with numbered[1].write() as connection:
                return subjects.claim(connection, "a-1", "agency:G02", f"sub-{numbered[0]}")

        with ThreadPoolExecutor(CROWD) as pool:
            given = set(pool.map(claim, enumerate(crowd)))
        for each in crowd:
            each.dispose()
        assert len(given) == 1
        with registered.read() as connection:
            assert subjects.find(connection, "a-1", "agency:G02") == given.pop()

    def test_each_sector_has_its_own_and_leads_back(self, registered: Database) -> None:
        with registered.write() as connection:
            assert subjects.claim(connection, "a-1", "agency:G02", "one") == "one"
            assert subjects.claim(connection, "a-1", "agency:H49", "two") == "two"
            assert subjects.claim(connection, "a-1", "agency:G02", "three") == "one"
            assert subjects.account_of(connection, "two") == ("a-1", "agency:H49")
            assert subjects.account_of(connection, "three") is None


class TestVersions:
    def test_a_crowd_loses_no_bump(self, database: Database) -> None:
        crowd = [Database(database.url) for _ in range(4)]

        def bump(each: Database) -> None:
            for _ in range(5):
                with each.write() as connection:
                    versions.bump(connection, "clients")

        with ThreadPoolExecutor(4) as pool:
            list(pool.map(bump, crowd))
        for each in crowd:
            each.dispose()
        assert versions.latest(database.direct) == {"clients": 20}

    def test_an_act_undone_bumps_nothing(self, database: Database) -> None:
        def undone() -> None:
            with database.write() as connection:
                versions.bump(connection, "clients")
                raise LookupError

        with pytest.raises(LookupError):
            undone()
        assert versions.latest(database.direct) == {}
