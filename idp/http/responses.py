"""The only place where errors become answers: exact JSON for machines here, pages for people in ``error_pages``.

RFC 6749 §5.2 and RFC 6750 §3 for machines. An unexpected exception is always the same ``server_error`` with a reference
number; its detail goes to the log under that number and nowhere else.
"""

from idp.errors import (
    InvalidRequest,
    ProtocolError,
    Refusal,
    ServerError,
    StoreUnavailable,
    TemporarilyUnavailable,
    TryAgainLater,
)
from idp.logging import current_request_id, get_logger
from idp.protocol.exchange import NO_STORE, Headers, Reply, json_reply

_log = get_logger("responses")
BODY_REASONS = {
    400: "Content-Length is not a number",
    408: "the body did not come in time",
    413: "the body is longer than this endpoint takes",
}
"""Why a body was not taken, by status."""
RETRY_AFTER = "2"
"""Seconds after which a caller who came when too much was going on may try again."""


def machine_error(error: Exception) -> Reply:
    """Give the answer that the caller of a machine endpoint may see."""
    if isinstance(error, ProtocolError):
        return protocol_error(error)
    if isinstance(error, TryAgainLater):
        return protocol_error(TemporarilyUnavailable("too much at once; try again in a moment"))
    if isinstance(error, StoreUnavailable):
        log_unavailable(error)
        return protocol_error(TemporarilyUnavailable("a store does not answer; try again in a moment"))
    if isinstance(error, Refusal):
        return json_reply(error.status_code, InvalidRequest(error.message).members())
    return unexpected(error)


def protocol_error(error: ProtocolError) -> Reply:
    """Give a specification's error: its members as JSON, and the challenge that a 401 or 403 must carry."""
    headers: list[tuple[str, str]] = []
    if error.challenge:
        headers.append(("WWW-Authenticate", challenge(error)))
    if error.status_code == 503:
        headers.append(("Retry-After", RETRY_AFTER))
    return json_reply(error.status_code, error.members(), (*NO_STORE, *headers))


def challenge(error: ProtocolError) -> str:
    """Give ``WWW-Authenticate``: for tokens with the error's own parameters (RFC 6750 §3), else the scheme alone.

    An error without a description answers a request that brought no token, which is told no error code (§3.1).
    """
    scheme = error.challenge or ""
    if scheme not in ("Bearer", "DPoP"):
        return scheme
    told = error.members() if error.description else {}
    parameters = ", ".join(f'{name}="{value}"' for name, value in {"realm": "motcua", **told}.items())
    return f"{scheme} {parameters}"


def unexpected(error: Exception) -> Reply:
    """Log what happened under the reference number; tell the caller the number and nothing else."""
    _log.error("unexpected", exc_info=error)
    return json_reply(500, ServerError(f"a fault of ours; reference {current_request_id.get()}").members())


def log_unavailable(error: StoreUnavailable) -> None:
    """Tell the operator which store does not answer, and why."""
    _log.error("store_unavailable", store=str(error), trouble=type(error.__cause__).__name__)


def wrong_method(allow: str) -> Reply:
    """405 with the methods that the endpoint takes (RFC 9110 §15.5.6)."""
    headers: Headers = (*NO_STORE, ("Allow", allow))
    return json_reply(405, InvalidRequest(f"this endpoint takes {allow}").members(), headers)


def refused_body(status: int) -> Reply:
    """Say why a body was not taken: 400, 408 and 413, and 503 while too many bodies are awaited."""
    if status == 503:
        return protocol_error(TemporarilyUnavailable("too many bodies are being waited for; try again in a moment"))
    return json_reply(status, InvalidRequest(BODY_REASONS[status]).members())
