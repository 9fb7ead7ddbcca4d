"""What went wrong at the API, as problem details (RFC 9457); what is wrong with a token stays RFC 6750's own answer.

Two voices: ``detail`` helps the caller's engineer, the log has the rest under the reference.
"""

import json
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, TypeVar

from pydantic import BaseModel, Field, ValidationError

from idp.errors import NotFound, ProtocolError, Refusal, StoreUnavailable, TryAgainLater
from idp.http import responses
from idp.logging import current_request_id, get_logger
from idp.protocol.exchange import NO_STORE, Headers, Reply, json_reply

MEDIA_TYPE = "application/problem+json"
M = TypeVar("M", bound=BaseModel)
_log = get_logger("api")


class Mistake(BaseModel):
    """One thing wrong with a request."""

    where: str = Field(description="Path of the member or parameter, joined with dots")
    detail: str


class Problem(BaseModel):
    """Problem details (RFC 9457)."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str = ""
    word: str = Field("", description="Says which rule said no, for programs, where there are several")
    reference: str = Field("", description="Number under which the operator finds this call in the log")
    errors: list[Mistake] = []


class Fault(Exception):
    """An API call that is refused for what it says, with the status of RFC 9110 §15.5."""

    def __init__(self, status: int, detail: str, errors: Sequence[Mistake] = ()) -> None:
        super().__init__(detail)
        self.status, self.detail, self.errors = status, detail, errors


def from_model(where: str, error: ValidationError) -> Fault:
    """Say what a model found wrong, without repeating what was sent: it may be a secret."""
    mistakes = [
        Mistake(where=".".join(map(str, (where, *found["loc"]))), detail=found["msg"])
        for found in error.errors(include_url=False, include_context=False, include_input=False)
    ]
    return Fault(422, f"the {where} does not fit what this operation takes", mistakes[:20])


def json_of(body: bytes) -> Any:
    """Give what the JSON in ``body`` says.

    :raises Fault: when it is none.
    """
    try:
        return json.loads(body.decode("utf-8"), parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise Fault(400, "the body is no JSON in UTF-8 (RFC 8259)") from None


def _no_number(_text: str) -> Any:
    """``NaN`` and ``Infinity`` are no JSON (RFC 8259 §6)."""
    raise ValueError


def read(model: type[M], where: str, sent: Any) -> M:
    """Give what was sent as ``model``.

    :raises Fault: naming what does not fit.
    """
    try:
        return model.model_validate(sent, strict=False)
    except ValidationError as error:
        raise from_model(where, error) from None


def answer(error: Exception) -> Reply:
    """Give the answer to a call that failed."""
    match error:
        case ProtocolError():
            return responses.protocol_error(error)
        case Fault():
            return problem(error.status, error.detail, errors=error.errors)
        case TryAgainLater():
            return _later("too much at once; try again in a moment")
        case StoreUnavailable():
            responses.log_unavailable(error)
            return _later("a store does not answer; try again in a moment")
        case NotFound():
            return not_found()
        case Refusal():
            detail = error.message % error.values if error.values else error.message
            return problem(error.status_code, detail, word=error.word)
    _log.error("unexpected", exc_info=error)
    return problem(500, "a fault of ours; tell the operator the reference")


def not_found() -> Reply:
    """404: there is no such thing, or it is not the caller's to see; which of the two is not told."""
    return problem(404, "there is nothing here that you may see")


def wrong_method(allow: str) -> Reply:
    """405 with the methods that there are (RFC 9110 §15.5.6)."""
    return problem(405, f"here are {allow}", (("Allow", allow),))


def refused_body(status: int) -> Reply:
    """Say why a body was not taken."""
    if status == 503:
        return _later("too many bodies are being waited for; try again in a moment")
    return problem(status, responses.BODY_REASONS[status])


def _later(detail: str) -> Reply:
    return problem(503, detail, (("Retry-After", responses.RETRY_AFTER),))


def problem(
    status: int, detail: str, headers: Headers = (), *, errors: Sequence[Mistake] = (), word: str = ""
) -> Reply:
    """Give a problem; members without a value are left out."""
    title = HTTPStatus(status).phrase
    known = Problem(
        title=title,
        status=status,
        detail=detail,
        word=word,
        reference=current_request_id.get() or "",
        errors=list(errors),
    )
    content: Mapping[str, Any] = {name: value for name, value in known.model_dump().items() if value}
    reply = json_reply(status, content, (*NO_STORE, *headers))
    typed = tuple((name, MEDIA_TYPE if name == "Content-Type" else value) for name, value in reply.headers)
    return Reply(reply.status, reply.body, typed)
