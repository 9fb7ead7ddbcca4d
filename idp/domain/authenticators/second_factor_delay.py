"""How fast a second factor may be tried: after a few failures each further try waits longer, up to an hour, never for good.

Counted by account, since whoever tries has the password already; a device that has passed a second factor of this
account before has a budget of its own, so that guessing elsewhere never slows the owner there. Six digits leave five
tries and a couple of dozen slow ones a day, of a million (NIST SP 800-63B-4 §3.2.2). Counters are ephemeral.
"""

import secrets
from dataclasses import dataclass

from idp.domain import audit, messages
from idp.domain.audit import Action
from idp.domain.known_devices import Device
from idp.domain.throttling import STRICT
from idp.errors import Refusal
from idp.services import Services
from idp.store import accounts as store
from idp.words import mark

FREE, FREE_IN_THE_DEMO = 5, 50
"""Tries within ``WINDOW`` that wait for nothing."""
WINDOW = 86400.0
FIRST, LAST = 30, 3600
"""Seconds of the first and the longest wait; each is twice the one before."""
TRIES, TURN, LEVEL = "second_factor_tries", "second_factor_turn", "second_factor_level"
RELEASED = "second_factor_released"
RELEASE_LIFETIME = 3600
"""Seconds that a session keeps tries of its own."""


class TooSoon(Refusal):
    """Too many tries were wrong: the next one is looked at after ``seconds``."""

    status_code = 429

    def __init__(self, seconds: int) -> None:
        words = mark("Too many codes were wrong. Please try again in %(minutes)s minutes, or use another way.")
        super().__init__(words, minutes=-(-seconds // 60))
        self.seconds = seconds


@dataclass(frozen=True)
class Turn:
    """A try that may be looked at: whose it is, by what it is counted, and the how manyth it is."""

    account_id: str
    key: str
    number: int


class SecondFactorDelay:
    """Admits tries of one kind of factor and counts them."""

    def __init__(self, services: Services, kind: str) -> None:
        self._services = services
        self._ephemeral = services.ephemeral
        self._kind = kind
        self._free = FREE_IN_THE_DEMO if services.settings.demo else FREE

    def admit(self, account_id: str, device: Device, sid: str = "") -> Turn:
        """Admit a try, or say when to come again.

        Counted before anything is compared, so that tries made at the same moment cannot outrun the count.

        :param sid: the session in which it is made.
        :raises TooSoon: when it has to wait.
        """
        key = self._key(account_id, device, sid)
        number = self._ephemeral.count(TRIES, key, WINDOW)
        if number > self._allowed():
            self._take_turn(key)
        return Turn(account_id, key, number)

    def passed(self, turn: Turn) -> None:
        """Forget the failures before a success."""
        for kind in (TRIES, TURN, LEVEL):
            self._ephemeral.forget(kind, turn.key)

    def failed(self, turn: Turn) -> None:
        """Record a failure; the owner is told when tries begin to wait: whoever tries knows the password."""
        with self._services.database.write() as connection:
            now, object_ = self._services.clock(), ("account", turn.account_id)
            entry = audit.entry(
                Action.STEP_UP_REFUSED,
                now,
                actor=("anonymous", ""),
                object=object_,
                reason=self._kind,
                outcome="refused",
            )
            audit.record(connection, entry)
            account = store.find(connection, turn.account_id)
            if turn.number == self._free and account is not None:
                messages.announce(connection, self._services.sealer, account, "second_factor_failing", now=now)

    def _key(self, account_id: str, device: Device, sid: str) -> str:
        own = f" {device.id}" if device.is_trusted_by(account_id) else ""
        if sid and (released := self._ephemeral.peek(RELEASED, f"{account_id} {sid}")) is not None:
            own = f" {released['tries']}"
        return f"{self._kind} {account_id}{own}"

    def _take_turn(self, key: str) -> None:
        """Let one try of many through, and make the next one wait twice as long."""
        now, before = self._services.clock(), self._ephemeral.peek(LEVEL, key) or {"level": 0, "until": 0}
        wait = min(FIRST * 2 ** int(before["level"]), LAST)
        if not self._ephemeral.claim(TURN, key, wait):
            raise TooSoon(max(1, int(before["until"] - now)))
        self._ephemeral.put(LEVEL, key, {"level": min(int(before["level"]) + 1, 10), "until": now + wait}, WINDOW)

    def _allowed(self) -> int:
        young = not self._services.settings.demo and self._services.clock() - self._ephemeral.born_at() < STRICT
        return 1 if young else self._free


def release(services: Services, account_id: str, sid: str) -> None:
    """Give a session tries of its own, whoever else spends the account's (``second_factor_release``)."""
    value = {"tries": secrets.token_hex(12)}
    services.ephemeral.put(RELEASED, f"{account_id} {sid}", value, RELEASE_LIFETIME)
