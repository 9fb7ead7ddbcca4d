"""Writes the API's OpenAPI 3.1 document from its operations: what is declared once for the code is what callers read."""

from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from idp.http.api import problems
from idp.http.api.operation import JSON, Operation
from idp.http.api.problems import Problem

VERSION = "1"
"""Of the API: it changes when a caller would have to."""
REF = "#/components/schemas/{model}"
TOKEN = "access_token"  # noqa: S105 (the name of a scheme)
BEARER = {
    "400": "The access token was sent in the query or twice (RFC 6750 §3.1), or the request is malformed",
    "401": "No access token, one that is not good here, or a sign-in that is too weak or too old (RFC 6750, RFC 9470)",
    "403": "The access token lacks the scope, or the person the role (RFC 6750)",
}


class BearerError(BaseModel):
    """What is wrong with the access token (RFC 6750 §3.1); ``WWW-Authenticate`` says the same."""

    error: str
    error_description: str = ""


def document(issuer: str, operations: Sequence[Operation]) -> dict[str, Any]:
    """Give the document."""
    paths: dict[str, dict[str, Any]] = {}
    for each in operations:
        paths.setdefault(each.path, {})[each.method.lower()] = _operation(each)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Motcua",
            "version": VERSION,
            "description": "Every call brings an access token (RFC 6750) whose only audience is "
            f"`{issuer}/api`: ask for it with `resource={issuer}/api` (RFC 8707).",
        },
        "servers": [{"url": issuer}],
        "paths": paths,
        "components": {"schemas": _schemas(operations), "securitySchemes": {TOKEN: _scheme(issuer, operations)}},
    }


def _scheme(issuer: str, operations: Sequence[Operation]) -> dict[str, Any]:
    scopes = {each.scope: each.summary for each in reversed(operations)}
    addresses = {
        "authorizationUrl": f"{issuer}/authorize",
        "tokenUrl": f"{issuer}/token",
        "refreshUrl": f"{issuer}/token",
    }
    for_machines = {each.scope: each.summary for each in reversed(operations) if each.role is None}
    flows = {
        "authorizationCode": {**addresses, "scopes": scopes},
        "clientCredentials": {"tokenUrl": f"{issuer}/token", "scopes": for_machines},
    }
    return {"type": "oauth2", "flows": flows}


def _schemas(operations: Sequence[Operation]) -> dict[str, Any]:
    answers = {model for each in operations if (model := each.answer)} | {Problem, BearerError}
    taken = {model for each in operations for model in (each.body,) if model}
    wanted = [(model, "serialization") for model in sorted(answers, key=lambda it: it.__name__)]
    wanted += [(model, "validation") for model in sorted(taken, key=lambda it: it.__name__)]
    _, schemas = models_json_schema(wanted, ref_template=REF)  # type: ignore[arg-type]
    return dict(schemas["$defs"])


def _operation(each: Operation) -> dict[str, Any]:
    whole: dict[str, Any] = {
        "operationId": each.name,
        "summary": each.summary,
        "tags": list(each.tags) or [each.path.split("/")[2]],
        "security": [{TOKEN: [each.scope]}],
        "parameters": [*_path_parameters(each), *_query_parameters(each)],
        "responses": _responses(each),
    }
    if text := _description(each):
        whole["description"] = text
    if each.method in ("POST", "PUT", "PATCH") and each.takes:
        content = {kind: {"schema": _body(each) if kind == JSON else {}} for kind in each.takes}
        whole["requestBody"] = {"required": True, "content": content}
    return whole


def _description(each: Operation) -> str:
    needs = [f"Needs the role `{each.role}`." if each.role else ""]
    needs += [f"The sign-in must have reached `{each.acr}`." if each.acr and each.role else ""]
    needs += [
        f"The person must have proved who they are within {each.max_age} seconds." if each.max_age is not None else ""
    ]
    return " ".join(filter(None, (each.description, *needs)))


def _body(each: Operation) -> dict[str, Any]:
    return {} if each.body is None else {"$ref": REF.format(model=each.body.__name__)}


def _path_parameters(each: Operation) -> list[dict[str, Any]]:
    schema = {"type": "string", "minLength": 1, "maxLength": 128, "pattern": "^[A-Za-z0-9._~-]+$"}
    return [{"name": name, "in": "path", "required": True, "schema": schema} for name in each.parameters]


def _query_parameters(each: Operation) -> list[dict[str, Any]]:
    if each.query is None:
        return []
    schema = each.query.model_json_schema(ref_template=REF)
    required = schema.get("required", ())
    return [
        {
            "name": name,
            "in": "query",
            "required": name in required,
            "schema": {key: value for key, value in of.items() if key not in ("title", "description")},
            **({"description": of["description"]} if "description" in of else {}),
        }
        for name, of in schema["properties"].items()
    ]


def _responses(each: Operation) -> dict[str, Any]:
    good = {} if each.answer is None else {"$ref": REF.format(model=each.answer.__name__)}
    content = {kind: {"schema": good if kind == JSON else {}} for kind in each.gives}
    said = (
        {"400", "413", "422", "503"} | ({"404"} if each.parameters else set()) | {str(status) for status in each.also}
    )
    said |= {"415", "408"} if each.method in ("POST", "PUT", "PATCH") else set()
    problem = {problems.MEDIA_TYPE: {"schema": {"$ref": REF.format(model="Problem")}}}
    bearer = {JSON: {"schema": {"$ref": REF.format(model="BearerError")}}}
    answers = {str(each.status): {"description": "Done", "content": content}}
    for status in sorted(said | set(BEARER)):
        kinds = {**(problem if status in said else {}), **(bearer if status in BEARER or status == "503" else {})}
        answers[status] = {"description": BEARER.get(status, "Not done; the problem says why"), "content": kinds}
    return answers
