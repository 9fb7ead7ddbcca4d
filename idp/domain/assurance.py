"""How sure a sign-in is, on two axes kept apart: the identity behind the account and the authenticators used.

The ``acr`` values are data (``idp/data/acr.json``); ``amr`` follows RFC 8176. Identity is raised only by proofing,
strength only by use. Asking for what is missing is left to the authorization dispatcher.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any, Literal

from idp.data import read_json

Factor = Mapping[str, Any]
"""A factor as a session records it: ``kind`` (a key of ``factors`` in the data file), ``at`` (Unix seconds), and where
one use differs from its kind, ``amr`` (one method or a list of them) and ``strength`` (up to the kind's ``most``)."""

ONE_FACTOR, TWO_FACTORS, PHISHING_RESISTANT = 1, 2, 3


@dataclass(frozen=True)
class Assurance:
    """An identity level (1 or 2) and an authenticator strength (1 one factor, 2 two, 3 phishing-resistant)."""

    identity: int
    strength: int

    def satisfies(self, needed: "Assurance") -> bool:
        """Tell whether this is at least ``needed`` on both axes."""
        return self.identity >= needed.identity and self.strength >= needed.strength


@cache
def _table() -> dict[str, Assurance]:
    data = read_json("acr.json")
    table = {row["acr"]: Assurance(row["identity"], row["strength"]) for row in data["values"]}
    return table | {alias: table[acr] for alias, acr in data["aliases"].items()}


def supported() -> tuple[str, ...]:
    """Give every ``acr`` value that may be asked for, aliases included, for the discovery document."""
    return tuple(_table())


def needed_for(acr: str) -> Assurance | None:
    """Give what an ``acr`` value needs, or None for a value that is not ours."""
    return _table().get(acr)


def strength_of(factors: Sequence[Factor]) -> int:
    """Give the strength of the factors used together: two count only when they are of different categories."""
    return _strength_of(tuple([(factor["kind"], int(factor.get("strength", 1))) for factor in factors]))


@lru_cache(maxsize=1024)
def _strength_of(used: tuple[tuple[str, int], ...]) -> int:
    """Each request asks this several times, of a few dozen combinations."""
    facts = read_json("acr.json")["factors"]
    strongest = max((_strength(proved, facts[kind]) for kind, proved in used), default=ONE_FACTOR)
    categories = {facts[kind]["category"] for kind, _ in used} - {"recovery"}
    return max(strongest, TWO_FACTORS) if len(categories) > 1 else strongest


@cache
def session_limit(strength: int, limit: Literal["idle", "lifetime"], setting: int) -> int:
    """Give the seconds that a session of this strength may be idle or live in all: the setting's, or the level's if fewer."""
    return min(setting, int(read_json("acr.json")["sessions"].get(str(strength), {}).get(limit, setting)))


def _strength(proved: int, fact: Mapping[str, Any]) -> int:
    """One use may be worth more than its kind, up to what the data allow (``most``): a phone that proved two itself."""
    return max(int(fact["strength"]), min(proved, int(fact.get("most", 1))))


def here_only(factors: Sequence[Factor]) -> list[Factor]:
    """Give the factors that were used in the session's own browser: not those of another that vouched for it."""
    facts = read_json("acr.json")["factors"]
    return [factor for factor in factors if not facts[factor["kind"]].get("remote")]


def remote() -> frozenset[str]:
    """Give the kinds by which another browser vouches, and which somebody in between could therefore pass on."""
    return frozenset(kind for kind, fact in read_json("acr.json")["factors"].items() if fact.get("remote"))


def reached(identity_level: int, factors: Sequence[Factor]) -> Assurance:
    """Give the assurance that a session has reached."""
    return Assurance(identity_level, strength_of(factors))


def methods(factors: Sequence[Factor]) -> list[str]:
    """Give ``amr`` (RFC 8176 §2): each method used once, and ``mfa`` where more than one factor counted."""
    used = list(dict.fromkeys(method for factor in factors for method in _methods_of(factor)))
    counts_twice = strength_of(factors) >= TWO_FACTORS and len(used) > 1
    return [*used, "mfa"] if counts_twice and "mfa" not in used else used


def _methods_of(factor: Factor) -> list[str]:
    said = factor.get("amr") or read_json("acr.json")["factors"][factor["kind"]]["amr"]
    return [said] if isinstance(said, str) else list(said)


def categories(kinds: Iterable[str]) -> frozenset[str]:
    """Give the categories of some kinds of authenticator: knowledge, possession, recovery."""
    facts = read_json("acr.json")["factors"]
    return frozenset(facts[kind]["category"] for kind in kinds)


def only_recovers(factors: Sequence[Factor]) -> bool:
    """Tell whether nothing but what recovers was used, which proves nobody anew."""
    return categories(factor["kind"] for factor in factors) <= {"recovery"}


def returned(requested: Sequence[str], have: Assurance) -> str | None:
    """Give the ``acr`` to return: the first requested value that is satisfied, spelt as requested.

    With none requested, the highest reached; None when something was requested and nothing of it is satisfied.
    """
    if not requested:
        return highest(have)
    for acr in requested:
        needed = needed_for(acr)
        if needed is not None and have.satisfies(needed):
            return acr
    return None


@cache
def highest(have: Assurance) -> str:
    """Give the highest ``acr`` value that ``have`` satisfies: identity first, then strength."""
    satisfied = [(a.identity, a.strength, acr) for acr, a in _table().items() if have.satisfies(a) and ":" in acr]
    return max(satisfied)[2]
