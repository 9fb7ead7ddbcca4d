"""The public keys of a client: registered by value (``jwks``) or by reference (``jwks_uri``, fetched and remembered).

An unknown ``kid`` starts one bounded fetch for that client, at most every ten seconds and few at once over all clients
(design §2: the one fetch on the token path). How a fetch is kept safe is ``idp.domain.outbound``'s affair.
"""

import json
import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from idp.domain.clients import Client
from idp.domain.outbound import FetchFailed, fetch
from idp.errors import InvalidClient, TryAgainLater
from idp.services import Services

FETCH_EVERY = 10
"""Seconds between two fetches for one client."""
BELIEVED = 3600
"""Seconds that a fetched key set is believed without another look."""
KEPT = 1000
PATIENCE = 0.25
"""Seconds to wait for a slot, or for another request's fetch: a thread that waits answers nobody."""


@dataclass(frozen=True)
class _Fetched:
    """What a fetch gave: keys, those of the fetch before when it failed, and why it failed."""

    keys: KeySet | None
    looked_at: float
    failure: str = ""

    def usable(self) -> KeySet:
        if self.keys is None:
            raise InvalidClient(f"jwks_uri could not be read: {self.failure}")
        return self.keys


_Where = tuple[str, str]
_fetched: OrderedDict[_Where, _Fetched] = OrderedDict()
_under_way: dict[_Where, threading.Event] = {}
_lock = threading.Lock()


def keys_of(services: Services, client: Client, kid: object) -> KeySet:
    """Give the client's keys with that ``kid``, or all of them when the token names none.

    :raises InvalidClient: when the client has no usable keys.
    """
    if jwks := client.metadata.get("jwks"):
        return _named(_import(jwks), kid)
    address = client.metadata.get("jwks_uri")
    if not address:
        raise InvalidClient("this client has no keys registered (jwks or jwks_uri)")
    return _named(_fetched_keys(services, client, str(address), kid), kid)


def _fetched_keys(services: Services, client: Client, address: str, kid: object) -> KeySet:
    """Give the keys at an address, fetched now if they must be; one fetch for whoever asks meanwhile.

    :raises idp.errors.TryAgainLater: when somebody else's fetch, or too many of them, are still under way.
    """
    where, now = (client.client_id, address), services.clock()
    with _lock:
        held, other = _fetched.get(where), _under_way.get(where)
        if held and _will_do(held, kid, now, fetching=other is not None):
            return held.usable()
        if other is None:
            mine = _under_way[where] = threading.Event()
    if other is None:
        try:
            return _fetch(services, where, held, now).usable()
        finally:
            with _lock:
                del _under_way[where]
            mine.set()
    if other.wait(PATIENCE) and (found := _fetched.get(where)):
        return found.usable()
    raise TryAgainLater("the keys of this client are being fetched")


def _will_do(held: _Fetched, kid: object, now: float, *, fetching: bool) -> bool:
    """A key that is known and not too old needs no fetch, nor while somebody looks again; nobody looks twice in a while."""
    known = held.keys is not None and (kid is None or any(key.kid == kid for key in held.keys.keys))
    return (known and (fetching or now - held.looked_at < BELIEVED)) or now - held.looked_at < FETCH_EVERY


def _fetch(services: Services, where: _Where, held: _Fetched | None, now: float) -> _Fetched:
    """Fetch once, in one of the slots for what takes long, and remember what came of it."""
    with services.slots.take(PATIENCE):
        try:
            found = _Fetched(_import(json.loads(fetch(services.settings, where[1]).body)), now)
        except (FetchFailed, InvalidClient, ValueError, RecursionError) as reason:
            found = _Fetched(held.keys if held else None, now, str(getattr(reason, "description", "") or reason))
    with _lock:
        _fetched[where] = found
        _fetched.move_to_end(where)
        while len(_fetched) > KEPT:
            _fetched.popitem(last=False)
    return found


def _import(jwks: Any) -> KeySet:
    """Import a key set; keys of a kind that we do not know are passed over (RFC 7517 §5)."""
    members = jwks.get("keys") if isinstance(jwks, dict) else None
    if not isinstance(members, list) or len(members) > 50:
        raise InvalidClient("a key set is a JSON object with up to 50 keys (RFC 7517 §5)")
    usable = []
    for member in members:
        try:
            usable += KeySet.import_key_set({"keys": [member]}).keys
        except (JoseError, ValueError, TypeError, KeyError, AttributeError):
            continue
    return KeySet([key for key in usable if key.key_type in ("RSA", "EC", "OKP")])


def _named(keys: KeySet, kid: object) -> KeySet:
    return keys if kid is None else KeySet([key for key in keys.keys if key.kid == kid])
