"""The short way into the database: what goes in comes out on both databases, all or nothing, and trouble has one name."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import text

from idp.errors import NotStorable, StoreUnavailable
from idp.store.database import Database
from idp.store.direct import Row, Statement, within

ADD = Statement("INSERT INTO things (id, words, amount, share, sealed) VALUES (:id, :words, :amount, :share, :sealed)")
FIND = Statement("SELECT words, amount, share, sealed FROM things WHERE id = :id")
COLUMNS = ("id", "words", "amount", "share", "sealed")
THING = {"id": 1, "words": "một cửa 'một' \\ \t\n", "amount": 2**53, "share": 0.1, "sealed": bytes(range(256))}


@pytest.fixture
def things(database: Database) -> Iterator[Database]:
    sealed = "BLOB" if database.is_sqlite else "BYTEA"
    with database.write() as connection:
        columns = f"id BIGINT PRIMARY KEY, words TEXT, amount BIGINT, share DOUBLE PRECISION, sealed {sealed}"
        connection.execute(text(f"CREATE TABLE things ({columns})"))
    yield database
    with database.write() as connection:
        connection.execute(text("DROP TABLE things"))


def found(database: Database, number: int = 1) -> Row | None:
    return database.direct.one(FIND, {"id": number})


def thing(**changed: Any) -> dict[str, Any]:
    return {**THING, **changed}


def test_what_goes_in_comes_out(things: Database) -> None:
    assert things.direct.one(ADD, THING) is None
    assert found(things) == (THING["words"], THING["amount"], THING["share"], THING["sealed"])
    assert found(things, 2) is None


def test_nothing_is_nothing(things: Database) -> None:
    things.direct.one(ADD, {"id": 1, **dict.fromkeys(COLUMNS[1:])})
    assert found(things) == (None, None, None, None)


@pytest.mark.parametrize("words", ["before\0after", "\0"])
def test_a_text_with_a_nul_is_kept_whole_or_not_at_all(things: Database, words: str) -> None:
    try:
        things.direct.one(ADD, thing(words=words))
    except NotStorable:
        assert found(things) is None
    else:
        assert found(things) == (words, *list(THING.values())[2:])


def test_a_value_cannot_become_part_of_the_statement(things: Database) -> None:
    hostile = "'); DROP TABLE things; --"
    things.direct.one(ADD, thing(words=hostile))
    row = found(things)
    assert row is not None
    assert row[0] == hostile


@pytest.mark.parametrize("wrong", [{"words": "\ud800"}, {"id": "\ud800"}])
def test_a_lone_surrogate_is_refused_and_the_connection_stays_good(things: Database, wrong: dict[str, Any]) -> None:
    with pytest.raises(NotStorable):
        things.direct.one(ADD, thing(**wrong))
    things.direct.one(ADD, THING)
    assert found(things) is not None


def test_many_rows_go_in_together_or_not_at_all(things: Database) -> None:
    rows = [list(thing(id=number).values()) for number in range(300)]
    things.direct.insert_many("things", COLUMNS, rows)
    assert found(things, 299) == tuple(THING.values())[1:]
    again = [list(thing(id=number).values()) for number in (1000, 7)]
    with pytest.raises(Exception, match=r"(?i)unique"):
        things.direct.insert_many("things", COLUMNS, again)
    assert found(things, 1000) is None


class TestAUnitOfWork:
    def test_is_undone_as_a_whole(self, things: Database) -> None:
        def half_an_act() -> None:
            with things.direct.transaction() as unit:
                unit.one(ADD, THING)
                unit.one(ADD, thing(id=2, words="\ud800"))

        with pytest.raises(NotStorable):
            half_an_act()
        assert found(things) is None

    def test_is_kept_as_a_whole(self, things: Database) -> None:
        with things.direct.transaction() as unit:
            unit.one(ADD, THING)
            unit.one(ADD, thing(id=2))
        assert found(things) == found(things, 2) is not None

    def test_refuses_another_one_inside(self, things: Database) -> None:
        with things.direct.transaction() as unit:
            with pytest.raises(RuntimeError, match="unit of work is open"):
                things.direct.one(FIND, {"id": 1})
            with pytest.raises(RuntimeError, match="unit of work is open"), things.write():
                pass
            unit.one(ADD, THING)
        assert found(things) is not None


@pytest.mark.postgresql
class TestAServerThatGoesAway:
    """Every connection is ended under our hands, as by a restart."""

    @pytest.fixture
    def restarted(self, on_postgresql: Database) -> Iterator[Database]:
        postgresql = on_postgresql
        with postgresql.write() as connection:
            connection.execute(text("CREATE TABLE things (id BIGINT PRIMARY KEY)"))
        assert postgresql.direct.one(Statement("SELECT 1 WHERE :id = 1"), {"id": 1}) == (1,)
        with postgresql.read() as connection:
            everyone = "SELECT pg_terminate_backend(pid, 2000) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
            connection.execute(text(f"{everyone} AND datname = current_database()"))
        yield postgresql
        with postgresql.write() as connection:
            connection.execute(text("DROP TABLE things"))

    def test_a_read_is_tried_once_more(self, restarted: Database) -> None:
        assert restarted.direct.one(Statement("SELECT 1 WHERE :id = 1"), {"id": 1}) == (1,)

    def test_a_write_is_not(self, restarted: Database) -> None:
        add = Statement("INSERT INTO things (id) VALUES (:id)")
        with pytest.raises(StoreUnavailable):
            restarted.direct.one(add, {"id": 1})
        restarted.direct.one(add, {"id": 1})

    def test_a_unit_of_work_is_not(self, restarted: Database) -> None:
        with pytest.raises(StoreUnavailable), restarted.direct.transaction():
            pytest.fail("nothing was begun")


@pytest.mark.postgresql
class TestASlowDatabase:
    @pytest.fixture
    def impatient(self, on_postgresql: Database) -> Iterator[Database]:
        """The operator's own option in the address, which wins over ours."""
        with on_postgresql.write() as connection:
            connection.execute(text("CREATE SEQUENCE asked"))
        database = Database(f"{on_postgresql.url}?options=-c%20statement_timeout%3D100")
        yield database
        database.dispose()
        with on_postgresql.write() as connection:
            connection.execute(text("DROP SEQUENCE asked"))

    def test_is_given_up_and_not_asked_twice(self, impatient: Database) -> None:
        with pytest.raises(StoreUnavailable):
            impatient.direct.one(Statement("SELECT nextval('asked'), pg_sleep(600) WHERE :id = 1"), {"id": 1})
        assert impatient.direct.one(Statement("SELECT nextval('asked') WHERE :id = 1"), {"id": 1}) == (2,)


class TestWithinAUnitOfWork:
    """The short way inside a transaction of SQLAlchemy's: one transaction, one end."""

    COUNT = text("SELECT count(*) FROM things")

    def test_both_ways_see_one_another_and_are_kept_together(self, things: Database) -> None:
        with things.write() as connection:
            within(connection).one(ADD, THING)
            assert connection.execute(self.COUNT).scalar_one() == 1
            connection.execute(text("UPDATE things SET amount = 5"))
            assert within(connection).one(FIND, {"id": 1}) == (THING["words"], 5, THING["share"], THING["sealed"])
            assert found_elsewhere(things) is None
        assert found(things) is not None

    @pytest.mark.parametrize("first", ["the short way", "SQLAlchemy"])
    def test_both_are_undone_together(self, things: Database, first: str) -> None:
        def fail() -> None:
            with things.write() as connection:
                if first == "SQLAlchemy":
                    connection.execute(self.COUNT)
                within(connection).one(ADD, THING)
                connection.execute(text("INSERT INTO things (id) VALUES (2)"))
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            fail()
        assert found(things) is None
        assert found(things, 2) is None

    def test_what_is_written_while_reading_is_undone(self, things: Database) -> None:
        with things.read() as connection:
            within(connection).one(ADD, THING)
        assert found(things) is None

    def test_a_value_that_no_column_takes(self, things: Database) -> None:
        with pytest.raises(NotStorable), things.write() as connection:
            within(connection).one(ADD, thing(words="\ud800"))
        assert found(things) is None

    def test_a_database_that_cannot_answer(self, things: Database) -> None:
        with pytest.raises(StoreUnavailable), things.write():
            raise things.direct.away[0]("gone")

    def test_each_unit_of_work_is_a_transaction_of_its_own(self, things: Database) -> None:
        def add(number: int) -> None:
            with things.write() as connection:
                within(connection).one(ADD, thing(id=number))
                if number == 3:
                    raise ZeroDivisionError

        for number in (1, 2):
            add(number)
        with pytest.raises(ZeroDivisionError):
            add(3)
        assert [found(things, number) is not None for number in (1, 2, 3)] == [True, True, False]

    def test_what_psycopg_forgets_with_a_rollback_is_not_missed(self, things: Database) -> None:
        for number in (1, 2, 3):
            with things.write() as connection:
                within(connection).one(ADD, thing(id=number))
                for _ in range(8):
                    connection.execute(self.COUNT)
            with things.read() as connection:
                connection.execute(self.COUNT)
            with things.read() as connection:
                connection.execute(self.COUNT)
                assert within(connection).one(FIND, {"id": number}) is not None


def found_elsewhere(database: Database) -> Row | None:
    """What another connection sees, which is nothing before the commit."""
    other = Database(database.url)
    try:
        return other.direct.one(FIND, {"id": 1})
    finally:
        other.dispose()
