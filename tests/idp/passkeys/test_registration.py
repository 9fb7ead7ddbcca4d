"""Adding a passkey (Web Authentication §7.1): what is asked of the browser, and every answer that does not hold."""

from collections.abc import Callable

import pytest

from idp.domain.audit import entries_about
from idp.domain.authenticators.passkeys import kept
from idp.domain.authenticators.passkeys.challenge import LIFETIME
from idp.domain.authenticators.passkeys.kept import MOST, Passkey
from idp.domain.authenticators.passkeys.refusals import CeremonyOver, PasskeyRefused
from idp.errors import NotFound, Refusal
from tests.idp.passkeys.conftest import ORIGIN, Person
from tests.support.authenticator import BACKED_UP, BACKUP_ELIGIBLE, USER_VERIFIED, Authenticator, unb64
from tests.support.clock import StoppedClock
from tests.support.provider import Provider


def test_a_discoverable_credential_that_verifies_its_user_is_asked_for(anh: Person):
    options = anh.asked_to_add()

    assert options["rp"] == {"name": "Motcua", "id": "localhost"}
    chosen = options["authenticatorSelection"]
    assert (chosen["residentKey"], chosen["userVerification"]) == ("required", "required")
    assert options["attestation"] == "none"
    assert options["user"]["name"] == "Nguyễn Thị Hồng Ánh"


def test_the_user_handle_says_nothing_of_the_account(anh: Person):
    handle = unb64(anh.asked_to_add()["user"]["id"])

    assert len(handle) == 64
    assert anh.account_id.encode() not in handle
    assert handle != unb64(anh.asked_to_add()["user"]["id"])


def test_a_passkey_is_kept_named_and_told_of(anh: Person, enrolled: Passkey, told: Callable[[], list[str]]):
    (passkey,) = anh.passkeys

    assert passkey == enrolled
    assert (passkey.label, passkey.state, passkey.counter) == ("Điện thoại của Ánh", "active", 0)
    assert (passkey.facts.attestation, passkey.facts.transports) == ("none", ["internal"])
    assert told() == ["Đã thêm một cách đăng nhập"]
    with anh.services.database.read() as connection:
        assert [entry.action for entry in entries_about(connection, anh.account_id)] == ["authenticator_added"]


def test_a_second_one_shares_the_user_handle_and_the_first_is_excluded(
    anh: Person, device: Authenticator, enrolled: Passkey, clock: StoppedClock
):
    clock.advance(60)
    options = anh.asked_to_add()
    assert [each["id"] for each in options["excludeCredentials"]] == [enrolled.facts.credential_id]
    with pytest.raises(LookupError):
        device.create(options)

    key = Authenticator(ORIGIN)
    anh.adds(key.create(options), "Khóa bảo mật ở nhà")

    assert [passkey.label for passkey in anh.passkeys] == ["Điện thoại của Ánh", "Khóa bảo mật ở nhà"]
    assert len({passkey.facts.user_handle for passkey in anh.passkeys}) == 1


def test_what_it_says_of_its_copies_is_kept(anh: Person):
    anh.adds(Authenticator(ORIGIN, USER_VERIFIED | BACKUP_ELIGIBLE | BACKED_UP).create(anh.asked_to_add()))

    facts = anh.passkeys[0].facts
    assert (facts.backup_eligible, facts.backed_up) == (True, True)


LIES = {
    "another site's origin": {"origin": "http://localhost.motcua.example:8000"},
    "another port": {"origin": "http://localhost:8001"},
    "https for http": {"origin": "https://localhost:8000"},
    "another relying party": {"rp_id": "motcua.example"},
    "an answer of the other ceremony": {"type": "webauthn.get"},
    "no user verification": {"flags": 0x01},
    "nobody present": {"flags": 0x04},
    "in a frame of another site": {"crossOrigin": True},
    "no backup eligibility, yet backed up": {"flags": 0x15},
}


@pytest.mark.parametrize("lie", LIES.values(), ids=LIES)
def test_a_lie_is_refused_and_nothing_is_kept(anh: Person, device: Authenticator, lie: dict[str, object]):
    device.lies = lie

    with pytest.raises(PasskeyRefused):
        anh.adds(device.create(anh.asked_to_add()))

    assert anh.passkeys == []


def test_a_challenge_is_used_once(anh: Person, device: Authenticator):
    answer = device.create(anh.asked_to_add())
    anh.adds(answer)

    with pytest.raises(CeremonyOver):
        anh.adds(answer)


def test_a_refused_answer_uses_its_challenge_up(anh: Person, device: Authenticator):
    options = anh.asked_to_add()
    device.lies = {"rp_id": "motcua.example"}
    with pytest.raises(PasskeyRefused):
        anh.adds(device.create(options))

    device.lies = {}
    with pytest.raises(CeremonyOver):
        anh.adds(device.create(options))


def test_another_browsers_challenge_is_worth_nothing(anh: Person, device: Authenticator):
    with pytest.raises(CeremonyOver):
        anh.adds(device.create(anh.asked_to_add()), browser="browser-2")


def test_another_accounts_challenge_is_worth_nothing(provider: Provider, anh: Person, device: Authenticator):
    other = Person(anh.services, provider.person("Trần Đức Bình"))

    with pytest.raises(CeremonyOver):
        anh.adds(device.create(other.asked_to_add()))


def test_a_challenge_of_a_sign_in_adds_nothing(anh: Person, device: Authenticator):
    options = {**anh.asked_to_add(), "challenge": anh.asked_to_sign_in(anh.account_id)["challenge"]}

    with pytest.raises(CeremonyOver):
        anh.adds(device.create(options))


def test_an_offer_grows_old(anh: Person, device: Authenticator, clock: StoppedClock):
    options = anh.asked_to_add()
    clock.advance(LIFETIME)

    with pytest.raises(CeremonyOver):
        anh.adds(device.create(options))


def test_nobody_elses_credential_is_taken(provider: Provider, anh: Person, device: Authenticator, enrolled: Passkey):
    """§7.1 step 26: a credential id that is registered, here or for somebody else, is refused."""
    thief = Person(anh.services, provider.person("Trần Đức Bình"), "browser-2")
    stolen = Authenticator(ORIGIN)
    options = thief.asked_to_add()
    answer = stolen.create(options)
    # The same authenticator data again, with the owner's credential id in it.
    from tests.support import authenticator as made

    stolen.credentials[-1].id = device.credentials[-1].id
    data = stolen._authenticator_data(stolen.credentials[-1], made.ATTESTED) + stolen._attested(stolen.credentials[-1])
    forged = made.cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
    answer["response"]["attestationObject"] = made.b64(forged)
    answer["id"] = answer["rawId"] = enrolled.facts.credential_id

    with pytest.raises(PasskeyRefused, match="registered already"):
        thief.adds(answer)

    assert thief.passkeys == []
    assert len(anh.passkeys) == 1


@pytest.mark.parametrize("label", ["", "   ", "\x00"])
def test_another_name_is_one_that_can_be_seen(anh: Person, enrolled: Passkey, label: str):
    with pytest.raises(Refusal, match="name"):
        kept.rename(anh.services, anh.account_id, enrolled.id, label)

    assert anh.passkeys == [enrolled]


def test_a_name_is_one_line_and_not_endless(anh: Person, device: Authenticator):
    assert anh.adds(device.create(anh.asked_to_add()), "  Máy \n tính\x00 " + "x" * 90).label == "Máy tính " + "x" * 51


def test_an_account_has_a_handful(anh: Person):
    for number in range(MOST):
        anh.adds(Authenticator(ORIGIN).create(anh.asked_to_add()), f"Khóa {number}")

    with pytest.raises(PasskeyRefused, match="very many"):
        anh.adds(Authenticator(ORIGIN).create(anh.asked_to_add()))

    assert len(anh.passkeys) == MOST


def test_a_passkey_gets_another_name(anh: Person, enrolled: Passkey):
    kept.rename(anh.services, anh.account_id, enrolled.id, "  Máy  tính bảng ")

    assert anh.passkeys[0].label == "Máy tính bảng"


def test_nobody_touches_anothers(provider: Provider, anh: Person, enrolled: Passkey):
    other = provider.person("Trần Đức Bình")

    with pytest.raises(NotFound):
        kept.rename(anh.services, other, enrolled.id, "của tôi")
    with pytest.raises(NotFound):
        kept.remove(anh.services, other, enrolled.id)

    assert anh.passkeys == [enrolled]
