"""Passwords: argon2id hashes, kept sealed, raised to today's cost at the next sign-in (NIST SP 800-63B-4 §3.1.1.2).

A process computes few hashes at once, and whoever asks for an account that is not there costs exactly one, like
everybody else. What makes a password fit to be set is ``password_rules``' affair; counting failures, ``throttling``'s.
"""

import base64
import os
import threading
import unicodedata
import uuid
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import Connection

from idp.domain.slots import Slots
from idp.settings import Settings
from idp.store import accounts as store
from idp.store.accounts import AuthenticatorRow
from idp.store.direct import Direct
from keys.sealing import Sealer

KIND = "password"
SLOT_WAIT = 2.0
"""Seconds that a sign-in waits for a free slot before it is asked to try again."""
GIVING_WAY = 5
"""How much nicer threads are that hash: about a third of what another thread gets where both want one core (``sched(7)``)."""
SALT_BYTES, HASH_BYTES = 16, 32


@dataclass(frozen=True)
class Verdict:
    """Whether a password matched; ``outdated`` when its hash was made at another cost than today's."""

    matches: bool
    outdated: bool = False


class Passwords:
    """Makes and verifies hashes, at most ``slots`` at once in this process.

    :param memory_kib: KiB of memory per hash.
    :param time_cost: passes over that memory.
    :param waiting: how many may wait for a slot at once.
    :param wait: seconds to wait for a slot.

    Hashes are computed by threads of their own that stand behind all others for a processor, so that a crowd signing in
    does not keep tokens waiting.
    """

    def __init__(
        self, memory_kib: int, time_cost: int, slots: int, *, waiting: int = 1, wait: float = SLOT_WAIT
    ) -> None:
        self._hasher = PasswordHasher(
            time_cost=time_cost, memory_cost=memory_kib, parallelism=1, hash_len=HASH_BYTES, salt_len=SALT_BYTES
        )
        self.slots = Slots(slots, waiting)
        self._wait = wait
        self._computing = ThreadPoolExecutor(slots, "hashing", stand_behind)
        # Nobody's hash: random bytes in the shape of a hash of today's cost, which no password is found to match.
        salt, tag = (base64.b64encode(os.urandom(size)).decode().rstrip("=") for size in (SALT_BYTES, HASH_BYTES))
        self._nobody = f"$argon2id$v=19$m={memory_kib},t={time_cost},p=1${salt}${tag}"

    @classmethod
    def from_settings(cls, settings: Settings) -> "Passwords":
        """Take cost and slots from the settings; where there are enough threads, one is always left for others."""
        slots = settings.hashing_slots
        waiting = max(1, settings.threads - slots - 1)
        return cls(settings.argon2_memory_kib, settings.argon2_time_cost, slots, waiting=waiting)

    def hash(self, password: str) -> str:
        """Give a new hash. Call it outside any unit of work: it takes tens of milliseconds, or waits for a slot.

        :raises TryAgainLater: when no slot came free.
        """
        with self.slots.take(self._wait):
            return self._computing.submit(self._hasher.hash, normalise(password)).result()

    def verify(self, kept: str | None, password: str) -> Verdict:
        """Compare a password with what is kept; for nobody (None) the same one hash is computed and nothing matches.

        :raises TryAgainLater: when no slot came free.
        """
        with self.slots.take(self._wait):
            try:
                self._computing.submit(self._hasher.verify, kept or self._nobody, normalise(password)).result()
            except (VerificationError, InvalidHashError):
                return Verdict(matches=False)
        return Verdict(matches=kept is not None, outdated=self._hasher.check_needs_rehash(kept or self._nobody))


def stand_behind() -> None:
    """Let the calling thread give way to the others (``setpriority(2)``: Linux keeps a nice value for each thread)."""
    with suppress(AttributeError, OSError):
        this = threading.get_native_id()
        os.setpriority(os.PRIO_PROCESS, this, os.getpriority(os.PRIO_PROCESS, this) + GIVING_WAY)


def normalise(password: str) -> bytes:
    """Give the bytes that are hashed: NFKC, so that ế is ế whichever keyboard composed it (SP 800-63B-4 §3.1.1.2)."""
    return unicodedata.normalize("NFKC", password).encode("utf-8", "surrogatepass")


def keep(connection: Connection, sealer: Sealer, account_id: str, hashed: str, *, at: int) -> None:
    """Keep a hash as the account's one password, in place of the one before.

    It is a new authenticator: whoever is signing in with the one before is not let in any more. It is sealed under the
    key-encryption key, so a stolen database alone cannot be guessed at (§3.1.1.2, the keyed iteration that verifiers
    should add).
    """
    sealed = sealer.seal(hashed.encode(), _purpose(account_id))
    store.remove_authenticators(connection, account_id, KIND)
    row = AuthenticatorRow(id=str(uuid.uuid4()), account_id=account_id, kind=KIND, created_at=at, secret=sealed)
    store.add_authenticator(connection, row)


def kept(connection: Connection, sealer: Sealer, account_id: str) -> str | None:
    """Give the account's hash, or None where it has no password."""
    present = store.authenticators_of(connection, account_id, KIND)
    return opened(sealer, account_id, present[0].secret if present else None)


def opened(sealer: Sealer, account_id: str, secret: bytes | None) -> str | None:
    """Give the hash that is sealed in an authenticator's secret."""
    return None if secret is None else sealer.open(secret, _purpose(account_id)).decode()


def raise_cost(direct: Direct, sealer: Sealer, account_id: str, secret: bytes, raised: str, *, at: int) -> bool:
    """Keep a hash of the same password at today's cost; False where the account has another password by now.

    :param secret: the sealed hash that the password was found to match.
    """
    sealed = sealer.seal(raised.encode(), _purpose(account_id))
    return store.change_secret(direct, account_id, KIND, secret, secret=sealed, used_at=at)


def _purpose(account_id: str) -> str:
    return f"account {account_id} password"
