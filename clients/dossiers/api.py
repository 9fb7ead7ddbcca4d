"""``/api/dossiers``: other portals file and follow a person's dossiers here, with a token of that person for this agency.

The person is the token's ``sub``, which is of this agency's sector (RFC 9068 §6): a dossier of somebody else is not there
(404). Sending again under the same ``Idempotency-Key`` files nothing twice. Nothing here makes a call.
"""

import json
from http import HTTPStatus
from typing import Any

from flask import Blueprint, Response, jsonify, request
from flask_babel import gettext
from werkzeug.exceptions import BadRequest, UnsupportedMediaType

from clients.dossiers import copying, filing, form, states
from clients.dossiers.filing import Applicant, Submission
from clients.dossiers.records import dossiers
from clients.dossiers.records.dossiers import Dossier, Whole
from clients.kit.extension import relying_party
from clients.kit.records.database import reading
from clients.kit.web.guard import access_token, demand_level, guarded_blueprint, needs
from clients.kit.web.modules import place
from templates.language import current_language

READ, SUBMIT = "dossier:read", "dossier:submit"
PAGE, MOST = 50, 1000
LARGEST = 64 * 1024


def dossiers_api() -> Blueprint:
    """Give the API."""
    blueprint = guarded_blueprint("dossiers_api", __name__, "/api/dossiers")

    @blueprint.get("")
    @needs(READ)
    def mine() -> Response:
        """List the person's dossiers, the newest first."""
        page = _page()
        with reading() as work:
            found = dossiers.of_person(work, access_token().subject, PAGE + 1, (page - 1) * PAGE)
        following = page + 1 if len(found) > PAGE else None
        return jsonify({"agency": place().agency, "dossiers": [short(it) for it in found[:PAGE]], "next": following})

    @blueprint.get("/<code>")
    @needs(READ)
    def dossier(code: str) -> Response:
        """Give one dossier with its history."""
        with reading() as work:
            whole = dossiers.find(work, code[:60], access_token().subject)
        return problem(404) if whole is None else jsonify(full(whole))

    @blueprint.post("")
    @needs(SUBMIT)
    def submit() -> Response:
        """File a dossier without attachments; 201 with where it is, 200 when it was filed already."""
        sent, key = _sent(), request.headers.get("Idempotency-Key", "")
        if not filing.is_key(key):
            return problem(400, detail="Idempotency-Key: 16 to 64 letters, digits, - or _")
        procedure = copying.procedure(str(sent.get("procedure", "")))
        if procedure is None or not filing.is_taken_online(procedure):
            return problem(422, errors={"procedure": [gettext("This procedure cannot be filed here")]})
        demand_level(procedure["acr"])
        return _file(procedure, sent["content"], key)

    return blueprint


def _file(procedure: dict[str, Any], content: dict[str, Any], key: str) -> Response:
    filled, excess = form.of_json(procedure, content, relying_party().clock(), current_language())
    errors: dict[str, Any] = {name: [gettext("This is no part of the form.")] for name in excess}
    if not filled.validate():
        errors |= form.errors_of(filled)
    for paper in procedure["documents"]:
        if paper["required"]:
            errors[paper["key"]] = [gettext("This paper must be attached, which is done on this portal's own page.")]
    if errors:
        return problem(422, errors=errors)
    token = access_token()
    applicant = Applicant(token.subject, "", token.acr, token.client_id)
    submission = Submission(key, procedure, form.content_of(filled, procedure))
    try:
        filed = filing.submit(submission, applicant, place().agency, relying_party().now)
    except filing.OtherContent:
        return problem(409, detail="the Idempotency-Key was used for other content")
    response = jsonify(short(filed))
    response.status_code = 201 if filed.submitted_at == relying_party().now else 200
    response.headers["Location"] = f"{relying_party().settings.url}/api/dossiers/{filed.code}"
    return response


def short(dossier: Dossier) -> dict[str, Any]:
    """Give a dossier as a list shows it. Times are Unix seconds, ``due_on`` a day, names in both languages."""
    state = states.states()[dossier.state]
    return {
        "code": dossier.code,
        "agency": place().agency,
        "procedure": {"code": dossier.procedure_code, "name": dossier.procedure["name"]},
        "state": {"code": state.code, "state": state.state, "name": state.name, "clock": state.clock, "tag": state.tag},
        "submitted_at": dossier.submitted_at,
        "received_at": dossier.received_at,
        "due_on": dossier.due_on,
        "version": dossier.version,
    }


def full(whole: Whole) -> dict[str, Any]:
    """Give a dossier with its history. What the person filled in stays at the agency; officials are named by name alone."""
    named = states.states()
    history = [
        {"at": it.at, "act": it.action, "state": named[it.state].name, "by": it.by_name, "comment": it.comment}
        for it in whole.events
    ]
    address = f"{relying_party().settings.url}/dossiers/{whole.dossier.code}"
    return {**short(whole.dossier), "history": history, "attachments": len(whole.attachments), "page": address}


def problem(status: int, **members: Any) -> Response:
    """Give a problem document (RFC 9457)."""
    content = {"title": HTTPStatus(status).phrase, "status": status, **members}
    return Response(json.dumps(content, ensure_ascii=False), status, content_type="application/problem+json")


def _page() -> int:
    value = request.args.get("page", "1")
    if not (value.isascii() and value.isdigit() and len(value) < 5 and 1 <= int(value) <= MOST):
        raise BadRequest
    return int(value)


def _sent() -> dict[str, Any]:
    """Give the JSON object that was sent; anything else is refused before it is looked at."""
    if request.mimetype != "application/json":
        raise UnsupportedMediaType
    request.max_content_length = LARGEST
    try:
        sent = json.loads(request.get_data().decode())
    except (ValueError, RecursionError):
        raise BadRequest from None
    if not isinstance(sent, dict) or not isinstance(sent.get("content"), dict):
        raise BadRequest
    return sent
