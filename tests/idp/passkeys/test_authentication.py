"""Signing in with a passkey (Web Authentication §7.2): whose it is, how it counts, and every answer that does not hold."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import delete, select

from idp.domain import accounts, sessions
from idp.domain.authenticators.passkeys import kept
from idp.domain.authenticators.passkeys.challenge import LIFETIME
from idp.domain.authenticators.passkeys.kept import Passkey
from idp.domain.authenticators.passkeys.refusals import (
    CeremonyOver,
    CopiedPasskey,
    NotThisAccount,
    PasskeyRefused,
    UnknownPasskey,
)
from idp.domain.sign_in import AccountFrozen
from idp.errors import Refusal
from idp.store import accounts as accounts_store
from idp.store import audit as audit_store
from idp.store.ephemeral.sql import ephemeral
from tests.idp.passkeys.conftest import ORIGIN, Person
from tests.support.authenticator import BACKUP_ELIGIBLE, USER_VERIFIED, Authenticator, b64
from tests.support.clock import StoppedClock
from tests.support.provider import Provider, make_provider


def refusals_of(person: Person) -> list[str | None]:
    """The reasons of the refused sign-ins in the trail."""
    table = audit_store.waiting
    with person.services.database.read() as connection:
        rows = connection.execute(select(table).where(table.c.action == "sign_in_refused"))
        return [row.reason for row in sorted(rows, key=lambda row: float(row.at))]


def test_nobody_is_named_to_sign_in(anh: Person, enrolled: Passkey):
    options = anh.asked_to_sign_in()

    assert options["allowCredentials"] == []
    assert (options["rpId"], options["userVerification"]) == ("localhost", "required")


def test_the_credential_says_who_it_is(anh: Person, device: Authenticator, enrolled: Passkey):
    signed_in = anh.signs_in(device.get(anh.asked_to_sign_in()))

    assert signed_in.account_id == anh.account_id
    use = {"amr": "hwk", "authenticator": enrolled.id}
    assert signed_in.factor == {"kind": "passkey", "at": anh.services.now(), **use}
    assert (anh.passkeys[0].counter, anh.passkeys[0].used_at) == (1, anh.services.now())


def test_a_passkey_that_travels_is_no_hardware_key(anh: Person):
    traveller = Authenticator(ORIGIN, USER_VERIFIED | BACKUP_ELIGIBLE, counts=False)
    anh.adds(traveller.create(anh.asked_to_add()))
    traveller.flags |= 0x10

    assert anh.signs_in(traveller.get(anh.asked_to_sign_in())).factor["amr"] == "swk"
    assert anh.passkeys[0].facts.backed_up
    assert anh.signs_in(traveller.get(anh.asked_to_sign_in())).account_id == anh.account_id


def test_somebody_signed_in_is_asked_for_one_of_their_own(anh: Person, device: Authenticator, enrolled: Passkey):
    options = anh.asked_to_sign_in(anh.account_id)
    assert [each["id"] for each in options["allowCredentials"]] == [enrolled.facts.credential_id]

    device.lies = {"handle": ""}
    assert anh.signs_in(device.get(options), account_id=anh.account_id).account_id == anh.account_id


def test_without_an_account_the_handle_may_not_be_left_out(anh: Person, device: Authenticator, enrolled: Passkey):
    device.lies = {"handle": ""}

    with pytest.raises(PasskeyRefused):
        anh.signs_in(device.get(anh.asked_to_sign_in()))


LIES = {
    "a page in between": {"origin": "http://motcua-vn.example"},
    "another port of the host": {"origin": "http://localhost:8001"},
    "another relying party": {"rp_id": "motcua-vn.example"},
    "an answer of the other ceremony": {"type": "webauthn.create"},
    "no user verification": {"flags": 0x01},
    "nobody present": {"flags": 0x04},
    "in a frame of another site": {"crossOrigin": True},
    "another account's handle": {"handle": b64(b"n" * 64)},
}


@pytest.mark.parametrize("lie", LIES.values(), ids=LIES)
def test_a_lie_is_refused(anh: Person, device: Authenticator, enrolled: Passkey, lie: dict[str, object]):
    device.lies = lie

    with pytest.raises(PasskeyRefused):
        anh.signs_in(device.get(anh.asked_to_sign_in()))

    assert anh.passkeys == [enrolled]
    assert refusals_of(anh) == (["passkey"] if "crossOrigin" not in lie else [])


def test_an_answer_counts_once(anh: Person, device: Authenticator, enrolled: Passkey):
    answer = device.get(anh.asked_to_sign_in())
    anh.signs_in(answer)

    with pytest.raises(CeremonyOver):
        anh.signs_in(answer)


def test_a_challenge_made_up_elsewhere_is_refused(anh: Person, device: Authenticator, enrolled: Passkey):
    with pytest.raises(CeremonyOver):
        anh.signs_in(device.get({**anh.asked_to_sign_in(), "challenge": b64(b"c" * 120)}))


def test_another_browsers_challenge_is_refused(anh: Person, device: Authenticator, enrolled: Passkey):
    """Sign-in CSRF: an answer that somebody else's browser was asked for signs nobody in here."""
    with pytest.raises(CeremonyOver):
        anh.signs_in(device.get(anh.asked_to_sign_in()), browser="browser-2")


def test_a_challenge_for_one_session_ends_with_it(anh: Person, device: Authenticator, enrolled: Passkey):
    for now_here in ("", "somebody-else"):
        with pytest.raises(CeremonyOver):
            anh.signs_in(device.get(anh.asked_to_sign_in(anh.account_id)), account_id=now_here)


def test_a_challenge_of_a_registration_signs_nobody_in(anh: Person, device: Authenticator, enrolled: Passkey):
    options = {**anh.asked_to_sign_in(), "challenge": anh.asked_to_add()["challenge"]}

    with pytest.raises(CeremonyOver):
        anh.signs_in(device.get(options), account_id=anh.account_id)


def test_an_offer_grows_old(anh: Person, device: Authenticator, enrolled: Passkey, clock: StoppedClock):
    options = anh.asked_to_sign_in()
    clock.advance(LIFETIME)

    with pytest.raises(CeremonyOver):
        anh.signs_in(device.get(options))


def test_an_offer_older_than_the_memory_of_used_ones_is_refused(
    anh: Person, device: Authenticator, enrolled: Passkey, clock: StoppedClock, monkeypatch: pytest.MonkeyPatch
):
    options = anh.asked_to_sign_in()
    monkeypatch.setattr(type(anh.services.ephemeral), "born_at", lambda self: clock() + 1)
    clock.advance(2)

    with pytest.raises(CeremonyOver):
        anh.signs_in(device.get(options))


def test_one_that_was_used_is_refused_though_nobody_remembers_it(
    anh: Person, device: Authenticator, enrolled: Passkey, clock: StoppedClock
):
    """The store lost everything a second ago; that its mark was seen lately helps whoever issues, not whoever checks."""
    answer = device.get(anh.asked_to_sign_in())
    anh.signs_in(answer)
    with anh.services.database.write() as connection:
        connection.execute(delete(ephemeral))
    clock.advance(1)
    anh.asked_to_sign_in()

    with pytest.raises(CeremonyOver):
        anh.signs_in(answer)


def test_the_first_of_all_challenges_is_good(tmp_path: Path, clock: StoppedClock, device: Authenticator):
    """The store's birth mark is written by whoever asks first: that must not be the end of the first ceremony."""
    first = make_provider(tmp_path, clock)
    person = Person(first.services, first.person())
    options = person.asked_to_add()
    clock.advance(5)

    person.adds(device.create(options))

    assert len(person.passkeys) == 1
    first.services.database.dispose()


def test_another_key_under_the_same_id_is_refused(anh: Person, device: Authenticator, enrolled: Passkey):
    forger = Authenticator(ORIGIN)
    forger.create(anh.asked_to_add())
    forger.credentials[0].id = device.credentials[0].id
    forger.credentials[0].user_handle = device.credentials[0].user_handle

    with pytest.raises(PasskeyRefused):
        anh.signs_in(forger.get(anh.asked_to_sign_in()))

    assert anh.passkeys == [enrolled]


def test_a_credential_that_was_never_added_is_unknown(anh: Person, enrolled: Passkey):
    stranger = Authenticator(ORIGIN)
    stranger.create(anh.asked_to_add())

    with pytest.raises(UnknownPasskey):
        anh.signs_in(stranger.get(anh.asked_to_sign_in()))

    assert refusals_of(anh) == []


def test_a_removed_one_is_unknown_and_its_sessions_end(
    anh: Person, device: Authenticator, enrolled: Passkey, password: None, told: Callable[[], list[str]]
):
    factor = anh.signs_in(device.get(anh.asked_to_sign_in())).factor
    here, cookie = sessions.open_session(anh.services, anh.account_id, [{"kind": "password", "at": 0}])
    _, taken = sessions.open_session(anh.services, anh.account_id, [factor])

    assert kept.remove(anh.services, anh.account_id, enrolled.id, kept_session=here.sid) == 1

    with pytest.raises(UnknownPasskey):
        anh.signs_in(device.get(anh.asked_to_sign_in()))
    assert sessions.read_session(anh.services, taken) is None
    assert sessions.read_session(anh.services, cookie) is not None
    assert told() == ["Đã thêm một cách đăng nhập", "Đã gỡ một cách đăng nhập"]


def test_the_last_way_in_stays(anh: Person, enrolled: Passkey):
    with pytest.raises(Refusal, match="last way"):
        kept.remove(anh.services, anh.account_id, enrolled.id)

    assert anh.passkeys == [enrolled]


def test_a_copied_key_is_found_out_stopped_and_told_of(
    anh: Person, device: Authenticator, enrolled: Passkey, told: Callable[[], list[str]]
):
    thief = device.copy()
    anh.signs_in(device.get(anh.asked_to_sign_in()))
    anh.signs_in(device.get(anh.asked_to_sign_in()))
    told()

    with pytest.raises(CopiedPasskey):
        anh.signs_in(thief.get(anh.asked_to_sign_in()))

    assert anh.passkeys[0].state == "copied"
    assert told() == ["Khóa truy cập có thể đã bị sao chép"]
    assert refusals_of(anh) == ["copied_passkey"]
    # Which of the two is the owner's is not known, so neither signs in, and one message is enough.
    with pytest.raises(CopiedPasskey):
        anh.signs_in(device.get(anh.asked_to_sign_in()))
    assert told() == []


def test_the_same_count_twice_is_a_copy(anh: Person, device: Authenticator, enrolled: Passkey):
    thief = device.copy()
    anh.signs_in(device.get(anh.asked_to_sign_in()))

    with pytest.raises(CopiedPasskey):
        anh.signs_in(thief.get(anh.asked_to_sign_in()))


def test_a_count_that_stops_is_a_copy(anh: Person, device: Authenticator, enrolled: Passkey):
    anh.signs_in(device.get(anh.asked_to_sign_in()))
    device.counts = False
    device.credentials[0].counter = 0

    with pytest.raises(CopiedPasskey):
        anh.signs_in(device.get(anh.asked_to_sign_in()))


def test_whoever_lacks_the_key_cannot_make_it_look_copied(anh: Person, device: Authenticator, enrolled: Passkey):
    for _ in range(3):
        anh.signs_in(device.get(anh.asked_to_sign_in()))
    forger = Authenticator(ORIGIN)
    forger.create(anh.asked_to_add())
    forger.credentials[0].id = device.credentials[0].id
    forger.credentials[0].user_handle = device.credentials[0].user_handle

    with pytest.raises(PasskeyRefused):
        anh.signs_in(forger.get(anh.asked_to_sign_in()))

    assert anh.passkeys[0].state == "active"


def test_confirming_takes_a_passkey_of_the_same_account(provider: Provider, anh: Person, enrolled: Passkey):
    other, theirs = Person(anh.services, provider.person("Trần Đức Bình")), Authenticator(ORIGIN)
    other.adds(theirs.create(other.asked_to_add()))

    with pytest.raises(NotThisAccount):
        anh.signs_in(theirs.use(theirs.credentials[0], anh.asked_to_sign_in(anh.account_id)), account_id=anh.account_id)


def test_a_frozen_account_stays_shut(anh: Person, device: Authenticator, enrolled: Passkey):
    with anh.services.database.write() as connection:
        accounts.freeze(
            connection,
            anh.services.sealer,
            anh.account_id,
            at=anh.services.clock(),
            actor=("operator", "test"),
            reason="test",
        )

    with pytest.raises(AccountFrozen):
        anh.signs_in(device.get(anh.asked_to_sign_in()))

    assert refusals_of(anh) == ["frozen"]


def test_a_row_copied_to_another_account_opens_nothing(
    provider: Provider, anh: Person, device: Authenticator, enrolled: Passkey
):
    """Whoever can write in the database cannot hang their own passkey on somebody else's account."""
    victim = provider.person("Lê Văn Cường")
    with anh.services.database.write() as connection:
        accounts_store.change_authenticator(connection, enrolled.id, account_id=victim)

    with pytest.raises(UnknownPasskey):
        anh.signs_in(device.get(anh.asked_to_sign_in()))


def _without(answer: dict, *path: str) -> str:
    place = answer
    for name in path[:-1]:
        place = place[name]
    del place[path[-1]]
    return json.dumps(answer)


def test_what_cannot_be_read_is_refused_alike(anh: Person, device: Authenticator, enrolled: Passkey):
    def answer() -> dict:
        return device.get(anh.asked_to_sign_in())

    broken = ["", "null", "[]", "{}", '"x"', "[" * 5000, "x" * 40_000, "{\x00}", json.dumps({"response": []})]
    broken += [_without(answer(), *path) for path in (("rawId",), ("type",), ("response", "signature"))]
    broken += [json.dumps(answer() | {"rawId": value}) for value in (None, 7, "é", "A", ["x"])]
    for name in ("clientDataJSON", "authenticatorData", "signature", "userHandle"):
        for value in (None, 7, "é", "A", "AAAA", {"x": 1}):
            made = answer()
            made["response"][name] = value
            broken.append(json.dumps(made))

    for text in broken:
        with pytest.raises(PasskeyRefused):
            anh.signs_in(text)
    assert anh.signs_in(answer()).account_id == anh.account_id
