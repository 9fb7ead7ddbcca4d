"""What a relying party's log lines carry: the request's id, and never a secret. Where lines go, and in which shape, is the
process's affair."""

import secrets
import time
from typing import Any

import structlog
from flask import Flask, g, request
from werkzeug.wrappers import Response

from clients.kit.extension import relying_party

log = structlog.get_logger(__name__)

SECRET_WORDS = ("token", "secret", "password", "code", "cookie", "verifier", "nonce", "authorization", "assertion")
HIDDEN = "[hidden]"
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def hide_secrets(_logger: Any, _name: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """Blank whatever is named like a secret, should anybody ever log one."""
    for name in event:
        if name != "event" and any(word in name.lower() for word in SECRET_WORDS):
            event[name] = HIDDEN
    return event


def _add_ours() -> None:
    """Let the process's log, whoever set it up, carry the request and hide secrets."""
    known = structlog.get_config()["processors"]
    if hide_secrets not in known:
        structlog.configure(processors=[structlog.contextvars.merge_contextvars, hide_secrets, *known])


def new_request_id() -> str:
    """Give twelve characters that can be read aloud, as ``7K3M-Q9TX-2BHD``: Crockford's base 32, 60 random bits."""
    letters = "".join(secrets.choice(ALPHABET) for _ in range(12))
    return f"{letters[:4]}-{letters[4:8]}-{letters[8:]}"


def _begin() -> None:
    g.request_id, g.started = new_request_id(), time.perf_counter()
    name = relying_party().settings.application.name
    structlog.contextvars.bind_contextvars(request=g.request_id, application=name)


def _end(response: Response) -> Response:
    """Log the request without query and variable parts, which may hold codes and names, and without people's addresses."""
    response.headers["X-Request-ID"] = g.request_id
    spent = round((time.perf_counter() - g.started) * 1000, 1)
    log.info("request", method=request.method, path=_path(), status=response.status_code, ms=spent)
    return response


def _path() -> str:
    """Give the pattern of an address that is one of ours, and of others not the whole."""
    return request.url_rule.rule if request.url_rule is not None else request.path[:60]


def _forget(_error: BaseException | None) -> None:
    structlog.contextvars.unbind_contextvars("request", "application")


def install(app: Flask) -> None:
    """Number and log the requests of ``app``."""
    _add_ours()
    app.before_request(_begin)
    app.after_request(_end)
    app.teardown_request(_forget)
