"""However a person writes their phone, e-mail address or personal number, it is the same name."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.domain.sign_in_names import SignInName, parse
from keys.sealing import Sealer


@pytest.mark.parametrize(
    "typed",
    ["0912345678", "0912 345 678", "091.234.5678", "+84912345678", "+84 912-345-678", "84912345678", "0084912345678"],
)
def test_one_phone_many_spellings(typed: str) -> None:
    assert parse(typed) == SignInName("phone", "+84912345678")


@pytest.mark.parametrize("typed", ["An.Nguyen@Example.VN", "  an.nguyen@example.vn ", "an.nguyen@example.vn"])
def test_an_address_is_found_whatever_its_case(typed: str) -> None:
    assert parse(typed) == SignInName("email", "an.nguyen@example.vn")


def test_an_address_with_a_vietnamese_domain_is_kept_as_ascii() -> None:
    assert parse("an@bưuđiện.vn") == SignInName("email", "an@xn--buin-1ua66gr30m.vn")


@pytest.mark.parametrize("typed", ["001099012345", "001 099 012 345", "001099012345 "])
def test_twelve_digits_are_a_personal_number(typed: str) -> None:
    assert parse(typed) == SignInName("personal_number", "001099012345")


def test_digits_of_other_scripts_typed_by_a_phone_keyboard_count_as_full_width_only() -> None:
    assert parse("０９１２３４５６７８") == SignInName("phone", "+84912345678")
    assert parse("٠٩١٢٣٤٥٦٧٨") is None


@pytest.mark.parametrize(
    "typed",
    [
        "",
        " ",
        "an",
        "an@",
        "@example.vn",
        "an@localhost",
        "0123",
        "10109901234",
        "0" * 40,
        "a@b.c d",
        "<a@b.vn>",
        "+84",
    ],
)
def test_what_is_nobodys_name(typed: str) -> None:
    assert parse(typed) is None


def test_an_address_longer_than_mail_carries_is_nobodys_name() -> None:
    assert parse("a" * 60 + "@" + ".".join(["b" * 60] * 4) + ".vn") is None


def test_the_same_digits_as_another_kind_of_name_have_another_fingerprint() -> None:
    sealer = Sealer({1: b"k" * 32})
    as_phone, as_number = SignInName("phone", "001099012345"), SignInName("personal_number", "001099012345")
    assert as_phone.fingerprint(sealer) != as_number.fingerprint(sealer)


@given(st.text(max_size=400))
def test_anything_typed_is_read_or_refused_and_reading_twice_changes_nothing(typed: str) -> None:
    name = parse(typed)
    assert name is None or parse(name.value) == name
