"""Authorization requests that wait for a person: kept between the steps, bound to the browser that brought them.

Binding answers sign-in CSRF: a request that another browser began cannot be finished here. What has been done for a
request so far (``Progress``) is kept with it, so that every step can come back to one decision.
"""

import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from idp.domain.throttling import address_of
from idp.errors import Refusal
from idp.protocol.authorization.decision import Progress
from idp.services import Services
from idp.store.ephemeral import Step
from idp.words import mark
from keys.jose import b64url

KIND = "authorization_request"
FROM_ADDRESS = "authorization_requests_of_address"
PER_ADDRESS = 20_000
"""Requests that may be begun from one address (IPv6: /64) within ``LIFETIME``: some eleven a second. A province may share
one, so this is far above what people do; it bounds what a script can fill."""
LIFETIME = 1800
"""Seconds a person has to finish a sign-in that a portal began."""


@dataclass(frozen=True)
class Pending:
    """A request that waits. ``browser`` is empty until the browser that posted it comes back with its cookie."""

    id: str
    parameters: Mapping[str, str]
    browser: str
    progress: Progress


class PendingLost(Refusal):
    """The request is not there any more, or another browser began it; says which, and what to do.

    :param client_id: whose request it is, where it still waits for the browser that began it.
    """

    def __init__(self, message: str, client_id: str | None = None) -> None:
        super().__init__(message)
        self.client_id = client_id
        self.of_other_browser = client_id is not None


class TooManyPending(Refusal):
    """One address has begun more sign-ins than people do."""

    status_code = 429


def keep(services: Services, parameters: Mapping[str, str], browser: str, address: str) -> Pending:
    """Keep a request for the browser with that id; an empty id is bound at the first look.

    The same request of the same browser takes the place of the one before, with nothing done for it yet: what was done
    then (a sign-in that ``prompt=login`` asked for) must not count for whoever sits there now.

    :param address: where the browser is; what one address may have kept is bounded.
    :raises TooManyPending: when that is exceeded.
    """
    progress = Progress(began=services.now())
    pending = Pending(_name(parameters, browser), parameters, _hash(browser) if browser else "", progress)
    place = address_of(address)
    was_there, begun = services.ephemeral.together(
        _kept(pending, "replace"), Step("count", FROM_ADDRESS, place, LIFETIME)
    )
    if was_there:
        services.ephemeral.together(Step("uncount", FROM_ADDRESS, place))
    elif begun > PER_ADDRESS:
        finish(services, pending.id)
        raise TooManyPending(
            mark("Too many sign-ins were begun from where you are. Please try again in a few minutes.")
        )
    return pending


def _name(parameters: Mapping[str, str], browser: str) -> str:
    """Name a waiting request: by the browser's secret and the request, at random for a browser not known yet."""
    if not browser:
        return secrets.token_urlsafe(18)
    whole = json.dumps([browser, sorted(parameters.items())]).encode()
    return b64url(hashlib.sha256(whole).digest()[:18])


def find(services: Services, pending_id: str, browser: str) -> Pending:
    """Give a waiting request to the browser that brought it.

    :raises PendingLost: when it has expired or been answered, or this is not the browser.
    """
    value = services.ephemeral.peek(KIND, pending_id)
    if value is None:
        raise PendingLost(
            mark(
                "This sign-in is over: it was finished already, or began more than 30 minutes ago. Go back to the portal."
            )
        )
    pending = Pending(pending_id, value["parameters"], value["browser"], Progress(**value["progress"]))
    if not pending.browser:
        pending = replace(pending, browser=_hash(browser))
        _put(services, pending)
    if not secrets.compare_digest(pending.browser, _hash(browser)):
        raise PendingLost(
            mark(
                "This sign-in was begun in another browser, or this one did not send its cookie. Begin again at the portal."
            ),
            pending.parameters.get("client_id", ""),
        )
    return pending


def note(services: Services, pending: Pending, **done: Any) -> Pending:
    """Note what has been done for a waiting request."""
    noted = replace(pending, progress=replace(pending.progress, **done))
    _put(services, noted)
    return noted


def finish(services: Services, pending_id: str, *before: Step) -> None:
    """Forget a request that has been answered, once what its answer leaves behind is kept, in the same trip."""
    services.ephemeral.together(*before, Step("forget", KIND, pending_id))


def _put(services: Services, pending: Pending) -> None:
    services.ephemeral.together(_kept(pending, "put"))


def _kept(pending: Pending, verb: Literal["put", "replace"]) -> Step:
    value = {
        "parameters": dict(pending.parameters),
        "browser": pending.browser,
        "progress": dict(vars(pending.progress)),
    }
    return Step(verb, KIND, pending.id, LIFETIME, value)


def _hash(browser: str) -> str:
    return hashlib.sha256(browser.encode("utf-8", "surrogatepass")).hexdigest()
