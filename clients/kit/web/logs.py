"""Structured logs, one JSON line each, with the request's id; and a guard that keeps secrets out of them."""

import logging
import secrets
import sys
import time
from typing import Any

import structlog
from flask import Flask, g, request
from werkzeug.wrappers import Response

from clients.kit.extension import relying_party

log = structlog.get_logger(__name__)

SECRET_WORDS = ("token", "secret", "password", "code", "cookie", "verifier", "nonce", "authorization", "assertion")
HIDDEN = "[hidden]"


def hide_secrets(_logger: Any, _name: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """Blank whatever is named like a secret, should anybody ever log one."""
    for name in event:
        if name != "event" and any(word in name.lower() for word in SECRET_WORDS):
            event[name] = HIDDEN
    return event


def configure() -> None:
    """Send structured logs to standard error, readable in Vietnamese."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            hide_secrets,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )


def _begin() -> None:
    g.request_id, g.started = secrets.token_hex(6), time.perf_counter()
    structlog.contextvars.clear_contextvars()
    name = relying_party().settings.application.name
    structlog.contextvars.bind_contextvars(request=g.request_id, application=name)


def _end(response: Response) -> Response:
    """Log the request without its query, which may hold a code, and without addresses of people."""
    response.headers["X-Request-Id"] = g.request_id
    spent = round((time.perf_counter() - g.started) * 1000, 1)
    log.info("answered", method=request.method, path=request.path, status=response.status_code, ms=spent)
    return response


def install(app: Flask) -> None:
    """Number and log the requests of ``app``."""
    app.before_request(_begin)
    app.after_request(_end)
