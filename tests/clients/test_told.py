"""Who am I shows every claim that a portal was told, in words, and none is known silently."""

import pytest

from tests.support.browser import Browser
from tests.support.fake_provider import FakeProvider

CLAIMS = {
    "family_name": "Nguyễn",
    "middle_name": "Văn",
    "given_name": "Ánh",
    "gender": "male",
    "birthdate": "1999-05-17",
    "personal_number": "001099012345",
    "identity_level": 2,
    "email": "anh@thu.example",
    "email_verified": True,
    "phone_number": "+84912345678",
    "phone_number_verified": False,
    "address": {"formatted": "12 phố Huế, Hà Nội"},
    "roles": ["clerk", "signer"],
    "agency": "H49",
}


@pytest.mark.parametrize(
    ("language", "words"),
    [
        (
            "vi",
            [
                "Giới tính",
                "Nam",
                "Mức 2",
                "clerk, Người ký",
                "Ngày sinh",
                "17/05/1999",
                "Số định danh cá nhân",
                "có",
                "không",
            ],
        ),
        (
            "en",
            ["Sex", "Male", "Level 2", "clerk, Signer", "Date of birth", "17 May 1999", "Personal number", "yes", "no"],
        ),
    ],
)
def test_every_claim_is_shown_in_words(
    browser: Browser, provider: FakeProvider, language: str, words: list[str]
) -> None:
    provider.person |= CLAIMS
    browser.get(f"/language?to={language}&next=/")

    text = browser.sign_in().text

    for word in [
        *words,
        "001099012345",
        "anh@thu.example",
        "0912 345 678",
        "12 phố Huế, Hà Nội",
        "H49",
    ]:
        assert word in text, word


def test_a_claim_nobody_has_words_for_is_shown_under_its_name(browser: Browser, provider: FakeProvider) -> None:
    provider.person |= {"blood_group": "<O+>", "birthdate": "1999", "address": "Hà Nội", "gender": "x"}

    text = browser.sign_in().text

    assert "blood_group" in text
    assert "&lt;O+&gt;" in text
    assert "<dd>1999</dd>" in text


def test_what_belongs_to_the_protocol_is_not_called_knowledge(browser: Browser) -> None:
    text = browser.sign_in().text

    for name in ("at_hash", "nonce", "azp"):
        assert name not in text


@pytest.mark.parametrize(
    ("acr", "words"),
    [
        ("urn:vn:eid:loa1", "Mức 1: đã đăng ký, chưa xác minh danh tính, một yếu tố xác thực"),
        ("urn:vn:eid:loa2:phr", "Mức 2: đã xác minh danh tính, chống lừa đảo"),
        ("made-up", "Không rõ"),
    ],
)
def test_the_level_is_said_in_words(browser: Browser, provider: FakeProvider, acr: str, words: str) -> None:
    provider.person["acr"] = acr

    assert words in browser.sign_in().text


@pytest.mark.parametrize(
    ("representing", "words"),
    [
        (None, "chính mình"),
        ({"sub": "o1", "kind": "organisation", "name": "Công ty TNHH Hạ Long"}, "Công ty TNHH Hạ Long"),
        ("not an object", "chính mình"),
    ],
)
def test_whom_one_acts_for_is_said(browser: Browser, provider: FakeProvider, representing: object, words: str) -> None:
    provider.person["representing"] = representing

    assert words in browser.sign_in().text
