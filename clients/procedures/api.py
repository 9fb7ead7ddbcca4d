"""``/api/procedures``: the catalogue for machines, open to everybody because it is public law in force.

Paged, with a strong ``ETag`` (RFC 9110 §8.8.3), so that a portal which holds a copy asks cheaply whether it still holds.
Read only; an answer never waits for another service. What a mistake gets is ``application/problem+json`` (RFC 9457).
"""

import hashlib
import json
from typing import Any

from flask import Blueprint, Response, abort, request
from werkzeug.wrappers import Response as AnyResponse

from clients.procedures import rules
from clients.procedures.rules import LONGEST_PAGE, PAGE, Search

LIFETIME = 60
"""Seconds for which an answer may be kept without asking again."""


def procedures_api() -> Blueprint:
    """Give the API."""
    blueprint = Blueprint("procedures_api", __name__, url_prefix="/api/procedures")

    @blueprint.get("")
    def procedures() -> AnyResponse:
        """Give a page of procedures, searched and filtered as on the portal's own page."""
        found = rules.find(_search())
        here = found.search
        content = {
            "procedures": found.documents,
            "total": found.total,
            "page": here.page,
            "limit": here.limit,
            "next": here.page + 1 if here.page < found.pages else None,
        }
        return _answer(content)

    @blueprint.get("/<code>")
    def procedure(code: str) -> AnyResponse:
        """Give one procedure."""
        found = rules.procedure(code)
        return abort(404) if found is None else _answer(found)

    return blueprint


def _search() -> Search:
    asked = request.args
    return Search(
        q=asked.get("q", ""),
        field=_word("field"),
        owner=_word("owner"),
        level=_word("level"),
        page=_number("page", 1, 10_000),
        limit=_number("limit", PAGE, LONGEST_PAGE),
    )


def _word(name: str) -> str:
    value = request.args.get(name, "")
    return value if len(value) <= 60 and "\0" not in value else abort(400)


def _number(name: str, usual: int, most: int) -> int:
    value = request.args.get(name, str(usual))
    if not (value.isascii() and value.isdigit() and len(value) < 6 and 1 <= int(value) <= most):
        abort(400)
    return int(value)


def _answer(content: dict[str, Any]) -> AnyResponse:
    body = json.dumps(content, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()
    response = Response(body, content_type="application/json")
    response.set_etag(hashlib.sha256(body).hexdigest()[:32])
    response.cache_control.public, response.cache_control.max_age = True, LIFETIME
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response.make_conditional(request)
