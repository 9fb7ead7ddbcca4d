"""What is sealed opens unaltered, for its own purpose, under any key version at hand, and otherwise not at all."""

import base64
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keys.sealing import SealBroken, Sealer, make_key_file, read_key_file

FIRST, SECOND = b"1" * 32, b"2" * 32


@pytest.fixture
def sealer() -> Sealer:
    return Sealer({1: FIRST})


@given(st.binary(max_size=500), st.text(max_size=40))
def test_what_is_sealed_opens_for_its_purpose(plaintext: bytes, purpose: str) -> None:
    sealer = Sealer({1: FIRST})
    sealed = sealer.seal(plaintext, purpose)
    assert sealer.open(sealed, purpose) == plaintext
    with pytest.raises(SealBroken):
        sealer.open(sealed, purpose + " of another")


def test_the_same_text_is_never_sealed_the_same(sealer: Sealer) -> None:
    assert len({sealer.seal(b"the same", "phone") for _ in range(50)}) == 50


def test_every_altered_byte_is_seen(sealer: Sealer) -> None:
    sealed = sealer.seal("Nguyễn Thị Minh Khai".encode(), "name")
    for place in range(len(sealed)):
        altered = bytearray(sealed)
        altered[place] ^= 1
        with pytest.raises(SealBroken):
            sealer.open(bytes(altered), "name")


@pytest.mark.parametrize("broken", [b"", b"\x01", b"\x01" + b"n" * 12, b"\x01" + b"n" * 27, b"\x09" + b"n" * 40])
def test_what_is_too_short_or_of_no_version_is_broken(sealer: Sealer, broken: bytes) -> None:
    with pytest.raises(SealBroken):
        sealer.open(broken, "name")


def test_another_key_opens_nothing(sealer: Sealer) -> None:
    with pytest.raises(SealBroken):
        Sealer({1: SECOND}).open(sealer.seal(b"text", "name"), "name")


class TestVersions:
    def test_a_new_version_seals_and_the_old_one_still_opens(self, sealer: Sealer) -> None:
        both = Sealer({1: FIRST, 2: SECOND})
        old, new = sealer.seal(b"old", "name"), both.seal(b"new", "name")
        assert (old[0], new[0]) == (1, 2)
        assert both.open(old, "name") == b"old"
        with pytest.raises(SealBroken, match="version"):
            sealer.open(new, "name")

    def test_look_ups_stay_the_same_when_a_version_is_added(self, sealer: Sealer) -> None:
        both = Sealer({1: FIRST, 2: SECOND})
        assert sealer.fingerprint("+84912345678", "phone") == both.fingerprint("+84912345678", "phone")
        assert sealer.derive("client secrets") == both.derive("client secrets")

    @pytest.mark.parametrize("keys", [{}, {1: b"short"}, {1: FIRST, 2: b""}])
    def test_a_key_is_32_bytes(self, keys: dict[int, bytes]) -> None:
        with pytest.raises(ValueError, match="32 bytes"):
            Sealer(keys)


class TestFingerprints:
    def test_they_differ_by_value_purpose_and_key(self, sealer: Sealer) -> None:
        prints = {
            sealer.fingerprint("001099012345", "phone"),
            sealer.fingerprint("001099012345", "personal_number"),
            sealer.fingerprint("001099012346", "phone"),
            Sealer({1: SECOND}).fingerprint("001099012345", "phone"),
        }
        assert len(prints) == 4
        assert all(len(each) == 64 for each in prints)

    def test_a_purpose_cannot_run_into_a_value(self, sealer: Sealer) -> None:
        assert sealer.fingerprint("b", "a") != sealer.fingerprint("", "ab")

    def test_derived_keys_are_32_bytes_each_their_own(self, sealer: Sealer) -> None:
        assert len(sealer.derive("a")) == 32
        assert sealer.derive("a") != sealer.derive("b")


def test_nothing_stays_nothing(sealer: Sealer) -> None:
    assert sealer.seal_text(None, "address") is None
    assert sealer.open_text(None, "address") is None
    assert sealer.open_text(sealer.seal_text("Hàng Bài", "address"), "address") == "Hàng Bài"


class TestKeyFiles:
    def opens(self, sealer: Sealer, file: Path) -> bool:
        return read_key_file(file).open(sealer.seal(b"x", "p"), "p") == b"x"

    def test_raw_bytes_one_line_and_versions(self, tmp_path: Path, sealer: Sealer) -> None:
        encoded = base64.urlsafe_b64encode(FIRST).decode().rstrip("=")
        second = base64.urlsafe_b64encode(SECOND).decode()
        for name, content in {
            "raw": FIRST,
            "line": f"{encoded}\n".encode(),
            "versions": f"1:{encoded}\n2:{second}\n".encode(),
        }.items():
            file = tmp_path / name
            file.write_bytes(content)
            assert self.opens(sealer, file), name

    @pytest.mark.parametrize("content", [b"", b"short", b"1:AAAA", b"x:" + b"A" * 43, b"\xff" * 31, b"1:" + b"!" * 43])
    def test_what_is_no_key_is_said_by_file_and_never_shown(self, tmp_path: Path, content: bytes) -> None:
        file = tmp_path / "kek"
        file.write_bytes(content)
        with pytest.raises(ValueError, match="no key-encryption key") as refused:
            read_key_file(file)
        assert str(file) in str(refused.value)
        assert "!" not in str(refused.value)

    def test_a_made_file_is_its_owners_alone_and_made_once(self, tmp_path: Path) -> None:
        file = tmp_path / "folder" / "kek"
        first = make_key_file(file)
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        sealed = first.seal(b"x", "p")
        assert make_key_file(file).open(sealed, "p") == b"x"
        assert read_key_file(file).open(sealed, "p") == b"x"
