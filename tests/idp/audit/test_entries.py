"""What the audit trail keeps of an act, what it refuses to keep, and what a citizen sees of it."""

import pytest
from sqlalchemy import func, select

from idp.domain.audit import Action, Entry, entries_about, entry, record
from idp.store import audit as store
from idp.store.database import Database
from tests.support.clock import StoppedClock

AN = "0d4f6f0e-8d2e-4b9b-9f0f-3a6a3f1f2a01"
BINH = "5b0a3c55-9c0e-4c58-8a43-98b20cbf3f02"


def signed_in(clock: StoppedClock, account: str = AN) -> Entry:
    return entry(Action.SIGNED_IN, clock(), actor=("account", account), object=("session", "s-1"), session="s-1")


def kept(database: Database, *entries: Entry) -> None:
    with database.write() as connection:
        for each in entries:
            record(connection, each)


def test_an_entry_names_everything_the_design_asks_for(database: Database, clock: StoppedClock) -> None:
    made = entry(
        Action.CONSENT_GIVEN,
        clock(),
        actor=("account", AN),
        object=("consent", "c-1"),
        agency="G02",
        client_id="portal-g02",
        session="s-1",
        reason="first_visit",
        outcome="done",
        scopes=["openid", "citizen"],
        version=2,
    )
    kept(database, made)
    with database.read() as connection:
        (found,) = entries_about(connection, AN)
    assert found == made
    assert found.details == {"scopes": ["openid", "citizen"], "version": 2}


def test_an_act_undone_leaves_no_entry(database: Database, clock: StoppedClock) -> None:
    def undone() -> None:
        with database.write() as connection:
            record(connection, signed_in(clock))
            raise LookupError

    with pytest.raises(LookupError):
        undone()
    with database.read() as connection:
        assert connection.scalar(select(func.count()).select_from(store.waiting)) == 0


@pytest.mark.parametrize(
    "secret",
    ["Nguyễn Văn A", "001099012345", "+84912345678", "0912345678", "an@example.vn", "two words", "x" * 256, "\x00"],
)
def test_a_name_a_number_an_address_or_free_text_is_refused(clock: StoppedClock, secret: str) -> None:
    good = {"actor": ("account", AN), "object": ("session", "s-1")}
    for bad in (
        {**good, "actor": ("account", secret)},
        {**good, "object": ("account", secret)},
        {**good, "account_id": secret},
        {**good, "reason": secret},
        {**good, "client_id": secret},
        {**good, "found": secret},
        {**good, "several": ["fine", secret]},
    ):
        with pytest.raises(ValueError, match="audit trail keeps"):
            entry(Action.SIGNED_IN, clock(), **bad)  # type: ignore[arg-type]


@pytest.mark.parametrize("fact", [1.5, {"a": 1}, [1.5], [None], [1], [["a"]], [{"a": 1}], "fine\nfine", ["fine\nfine"]])
def test_details_are_words_counts_and_nothing_deeper(clock: StoppedClock, fact: object) -> None:
    with pytest.raises(ValueError, match="audit trail keeps"):
        entry(Action.SIGNED_IN, clock(), actor=("account", AN), object=("session", "s"), fact=fact)  # type: ignore[arg-type]


def test_what_is_refused_is_refused_each_time_and_beside_what_is_known(clock: StoppedClock) -> None:
    """Words are judged when they are first seen: only good ones may be remembered, and only as what they are."""
    for several in (["fine"], ["0912345678"], ["fine"], ["0912345678"], ["fine", "0912345678"]):
        if several == ["fine"]:
            assert entry(Action.SIGNED_IN, clock(), actor=("account", AN), object=("session", "s"), several=several)
            continue
        with pytest.raises(ValueError, match="audit trail keeps"):
            entry(Action.SIGNED_IN, clock(), actor=("account", AN), object=("session", "s"), several=several)


@pytest.mark.parametrize(
    "details",
    [
        {"text": 'a "quote", a \\ and\ta tab, Đặng Thị Hồng', "naïve": "x"},
        {"several": ["a", 'b"', "ế"], "none": [], "mixed": ["a", 1, None, 1.5, True]},
        {"count": 3, "whether": True, "nothing": None, "deep": {"a": ["b", {"c": 1}]}},
        {"word": Action.SIGNED_IN, "words": [Action.SIGNED_IN]},
    ],
)
def test_details_of_every_shape_come_back_as_they_were(
    database: Database, clock: StoppedClock, details: dict[str, object]
) -> None:
    kept(database, signed_in(clock)._replace(details=details))
    with database.read() as connection:
        (found,) = entries_about(connection, AN)
    assert found.details == details


def test_actors_outcomes_and_actions_are_known_words(clock: StoppedClock) -> None:
    with pytest.raises(ValueError, match="unknown kind"):
        entry(Action.SIGNED_IN, clock(), actor=("ghost", AN), object=("session", "s"))
    with pytest.raises(ValueError, match="unknown kind"):
        entry(Action.SIGNED_IN, clock(), actor=("account", AN), object=("session", "s"), outcome="maybe")
    with pytest.raises(ValueError, match="not a valid Action"):
        entry("signed_in_somehow", clock(), actor=("account", AN), object=("session", "s"))  # type: ignore[arg-type]


def test_every_action_is_one_word_of_its_feature() -> None:
    for action in Action:
        assert action.value == action.name.lower()
        assert len(action.value) <= 64


class TestAccessLog:
    def test_a_citizen_sees_what_concerns_them_the_newest_first(self, database: Database, clock: StoppedClock) -> None:
        first = signed_in(clock)
        clock.advance(60)
        read = entry(
            Action.USERINFO_READ, clock(), actor=("client", "portal"), object=("account", AN), client_id="portal"
        )
        clock.advance(60)
        token = entry(
            Action.TOKEN_ISSUED, clock(), actor=("client", "portal"), object=("token", "jti-1"), account_id=AN
        )
        kept(database, token, first, read, signed_in(clock, BINH))
        with database.read() as connection:
            assert entries_about(connection, AN) == [token, read, first]
            assert [each.account_id for each in entries_about(connection, BINH)] == [BINH]
            assert entries_about(connection, "nobody") == []

    def test_page_by_page_and_of_some_acts_only(self, database: Database, clock: StoppedClock) -> None:
        made = []
        for _ in range(5):
            clock.advance(1)
            made.append(signed_in(clock))
        kept(database, *made)
        with database.read() as connection:
            newest = entries_about(connection, AN, limit=2)
            assert newest == [made[4], made[3]]
            assert entries_about(connection, AN, before=newest[-1].at, limit=2) == [made[2], made[1]]
            assert entries_about(connection, AN, actions=[Action.CONSENT_GIVEN]) == []
            assert len(entries_about(connection, AN, actions=[Action.SIGNED_IN])) == 5
