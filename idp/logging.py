"""Structured logs: one JSON object a line on standard error, each with the id of the request that caused it.

Owns the shape of a line. What is worth a line, and what may stand in it, is each caller's affair; never a secret, a
token, a cookie or a person's name or number.
"""

import logging
import sys
from collections.abc import MutableMapping
from contextvars import ContextVar
from typing import Any, TextIO

import structlog
from structlog.typing import Processor

current_request_id: ContextVar[str] = ContextVar("current_request_id", default="")
"""The id of the request in hand, empty outside a request; also the reference number that a person is shown."""

Event = MutableMapping[str, Any]


def configure_logging(stream: TextIO | None = None, level: int = logging.INFO) -> None:
    """Send every line of the process, the libraries' too, as JSON to ``stream`` (standard error by default).

    Vietnamese stays readable: nothing is escaped to ASCII.
    """
    shared: list[Processor] = [
        _add_request_id,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper("iso", utc=True),
    ]
    final: list[Processor] = [
        structlog.processors.format_exc_info,
        structlog.processors.JSONRenderer(ensure_ascii=False),
    ]
    structlog.configure(
        processors=[*shared, *final],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(stream or sys.stderr),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(processors=_rendered(final), foreign_pre_chain=shared))
    logging.basicConfig(handlers=[handler], level=max(level, logging.WARNING), force=True)


def get_logger(name: str) -> structlog.typing.FilteringBoundLogger:
    """Give the logger of one module; ``name`` stands in each of its lines as ``component``."""
    logger: structlog.typing.FilteringBoundLogger = structlog.get_logger(component=name)
    return logger


def _rendered(final: list[Processor]) -> list[Processor]:
    return [structlog.stdlib.ProcessorFormatter.remove_processors_meta, *final]


def _add_request_id(_logger: object, _method: str, event: Event) -> Event:
    if request_id := current_request_id.get():
        event["request"] = request_id
    return event
