"""Dynamic client registration and its management (RFC 7591, RFC 7592, OpenID Connect Registration 1.0).

An initial access token is required unless a setting opens registration. A client that registers itself belongs to no
agency and is nobody's first party. What each field may hold is ``idp.domain.client_metadata``'s.
"""

from typing import Any

import orjson

from idp.domain import registration, registration_tokens
from idp.domain.client_metadata import MetadataInvalid
from idp.domain.clients import Client
from idp.domain.registration import Registered
from idp.errors import InvalidClientMetadata, InvalidRedirectUri, InvalidRequest, InvalidToken, ProtocolError
from idp.protocol.bearer import presented_token
from idp.protocol.exchange import NO_STORE, MachineRequest, Reply, json_reply
from idp.services import Services

READ_ONLY = ("client_id_issued_at", "client_secret_expires_at", "registration_access_token", "registration_client_uri")
"""Members that the answer has and an update must not send (RFC 7592 §2.2)."""


def register(services: Services, request: MachineRequest) -> Reply:
    """Answer ``/register``: POST registers; GET, PUT and DELETE with ``?client_id=`` manage one registration."""
    if request.method == "POST":
        return _create(services, request)
    client = _managed(services, request)
    if request.method == "PUT":
        return _update(services, request, client)
    if request.method == "DELETE":
        registration.remove(services, client, actor=("client", client.client_id))
        return Reply(204, b"", NO_STORE)
    return _answer(services, 200, Registered(client, None), presented_token(request))


def _create(services: Services, request: MachineRequest) -> Reply:
    sent, token = _body(request), None
    if not services.settings.open_registration:
        token = presented_token(request)
        if not registration_tokens.spend_initial(services, token):
            raise InvalidToken("the initial access token is unknown, expired or used up (RFC 7591 §3)")
    try:
        registered = registration.register(services, sent, actor=("anonymous", "registration"))
    except MetadataInvalid as reason:
        if token is not None:
            registration_tokens.give_back_initial(services, token)
        raise _refusal(reason) from None
    return _answer(services, 201, registered, registration_tokens.issue_for(services, registered.client.client_id))


def _update(services: Services, request: MachineRequest, client: Client) -> Reply:
    """Replace the registration: what is left out is gone (§2.2), but for the secret, which stays while the method does."""
    sent = _body(request)
    if sent.pop("client_id", None) != client.client_id:
        raise InvalidRequest("client_id must be the one that is managed (RFC 7592 §2.2)")
    if present := [name for name in READ_ONLY if name in sent]:
        raise InvalidRequest(f"must not be sent in an update: {', '.join(present)} (RFC 7592 §2.2)")
    secret = sent.pop("client_secret", None)
    if secret is not None and not (isinstance(secret, str) and client.has_secret(secret, services.secrets)):
        raise InvalidRequest("client_secret must be the current one or be left out (RFC 7592 §2.2)")
    try:
        registered = registration.update(services, client, sent, actor=("client", client.client_id))
    except MetadataInvalid as reason:
        raise _refusal(reason) from None
    return _answer(services, 200, registered, registration_tokens.issue_for(services, client.client_id))


def _managed(services: Services, request: MachineRequest) -> Client:
    """Give the client that the registration access token manages.

    :raises InvalidToken: when there is none, or it is another's than the one asked for (RFC 7592 §2.1).
    """
    client_id = registration_tokens.client_of(services, presented_token(request))
    client = services.clients.get(client_id) if client_id else None
    if client is None or request.arguments().get("client_id") != client.client_id:
        raise InvalidToken("the registration access token is not this client's (RFC 7592 §2)")
    return client


def _body(request: MachineRequest) -> dict[str, Any]:
    if request.headers.get("content-type", "").split(";", 1)[0].strip().lower() != "application/json":
        raise InvalidRequest("send the metadata as application/json (RFC 7591 §3.1)")
    try:
        sent = orjson.loads(request.body)
    except ValueError:
        raise InvalidRequest("the metadata is not JSON (RFC 7591 §3.1)") from None
    if not isinstance(sent, dict):
        raise InvalidRequest("the metadata is a JSON object (RFC 7591 §3.1)")
    return sent


def _refusal(reason: MetadataInvalid) -> ProtocolError:
    kind = InvalidRedirectUri if reason.field == "redirect_uris" else InvalidClientMetadata
    return kind(str(reason))


def _answer(services: Services, status: int, registered: Registered, token: str) -> Reply:
    address = f"{services.settings.issuer}/register?client_id={registered.client.client_id}"
    management = {"registration_access_token": token, "registration_client_uri": address}
    return json_reply(status, {**registration.as_json(registered), **management})
