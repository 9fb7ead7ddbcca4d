"""One pass of the authorization endpoint: read, check, decide, and answer or name the next step."""

from collections.abc import Mapping
from dataclasses import dataclass

from idp.domain.sessions import Session
from idp.errors import ProtocolError
from idp.protocol.authorization.answer import Answer, issue, refuse
from idp.protocol.authorization.checks import check, find_client, find_redirect_uri
from idp.protocol.authorization.decision import Issue, Next, Progress, decide
from idp.protocol.authorization.parameters import AuthorizationRequest
from idp.protocol.authorization.pending import finish
from idp.protocol.exchange import ParameterRepeated
from idp.services import Services


@dataclass(frozen=True)
class Outcome:
    """The request, and either its answer or the step that comes next."""

    request: AuthorizationRequest
    answer: Answer | None
    step: Next | None = None


def read(services: Services, parameters: Mapping[str, str]) -> AuthorizationRequest:
    """Give the request, once client and redirect URI are known to be good.

    :raises ProtocolError: told on a page, since there is no address it may travel to (RFC 6749 §4.1.2.1).
    """
    client = find_client(services, parameters)
    return AuthorizationRequest(parameters, client, find_redirect_uri(client, parameters))


def refuse_repeated(services: Services, error: ParameterRepeated) -> Outcome:
    """Tell the client of a parameter that it sent twice, where it is known to whom that may be told (RFC 6749 §4.1.2.1).

    :raises ParameterRepeated: told on a page, where client or redirect URI is missing, wrong, or itself repeated.
    """
    try:
        request = read(services, error.single)
    except ProtocolError:
        raise error from None
    return Outcome(request, refuse(services, request, error))


def dispatch(
    services: Services, parameters: Mapping[str, str], session: Session | None, progress: Progress, waited: str = ""
) -> Outcome:
    """Take a request as far as it goes without asking anybody.

    :param waited: the name of a request that waited for a person; once it is answered it waits no more.
    :raises ProtocolError: only where it may not travel by redirect.
    """
    request = read(services, parameters)
    try:
        check(services, request)
        step = decide(services, request, session, progress)
    except ProtocolError as error:
        if not error.may_redirect:
            raise
        if waited:
            finish(services, waited)
        return Outcome(request, refuse(services, request, error))
    if isinstance(step, Issue) and session is not None:
        return Outcome(request, issue(services, request, session, step, waited))
    return Outcome(request, None, step)
