"""Structured logs: one JSON object a line on standard error, each with the id of the request that caused it.

Owns the shape of a line. What is worth a line, and what may stand in it, is each caller's affair; never a secret, a
token, a cookie or a person's name or number.
"""

import json
import logging
import sys
import time
from collections.abc import MutableMapping
from contextvars import ContextVar
from functools import cache, lru_cache
from typing import Any, TextIO

import structlog
from structlog.typing import Processor

from idp.request_lines import RequestLines

current_request_id: ContextVar[str] = ContextVar("current_request_id", default="")
"""The id of the request in hand, empty outside a request; also the reference number that a person is shown."""

SECRET_WORDS = ("token", "secret", "password", "cookie", "verifier", "nonce", "authorization", "assertion")
HIDDEN = "[hidden]"

Event = MutableMapping[str, Any]
_lines = RequestLines()


def configure_logging(stream: TextIO | None = None, level: int = logging.INFO, *, gathered: float = 0) -> None:
    """Send every line of the process, the libraries' too, as JSON to ``stream`` (standard error by default).

    Vietnamese stays readable: nothing is escaped to ASCII.

    :param gathered: seconds that a line about a request may wait for others; all else is written at once.
    """
    _lines.open(stream or sys.stderr if level <= logging.INFO else None, gathered)
    shared: list[Processor] = [
        _add_request_id,
        structlog.stdlib.add_log_level,
        _add_time,
        _hide_secrets,
    ]
    final: list[Processor] = [
        structlog.processors.format_exc_info,
        structlog.processors.JSONRenderer(serializer=_as_json),
    ]
    structlog.configure(
        processors=[*shared, *final],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(stream or sys.stderr),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(processors=_rendered(final), foreign_pre_chain=shared))
    logging.basicConfig(handlers=[handler], level=max(level, logging.WARNING), force=True)


def get_logger(name: str) -> structlog.typing.FilteringBoundLogger:
    """Give the logger of one module; ``name`` stands in each of its lines as ``component``."""
    logger: structlog.typing.FilteringBoundLogger = structlog.get_logger(component=name)
    return logger


def log_request(method: str, path: str, status: str, seconds: float, caller: str) -> None:
    """Write the line about one request. There are as many as requests, so it goes past structlog, in the same shape.

    :param status: three digits.
    """
    _lines.write(
        f'{{"component":"access","method":{_quoted(method)},"path":{_quoted(path)},"status":{int(status)},'
        f'"ms":{seconds * 1000:.2f},"caller":{_quoted(caller)},"event":"request",'
        f'"request":{_quoted(current_request_id.get())},"level":"info","timestamp":"{_timestamp()}"}}\n'
    )


def flush_requests() -> None:
    """Write the lines about requests that still wait for others."""
    _lines.flush()


_quoted = json.encoder.encode_basestring
"""JSON's spelling of a text, nothing escaped to ASCII."""
_encoder = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=str)
"""Made once: ``json.dumps`` with options makes one for every line."""


def _as_json(event: Event, **_options: Any) -> str:
    return _encoder.encode(event)


def _hide_secrets(_logger: object, _method: str, event: Event) -> Event:
    """Blank whatever is named like a secret, should anybody ever log one."""
    for name in event:
        if _names_a_secret(name):
            event[name] = HIDDEN
    return event


@cache
def _names_a_secret(name: str) -> bool:
    return name != "event" and any(word in name.lower() for word in SECRET_WORDS)


def _rendered(final: list[Processor]) -> list[Processor]:
    return [structlog.stdlib.ProcessorFormatter.remove_processors_meta, *final]


def _add_time(_logger: object, _method: str, event: Event) -> Event:
    event["timestamp"] = _timestamp()
    return event


def _timestamp() -> str:
    now = time.time()
    return f"{_second(int(now))}.{int(now % 1 * 1000):03}Z"


@lru_cache(maxsize=4)
def _second(seconds: int) -> str:
    """Write a second in UTC (RFC 3339); the lines of one second share it."""
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds))


def _add_request_id(_logger: object, _method: str, event: Event) -> Event:
    if request_id := current_request_id.get():
        event["request"] = request_id
    return event
