"""Turns failures into answers: a page that says what happened, what to do and a reference; the log has the detail.

Machines that ask under ``/api/`` get the same as ``application/problem+json`` (RFC 9457).
"""

import json
from http import HTTPStatus

import structlog
from flask import Flask, current_app, g, render_template, request
from flask_babel import lazy_gettext as _
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from clients.kit.errors import Busy, Failure
from clients.kit.records.database import DatabaseUnusable

log = structlog.get_logger(__name__)

TITLES = {
    400: (_("This could not be read"), _("The address or the form was not complete. Please go back and try again.")),
    403: (_("This is not allowed"), _("You may not open this page.")),
    404: (_("This page does not exist"), _("The address may have been mistyped, or the page was moved.")),
    405: (_("This is not done this way"), _("Please use the links and buttons of the pages.")),
    413: (_("This is too large"), _("Please send less at once.")),
}
FAULT = (
    _("Something went wrong on our side"),
    _("Nothing was changed. Please try again later; if it happens again, tell us the reference."),
)


def reference() -> str:
    """Give the number under which the log tells more: the request's."""
    return str(g.get("request_id", ""))


def answer(failure: Failure) -> Response:
    """Give the page of a failure."""
    log.info("failure", kind=type(failure).__name__, why=failure.detail)
    response = _page(failure.status, failure.title, failure.advice, sign_in_again=failure.sign_in_again)
    if failure.retry_after is not None:
        response.headers["Retry-After"] = str(failure.retry_after)
    return response


def _http_error(error: HTTPException) -> Response:
    """Keep the error's own headers (``Allow`` of a 405, RFC 9110 §15.5.6) and say it in words."""
    response = error.get_response()
    if response.status_code < 400:
        return response
    title, advice = TITLES.get(response.status_code, TITLES[400] if response.status_code < 500 else FAULT)
    page = _page(response.status_code, title, advice)
    response.data, response.content_type = page.data, page.content_type
    return response


def _database_away(error: DatabaseUnusable) -> Response:
    """The portal's own database is away or locked: nothing was done, and trying again is right."""
    log.error("database_unusable", kind=type(error).__name__)
    return answer(Busy(type(error).__name__))


def _fault(error: Exception) -> Response:
    """A constant answer for whatever was not foreseen; the log has the trace."""
    log.exception("fault", kind=type(error).__name__)
    if current_app.config["PROPAGATE_EXCEPTIONS"]:
        raise error
    return _page(500, *FAULT)


def _page(status: int, title: object, advice: object, *, sign_in_again: bool = False) -> Response:
    if request.path.startswith("/api/"):
        problem = {"title": HTTPStatus(status).phrase, "status": status, "instance": f"urn:request:{reference()}"}
        return Response(json.dumps(problem), status, content_type="application/problem+json")
    page = render_template(
        "clients/kit/failure.html", title=title, advice=advice, reference=reference(), sign_in_again=sign_in_again
    )
    return Response(page, status, content_type="text/html; charset=utf-8")


def install(app: Flask) -> None:
    """Let every failure of ``app`` end in an answer of ours."""
    app.register_error_handler(Failure, answer)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(DatabaseUnusable, _database_away)
    app.register_error_handler(Exception, _fault)
