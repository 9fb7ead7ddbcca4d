"""A visit of ``/authorize``, at first with a request and then with the name of one that waits (OpenID Connect Core §3.1.2).

Owns what is kept between the visits: a request waits from the first step that a person has to take until its answer
leaves. What the visit rests on, a session and a browser, is handed in; putting the outcome on the wire is HTTP's affair.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from idp.domain.sessions import Session
from idp.protocol.authorization import pending as waiting
from idp.protocol.authorization.answer import Answer
from idp.protocol.authorization.decision import Next, Progress
from idp.protocol.authorization.dispatcher import dispatch
from idp.protocol.authorization.parameters import AuthorizationRequest
from idp.protocol.authorization.pending import Pending
from idp.services import Services


@dataclass(frozen=True)
class Passed:
    """Where a visit leads: the answer leaves for the portal, or a step is next for the request of this name."""

    request: AuthorizationRequest
    answer: Answer | None
    step: Next | None = None
    pending_id: str = ""


def first_pass(
    services: Services, parameters: Mapping[str, str], session: Session | None, browser: Callable[[], str], address: str
) -> Passed:
    """Take a portal's request as far as it goes; where a person has a step to take, keep it.

    :param browser: gives the browser's id; asked only where the request is kept.
    :param address: where the browser is.
    :raises ProtocolError: only where it may not travel by redirect.
    :raises idp.protocol.authorization.pending.TooManyPending: when one address has begun too many.
    """
    outcome = dispatch(services, parameters, session, Progress())
    if outcome.answer is not None:
        return Passed(outcome.request, outcome.answer)
    return Passed(outcome.request, None, outcome.step, waiting.keep(services, parameters, browser(), address).id)


def further_pass(services: Services, pending: Pending, session: Session | None) -> Passed:
    """Take a request that waited on from what has been done for it; once it is answered it waits no more.

    :raises ProtocolError: only where it may not travel by redirect.
    """
    outcome = dispatch(services, pending.parameters, session, pending.progress, pending.id)
    return Passed(outcome.request, outcome.answer, outcome.step, pending.id)
