"""Whatever the provider may say of a session, an account or a certificate, the console has a word for it in both languages."""

from collections.abc import Collection, Mapping
from typing import get_args

import pytest
from flask import Flask
from flask_babel import force_locale

from clients.console import words
from idp.data import read_json
from idp.domain import accounts
from idp.domain.certificates import issuing
from idp.domain.certificates.consequences import Kind
from idp.domain.end_reasons import BY_ADMINISTRATOR, END_REASONS
from idp.http.pages import claim_words
from idp.store.accounts import State
from keys.authority import profiles
from keys.authority.reasons import FOR_GOOD
from keys.store import certificates

WORDS = {
    "why a session ended": (words.ENDED, END_REASONS),
    "why an administrator ends one": (words.ENDING, BY_ADMINISTRATOR),
    "why a certificate is revoked": (words.REVOCATION, tuple(reason.value for reason in FOR_GOOD)),
    "how a certificate stands": (words.STATUS, (certificates.GOOD, certificates.ON_HOLD, certificates.REVOKED)),
    "what follows from a revocation": (words.CONSEQUENCES, get_args(Kind)),
    "who issues": (words.AUTHORITIES, tuple(profiles.authorities())),
    "what a certificate is for": (words.PROFILES, tuple(profiles.profiles())),
    "where a key is": (words.KEY_PLACES, get_args(issuing.KeyPlace)),
    "how an account stands": (words.STATES, get_args(State)),
    "kinds of accounts": (words.KINDS, accounts.KINDS),
    "kinds of factors": (words.FACTORS, tuple(read_json("acr.json")["factors"])),
    "roles": (words.ROLES, tuple(claim_words.ROLES)),
}


@pytest.mark.parametrize("what", WORDS)
def test_every_value_of_the_providers_has_a_word(what: str) -> None:
    ours, theirs = WORDS[what]

    assert set(theirs) - set(ours) == set()


@pytest.mark.parametrize("what", WORDS)
def test_no_word_is_kept_that_the_provider_never_says(what: str) -> None:
    ours, theirs = WORDS[what]

    assert set(ours) - set(theirs) <= {"expired"}, "only a status that the console itself works out"


@pytest.mark.parametrize("what", WORDS)
def test_each_word_is_said_in_both_languages(app: Flask, what: str) -> None:
    def said(language: str) -> list[str]:
        with app.test_request_context(), force_locale(language):
            return [str(word) for word in WORDS[what][0].values()]

    assert all(vietnamese != english for vietnamese, english in zip(said("vi"), said("en"), strict=True))


def test_the_console_bears_the_name_that_it_is_registered_under(app: Flask) -> None:
    """The demo's table and the provider's pages say that name."""
    registered = next(row for row in read_json("demo_clients.json")["clients"] if row["client_id"] == "console")
    for language in ("vi", "en"):
        page = app.test_client().get("/", headers={"Accept-Language": language}).text

        assert f'<span class="brand-name">{registered[f"client_name#{language}"]}</span>' in page


@pytest.mark.parametrize(("of", "look"), [(words.STATES, words.STATE_LOOK), (words.STATUS, words.STATUS_LOOK)])
def test_each_state_has_a_look(of: Mapping[str, object], look: Collection[str]) -> None:
    assert set(look) == set(of)


def test_a_value_that_is_newer_than_the_console_is_shown_as_it_is() -> None:
    """The provider may be a version ahead; a page that shows its word beats one that fails."""
    assert words.word(words.ENDED, "by_moonlight") == "by_moonlight"
