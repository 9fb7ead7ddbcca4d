"""Ephemeral state in Redis (``noeviction``): one round trip for each verb, lifetimes by Redis's own clock.

Settings of redis-py follow one rule, a dead Redis is known at once: no retries, short time-outs. The birth mark moves
when Redis comes back as another run, because what it had accepted last may be lost (append-only file, replica).
"""

import json
from collections import deque
from typing import Any

from hiredis import pack_command
from redis.backoff import NoBackoff
from redis.connection import Connection, ConnectionPool
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


class RedisEphemeralStore:
    """The verbs of ``EphemeralStore`` on Redis 6.2 or later.

    :param url: ``redis://``, ``rediss://`` or ``unix://``, as redis-py reads it.
    """

    def __init__(self, url: str, clock: Clock) -> None:
        self._clock = clock
        self._pool = ConnectionPool.from_url(
            url,
            retry=Retry(NoBackoff(), 0),
            socket_connect_timeout=CONNECT_SECONDS,
            socket_timeout=ANSWER_SECONDS,
            redis_connect_func=self._greet,
        )
        # redis-py does not annotate what a connection does.
        self._idle: deque[Any] = deque()

    def put(self, kind: str, key: str, value: Value, lifetime: float) -> None:
        """Keep ``value`` for ``lifetime`` seconds, in place of what was there."""
        self._ask("SET", _name(kind, key), json.dumps(value), "PX", _milliseconds(lifetime))

    def peek(self, kind: str, key: str) -> dict[str, Any] | None:
        """Give what is kept and leave it there."""
        return _value(self._ask("GET", _name(kind, key)))

    def take(self, kind: str, key: str) -> dict[str, Any] | None:
        """Give what is kept and remove it."""
        return _value(self._ask("GETDEL", _name(kind, key)))

    def claim(self, kind: str, key: str, lifetime: float) -> bool:
        """Say whether this is the first claim within ``lifetime`` seconds."""
        return self._ask("SET", _name(kind, key), b"", "NX", "PX", _milliseconds(lifetime)) is not None

    def count(self, kind: str, key: str, lifetime: float) -> int:
        """Add one and give the total of the window."""
        return int(self._ask("EVAL", COUNT, 1, _name(kind, key), _milliseconds(lifetime)))

    def forget(self, kind: str, key: str) -> None:
        """Remove value, claim or count."""
        self._ask("DEL", _name(kind, key))

    def born_at(self) -> float:
        """Give the birth mark, which the first to ask writes."""
        return float(self._ask("EVAL", BIRTH, 1, BORN, repr(self._clock())))

    def _ask(self, *command: Any) -> Any:
        """Send a command and give the answer. A client of redis-py costs more than twice as much as its connection.

        :raises StoreUnavailable: for whatever Redis could not do, full memory included.
        """
        try:
            connection = self._take()
            try:
                connection.send_packed_command([pack_command(command)], check_health=False)
                answer = connection.read_response()
            except BaseException:
                connection.disconnect()
                raise
        except (RedisError, OSError) as error:
            raise StoreUnavailable("the ephemeral store (Redis) does not answer") from error
        self._idle.append(connection)
        return answer

    def _take(self) -> Any:
        """Give a connection that is open: one that Redis has closed meanwhile, in a restart, has something to read."""
        while self._idle:
            connection = self._idle.pop()
            try:
                if not connection.can_read(0):
                    return connection
            except (RedisError, OSError):
                pass
            connection.disconnect()
        opened: Any = self._pool.make_connection()
        opened.connect()
        return opened

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
