"""One operation of the API as a value: who may call it, what it takes, what it gives, and what answers it.

Everything that a caller must know stands here once; routing, access and the OpenAPI document are read from it.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeVar

from pydantic import BaseModel

from idp.domain.administration.administrator import ADMINISTRATOR, Administrator
from idp.domain.clients import Client
from idp.protocol.exchange import MachineRequest, Reply
from idp.services import Services

M = TypeVar("M", bound=BaseModel)
JSON = "application/json"
ADMINISTRATION_ACR = "urn:vn:eid:loa2:mfa"
"""What the sign-in behind an administrator's token must have reached (RFC 9470)."""
FRESH = 300
"""Seconds since an administrator proved who they are, for an act that cannot be taken back."""

_PARAMETER = re.compile(r"\{([a-z_]+)\}")
_SEGMENT = "[A-Za-z0-9._~-]{1,128}"
"""What stands in place of a parameter: unreserved characters alone (RFC 3986 §2.3), so no slash, dot segment or NUL."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls: a client, and the person behind its token where it came from a sign-in.

    ``roles`` and ``agency`` are the account's now, not the token's.
    """

    client: Client
    claims: Mapping[str, Any]
    account_id: str | None = None
    roles: tuple[str, ...] = ()
    agency: str | None = None

    @property
    def scopes(self) -> frozenset[str]:
        """The scopes of the token."""
        return frozenset(str(self.claims["scope"]).split())

    @property
    def administrator(self) -> Administrator:
        """Who administers, for the decisions of ``idp.domain.administration``.

        :raises TypeError: for an operation that does not demand the role.
        """
        if self.account_id is None or ADMINISTRATOR not in self.roles:
            raise TypeError("the operation does not demand the role of an administrator")
        return Administrator(self.account_id, self.roles, self.agency, self.client.client_id, self.claims["sid"])


@dataclass(frozen=True, slots=True)
class Call:
    """One call as its handler sees it: let in, and everything it brought already checked against the declaration."""

    services: Services
    caller: Caller
    request: MachineRequest
    path: Mapping[str, str]
    _query: BaseModel | None = None
    _body: BaseModel | None = None

    def query(self, model: type[M]) -> M:
        """Give the query as the declared model."""
        return _as(model, self._query)

    def body(self, model: type[M]) -> M:
        """Give the JSON body as the declared model."""
        return _as(model, self._body)


def _as(model: type[M], value: BaseModel | None) -> M:
    if not isinstance(value, model):
        raise TypeError(f"the operation does not declare {model.__name__}")
    return value


@dataclass(frozen=True)
class Operation:
    """One method on one path.

    :param path: with parameters in braces, ``/api/accounts/{account_id}``.
    :param name: the document's ``operationId``.
    :param scope: that the token must have; the token's audience is always this API alone.
    :param role: that the account behind the token must have now; None admits clients that act for themselves too.
    :param acr: level that the sign-in behind the token must have reached (RFC 9470); empty for any.
    :param max_age: seconds since the person last proved who they are.
    :param answer: model of the answer's JSON; None for an answer of another kind, given as a ``Reply``.
    :param takes: media types of the request's body; where JSON is not the only one, ``call.request.body`` is read by the handler.
    :param also: further statuses of problems that it answers with.
    """

    method: str
    path: str
    name: str
    summary: str
    scope: str
    handler: Callable[[Call], BaseModel | Reply]
    answer: type[BaseModel] | None = None
    query: type[BaseModel] | None = None
    body: type[BaseModel] | None = None
    status: int = 200
    role: str | None = ADMINISTRATOR
    acr: str = ADMINISTRATION_ACR
    max_age: int | None = None
    takes: tuple[str, ...] = (JSON,)
    gives: tuple[str, ...] = (JSON,)
    also: tuple[int, ...] = ()
    description: str = ""
    tags: tuple[str, ...] = field(default=())

    @cached_property
    def parameters(self) -> tuple[str, ...]:
        """The names of the path's parameters, in order."""
        return tuple(_PARAMETER.findall(self.path))

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """What a path of this operation looks like."""
        return re.compile(
            _PARAMETER.sub(rf"(?P<\1>{_SEGMENT})", re.escape(self.path).replace(r"\{", "{").replace(r"\}", "}"))
        )
