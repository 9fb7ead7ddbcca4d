"""What makes a password fit to be set, after NIST SP 800-63B-4 §3.1.1.2: long, uncommon, hard to guess, nothing else.

No rule asks for capitals, digits or signs, and none makes a password expire. The list of common and breached ones is
local: the dictionary that zxcvbn carries and our own of what Vietnamese people choose.
"""

import re
import unicodedata
from collections.abc import Iterable
from functools import cache
from importlib.resources import files

from idp.errors import Refusal
from idp.words import mark

MINIMUM = 15
"""Characters of a password that is the only factor of a sign-in (§3.1.1.2)."""
MAXIMUM = 256
"""Characters; §3.1.1.2 asks for at least 64 to be allowed, and the bound keeps what a request costs small."""
GUESSABLE = 2
"""The highest zxcvbn score that is refused: fewer than 10^10 guesses."""
SCORED = 72
"""Characters that zxcvbn looks at; it raises ValueError on more, and what is longer is not easier to guess."""
CORE = 4
"""Letters of the shortest listed word that digits and signs around it do not hide."""

_EDGES = re.compile(r"^[^a-z]+|[^a-z]+$")


class UnfitPassword(Refusal):
    """The password may not be set; the message says what would do."""


def check(password: str, personal: Iterable[str] = (), *, minimum: int = MINIMUM) -> None:
    """Pass a password that is fit to be set.

    :param personal: names, numbers and addresses of its owner, which the first guesses are made from.
    :param minimum: characters.
    :raises UnfitPassword: naming the one thing to mend.
    """
    mistake = length_mistake(password, minimum) or guess_mistake(password, personal)
    if mistake is not None:
        raise mistake


def length_mistake(password: str, minimum: int = MINIMUM) -> UnfitPassword | None:
    """Say whether a password is too short or too long; a character is one code point of its normal form (NFKC)."""
    length = len(unicodedata.normalize("NFKC", password))
    if length < minimum:
        words = mark(
            "Please use at least %(minimum)s characters. A few words that only you would put together are best."
        )
        return UnfitPassword(words, "password", minimum=minimum)
    if length > MAXIMUM:
        return UnfitPassword(mark("Please use at most %(maximum)s characters."), "password", maximum=MAXIMUM)
    return None


def guess_mistake(password: str, personal: Iterable[str] = ()) -> UnfitPassword | None:
    """Say whether a password is among those that are tried first."""
    if is_common(password):
        words = mark("This password is on lists of common and stolen ones, so it would be tried first. Choose another.")
        return UnfitPassword(words, "password")
    if _is_guessable(password, personal):
        words = mark("This password is too easy to guess. Add a word or two that have nothing to do with you.")
        return UnfitPassword(words, "password")
    return None


def is_common(password: str) -> bool:
    """Say whether a password is on the list, or is a listed one with digits and signs around it.

    Letters count without marks and case: ``Mật khẩu 2026!`` is ``matkhau``.
    """
    whole = fold(password)
    core = _EDGES.sub("", whole)
    return whole in common_passwords() or (len(core) >= CORE and core in common_passwords())


def fold(text: str) -> str:
    """Give text without marks, case and spaces, the way the list is written."""
    apart = unicodedata.normalize("NFKD", text.replace("đ", "d").replace("Đ", "D"))
    return "".join(sign for sign in apart if not unicodedata.combining(sign) and not sign.isspace()).casefold()


@cache
def common_passwords() -> frozenset[str]:
    """Give the list, read once, when the first password is set: a process that only verifies never pays for it."""
    from zxcvbn.frequency_lists import FREQUENCY_LISTS

    return frozenset(vietnamese_passwords()) | {fold(password) for password in FREQUENCY_LISTS["passwords"]}


@cache
def vietnamese_passwords() -> tuple[str, ...]:
    """Give our own list: what is common in Viet Nam and on no international list."""
    lines = files("idp.data").joinpath("common_passwords.txt").read_text(encoding="utf-8").splitlines()
    return tuple(line for line in lines if line and not line.startswith("#"))


def _is_guessable(password: str, personal: Iterable[str]) -> bool:
    # Imported only here: a process that only verifies never pays for its dictionaries.
    from zxcvbn import zxcvbn

    known = [word for text in personal for word in (fold(text), *map(fold, text.split())) if len(word) > 1]
    scored = zxcvbn(fold(password)[:SCORED], user_inputs=[*known, *vietnamese_passwords()])
    return int(scored["score"]) <= GUESSABLE
