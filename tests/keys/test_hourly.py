"""What an hour's key sealed opens for its purpose, in that hour and the next two, and otherwise not at all."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keys.hourly import HOUR, HourlySealer
from keys.sealing import SealBroken, Sealer

FIRST, SECOND = b"1" * 32, b"2" * 32
NOW = 500_000 * HOUR + 1800
PURPOSE = "access token of https://id.example"


def sealer(purpose: str = PURPOSE, **versions: bytes) -> HourlySealer:
    keys = {int(name[1:]): key for name, key in (versions or {"v1": FIRST}).items()}
    return HourlySealer(Sealer(keys).roots(), purpose)


def opens(by: HourlySealer, text: str, now: int = NOW) -> bool:
    try:
        return by.open(text, now).content == b"what was said"
    except SealBroken:
        return False


@pytest.fixture
def text() -> str:
    return sealer().seal(b"what was said", NOW)[0]


@given(st.binary(max_size=600), st.integers(0, 2**32 - 1))
def test_it_gives_back_what_was_said_and_when(content: bytes, at: int) -> None:
    text, identifier = sealer().seal(content, at)
    assert sealer().open(text, at) == (content, at, identifier)


def test_nothing_of_it_can_be_read(text: str) -> None:
    raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    assert b"said" not in raw
    assert set(text) <= {*"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"}


def test_no_two_are_alike_or_share_an_identifier() -> None:
    one = sealer()
    made = [one.seal(b"what was said", NOW) for _ in range(200)]
    assert len({text for text, _ in made}) == len({identifier for _, identifier in made}) == 200


def test_every_altered_byte_is_seen_the_head_too(text: str) -> None:
    raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    for place in range(len(raw)):
        altered = raw[:place] + bytes([raw[place] ^ 1]) + raw[place + 1 :]
        assert not opens(sealer(), base64.urlsafe_b64encode(altered).decode().rstrip("=")), place


def test_no_part_of_it_opens_and_nothing_longer(text: str) -> None:
    for length in range(len(text)):
        assert not opens(sealer(), text[:length]), length
    for more in ("A", "AAAA", "=", "\n", ".", "ơ", "\ud800"):
        assert not opens(sealer(), text + more)


@pytest.mark.parametrize("rubbish", ["", "A", "é" * 40, "\udcff", "_" * 22, "A" * 100_000, "=" * 40, "AQ" * 30])
def test_rubbish_is_refused_as_what_was_altered_is(rubbish: str) -> None:
    with pytest.raises(SealBroken):
        sealer().open(rubbish, NOW)


def test_a_token_has_no_second_spelling(text: str) -> None:
    """The bits that base64 leaves over stand for nothing and must be zero (RFC 4648 §3.5)."""
    spellings = [text[:-1] + last for last in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"]
    assert [spelling for spelling in spellings if opens(sealer(), spelling)] == [text]


@pytest.mark.parametrize(
    ("whose", "other"),
    [
        ("another purpose", sealer("authorization code of https://id.example")),
        ("another issuer", sealer("access token of https://other.example")),
        ("another installation's key", sealer(v1=SECOND)),
        ("a newer key version alone", sealer(v2=SECOND)),
        ("the same key as another version", sealer(v2=FIRST)),
    ],
)
def test_it_does_not_open_under(text: str, whose: str, other: HourlySealer) -> None:
    assert opens(sealer(), text)
    assert not opens(other, text), whose


def test_what_the_key_encryption_key_itself_sealed_does_not_open() -> None:
    whole = Sealer({1: FIRST})
    for sealed in (whole.seal(b"what was said", PURPOSE), whole.seal(b"x" * 60, "totp")):
        assert not opens(HourlySealer(whole.roots(), PURPOSE), base64.urlsafe_b64encode(sealed).decode().rstrip("="))


class TestVersionsOfTheKeyEncryptionKey:
    def test_a_new_one_seals_and_the_old_one_still_opens(self, text: str) -> None:
        both = sealer(v1=FIRST, v2=SECOND)
        assert opens(both, text)
        new = both.seal(b"what was said", NOW)[0]
        assert opens(both, new)
        assert not opens(sealer(), new)


class TestHours:
    def test_a_key_opens_until_all_that_it_sealed_must_be_over(self) -> None:
        last_second = NOW - NOW % HOUR + HOUR - 1
        text = sealer().seal(b"what was said", last_second)[0]
        assert opens(sealer(), text, last_second + 2 * HOUR)
        assert not opens(sealer(), text, last_second + 2 * HOUR + 1)

    def test_a_machine_that_goes_faster_is_believed_for_the_next_hour_alone(self) -> None:
        assert opens(sealer(), sealer().seal(b"what was said", NOW + HOUR)[0])
        assert not opens(sealer(), sealer().seal(b"what was said", NOW + 2 * HOUR)[0])

    def test_each_hour_and_each_purpose_has_a_key_of_its_own(self) -> None:
        makers = [sealer(), sealer("authorization code")]
        made = {one._cipher(1, hour).encrypt(b"n" * 12, b"x", None) for one in makers for hour in range(5)}
        assert len(made) == 10

    def test_whoever_sends_rubbish_makes_no_process_derive_and_keep_keys(self) -> None:
        one = sealer()
        for version in range(256):
            for hour in range(0, 600_000, 1000):
                head = bytes([version]) + (hour * HOUR % 2**32).to_bytes(4) + b"n" * 12
                assert not opens(one, base64.urlsafe_b64encode(head + b"c" * 20).decode().rstrip("="))
        assert len(one._ciphers) <= 4

    def test_a_long_life_keeps_a_handful_of_keys(self) -> None:
        one = sealer()
        for hour in range(100):
            assert opens(one, one.seal(b"what was said", NOW + hour * HOUR)[0], NOW + hour * HOUR)
        assert len(one._ciphers) <= 8


def test_no_key_stands_in_what_is_written_about_it() -> None:
    assert "\\x" not in repr(sealer())
    assert "roots" not in repr(sealer())
