"""Whoever holds an old checkpoint and the public key can prove each way of tampering, from the export alone."""

import json

import pytest
from sqlalchemy import delete, update

from idp.domain import audit_chain
from idp.domain import audit_verification as verification
from idp.domain.audit_sequencer import sequence_all, sign_checkpoint
from idp.domain.audit_verification import Export, NotATrail, Published, Verdict, check, statement
from idp.store import audit as store
from idp.store import audit_trail
from idp.store.database import Database
from keys import jose
from keys.jose import SigningKey, TokenInvalid
from tests.idp.audit.conftest import ISSUER, happen
from tests.support.clock import StoppedClock

Lines = list[dict[str, object]]


def filled(database: Database, clock: StoppedClock, key: SigningKey) -> tuple[Lines, str]:
    """Fill a trail: an export of nine entries, and the checkpoint over the first six that a stranger took home."""
    happen(database, clock, 6)
    sequence_all(database)
    taken_home = sign_checkpoint(database, key, ISSUER, clock())
    assert taken_home
    happen(database, clock, 3)
    sequence_all(database)
    with database.read() as connection:
        entries = [verification.published(each) for each in audit_trail.walk(connection, 9)]
        signed = [each.statement for each in audit_trail.all_checkpoints(connection)]
    text = list(verification.lines(entries, signed, [key.public.jwk()]))
    return [json.loads(line) for line in text], taken_home.statement


@pytest.fixture
def exported(sqlite: Database, clock: StoppedClock, key: SigningKey) -> tuple[Lines, str]:
    return filled(sqlite, clock, key)


def verified(lines: Lines, checkpoint: str, key: SigningKey) -> Verdict:
    export = Export(json.dumps(line) for line in lines)
    return check(export.entries(), [statement(checkpoint, {key.kid: key.public})])


def entry_at(lines: Lines, number: int) -> int:
    """Give the position of an entry's line."""
    return next(n for n, line in enumerate(lines) if "entry" in line and line["entry"]["number"] == number)  # type: ignore[index]


def rehash(lines: Lines) -> Lines:
    """What a forger with the whole file does: make every chain hash right again."""
    place = audit_chain.START
    for line in lines:
        if "entry" in line:
            place = audit_chain.follow(place, line["entry"])  # type: ignore[arg-type]
            line["chain"] = place.chain.hex()
    return lines


def renumber(lines: Lines) -> Lines:
    for number, line in enumerate((line for line in lines if "entry" in line), start=1):
        line["entry"]["number"] = number  # type: ignore[index]
    return lines


def test_an_honest_export_is_intact_and_proved_up_to_the_checkpoint(
    exported: tuple[Lines, str], key: SigningKey
) -> None:
    verdict = verified(*exported, key)
    assert (verdict.intact, verdict.entries, verdict.proved, verdict.checkpoints) == (True, 9, 6, 1)


@pytest.mark.parametrize("cover_up", [False, True])
class TestTampering:
    """Each once clumsily, and once with everything that can be forged without the private key."""

    def covered(self, lines: Lines, cover_up: bool) -> Lines:
        return rehash(renumber(lines)) if cover_up else lines

    def test_a_removed_entry(self, exported: tuple[Lines, str], key: SigningKey, cover_up: bool) -> None:
        lines, checkpoint = exported
        del lines[entry_at(lines, 3)]
        assert not verified(self.covered(lines, cover_up), checkpoint, key).intact

    def test_a_changed_entry(self, exported: tuple[Lines, str], key: SigningKey, cover_up: bool) -> None:
        lines, checkpoint = exported
        lines[entry_at(lines, 3)]["entry"]["outcome"] = "refused"  # type: ignore[index]
        assert not verified(self.covered(lines, cover_up), checkpoint, key).intact

    def test_an_entry_put_in(self, exported: tuple[Lines, str], key: SigningKey, cover_up: bool) -> None:
        lines, checkpoint = exported
        position = entry_at(lines, 3)
        lines.insert(position, json.loads(json.dumps(lines[position])))
        assert not verified(self.covered(lines, cover_up), checkpoint, key).intact

    def test_two_entries_exchanged(self, exported: tuple[Lines, str], key: SigningKey, cover_up: bool) -> None:
        lines, checkpoint = exported
        one, two = entry_at(lines, 2), entry_at(lines, 3)
        lines[one], lines[two] = lines[two], lines[one]
        assert not verified(self.covered(lines, cover_up), checkpoint, key).intact

    def test_a_trail_cut_off_before_the_checkpoint(
        self, exported: tuple[Lines, str], key: SigningKey, cover_up: bool
    ) -> None:
        lines, checkpoint = exported
        verdict = verified(self.covered(lines[: entry_at(lines, 5)], cover_up), checkpoint, key)
        assert verdict.problems == ["cut off: a checkpoint was signed over 6 entries, there are only 4"]

    def test_a_trail_emptied(self, exported: tuple[Lines, str], key: SigningKey, cover_up: bool) -> None:
        lines, checkpoint = exported
        emptied = [line for line in lines if "entry" not in line]
        assert not verified(self.covered(emptied, cover_up), checkpoint, key).intact

    def test_a_time_moved_by_a_microsecond(self, exported: tuple[Lines, str], key: SigningKey, cover_up: bool) -> None:
        lines, checkpoint = exported
        lines[entry_at(lines, 1)]["entry"]["at"] += 1  # type: ignore[index]
        assert not verified(self.covered(lines, cover_up), checkpoint, key).intact

    def test_a_member_added(self, exported: tuple[Lines, str], key: SigningKey, cover_up: bool) -> None:
        lines, checkpoint = exported
        lines[entry_at(lines, 1)]["entry"]["note"] = "x"  # type: ignore[index]
        assert not verified(self.covered(lines, cover_up), checkpoint, key).intact


def test_after_the_checkpoint_the_chain_alone_tells_a_clumsy_change(
    exported: tuple[Lines, str], key: SigningKey
) -> None:
    lines, checkpoint = exported
    lines[entry_at(lines, 8)]["entry"]["outcome"] = "refused"  # type: ignore[index]
    verdict = verified(lines, checkpoint, key)
    assert verdict.problems == ["entry 8 was changed, or something before it"]
    assert verdict.proved == 6


def test_only_the_first_fault_is_told(exported: tuple[Lines, str], key: SigningKey) -> None:
    lines, checkpoint = exported
    del lines[entry_at(lines, 7)]
    assert verified(lines, checkpoint, key).problems == ["entry 7 is not there: 8 stands in its place"]


class TestCheckpoints:
    def test_one_signed_by_somebody_else_is_refused(self, exported: tuple[Lines, str]) -> None:
        stranger = jose.generate("ES256")
        with pytest.raises(TokenInvalid):
            statement(exported[1], {stranger.kid: stranger.public})

    def test_another_kind_of_token_is_none(self, key: SigningKey) -> None:
        token = key.sign({"iss": ISSUER, "iat": 1, "size": 1, "root": "00", "chain": "00"}, "at+jwt")
        with pytest.raises(TokenInvalid):
            statement(token, {key.kid: key.public})

    @pytest.mark.parametrize("broken", [{}, {"size": "many"}, {"size": None}])
    def test_one_without_its_members_is_none(self, key: SigningKey, broken: dict[str, object]) -> None:
        whole = {"iss": ISSUER, "iat": 1, "size": 1, "root": "00", "chain": "00", **broken}
        claims = whole if broken else {"iss": ISSUER}
        with pytest.raises(TokenInvalid):
            statement(key.sign(claims, "audit-checkpoint+jwt"), {key.kid: key.public})

    def test_of_several_each_is_compared(
        self, sqlite: Database, clock: StoppedClock, exported: tuple[Lines, str], key: SigningKey
    ) -> None:
        lines, checkpoint = exported
        newest = sign_checkpoint(sqlite, key, ISSUER, clock(), at_once=True)
        assert newest
        keys = {key.kid: key.public}
        export = Export(json.dumps(line) for line in lines)
        verdict = check(export.entries(), [statement(checkpoint, keys), statement(newest.statement, keys)])
        assert (verdict.intact, verdict.proved) == (True, 9)


class TestInTheDatabase:
    """The same, done to the rows."""

    @pytest.fixture
    def checkpoint(self, database: Database, clock: StoppedClock, key: SigningKey) -> str:
        return filled(database, clock, key)[1]

    def verdict(self, database: Database, checkpoint: str, key: SigningKey) -> Verdict:
        with database.read() as connection:
            trail = (verification.published(each) for each in audit_trail.walk(connection, 1000))
            return check(trail, [statement(checkpoint, {key.kid: key.public})])

    def test_rows_untouched_are_intact(self, database: Database, checkpoint: str, key: SigningKey) -> None:
        assert self.verdict(database, checkpoint, key).intact

    @pytest.mark.parametrize("number", [1, 4, 6])
    def test_a_deleted_row(self, database: Database, checkpoint: str, key: SigningKey, number: int) -> None:
        with database.write() as connection:
            connection.execute(delete(store.entries).where(store.entries.c.number == number))
        assert not self.verdict(database, checkpoint, key).intact

    @pytest.mark.parametrize("column", ["actor_id", "action", "object_id", "account_id", "reason", "details", "at"])
    def test_a_rewritten_column(self, database: Database, checkpoint: str, key: SigningKey, column: str) -> None:
        value: object = {"at": 5.0, "details": "{}"}.get(column, "other")
        with database.write() as connection:
            rewrite = update(store.entries).where(store.entries.c.number == 4).values({column: value})
            connection.execute(rewrite)
        assert not self.verdict(database, checkpoint, key).intact


class TestTheFile:
    @pytest.mark.parametrize(
        "line", ["", "{", "[]", "null", '{"entry": 1}', '{"entry": {}}', '{"keys": 1}', "[" * 9999]
    )
    def test_what_is_no_export_is_told_by_its_line(self, exported: tuple[Lines, str], line: str) -> None:
        whole = [json.dumps(each) for each in exported[0]]
        with pytest.raises(NotATrail, match="line 12 "):
            list(Export([*whole, line]).entries())

    def test_checkpoints_after_the_entries_are_refused(self, exported: tuple[Lines, str]) -> None:
        lines, checkpoint = exported
        late = Export(json.dumps(line) for line in [*lines, {"checkpoint": checkpoint}])
        with pytest.raises(NotATrail, match="stand before the entries"):
            list(late.entries())

    def test_an_empty_file_is_an_empty_trail(self) -> None:
        assert list(Export([]).entries()) == []

    def test_what_is_read_is_what_was_written(self, exported: tuple[Lines, str], key: SigningKey) -> None:
        export = Export(json.dumps(line) for line in exported[0])
        assert export.keys == [key.public.jwk()]
        assert export.checkpoints == [exported[1]]
        entries = list(export.entries())
        assert len(entries) == 9
        assert all(isinstance(each, Published) for each in entries)

    @pytest.mark.parametrize("jwk", [{}, {"kty": "EC"}, {"kty": "EC", "kid": "k", "alg": "ES256", "x": "!", "y": "!"}])
    def test_a_key_that_is_none_is_told(self, jwk: dict[str, str]) -> None:
        with pytest.raises(NotATrail, match="key set"):
            verification.key_set([jwk])
