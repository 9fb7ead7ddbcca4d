"""The authorization response: a code, an ID token or an error, sent back to the one redirect URI that was checked.

OpenID Connect Core §3.1.2.5, RFC 6749 §4.1.2, RFC 9207 (``iss`` in every answer), Form Post Response Mode.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote

from idp.domain import tokens
from idp.domain.grant import Grant
from idp.domain.sessions import Session, join_portal
from idp.errors import LoginRequired, ProtocolError
from idp.protocol.authorization.decision import Issue
from idp.protocol.authorization.parameters import AuthorizationRequest
from idp.protocol.authorization.pending import finish
from idp.protocol.grants.authorization_code import released_in_id_token
from idp.services import Services
from idp.store import live
from idp.store.ephemeral import Step

_UNRESERVED = re.compile(r"[A-Za-z0-9._~-]*")


@dataclass(frozen=True)
class Answer:
    """Where the browser goes next, and with what. ``mode`` is ``query``, ``fragment`` or ``form_post``."""

    redirect_uri: str
    mode: str
    parameters: Mapping[str, str]

    @property
    def location(self) -> str:
        """The address to redirect to; for ``form_post`` the parameters travel in a form instead."""
        if self.mode == "form_post":
            return self.redirect_uri
        encoded = "&".join([f"{name}={_encoded(value)}" for name, value in self.parameters.items()])
        if self.mode == "fragment":
            return f"{self.redirect_uri}#{encoded}"
        return f"{self.redirect_uri}{'&' if '?' in self.redirect_uri else '?'}{encoded}"


def _encoded(value: str) -> str:
    """Percent-encode a value; most, a code among them, hold nothing that must be (RFC 3986 §2.3)."""
    return value if _UNRESERVED.fullmatch(value) else quote(value, safe="")


def refuse(services: Services, request: AuthorizationRequest, error: ProtocolError) -> Answer:
    """Send an error back to the client (RFC 6749 §4.1.2.1)."""
    return _answer(services, request, error.members())


def issue(
    services: Services, request: AuthorizationRequest, session: Session, decided: Issue, waited: str = ""
) -> Answer:
    """Grant what was asked and send it back.

    :param waited: the name of the request, where it waited for a person; now it does no more.
    """
    grant = Grant(
        gid=tokens.new_gid(services),
        account_id=session.account_id,
        client_id=request.client.client_id,
        sid=session.sid,
        scopes=request.scopes,
        auth_time=decided.auth_time,
        acr=decided.acr,
        amr=decided.amr,
        resources=request.resources,
        claims=request.claims,
        refused_claims=decided.refused_claims,
        nonce=request.get("nonce"),
    )
    parameters: dict[str, str] = {}
    kinds, steps = request.response_type.split(), list[Step]()
    if "code" in kinds:
        challenge = request.get("code_challenge")
        parameters["code"], kept = services.codes.make(grant, request.redirect_uri, challenge, services.now())
        steps += kept
    if "id_token" in kinds:
        parameters["id_token"] = _front_channel_id_token(services, request, grant, parameters.get("code"))
    if waited:
        finish(services, waited, *steps)
    elif steps:
        services.ephemeral.together(*steps)
    return _answer(services, request, parameters)


def _front_channel_id_token(services: Services, request: AuthorizationRequest, grant: Grant, code: str | None) -> str:
    """An ID token through the browser; the portal has joined the session as soon as it holds one (Core §3.2, §3.3)."""
    sub = services.subjects.of(grant.account_id, request.client.subject_sector)
    with services.direct.transaction() as unit:
        if not live.session_lives(unit, grant.sid, services.now()):
            raise LoginRequired("the session ended meanwhile")
        join_portal(unit, grant.sid, request.client.client_id, sub, services.now())
    released = released_in_id_token(services, grant, alone=code is None)
    tokens.note_id_token(services, request.client, grant, released)
    return tokens.id_token(services, request.client, grant, code=code, released=released)


def _answer(services: Services, request: AuthorizationRequest, parameters: Mapping[str, str]) -> Answer:
    state = request.get("state")
    whole = {**parameters, **({"state": state} if state is not None else {}), "iss": services.settings.issuer}
    mode = request.response_mode if request.response_mode in ("query", "fragment", "form_post") else "query"
    return Answer(request.redirect_uri, mode, whole)
