"""Throttling of sign-ins: only failures count, and what follows is a growing challenge, never a refusal.

By account, from devices that never signed in to it; by device, a budget of its own, so that guessing elsewhere never
slows the owner; by address, only where many different accounts fail, since a province may share one; by network, an
alarm. A name that is nobody's is counted like any other. Counters are ephemeral; the challenge is ``proof_of_work``'s.
"""

import ipaddress
from dataclasses import dataclass
from functools import lru_cache

import structlog

from idp.clock import Clock
from idp.settings import Settings
from idp.store.ephemeral import EphemeralStore, Step

log = structlog.get_logger(__name__)

WINDOW = 3600.0
"""Seconds after which failures are forgotten."""
STRICT = 60.0
"""Seconds after the ephemeral store's birth in which one failure weighs like the last allowed one: counts may be lost."""


@dataclass(frozen=True)
class Limits:
    """How many failures within ``WINDOW`` go without a challenge, and how hard challenges are."""

    account: int = 5
    """Failures of one account from devices unknown to it."""
    device: int = 10
    """Failures of one known device."""
    address: int = 20
    """Different accounts that fail from one address."""
    network: int = 500
    """Failures from one network, after which the operator is warned."""
    first_bits: int = 12
    last_bits: int = 18
    strict: bool = True
    """Whether the minute after the ephemeral store's birth is strict."""


DEMO = Limits(account=50, device=50, address=200, network=5000, strict=False)
"""The demo's: people who try things out are not slowed."""


def limits_for(settings: Settings) -> Limits:
    """Give the limits of an installation."""
    return DEMO if settings.demo else Limits()


@dataclass(frozen=True)
class Attempt:
    """Where a sign-in comes from.

    :param name: the fingerprint of what was typed as the name, whoever's it is.
    :param address: the browser's address.
    :param device: the identifier of a device that has signed in to this account before, else None.
    """

    name: str
    address: str
    device: str | None = None


class Throttle:
    """Says how hard a challenge an attempt must meet, and counts those that failed."""

    def __init__(self, ephemeral: EphemeralStore, clock: Clock, limits: Limits) -> None:
        self._ephemeral = ephemeral
        self._clock = clock
        self._limits = limits

    def demand(self, attempt: Attempt) -> int:
        """Give the bits of the challenge that this attempt must meet; 0 where it needs none."""
        if attempt.device and self._ephemeral.peek("device_spent", attempt.device) is None:
            return 0
        by_account = Step("peek", "account_demand", attempt.name)
        by_address = Step("peek", "address_demand", address_of(attempt.address))
        return max(int(kept["bits"]) if kept else 0 for kept in self._ephemeral.together(by_account, by_address))

    def failed(self, attempt: Attempt) -> bool:
        """Count a failure; True where it is the first after which the account is challenged.

        A known device spends its own budget; once that is spent it counts like any other.
        """
        young = self._limits.strict and self._clock() - self._ephemeral.born_at() < STRICT
        self._failed_from(attempt, young)
        if attempt.device and not self._spends(attempt.device, young):
            return False
        return self._failed_for(attempt.name, young)

    def _spends(self, device: str, young: bool) -> bool:
        """Count a known device's failure; True when its budget is spent."""
        if self._ephemeral.peek("device_spent", device) is not None:
            return True
        if self._ephemeral.count("device_failures", device, WINDOW) >= _allowed(self._limits.device, young):
            self._ephemeral.put("device_spent", device, {}, WINDOW)
        return False

    def _failed_for(self, name: str, young: bool) -> bool:
        total = self._ephemeral.count("account_failures", name, WINDOW)
        allowed = _allowed(self._limits.account, young)
        if total >= allowed:
            bits = min(self._limits.first_bits + (total - allowed) // 2, self._limits.last_bits)
            self._ephemeral.put("account_demand", name, {"bits": bits}, WINDOW)
        return total == allowed

    def _failed_from(self, attempt: Attempt, young: bool) -> None:
        address, network = address_of(attempt.address), network_of(attempt.address)
        is_first, total = self._ephemeral.together(
            Step("claim", "address_account", f"{address} {attempt.name}", WINDOW),
            Step("count", "network_failures", network, WINDOW),
        )
        if is_first:
            accounts = self._ephemeral.count("address_accounts", address, WINDOW)
            if accounts >= _allowed(self._limits.address, young):
                self._ephemeral.put("address_demand", address, {"bits": self._limits.first_bits}, WINDOW)
        if total % self._limits.network == 0:
            log.warning("many_sign_ins_fail", network=network, failures=total, seconds=int(WINDOW))


def _allowed(failures: int, young: bool) -> int:
    """Give how many failures go; in a store that was just born one weighs like the last."""
    return 1 if young else failures


def address_of(text: str) -> str:
    """Give what counts as one address: an IPv4 address, or an IPv6 /64, which one household or desk has to itself."""
    return _network(text, 32, 64)


def network_of(text: str) -> str:
    """Give what counts as one network: an IPv4 /24 or an IPv6 /48."""
    return _network(text, 24, 48)


@lru_cache(maxsize=1024)
def _network(text: str, length_4: int, length_6: int) -> str:
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return "unknown"
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    known = mapped or address
    length = length_4 if known.version == 4 else length_6
    return str(ipaddress.ip_network(f"{known}/{length}", strict=False))
