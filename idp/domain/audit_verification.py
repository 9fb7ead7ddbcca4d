"""Checks a trail against signed checkpoints, offline: from an export, its checkpoints and their public keys alone.

Finds what was removed, changed, put in, put out of order or cut off at the end. The chain says from which entry on
something is wrong; a checkpoint proves it, also against whoever can rewrite the whole database.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from idp.domain import audit_chain, merkle
from idp.domain.audit_sequencer import CHECKPOINT_TYPE
from idp.store.audit_trail import Numbered, Place
from keys import jose
from keys.jose import VerifyingKey


@dataclass(frozen=True)
class Statement:
    """A checkpoint whose signature was verified: so many entries had this root and this chain hash."""

    size: int
    root: str
    chain: str
    issuer: str
    at: int


@dataclass(frozen=True)
class Published:
    """An entry as an export holds it: its members with number, and the chain hash that it claims."""

    members: dict[str, Any]
    chain: str


@dataclass
class Verdict:
    """What was found. ``proved`` is the number up to which a checkpoint vouches for the entries."""

    entries: int = 0
    proved: int = 0
    checkpoints: int = 0
    problems: list[str] = field(default_factory=list)

    @property
    def intact(self) -> bool:
        """Whether nothing was found wrong; without a checkpoint that says little."""
        return not self.problems


class NotATrail(Exception):
    """The file is not what it should be, an export or a key set; the message says where."""


def statement(signed: str, keys: Mapping[str, VerifyingKey]) -> Statement:
    """Give what a signed checkpoint states.

    :raises keys.jose.TokenInvalid: when none of ``keys`` signed it as a checkpoint, or it lacks a member.
    """
    claims = jose.verify(signed.strip(), keys, CHECKPOINT_TYPE)
    try:
        size, at = int(claims["size"]), int(claims["iat"])
        return Statement(size, str(claims["root"]), str(claims["chain"]), str(claims["iss"]), at)
    except (KeyError, TypeError, ValueError):
        raise jose.TokenInvalid("not a checkpoint: size, root, chain, iss and iat are needed") from None


def check(entries: Iterable[Published], statements: Sequence[Statement]) -> Verdict:
    """Follow a trail from its start and compare it with every checkpoint; entries are read one at a time."""
    verdict = Verdict(checkpoints=len(statements))
    by_size: dict[int, list[Statement]] = {}
    for each in statements:
        by_size.setdefault(each.size, []).append(each)
    place, trusting = audit_chain.START, True
    for entry in entries:
        place, sound = _next(place, entry, verdict.problems if trusting else [])
        trusting = trusting and sound
        for stated in by_size.pop(place.size, ()):
            _compare(place, stated, verdict)
    verdict.entries = place.size
    for size in sorted(by_size):
        verdict.problems.append(f"cut off: a checkpoint was signed over {size} entries, there are only {place.size}")
    return verdict


def _next(place: Place, entry: Published, problems: list[str]) -> tuple[Place, bool]:
    """Follow one entry. Only the first fault is told: everything after it differs in consequence."""
    expected = place.size + 1
    reached = audit_chain.follow(place, entry.members)
    if entry.members.get("number") != expected:
        problems.append(f"entry {expected} is not there: {entry.members.get('number')} stands in its place")
        return reached, False
    if reached.chain.hex() != entry.chain:
        problems.append(f"entry {expected} was changed, or something before it")
        return reached, False
    return reached, True


def _compare(place: Place, stated: Statement, verdict: Verdict) -> None:
    if (merkle.root(place.peaks).hex(), place.chain.hex()) == (stated.root, stated.chain):
        verdict.proved = max(verdict.proved, place.size)
    else:
        verdict.problems.append(f"the first {place.size} entries are not those that were signed at {stated.at}")


def published(numbered: Numbered) -> Published:
    """Give an entry of the database as an export holds it."""
    return Published(audit_chain.members(numbered.number, numbered.entry), numbered.chain.hex())


def lines(entries: Iterable[Published], checkpoints: Iterable[str], jwks: Sequence[Mapping[str, str]]) -> Iterator[str]:
    """Write an export: one JSON object a line, public keys and checkpoints first, so that it is read in one pass."""
    yield json.dumps({"keys": list(jwks)})
    for checkpoint in checkpoints:
        yield json.dumps({"checkpoint": checkpoint})
    for entry in entries:
        yield json.dumps({"entry": entry.members, "chain": entry.chain})


class Export:
    """An export that is being read: its keys and checkpoints are there at once, its entries come one at a time.

    :raises NotATrail: here or from ``entries``, for a line that is none of an export's.
    """

    def __init__(self, source: Iterable[str]) -> None:
        self.keys: list[dict[str, str]] = []
        self.checkpoints: list[str] = []
        self._parsed = (_line(number, text) for number, text in enumerate(source, start=1))
        self._first: Published | None = None
        for parsed in self._parsed:
            if isinstance(parsed, Published):
                self._first = parsed
                break
            self._keep(parsed)

    def entries(self) -> Iterator[Published]:
        """Give the entries in the order of the file."""
        if self._first is not None:
            yield self._first
        for parsed in self._parsed:
            if isinstance(parsed, Published):
                yield parsed
            else:
                raise NotATrail("keys and checkpoints stand before the entries")

    def _keep(self, parsed: str | list[dict[str, str]]) -> None:
        if isinstance(parsed, str):
            self.checkpoints.append(parsed)
        else:
            self.keys += parsed


def _line(number: int, text: str) -> Published | str | list[dict[str, str]]:
    try:
        content = json.loads(text)
        if "entry" in content:
            return Published(dict(content["entry"]), str(content["chain"]))
        if "checkpoint" in content:
            return str(content["checkpoint"])
        return [{str(name): str(value) for name, value in key.items()} for key in content["keys"]]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise NotATrail(f"line {number} is not a line of an audit export") from None


def key_set(jwks: Iterable[Mapping[str, str]]) -> dict[str, VerifyingKey]:
    """Import public keys.

    :raises NotATrail: when one of them is no public key of a kind that we sign with.
    """
    try:
        return {key["kid"]: jose.public_key_from_jwk(key) for key in jwks}
    except (KeyError, ValueError, TypeError, AttributeError, jose.TokenInvalid):
        raise NotATrail("the key set holds something that is no RSA, P-256 or Ed25519 public key") from None
