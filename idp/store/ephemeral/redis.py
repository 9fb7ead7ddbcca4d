"""Ephemeral state in Redis (``noeviction``): one round trip for each verb, lifetimes by Redis's own clock.

Settings of redis-py follow one rule, a dead Redis is known at once: no retries, short time-outs. The birth mark moves
when Redis comes back as another run, because what it had accepted last may be lost (append-only file, replica).
"""

import json
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from hiredis import pack_command
from redis.backoff import NoBackoff
from redis.connection import Connection, ConnectionPool
from redis.exceptions import RedisError
from redis.retry import Retry

from idp.clock import Clock
from idp.errors import StoreUnavailable
from idp.store.ephemeral.interface import EphemeralStore, Step, digest

PREFIX = b"motcua:"
BORN, RUN = PREFIX + b"born", PREFIX + b"run"
CONNECT_SECONDS, ANSWER_SECONDS = 0.2, 1.0

COUNT = """
local total = redis.call('INCR', KEYS[1])
if total == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
return total
"""
UNCOUNT = "if redis.call('EXISTS', KEYS[1]) == 1 then redis.call('DECR', KEYS[1]) end"
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


class RedisEphemeralStore(EphemeralStore):
    """The verbs on Redis 6.2 or later.

    :param url: ``redis://``, ``rediss://`` or ``unix://``, as redis-py reads it.
    """

    def __init__(self, url: str, clock: Clock) -> None:
        super().__init__(clock)
        self._pool = ConnectionPool.from_url(
            url,
            retry=Retry(NoBackoff(), 0),
            socket_connect_timeout=CONNECT_SECONDS,
            socket_timeout=ANSWER_SECONDS,
            redis_connect_func=self._greet,
        )
        # redis-py does not annotate what a connection does.
        self._idle: deque[Any] = deque()

    def together(self, *steps: Step) -> list[Any]:
        """Send all commands at once, and read the answers in their order."""
        answers = self._ask([_COMMANDS[step.verb](step) for step in steps])
        return [_READ[step.verb](answer) for step, answer in zip(steps, answers, strict=True)]

    def born_at(self) -> float:
        """Give the birth mark, which the first to ask writes."""
        (born,) = self._ask([("EVAL", BIRTH, 1, BORN, repr(self._clock()))])
        return float(born)

    def _do(self, step: Step) -> Any:
        (answer,) = self._ask([_COMMANDS[step.verb](step)])
        return _READ[step.verb](answer)

    def _ask(self, commands: Sequence[tuple[Any, ...]]) -> list[Any]:
        """Send commands and give their answers. A client of redis-py costs more than twice as much as its connection.

        :raises StoreUnavailable: for whatever Redis could not do, full memory included.
        """
        try:
            connection = self._take()
            try:
                connection.send_packed_command([b"".join(map(pack_command, commands))], check_health=False)
                answers = [connection.read_response() for _ in commands]
            except BaseException:
                connection.disconnect()
                raise
        except (RedisError, OSError) as error:
            raise StoreUnavailable("the ephemeral store (Redis) does not answer") from error
        self._idle.append(connection)
        return answers

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


def _name(step: Step) -> bytes:
    """The name keeps the kind readable, so that an operator sees what fills the memory."""
    return PREFIX + step.kind.encode() + b":" + digest(step.kind, step.key).hex().encode()


def _milliseconds(step: Step) -> int:
    return max(1, round(step.lifetime * 1000))


def _put(step: Step, *more: str) -> tuple[Any, ...]:
    return ("SET", _name(step), json.dumps(step.value), "PX", _milliseconds(step), *more)


def _value(kept: bytes | str | None) -> dict[str, Any] | None:
    return json.loads(kept) if kept else None


def _nothing(answer: object) -> None:
    """Some verbs give nothing."""


_COMMANDS: Mapping[str, Callable[[Step], tuple[Any, ...]]] = {
    "put": _put,
    "replace": lambda step: _put(step, "GET"),
    "peek": lambda step: ("GET", _name(step)),
    "take": lambda step: ("GETDEL", _name(step)),
    "claim": lambda step: ("SET", _name(step), b"", "NX", "PX", _milliseconds(step)),
    "count": lambda step: ("EVAL", COUNT, 1, _name(step), _milliseconds(step)),
    "uncount": lambda step: ("EVAL", UNCOUNT, 1, _name(step)),
    "forget": lambda step: ("DEL", _name(step)),
}
"""One command of one key for each verb."""
_READ: Mapping[str, Callable[[Any], Any]] = {
    "put": _nothing,
    "replace": lambda answer: answer is not None,
    "peek": _value,
    "take": _value,
    "claim": lambda answer: answer is not None,
    "count": int,
    "uncount": _nothing,
    "forget": _nothing,
}
