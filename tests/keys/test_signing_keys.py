"""The life of a signing key: published before it signs, verifying after it signed, remembered for a year."""

import threading
from collections.abc import Iterator

import pytest
from annotated_types import Le
from joserfc import jwt
from joserfc.jwk import KeySet
from sqlalchemy.exc import IntegrityError

from idp.settings import Settings
from idp.store.database import Database
from keys import jose, remembered
from keys.jose import verify
from keys.sealing import SealBroken, Sealer
from keys.signing_keys import DAY, KeyRing, RotationPolicy, load_key_ring, rotate
from keys.store import signing_keys as store
from keys.store.signing_keys import KeyRow
from keys.store.tables import metadata

POLICY = RotationPolicy()
NOW = 1_772_416_800
CLAIMS = {"sub": "một người"}


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A database with the tables of keys; the test runs once on SQLite and once on PostgreSQL."""
    opened = Database(database_url)
    metadata.create_all(opened.engine)
    yield opened
    opened.dispose()


class Keys:
    """One algorithm's keys, and time as the story lets it pass."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.sealer = Sealer({1: b"k" * 32})
        self.now = NOW

    def rotate(self, *, after: int = 0, at_once: bool = False) -> list[str]:
        self.now += after
        with self.database.write() as connection:
            return rotate(connection, self.sealer, self.now, algorithms=("ES256",), at_once=at_once)

    def states(self) -> dict[str, str]:
        with self.database.read() as connection:
            return {row.kid: row.state for row in store.all_keys(connection)}

    def kid(self, state: str) -> str:
        (found,) = (kid for kid, each in self.states().items() if each == state)
        return found

    def ring(self) -> KeyRing:
        with self.database.read() as connection:
            return load_key_ring(connection, self.sealer)


@pytest.fixture
def keys(database: Database) -> Keys:
    """Keys that were made a moment ago."""
    made = Keys(database)
    made.rotate()
    return made


class TestALife:
    def test_the_first_keys_are_one_at_work_and_one_to_come(self, keys: Keys) -> None:
        assert sorted(keys.states().values()) == ["active", "next"]

    def test_nothing_moves_before_its_time(self, keys: Keys) -> None:
        before = keys.states()
        assert keys.rotate(after=POLICY.active - 1) == []
        assert keys.states() == before

    def test_next_active_verifying_retired_forgotten(self, keys: Keys) -> None:
        first, second = keys.kid("active"), keys.kid("next")
        assert keys.rotate(after=POLICY.active) == [f"{second} signs ES256 from now on"]
        assert (keys.states()[first], keys.states()[second]) == ("verifying", "active")
        third = keys.kid("next")
        assert third not in (first, second)
        keys.rotate(after=POLICY.verifying - 1)
        assert keys.states()[first] == "verifying"
        assert keys.rotate(after=1) == [f"{first} (ES256) is retired"]
        keys.rotate(after=POLICY.remembered)
        assert first in keys.states()
        keys.rotate(after=1)
        assert first not in keys.states()

    def test_a_key_is_published_before_it_ever_signs(self, keys: Keys) -> None:
        coming = keys.kid("next")
        ring = keys.ring()
        assert coming in ring.published
        assert ring.signing["ES256"].kid != coming
        keys.rotate(after=POLICY.active)
        assert keys.ring().signing["ES256"].kid == coming

    def test_a_key_waits_to_be_known_even_when_the_one_at_work_is_old(self, keys: Keys) -> None:
        with keys.database.write() as connection:
            store.move(connection, keys.kid("next"), "next", "retired", keys.now)
        assert len(keys.rotate(after=POLICY.active)) == 1
        late = keys.kid("next")
        assert keys.rotate(after=POLICY.announce - 1) == []
        assert keys.rotate(after=1) == [f"{late} signs ES256 from now on"]

    def test_what_a_replaced_key_signed_still_verifies_and_then_only_as_a_hint(self, keys: Keys) -> None:
        token = keys.ring().sign("ES256", CLAIMS, "JWT")
        keys.rotate(after=POLICY.active)
        assert verify(token, keys.ring().published, "JWT") == CLAIMS
        keys.rotate(after=POLICY.verifying)
        ring = keys.ring()
        with pytest.raises(jose.TokenInvalid):
            verify(token, ring.published, "JWT")
        assert verify(token, ring.remembered, "JWT") == CLAIMS

    def test_a_retired_key_has_no_private_half_any_more(self, keys: Keys) -> None:
        first = keys.kid("active")
        keys.rotate(after=POLICY.active)
        keys.rotate(after=POLICY.verifying)
        with keys.database.read() as connection:
            rows = {row.kid: row for row in store.all_keys(connection)}
        assert rows[first].private_sealed is None
        assert all(row.private_sealed for row in rows.values() if row.kid != first)

    def test_it_verifies_longer_than_anything_it_signed_lives(self) -> None:
        lifetimes = [Settings.model_fields[name] for name in ("access_token_lifetime", "id_token_lifetime")]
        longest = max(bound.le for field in lifetimes for bound in field.metadata if isinstance(bound, Le))
        assert isinstance(longest, int)
        assert POLICY.verifying > longest
        assert POLICY.announce >= DAY


class TestAtOnce:
    def test_after_a_leak_the_next_key_signs_now(self, keys: Keys) -> None:
        leaked, coming = keys.kid("active"), keys.kid("next")
        assert keys.rotate(at_once=True) == [f"{coming} signs ES256 from now on"]
        assert keys.states()[leaked] == "verifying"
        assert keys.ring().signing["ES256"].kid == coming

    def test_twice_in_a_row_is_two_steps(self, keys: Keys) -> None:
        keys.rotate(at_once=True)
        keys.rotate(at_once=True)
        assert sorted(keys.states().values()) == ["active", "next", "verifying", "verifying"]


class TestTwoAtOnce:
    """Two workers that rotate at the same moment leave the same keys as one."""

    def together(self, keys: Keys, *, after: int = 0, at_once: bool = False) -> list[list[str]]:
        keys.now += after
        start, changes, troubles = threading.Barrier(2), [], []

        def work() -> None:
            start.wait(5)
            try:
                changes.append(keys.rotate(at_once=at_once))
            except Exception as trouble:
                troubles.append(trouble)

        workers = [threading.Thread(target=work) for _ in range(2)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join(20)
        assert troubles == []
        return changes

    @pytest.mark.parametrize("round_", range(3))
    def test_on_the_first_start(self, database: Database, round_: int) -> None:
        keys = Keys(database)
        self.together(keys)
        assert sorted(keys.states().values()) == ["active", "next"]

    @pytest.mark.parametrize("round_", range(3))
    def test_when_a_key_is_due(self, keys: Keys, round_: int) -> None:
        changes = self.together(keys, after=POLICY.active)
        assert sorted(len(each) for each in changes) == [0, 1]
        assert sorted(keys.states().values()) == ["active", "next", "verifying"]

    def test_one_signs_whoever_began(self, keys: Keys) -> None:
        self.together(keys, at_once=True)
        assert list(keys.states().values()).count("active") == 1
        assert list(keys.states().values()).count("next") == 1

    @pytest.mark.parametrize("state", ["next", "active"])
    def test_the_database_itself_refuses_a_second(self, keys: Keys, state: str) -> None:
        with pytest.raises(IntegrityError), keys.database.write() as connection:
            store.add(connection, KeyRow("another", "ES256", state, b"", "{}", NOW, NOW))


class TestTheRing:
    def test_every_algorithm_has_its_own_keys(self, database: Database) -> None:
        sealer = Sealer({1: b"k" * 32})
        with database.write() as connection:
            rotate(connection, sealer, NOW)
            ring = load_key_ring(connection, sealer)
        assert set(ring.signing) == {"RS256", "PS256", "ES256", "EdDSA"}
        assert len(ring.published) == 8
        with pytest.raises(KeyError):
            ring.sign("HS256", CLAIMS, "JWT")

    def test_strangers_verify_with_the_published_set(self, keys: Keys) -> None:
        ring = keys.ring()
        published = KeySet.import_key_set(ring.jwks())
        token = jwt.decode(ring.sign("ES256", CLAIMS, "JWT"), published, algorithms=["ES256"])
        assert token.claims == CLAIMS
        assert not any("d" in key for key in ring.jwks()["keys"])

    def test_a_token_verified_once_is_remembered_for_its_type_and_its_bytes_only(
        self, keys: Keys, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        ring = keys.ring()
        token = ring.sign("ES256", CLAIMS, "at+jwt")
        assert ring.claims_of(token, "at+jwt") == CLAIMS
        for altered, typ in ((token, "logout+jwt"), (token[:-1], "at+jwt"), (token + "\ud800", "at+jwt")):
            with pytest.raises(jose.TokenInvalid):
                ring.claims_of(altered, typ)
        monkeypatch.setattr(jose, "verify", lambda *_: pytest.fail("verified again"))
        assert ring.claims_of(token, "at+jwt") == CLAIMS

    def test_few_are_remembered(self, keys: Keys, monkeypatch: pytest.MonkeyPatch) -> None:
        ring, verified = keys.ring(), []
        verify_really = jose.verify
        monkeypatch.setattr(remembered, "REMEMBERED", 3)
        monkeypatch.setattr(jose, "verify", lambda *given: verified.append(given[0]) or verify_really(*given))
        tokens = [ring.sign("ES256", {"n": number}, "JWT") for number in range(5)]
        for token in [*tokens, tokens[0]]:
            ring.claims_of(token, "JWT")
        assert verified == [*tokens, tokens[0]]

    def test_a_key_is_kept_sealed_and_opens_under_its_own_seal_only(self, keys: Keys) -> None:
        with keys.database.read() as connection:
            (row,) = (row for row in store.all_keys(connection) if row.state == "active")
            assert row.private_sealed is not None
            assert b"PRIVATE" not in row.private_sealed
            with pytest.raises(SealBroken):
                load_key_ring(connection, Sealer({1: b"x" * 32}))
