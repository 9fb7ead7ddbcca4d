"""Ephemeral state: requests in flight, nonces, ``jti`` claims and counters, on SQL or on Redis.

Owns the verbs and what each promises; losing all of it ends sign-ins in flight and nothing else. What is kept under
which kind, and for how long, is the callers' affair.
"""

from idp.store.ephemeral.factory import make_ephemeral
from idp.store.ephemeral.interface import EphemeralStore, Step, Value

__all__ = ["EphemeralStore", "Step", "Value", "make_ephemeral"]
