"""The light request and reply of machine endpoints, known to the rules and to the WSGI front alike.

Owns reading a form and its limits (one value per parameter, RFC 6749 §3.1). WSGI itself is left to ``idp.http.front``.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote_plus

import orjson

from idp.errors import InvalidRequest

MAX_FIELDS = 100
REPEATABLE = frozenset({"resource"})
"""Parameters that may be sent several times (RFC 8707 §2); their values are joined with a space."""

Headers = tuple[tuple[str, str], ...]

NO_STORE: Headers = (("Cache-Control", "no-store"), ("Pragma", "no-cache"))


class ParameterRepeated(InvalidRequest):
    """RFC 6749 §3.1: a parameter was sent more than once. ``single`` holds those that were sent once."""

    def __init__(self, repeated: Sequence[str], single: Mapping[str, str]) -> None:
        super().__init__(f"parameter sent more than once: {', '.join(repeated)[:100]} (RFC 6749 §3.1)")
        self.single = single


@dataclass(slots=True)
class MachineRequest:
    """One request to a machine endpoint. Header names are lower case; ``body`` is already within its limit."""

    method: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    remote_address: str = ""

    def form(self) -> dict[str, str]:
        """Give the form's parameters.

        :raises InvalidRequest: for another media type, invalid UTF-8 or a repeated parameter (RFC 6749 §3.2).
        """
        media_type = self.headers.get("content-type", "").split(";", 1)[0].strip().lower()
        if media_type != "application/x-www-form-urlencoded":
            raise InvalidRequest("send the parameters as application/x-www-form-urlencoded (RFC 6749 §4.1.3)")
        return parse_parameters(self.body)

    def arguments(self) -> dict[str, str]:
        """Give the query's parameters, under the same rules as a form's."""
        return parse_parameters(self.query.encode("latin-1"))


@dataclass(slots=True)
class Reply:
    """What a machine endpoint answers: a status, its own headers and the body's bytes."""

    status: int
    body: bytes = b""
    headers: Headers = ()


def parse_parameters(encoded: bytes) -> dict[str, str]:
    """Decode ``application/x-www-form-urlencoded`` bytes; a parameter without a value is as if absent (RFC 6749 §3.1).

    :raises InvalidRequest: for invalid UTF-8 or too many fields.
    :raises ParameterRepeated: for a parameter sent twice.
    """
    try:
        fields = encoded.decode("ascii").split("&", MAX_FIELDS)
        if len(fields) > MAX_FIELDS:
            raise ValueError(fields[-1])
        pairs = [_pair(each) for each in fields if each]
    except ValueError:
        raise InvalidRequest("parameters must be valid UTF-8, percent-encoded, at most 100") from None
    parameters = dict(pairs)
    if len(parameters) != len(pairs):
        _join_repeated(pairs, parameters)
    return {name: value for name, value in parameters.items() if value}


def _pair(field: str) -> tuple[str, str]:
    name, _, value = field.partition("=")
    return decode_form(name), decode_form(value)


def decode_form(text: str) -> str:
    """Decode one name or value of ``application/x-www-form-urlencoded``; most hold nothing that was encoded.

    :raises ValueError: for what is not UTF-8.
    """
    return unquote_plus(text, errors="strict") if "%" in text or "+" in text else text


def _join_repeated(pairs: list[tuple[str, str]], parameters: dict[str, str]) -> None:
    """Join ``resource``, whose values hold no space, and refuse any other parameter that was sent twice."""
    names = [name for name, _ in pairs]
    repeated = sorted({name for name in names if names.count(name) > 1} - REPEATABLE)
    if repeated:
        single = {name: value for name, value in parameters.items() if names.count(name) == 1 and value}
        raise ParameterRepeated(repeated, single)
    for name in REPEATABLE & set(names):
        parameters[name] = " ".join(value for each, value in pairs if each == name)


def json_reply(status: int, content: Mapping[str, Any], headers: Headers = NO_STORE) -> Reply:
    """Give ``content`` as JSON, not to be stored by caches unless other headers are given."""
    return Reply(status, orjson.dumps(content), (("Content-Type", "application/json"), *headers))
