"""Ephemeral state in Redis (``noeviction``): one round trip for each verb, lifetimes by Redis's own clock.

Settings of redis-py follow one rule, a dead Redis is known at once: no retries, short time-outs. The birth mark moves
when Redis comes back as another run, because what it had accepted last may be lost (append-only file, replica).
"""

import json
from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from redis import Redis
from redis.backoff import NoBackoff
from redis.connection import Connection
from redis.exceptions import RedisError
from redis.retry import Retry

from idp.clock import Clock
from idp.errors import StoreUnavailable
from idp.store.ephemeral.interface import Value, digest

PREFIX = b"motcua:"
BORN, RUN = PREFIX + b"born", PREFIX + b"run"
CONNECT_SECONDS, ANSWER_SECONDS = 0.2, 1.0

COUNT = """
local total = redis.call('INCR', KEYS[1])
if total == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
return total
"""
BIRTH = """
local born = redis.call('GET', KEYS[1])
if not born then
  born = ARGV[1]
  redis.call('SET', KEYS[1], born)
end
return born
"""
GREETING = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then
  redis.call('SET', KEYS[1], ARGV[1])
  redis.call('SET', KEYS[2], ARGV[2])
end
return 1
"""
"""Runs on each new connection: another run of Redis than the last one seen is a new birth."""

P = ParamSpec("P")
R = TypeVar("R")


def _or_unavailable(verb: Callable[P, R]) -> Callable[P, R]:
    """Turn whatever Redis could not do, full memory included, into the one error that callers know."""

    @wraps(verb)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return verb(*args, **kwargs)
        except (RedisError, OSError) as error:
            raise StoreUnavailable("the ephemeral store (Redis) does not answer") from error

    return guarded


class RedisEphemeralStore:
    """The verbs of ``EphemeralStore`` on Redis 6.2 or later.

    :param url: ``redis://``, ``rediss://`` or ``unix://``, as redis-py reads it.
    """

    def __init__(self, url: str, clock: Clock) -> None:
        self._clock = clock
        self._redis: Redis = Redis.from_url(
            url,
            retry=Retry(NoBackoff(), 0),
            socket_connect_timeout=CONNECT_SECONDS,
            socket_timeout=ANSWER_SECONDS,
            redis_connect_func=self._greet,
        )
        self._count = self._redis.register_script(COUNT)
        self._birth = self._redis.register_script(BIRTH)

    @_or_unavailable
    def put(self, kind: str, key: str, value: Value, lifetime: float) -> None:
        """Keep ``value`` for ``lifetime`` seconds, in place of what was there."""
        self._redis.set(_name(kind, key), json.dumps(value), px=_milliseconds(lifetime))

    @_or_unavailable
    def peek(self, kind: str, key: str) -> dict[str, Any] | None:
        """Give what is kept and leave it there."""
        return _value(self._redis.get(_name(kind, key)))

    @_or_unavailable
    def take(self, kind: str, key: str) -> dict[str, Any] | None:
        """Give what is kept and remove it."""
        return _value(self._redis.getdel(_name(kind, key)))

    @_or_unavailable
    def claim(self, kind: str, key: str, lifetime: float) -> bool:
        """Say whether this is the first claim within ``lifetime`` seconds."""
        return bool(self._redis.set(_name(kind, key), b"", nx=True, px=_milliseconds(lifetime)))

    @_or_unavailable
    def count(self, kind: str, key: str, lifetime: float) -> int:
        """Add one and give the total of the window."""
        return int(self._count(keys=[_name(kind, key)], args=[_milliseconds(lifetime)]))

    @_or_unavailable
    def forget(self, kind: str, key: str) -> None:
        """Remove value, claim or count."""
        self._redis.delete(_name(kind, key))

    @_or_unavailable
    def born_at(self) -> float:
        """Give the birth mark, which the first to ask writes."""
        return float(self._birth(keys=[BORN], args=[repr(self._clock())]))

    def _greet(self, connection: Connection) -> None:
        """Compare this run of Redis with the last one seen, before the connection is used for anything."""
        # redis-py does not annotate these three.
        connection.on_connect()  # type: ignore[no-untyped-call]
        connection.send_command("INFO", "server")  # type: ignore[no-untyped-call]
        lines = bytes(connection.read_response()).splitlines()
        run = next(line.partition(b":")[2] for line in lines if line.startswith(b"run_id:"))
        greeting = ("EVAL", GREETING, 2, RUN, BORN, run, repr(self._clock()))
        connection.send_command(*greeting)  # type: ignore[no-untyped-call]
        connection.read_response()


def _name(kind: str, key: str) -> bytes:
    """The name keeps the kind readable, so that an operator sees what fills the memory."""
    return PREFIX + kind.encode() + b":" + digest(kind, key).hex().encode()


def _milliseconds(lifetime: float) -> int:
    return max(1, round(lifetime * 1000))


def _value(kept: bytes | str | None) -> dict[str, Any] | None:
    return json.loads(kept) if kept else None
