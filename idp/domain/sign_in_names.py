"""Sign-in names: reads what a person typed as a phone number, an e-mail address or a personal number, in one form.

A name is looked up by a keyed hash of that one form, so the same person is found however they write it. Which account
has which name is left to ``accounts``.
"""

import re
import unicodedata
from dataclasses import dataclass
from typing import Literal

from keys.sealing import Sealer

Kind = Literal["phone", "email", "personal_number"]

EMAIL_LENGTH = 254
"""Characters of the longest address that mail can carry (RFC 5321 §4.5.3.1.3)."""
TYPED_LENGTH = 320
"""Characters of what a person typed that are looked at; what is longer is nobody's name."""

_PHONE_SEPARATORS = re.compile(r"[\s.\-()]+")
_NATIONAL_PHONE = re.compile(r"0([2-9]\d{8,9})")
_VIETNAM_PHONE = re.compile(r"(?:\+|00)?84([2-9]\d{8,9})")
_FOREIGN_PHONE = re.compile(r"\+(?!84)[1-9]\d{7,14}")
_PERSONAL_NUMBER = re.compile(r"\d{12}")
_EMAIL = re.compile(r"[^\s@<>()\[\]\\,;:\"]{1,64}@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,62}")


@dataclass(frozen=True)
class SignInName:
    """A name in the one form that is looked up: E.164 phone, lower-case e-mail, twelve digits."""

    kind: Kind
    value: str

    def fingerprint(self, sealer: Sealer) -> str:
        """Give the keyed hash under which the name is kept."""
        return sealer.fingerprint(self.value, self.kind)


def parse(text: str) -> SignInName | None:
    """Read what was typed in a sign-in form; None when it can be nobody's name."""
    typed = unicodedata.normalize("NFKC", text[: TYPED_LENGTH + 1]).strip()
    readers: tuple[tuple[Kind, str | None], ...] = (
        ("email", email(typed)),
        ("personal_number", personal_number(typed)),
        ("phone", phone(typed)),
    )
    return next((SignInName(kind, value) for kind, value in readers if value), None)


def phone(text: str) -> str | None:
    """Give a phone number in E.164 form; a number without country code is Vietnamese. None when it is none."""
    digits = _PHONE_SEPARATORS.sub("", text)
    if not digits.isascii():
        return None
    national = _NATIONAL_PHONE.fullmatch(digits) or _VIETNAM_PHONE.fullmatch(digits)
    if national:
        return f"+84{national[1]}"
    return digits if _FOREIGN_PHONE.fullmatch(digits) else None


def email(text: str) -> str | None:
    """Give an e-mail address in lower case, its domain as ASCII; None when it is none.

    The local part is lowered too: RFC 5321 §2.4 would let a host tell cases apart, but nobody may have two accounts
    with addresses that differ in nothing else.
    """
    local, at, domain = text.strip().rpartition("@")
    try:
        address = f"{local}{at}{domain.encode('idna').decode('ascii')}".lower()
    except UnicodeError:
        return None
    return address if len(address) <= EMAIL_LENGTH and _EMAIL.fullmatch(address) else None


def personal_number(text: str) -> str | None:
    """Give the twelve digits of a personal identification number; None when it is none."""
    digits = re.sub(r"[\s.]+", "", text)
    return digits if digits.isascii() and _PERSONAL_NUMBER.fullmatch(digits) else None
