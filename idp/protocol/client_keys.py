"""The public keys of a client: registered by value (``jwks``) or by reference (``jwks_uri``, fetched and remembered).

An unknown ``kid`` starts one bounded fetch for that client, at most every ten seconds (design §2: the one fetch on the
token path). How a fetch is kept safe is ``idp.domain.outbound``'s affair.
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
from idp.errors import InvalidClient
from idp.services import Services

FETCH_EVERY = 10
"""Seconds between two fetches for one client."""
BELIEVED = 3600
"""Seconds that a fetched key set is believed without another look."""
KEPT = 1000


@dataclass
class _Fetched:
    keys: KeySet
    looked_at: float


_fetched: OrderedDict[tuple[str, str], _Fetched] = OrderedDict()
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
    where, now = (client.client_id, address), services.clock()
    with _lock:
        held = _fetched.get(where)
        known = held is not None and (kid is None or any(key.kid == kid for key in held.keys.keys))
        if held and ((known and now - held.looked_at < BELIEVED) or now - held.looked_at < FETCH_EVERY):
            return held.keys
        _fetched[where] = _Fetched(held.keys if held else KeySet([]), now)
        _fetched.move_to_end(where)
        while len(_fetched) > KEPT:
            _fetched.popitem(last=False)
    try:
        keys = _import(json.loads(fetch(services.settings, address).body))
    except (FetchFailed, ValueError) as reason:
        if held:
            return held.keys
        raise InvalidClient(f"jwks_uri could not be read: {reason}") from None
    _fetched[where] = _Fetched(keys, now)
    return keys


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
