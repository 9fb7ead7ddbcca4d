"""Confirmation codes: digits that show somebody reads a phone or mailbox, each good for one act, once.

Kept for ten minutes in the ephemeral store, the code as a keyed hash and what it confirms sealed. Who asks for code after
code and guesses each is met by longer ones, never by a refusal that would shut the owner out (NIST SP 800-63B-4 §3.2.2).
Sending it is left to ``messages``; what follows from it, to ``sign_up``, ``contact_change`` and ``sign_in``. Never a factor.
"""

import base64
import hmac
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from idp.errors import Refusal
from idp.store.ephemeral import EphemeralStore
from idp.words import mark
from keys.sealing import Sealer

DIGITS = 6
LIFETIME = 600
"""Seconds that a code is good for."""
TRIES = 5
"""Wrong codes after which a confirmation is void: five of a million (NIST SP 800-63B-4 §3.1.3.2 allows a hundred)."""
GUESSES, GUESSED_DIGITS = 10, 10
"""Wrong codes about one account or address, within ``GUESS_WINDOW``, after which its codes have so many digits."""
GUESS_WINDOW = 30 * 86400
CONFIRMATION, TRY, GUESS, GUESSED = "confirmation", "confirmation_try", "confirmation_guess", "confirmation_guessed"


class WrongCode(Refusal):
    """The code is not the one that was sent; there are tries left.

    :param guesses: how many wrong ones there were about the same account or address, within ``GUESS_WINDOW``.
    """

    def __init__(self, message: str, field: str | None = None, guesses: int = 0) -> None:
        super().__init__(message, field)
        self.guesses = guesses

    word = "wrong_code"


class CodeOver(Refusal):
    """The confirmation is used, too old, was tried too often or never was; a new code must be asked for."""

    status_code = 410
    word = "code_over"


@dataclass(frozen=True)
class Issued:
    """A confirmation: its ``id`` is for the page that asks for the code, the ``code`` for the message alone."""

    id: str
    code: str


class Confirmations:
    """Issues codes and redeems each once."""

    def __init__(self, ephemeral: EphemeralStore, sealer: Sealer) -> None:
        self._ephemeral = ephemeral
        self._sealer = sealer

    def issue(self, purpose: str, subject: Mapping[str, Any], *, about: str, reachable: bool = True) -> Issued:
        """Keep ``subject`` for whoever gives the code.

        :param purpose: one word; a code is good for no other.
        :param about: the account or the address's fingerprint that guesses are counted by.
        :param reachable: False where nobody will be sent the code: whatever is given for it is wrong then, in exactly
            the same words.
        """
        confirmation_id, code = secrets.token_urlsafe(24), self._code(f"{purpose} {about}")
        self._put(purpose, confirmation_id, subject, code if reachable else secrets.token_hex(16), about)
        return Issued(confirmation_id, code)

    def reissue(self, purpose: str, confirmation_id: str, *, reachable: bool = True) -> Issued:
        """Give a new code for a confirmation that is still open, void the old code; its tries stay counted.

        :raises CodeOver: when it is open no more.
        """
        kept = self._ephemeral.peek(CONFIRMATION, _key(purpose, confirmation_id))
        if kept is None:
            raise _over()
        about = str(kept["about"])
        code = self._code(f"{purpose} {about}")
        good = code if reachable else secrets.token_hex(16)
        self._put(purpose, confirmation_id, self._subject(kept, purpose), good, about)
        return Issued(confirmation_id, code)

    def subject_of(self, purpose: str, confirmation_id: str) -> dict[str, Any] | None:
        """Give what an open confirmation is about, for the page that asks for its code; None when it is open no more."""
        kept = self._ephemeral.peek(CONFIRMATION, _key(purpose, confirmation_id))
        return None if kept is None else self._subject(kept, purpose)

    def redeem(self, purpose: str, confirmation_id: str, code: str) -> dict[str, Any]:
        """Give what was kept, once, to whoever has the code.

        :raises WrongCode: while there are tries left.
        :raises CodeOver: when there are none, or the confirmation is open no more.
        """
        key = _key(purpose, confirmation_id)
        kept = self._ephemeral.peek(CONFIRMATION, key)
        if kept is None:
            raise _over()
        # Counted before it is compared, so that tries made at the same moment cannot outrun the count.
        tried = self._ephemeral.count(TRY, key, LIFETIME)
        if tried > TRIES:
            self._ephemeral.forget(CONFIRMATION, key)
            raise _over()
        if not hmac.compare_digest(str(kept["code"]), self._hash(confirmation_id, _digits(code))):
            guesses = self._guessed(f"{purpose} {kept['about']}")
            raise WrongCode(mark("This is not the code that was sent. Look at the newest message."), "code", guesses)
        if self._ephemeral.take(CONFIRMATION, key) is None:
            raise _over()
        return self._subject(kept, purpose)

    def _code(self, about: str) -> str:
        digits = GUESSED_DIGITS if self._ephemeral.peek(GUESSED, about) else DIGITS
        return f"{secrets.randbelow(10**digits):0{digits}}"

    def _guessed(self, about: str) -> int:
        guesses = self._ephemeral.count(GUESS, about, GUESS_WINDOW)
        if guesses >= GUESSES:
            self._ephemeral.put(GUESSED, about, {"guesses": guesses}, GUESS_WINDOW)
        return guesses

    def _put(self, purpose: str, confirmation_id: str, subject: Mapping[str, Any], code: str, about: str) -> None:
        sealed = base64.b64encode(self._sealer.seal(json.dumps(subject).encode(), f"{CONFIRMATION} {purpose}")).decode()
        value = {"code": self._hash(confirmation_id, code), "sealed": sealed, "about": about}
        self._ephemeral.put(CONFIRMATION, _key(purpose, confirmation_id), value, LIFETIME)

    def _subject(self, kept: Mapping[str, Any], purpose: str) -> dict[str, Any]:
        opened = self._sealer.open(base64.b64decode(kept["sealed"]), f"{CONFIRMATION} {purpose}")
        subject: dict[str, Any] = json.loads(opened)
        return subject

    def _hash(self, confirmation_id: str, code: str) -> str:
        return self._sealer.fingerprint(f"{confirmation_id} {code}", CONFIRMATION)


def _key(purpose: str, confirmation_id: str) -> str:
    return f"{purpose} {confirmation_id}"


def _digits(code: str) -> str:
    """Give the code without the spaces that people and keyboards put in."""
    return "".join(code[:64].split())


def _over() -> CodeOver:
    return CodeOver(mark("This code is no longer good. Please ask for a new one."), "code")
