"""The life of our token-signing keys: next → active → verifying → retired, and the key ring a process signs with.

A key is published before its first use and verifies for longer than anything it signed lives (OpenID Connect Core
§10.1.1). Retired public halves stay, unpublished, for a year, so that an old ``id_token_hint`` still signs out.
Keeping rows is left to ``keys.store.signing_keys``, sealing to ``keys.sealing``; the transaction is the caller's.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from keys import jose
from keys.jose import Algorithm, SigningKey, VerifyingKey
from keys.remembered import Remembered
from keys.sealing import Sealer
from keys.store import signing_keys as store
from keys.store.signing_keys import KeyRow

PURPOSE = "signing key"
DAY = 86400


@dataclass(frozen=True)
class RotationPolicy:
    """How long a key stays in each state, in seconds."""

    active: int = 90 * DAY
    """How long a key signs."""
    announce: int = DAY
    """How long a key is published at least before it signs; longer than any key set is cached."""
    verifying: int = 2 * DAY
    """How long a key is published after it stopped signing; longer than any token lives."""
    remembered: int = 365 * DAY
    """How long a retired public half is kept for old hints."""


def rotate(
    connection: Connection,
    sealer: Sealer,
    now: int,
    *,
    algorithms: Sequence[Algorithm] = jose.ALGORITHMS,
    policy: RotationPolicy | None = None,
    at_once: bool = False,
) -> list[str]:
    """Move every key that is due; gives one sentence per change. Safe to call at any time, in the caller's transaction.

    :param at_once: put the next key to work now, whatever its age (``motcua key rotate``, after a leak).
    """
    policy = policy or RotationPolicy()
    changes: list[str] = []
    for algorithm in algorithms:
        changes += _rotate_one(connection, sealer, now, algorithm, policy, at_once)
    for row in store.all_keys(connection):
        due = row.state == "verifying" and now - row.changed_at >= policy.verifying
        if due and store.move(connection, row.kid, "verifying", "retired", now, private_sealed=None):
            changes.append(f"{row.kid} ({row.algorithm}) is retired")
    store.forget(connection, now - policy.remembered)
    return changes


def _rotate_one(
    connection: Connection, sealer: Sealer, now: int, algorithm: Algorithm, policy: RotationPolicy, at_once: bool
) -> list[str]:
    rows = {row.state: row for row in store.all_keys(connection) if row.algorithm == algorithm}
    active, upcoming = rows.get("active"), rows.get("next")
    if active is None:
        made = [_add(connection, sealer, now, algorithm, state) for state in ("active", "next")]
        return [f"first keys for {algorithm} made"] if any(made) else []
    if upcoming is None:
        return [f"next key for {algorithm} published"] if _add(connection, sealer, now, algorithm, "next") else []
    ready = now - upcoming.changed_at >= policy.announce and now - active.changed_at >= policy.active
    if not (ready or at_once):
        return []
    if not store.move(connection, active.kid, "active", "verifying", now):
        return []
    store.move(connection, upcoming.kid, "next", "active", now)
    _add(connection, sealer, now, algorithm, "next")
    return [f"{upcoming.kid} signs {algorithm} from now on"]


def _add(connection: Connection, sealer: Sealer, now: int, algorithm: Algorithm, state: str) -> bool:
    """Make a key; False when another process was quicker, which the database itself sees to."""
    key = jose.generate(algorithm)
    sealed = sealer.seal(key.private_bytes(), PURPOSE)
    row = KeyRow(key.kid, algorithm, state, sealed, json.dumps(key.public.jwk()), now, now)
    try:
        with connection.begin_nested():
            store.add(connection, row)
    except IntegrityError:
        return False
    return True


@dataclass(frozen=True)
class KeyRing:
    """The keys a process works with at one moment, imported once; made anew when the rows change."""

    signing: Mapping[str, SigningKey]
    """Algorithm → the active key."""
    published: Mapping[str, VerifyingKey]
    """kid → every key of the published set: next, active and verifying."""
    remembered: Mapping[str, VerifyingKey] = field(default_factory=dict)
    """kid → every key whose public half is still kept, retired ones too."""

    _verified: Remembered = field(default_factory=Remembered, compare=False, repr=False)

    def claims_of(self, token: str, typ: str) -> Mapping[str, Any]:
        """Give the claims of a token that one of the published keys signed; read-only.

        A signature that was verified once need not be verified again while the keys are the same.

        :raises keys.jose.TokenInvalid: whatever is wrong with it.
        """
        return self._verified.of(f"{typ} {token}", lambda: jose.verify(token, self.published, typ))

    def sign(self, algorithm: str, claims: Mapping[str, Any], typ: str) -> str:
        """Give ``claims`` as a compact JWT signed with the active key of ``algorithm``.

        :raises KeyError: when no key of that algorithm is active.
        """
        return self.signing[algorithm].sign(claims, typ)

    def jwks(self) -> dict[str, list[dict[str, str]]]:
        """Give the published key set (RFC 7517 §5)."""
        return {"keys": [key.jwk() for key in self.published.values()]}


def load_key_ring(connection: Connection, sealer: Sealer) -> KeyRing:
    """Read and import every key."""
    rows = store.all_keys(connection)
    public = {row.kid: jose.public_key_from_jwk(json.loads(row.public_jwk)) for row in rows}
    signing = {
        row.algorithm: jose.load(cast("Algorithm", row.algorithm), sealer.open(row.private_sealed, PURPOSE))
        for row in rows
        if row.state == "active" and row.private_sealed is not None
    }
    published = {row.kid: public[row.kid] for row in rows if row.state != "retired"}
    return KeyRing(signing, published, public)
