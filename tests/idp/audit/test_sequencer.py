"""The sequencer numbers what is committed, once, whoever runs it, and signs how far it came."""

import json
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256

import pytest
from sqlalchemy import select
from structlog.testing import capture_logs

from idp.domain import audit_chain, merkle
from idp.domain.audit import Action, Entry, entries_about, entry, record
from idp.domain.audit_sequencer import (
    ALARM_AFTER,
    CHECKPOINT_SECONDS,
    CHECKPOINT_TYPE,
    keep_in_sequence,
    late,
    sequence,
    sequence_all,
    sign_checkpoint,
)
from idp.store import audit as store
from idp.store import audit_trail, bounded
from idp.store.database import Database
from keys import jose
from keys.jose import SigningKey
from tests.idp.audit.conftest import ISSUER, happen
from tests.support.clock import StoppedClock


def walked(database: Database) -> list[audit_trail.Numbered]:
    with database.read() as connection:
        place = audit_trail.place(connection)
        return list(audit_trail.walk(connection, place.size if place else 0, batch=3))


def test_entries_are_numbered_from_one_in_the_order_of_their_time(database: Database, clock: StoppedClock) -> None:
    happen(database, clock, 5)
    assert sequence(database) == 5
    happen(database, clock, 2)
    assert sequence(database) == 2
    trail = walked(database)
    assert [each.number for each in trail] == [1, 2, 3, 4, 5, 6, 7]
    assert [each.entry.at for each in trail] == sorted(each.entry.at for each in trail)


def test_each_chain_hash_rests_on_all_before_it(database: Database, clock: StoppedClock) -> None:
    happen(database, clock, 4)
    sequence(database)
    place = audit_chain.START
    for each in walked(database):
        place = audit_chain.follow(place, audit_chain.members(each.number, each.entry))
        assert each.chain == place.chain
    with database.read() as connection:
        assert audit_trail.place(connection) == place


def test_a_stranger_makes_the_same_hashes_from_the_written_rule_alone(
    database: Database, clock: StoppedClock, key: SigningKey
) -> None:
    """``docs/decisions/audit-trail.md``, word for word and with nothing of ours."""
    happen(database, clock, 3)
    keep_in_sequence(database, lambda: key, ISSUER, clock)
    chain, leaves = bytes(32), []
    for each in walked(database):
        members = {**each.entry._asdict(), "number": each.number, "at": round(each.entry.at * 1_000_000)}
        written = json.dumps(members, sort_keys=True, separators=(",", ":")).encode("ascii")
        leaves.append(sha256(b"\x00" + written).digest())
        chain = sha256(chain + leaves[-1]).digest()
        assert each.chain == chain
    root = sha256(b"\x01" + sha256(b"\x01" + leaves[0] + leaves[1]).digest() + leaves[2]).hexdigest()
    with database.read() as connection:
        signed = audit_trail.last_checkpoint(connection)
    assert signed
    assert (jose.parse(signed.statement).claims["root"], jose.parse(signed.statement).claims["chain"]) == (
        root,
        chain.hex(),
    )


def test_an_idle_trail_is_only_looked_at(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "write", lambda: pytest.fail("an idle trail was written to"))
    assert sequence(database) == 0


def test_what_is_not_committed_has_no_number_yet(on_postgresql: Database, clock: StoppedClock) -> None:
    made = entry(Action.SIGNED_IN, clock(), actor=("account", "a"), object=("session", "s"))
    later = entry(Action.SIGNED_IN, clock() + 5, actor=("account", "b"), object=("session", "s"))
    elsewhere = Database(on_postgresql.url)
    with elsewhere.write() as slow:
        record(slow, made)
        with on_postgresql.write() as connection:
            record(connection, later)
        assert sequence(on_postgresql) == 1
    elsewhere.dispose()
    assert sequence(on_postgresql) == 1
    assert [each.entry for each in walked(on_postgresql)] == [later, made]


def test_recording_never_waits_for_the_sequencer(on_postgresql: Database, clock: StoppedClock) -> None:
    made = entry(Action.SIGNED_IN, clock(), actor=("account", "a"), object=("session", "s"))
    other = Database(on_postgresql.url)
    with on_postgresql.write() as sequencer:
        assert audit_trail.hold_place(sequencer, audit_chain.START) is not None
        with other.write() as connection:
            record(connection, made)
    other.dispose()
    assert sequence(on_postgresql) == 1


def test_while_one_sequencer_is_at_work_another_does_nothing(on_postgresql: Database, clock: StoppedClock) -> None:
    made = entry(Action.SIGNED_IN, clock(), actor=("account", "a"), object=("session", "s"))
    with on_postgresql.write() as connection:
        record(connection, made)
        audit_trail.hold_place(connection, audit_chain.START)
    other = Database(on_postgresql.url)
    with on_postgresql.write() as first:
        assert audit_trail.hold_place(first, audit_chain.START) is not None
        assert sequence(other) == 0
    assert sequence(other) == 1
    other.dispose()


def test_a_crowd_of_sequencers_makes_one_trail(database: Database, clock: StoppedClock) -> None:
    happen(database, clock, 30)
    crowd = [Database(database.url) for _ in range(4)]

    def work(each: Database) -> int:
        return sum(sequence(each, batch=4) for _ in range(10))

    with ThreadPoolExecutor(4) as pool:
        done = sum(pool.map(work, crowd))
    for each in crowd:
        each.dispose()
    done += sequence_all(database)
    assert done == 30
    assert [each.number for each in walked(database)] == list(range(1, 31))


def test_the_access_log_shows_entries_with_and_without_number(database: Database, clock: StoppedClock) -> None:
    happen(database, clock, 2)
    sequence(database)
    happen(database, clock, 1)
    with database.read() as connection:
        assert len(entries_about(connection, "a-1")) == 3


def test_what_gets_its_number_while_the_access_log_is_read_is_in_it_once(
    database: Database, clock: StoppedClock
) -> None:
    """It moves from one table to the other: seen in both, it is one entry, in its place and on its page."""
    happen(database, clock, 3)
    with database.read() as connection:
        before = audit_trail.unnumbered(connection, 9)
    sequence(database)
    store.add_many(database.direct, before[1:])
    with database.read() as connection:
        assert entries_about(connection, "a-1") == before[::-1]
        assert entries_about(connection, "a-1", limit=2) == before[:0:-1]
        assert entries_about(connection, "a-1", before=before[1].at) == before[:1]


def test_what_waits_is_found_in_the_order_of_its_time_by_an_index(sqlite: Database) -> None:
    """However much waits: after a day without a worker each batch must not read it all."""
    with sqlite.read() as connection:
        asked = "EXPLAIN QUERY PLAN SELECT * FROM audit_waiting ORDER BY at, id LIMIT 500"
        plan = " ".join(str(row[-1]) for row in connection.exec_driver_sql(asked))
    assert "USING INDEX" in plan
    assert "TEMP B-TREE" not in plan


def test_time_survives_both_databases_to_the_microsecond(database: Database) -> None:
    act = entry(Action.SIGNED_IN, 1_772_416_800.123456789, actor=("account", "a"), object=("session", "s"))
    with database.write() as connection:
        record(connection, act)
    sequence(database)
    (found,) = walked(database)
    assert audit_chain.members(1, found.entry)["at"] == 1_772_416_800_123_457
    assert audit_chain.members(1, found.entry) == audit_chain.members(1, act)


class TestAlarm:
    def test_an_entry_without_number_after_ten_seconds_is_one(self, database: Database, clock: StoppedClock) -> None:
        happen(database, clock, 2)
        assert late(database, clock()) == 0
        clock.advance(ALARM_AFTER + 1)
        assert late(database, clock()) == 2
        sequence(database)
        assert late(database, clock()) == 0

    def test_the_duty_sounds_it(
        self,
        database: Database,
        clock: StoppedClock,
        key: SigningKey,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        happen(database, clock, 1)
        clock.advance(ALARM_AFTER + 1)
        monkeypatch.setattr("idp.domain.audit_sequencer.sequence", lambda _database: 0)
        with capture_logs() as lines:
            keep_in_sequence(database, lambda: key, ISSUER, clock)
        assert [(line["event"], line["log_level"], line["waiting"]) for line in lines] == [
            ("audit_entries_without_number", "error", 1)
        ]


class TestCheckpoints:
    def test_one_states_size_root_and_chain_and_is_signed(
        self, database: Database, clock: StoppedClock, key: SigningKey
    ) -> None:
        happen(database, clock, 5)
        keep_in_sequence(database, lambda: key, ISSUER, clock)
        with database.read() as connection:
            kept, place = audit_trail.last_checkpoint(connection), audit_trail.place(connection)
        assert kept
        assert place
        claims = jose.verify(kept.statement, {key.kid: key.public}, CHECKPOINT_TYPE)
        assert claims == {
            "iss": ISSUER,
            "iat": int(clock()),
            "size": 5,
            "root": merkle.root(place.peaks).hex(),
            "chain": place.chain.hex(),
        }

    def test_nothing_new_nothing_signed(self, database: Database, clock: StoppedClock, key: SigningKey) -> None:
        assert sign_checkpoint(database, key, ISSUER, clock(), at_once=True) is None
        happen(database, clock, 1)
        sequence(database)
        assert sign_checkpoint(database, key, ISSUER, clock())
        clock.advance(10 * CHECKPOINT_SECONDS)
        assert sign_checkpoint(database, key, ISSUER, clock(), at_once=True) is None

    def test_at_most_one_a_minute_unless_asked(self, database: Database, clock: StoppedClock, key: SigningKey) -> None:
        happen(database, clock, 1)
        sequence(database)
        assert sign_checkpoint(database, key, ISSUER, clock())
        happen(database, clock, 1)
        sequence(database)
        assert sign_checkpoint(database, key, ISSUER, clock()) is None
        assert sign_checkpoint(database, key, ISSUER, clock(), at_once=True)
        happen(database, clock, 1)
        sequence(database)
        clock.advance(CHECKPOINT_SECONDS)
        assert sign_checkpoint(database, key, ISSUER, clock())

    def test_after_a_month_the_first_of_each_day_is_left(
        self, database: Database, clock: StoppedClock, key: SigningKey
    ) -> None:
        started = clock()
        while clock() < started + 3 * 86400:
            happen(database, clock, 1)
            sequence(database)
            assert sign_checkpoint(database, key, ISSUER, clock())
            clock.advance(6 * 3600)
        (bound,) = [each for each in bounded.bounds() if each.table is audit_trail.checkpoints]
        with database.write() as connection:
            before = len(audit_trail.all_checkpoints(connection))
            assert bounded.sweep(connection, bound, clock(), 100) == 0
            bounded.sweep(connection, bound, clock() + audit_trail.CHECKPOINTS_KEPT, 100)
            left = audit_trail.all_checkpoints(connection)
        assert before == 12
        assert len({each.at // 86400 for each in left}) == len(left)
        assert 3 <= len(left) <= 4


def test_an_entry_is_never_numbered_twice(database: Database, clock: StoppedClock) -> None:
    happen(database, clock, 3)
    sequence(database)
    before = walked(database)
    with database.write() as connection:
        again = [audit_trail.Numbered(each.number + 10, bytes(32), each.entry) for each in before]
        audit_trail.number(connection, again, audit_chain.START)
    with database.read() as connection:
        numbers = connection.execute(select(store.entries.c.number).order_by(store.entries.c.number)).scalars().all()
    assert numbers == [1, 2, 3]


def test_an_entry_of_every_shape_has_the_same_bytes_after_the_database(database: Database, clock: StoppedClock) -> None:
    shapes: list[Entry] = [
        entry(
            action, clock() + n / 7, actor=("system", "worker"), object=("thing", f"t-{n}"), count=n, words=["a", "b"]
        )
        for n, action in enumerate(Action)
    ]
    with database.write() as connection:
        for each in shapes:
            record(connection, each)
    sequence_all(database)
    kept = {each.entry.id: audit_chain.entry_bytes(audit_chain.members(1, each.entry)) for each in walked(database)}
    assert kept == {each.id: audit_chain.entry_bytes(audit_chain.members(1, each)) for each in shapes}
