"""Errors as people see them: what happened, what to do next, and a reference number that the operator finds in the log.

Owns the pages of every status. Machine endpoints' errors are in ``idp.http.responses``; an error that travels by
redirect is the dispatcher's.
"""

from dataclasses import dataclass

from flask import Flask, Response, current_app, make_response, render_template, request
from flask_babel import gettext
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException, InternalServerError

from idp.errors import ProtocolError, Refusal, StoreUnavailable
from idp.http.helpful import protocol_detail, refusal_detail
from idp.http.responses import RETRY_AFTER, log_unavailable
from idp.logging import current_request_id, get_logger
from idp.words import mark
from templates.addresses import here

_log = get_logger("error_pages")


@dataclass(frozen=True, slots=True)
class Explanation:
    """What an error page says: the status, what happened, what to do, a detail for engineers where there is one, and
    where the page is opened again."""

    status: int
    title: str
    advice: str
    detail: str = ""
    again: str = ""


_GO_BACK = mark("Go back to the page you came from and try again.")
_BY_STATUS = {
    400: (mark("We could not understand this request"), _GO_BACK),
    403: (mark("You may not open this page"), mark("Sign in with an account that may, or ask whoever sent you here.")),
    404: (mark("There is nothing at this address"), mark("Check the address, or start again from the start page.")),
    405: (mark("This page cannot be used that way"), _GO_BACK),
    408: (mark("What was sent took too long to arrive"), mark("Check your connection, then try again.")),
    413: (mark("What was sent is too large"), mark("Send less, then try again.")),
    429: (mark("Too many attempts"), mark("Wait a few minutes, then try again. Nothing was changed.")),
    500: (mark("Something went wrong on our side"), mark("Nothing was changed. Try again in a moment.")),
    503: (mark("The service is very busy"), mark("Nothing was changed. Try again in a few seconds.")),
}
_FORM_EXPIRED = mark("This form is no longer valid")
_OPEN_AGAIN = mark("Open the page again and send the form once more. Your browser must accept cookies from this site.")


def set_up_error_pages(app: Flask) -> None:
    """Answer every error of the application with a page."""
    app.register_error_handler(CSRFError, _expired_form)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(Refusal, refusal_page)
    app.register_error_handler(ProtocolError, protocol_error_page)
    app.register_error_handler(StoreUnavailable, _store_unavailable)
    app.register_error_handler(Exception, _unexpected)


def page(explanation: Explanation) -> Response:
    """Give the page for ``explanation``, with the reference number of the request in hand."""
    response = make_response(
        render_template("idp/error.html", error=explanation, reference=current_request_id.get()), explanation.status
    )
    if explanation.status in (429, 503):
        response.headers["Retry-After"] = RETRY_AFTER
    return response


def refusal_page(refusal: Refusal) -> Response:
    """Give the page for something that a person asked for and that is not done.

    A refusal that says what to do, after what happened, needs no general advice, which might say another thing.
    """
    _, usual = _BY_STATUS.get(refusal.status_code, _BY_STATUS[400])
    title, dot, advice = gettext(refusal.message, **refusal.values).partition(". ")
    told = Explanation(refusal.status_code, title + dot.strip(), advice or gettext(usual), refusal_detail(refusal))
    return page(told)


def protocol_error_page(error: ProtocolError) -> Response:
    """Give the page for a protocol error that may not travel by redirect (RFC 6749 §4.1.2.1).

    The person can do little about it; the portal's administrator finds code and description on the page, everybody the
    number under which they are in the log.
    """
    title = gettext("The portal that sent you here made a mistake")
    advice = gettext("Go back to the portal and try again. If it happens again, tell the portal the reference number.")
    status = error.status_code if error.status_code >= 500 else 400
    return page(Explanation(status, title, advice, protocol_detail(error)))


def _store_unavailable(error: StoreUnavailable) -> Response:
    log_unavailable(error)
    title, advice = _BY_STATUS[503]
    return page(Explanation(503, gettext(title), gettext(advice)))


def _expired_form(_error: CSRFError) -> Response:
    return page(Explanation(400, gettext(_FORM_EXPIRED), gettext(_OPEN_AGAIN), again=_own_address()))


def _own_address() -> str:
    """Give where the form in hand is opened again: the address it was sent to, empty where that only takes forms."""
    ways = current_app.create_url_adapter(request)
    return here() if ways is not None and ways.test(method="GET") else ""


def _http_error(error: HTTPException) -> Response:
    """Keep the headers that the status asks for, ``Allow`` of a 405 among them (RFC 9110 §15.5.6)."""
    given = error.get_response()
    if given.status_code < 400:
        return Response(given.get_data(), given.status_code, given.headers)
    title, advice = _BY_STATUS.get(given.status_code, _BY_STATUS[400])
    response = page(Explanation(given.status_code, gettext(title), gettext(advice)))
    for name in ("Allow", "Retry-After", "WWW-Authenticate"):
        if name in given.headers:
            response.headers[name] = given.headers[name]
    return response


def _unexpected(error: Exception) -> Response:
    _log.error("unexpected", exc_info=error)
    title, advice = _BY_STATUS[InternalServerError.code]
    return page(Explanation(500, gettext(title), gettext(advice)))
