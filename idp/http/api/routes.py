"""Finds the operation of a path and answers it: let in, read what was sent, ask the handler, give its JSON."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from pydantic import BaseModel

from idp.errors import InvalidRequest
from idp.http.api import problems
from idp.http.api.access import let_in
from idp.http.api.addresses import PREFIX
from idp.http.api.operation import JSON, Call, Operation
from idp.http.api.problems import Fault
from idp.http.front import Endpoint, Manner
from idp.protocol.exchange import NO_STORE, MachineRequest, Reply
from idp.services import Services

PROBLEMS = Manner(problems.answer, problems.wrong_method, problems.refused_body)


def _nothing(_request: MachineRequest) -> Reply:
    return problems.not_found()


NOTHING = Endpoint(_nothing, ("GET", "POST", "PUT", "PATCH", "DELETE"), manner=PROBLEMS)
"""What answers an address under ``/api/`` that is none: a machine is told so in its own language."""


@dataclass(frozen=True, slots=True)
class _Place:
    """One path with its operations by method."""

    path: str
    pattern: re.Pattern[str]
    operations: Mapping[str, Operation]


class Routes:
    """The operations of a process, found by path."""

    def __init__(self, services: Services, operations: Sequence[Operation]) -> None:
        self._services = services
        grouped: dict[str, dict[str, Operation]] = {}
        for each in operations:
            grouped.setdefault(each.path, {})[each.method] = each
        self._places = [_Place(path, next(iter(by.values())).pattern, by) for path, by in grouped.items()]

    def find(self, path: str) -> tuple[str, Endpoint] | None:
        """Give what answers a path and the name it is counted under, None outside ``/api/``."""
        if not path.startswith(PREFIX):
            return None
        for place in self._places:
            if found := place.pattern.fullmatch(path):
                handler = self._handler(place, found.groupdict())
                return place.path, Endpoint(handler, tuple(place.operations), manner=PROBLEMS)
        return f"{PREFIX}*", NOTHING

    def _handler(self, place: _Place, parameters: Mapping[str, str]) -> Callable[[MachineRequest], Reply]:
        def answer(request: MachineRequest) -> Reply:
            operation = place.operations["GET" if request.method == "HEAD" else request.method]
            return perform(self._services, operation, request, parameters)

        return answer


def perform(services: Services, operation: Operation, request: MachineRequest, parameters: Mapping[str, str]) -> Reply:
    """Answer one call: who may not call learns nothing of what the operation makes of the rest."""
    caller = let_in(services, operation, request)
    call = Call(services, caller, request, parameters, _query(operation, request), _body(operation, request))
    given = operation.handler(call)
    if isinstance(given, Reply):
        return given
    return Reply(operation.status, given.model_dump_json().encode(), (("Content-Type", JSON), *NO_STORE))


def _query(operation: Operation, request: MachineRequest) -> BaseModel | None:
    try:
        given = request.arguments()
    except InvalidRequest as error:
        raise Fault(400, str(error.description)) from None
    if operation.query is None:
        if given:
            raise Fault(422, "this operation takes no query parameters")
        return None
    return problems.read(operation.query, "query", given)


def _body(operation: Operation, request: MachineRequest) -> BaseModel | None:
    if request.method in ("GET", "HEAD", "DELETE"):
        return None
    media_type = request.headers.get("content-type", "").split(";", 1)[0].strip().lower()
    if operation.takes and media_type not in operation.takes:
        raise Fault(415, f"send {' or '.join(operation.takes)}")
    if operation.body is None or operation.takes != (JSON,):
        return None
    return problems.read(operation.body, "body", problems.json_of(request.body))
