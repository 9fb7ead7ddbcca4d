"""Calls to neighbours' APIs with the signed-in person's token. Only pages call; an API handler never does.

Two seconds, at most half of the threads, no unit of work open; who finds no room is asked to try again. An API that wants a
stronger sign-in (RFC 9470) sends the person there and back.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

from clients.kit import assurance
from clients.kit.errors import LevelTooLow, NeighbourRefused, NeighbourSilent, SignInNeeded
from clients.kit.extension import relying_party
from clients.kit.protocol.challenges import Challenge, read_challenge
from clients.kit.protocol.fetch import Answer, Unreachable
from clients.kit.web.access_tokens import access_token
from clients.kit.web.sessions import signed_in

LIMIT = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Neighbour:
    """One neighbour's API.

    :param address: where it is, from settings; also the resource that its tokens are for (RFC 8707).
    """

    address: str

    def get(self, path: str, **query: str) -> dict[str, Any]:
        """Read something."""
        return self._call("GET", path + (f"?{urlencode(query)}" if query else ""), None)

    def post(self, path: str, content: Mapping[str, Any]) -> dict[str, Any]:
        """Send something; the API sees to it that a repetition is safe."""
        return self._call("POST", path, json.dumps(content).encode())

    def _call(self, method: str, path: str, body: bytes | None) -> dict[str, Any]:
        """Make the call, once more with a fresh token where the first was refused: nothing was done then.

        :raises NeighbourRefused: for an error that is not about the sign-in.
        :raises NeighbourSilent: when no answer came; whether the API acted is not known.
        :raises Busy: when too many threads call out.
        :raises SignInNeeded: when the person must sign in again, or more strongly.
        """
        if not path.startswith("/") or urlsplit(path).netloc:
            raise ValueError("a path of the API begins with one slash")
        answer = self._send(method, path, body, access_token(self.address))
        if answer.status == 401 and _challenge(answer).error == "invalid_token":
            answer = self._send(method, path, body, access_token(self.address, fresh=True))
        if answer.status == 401:
            _sign_in_for(_challenge(answer))
        return _content(answer)

    def _send(self, method: str, path: str, body: bytes | None, token: str) -> Answer:
        party = relying_party()
        headers = {"Authorization": f"Bearer {token}"}
        if body is not None:
            headers["Content-Type"] = "application/json"
        try:
            with party.slots.take():
                return party.fetcher.send(method, f"{self.address}{path}", headers, body, LIMIT)
        except Unreachable as silence:
            raise NeighbourSilent(str(silence)) from silence


def _challenge(answer: Answer) -> Challenge:
    return read_challenge(answer.headers.get("www-authenticate", ""))


def _sign_in_for(challenge: Challenge) -> None:
    """Send the person to sign in as the API asks; never again for what they have, which would go in circles."""
    wanted, person = tuple(challenge.acr_values.split()), signed_in()
    if challenge.error != "insufficient_user_authentication" or person is None:
        raise SignInNeeded(detail=f"the API answers 401 {challenge.error}")
    strong = not wanted or any(assurance.satisfies(person.acr, acr) for acr in wanted)
    recent = challenge.max_age is None or person.auth_time >= relying_party().now - challenge.max_age
    if strong and recent:
        raise LevelTooLow("the API asks for what the sign-in has")
    raise SignInNeeded(wanted, challenge.max_age, "the API asks for step-up")


def _content(answer: Answer) -> dict[str, Any]:
    try:
        content = answer.json() if answer.body else {}
    except Unreachable as fault:
        if answer.status < 400:
            raise NeighbourSilent(str(fault)) from fault
        content = {}
    if 400 <= answer.status < 500:
        raise NeighbourRefused(answer.status, content)
    if not 200 <= answer.status < 300:
        raise NeighbourSilent(f"the API answers {answer.status}")
    return content
