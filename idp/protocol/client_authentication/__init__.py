"""Who is calling a machine endpoint: one of four methods, the one that the client registered (RFC 6749 §2.3).

Each method has a file or a function of its own; this page decides which one was used. An unknown client and a wrong
secret get the same answer after the same work.
"""

from collections.abc import Mapping

from idp.domain.clients import Client
from idp.errors import InvalidClient, InvalidRequest
from idp.protocol.client_authentication.private_key_jwt import ASSERTION_TYPE, assertion_subject, check_assertion
from idp.protocol.client_authentication.secret import read_basic
from idp.protocol.exchange import MachineRequest
from idp.services import Services

METHODS = ("client_secret_basic", "client_secret_post", "private_key_jwt", "none")
"""What a client may register as ``token_endpoint_auth_method``."""

_UNKNOWN_SECRET = "0" * 43


def authenticate(services: Services, request: MachineRequest, form: Mapping[str, str]) -> Client:
    """Give the client that sent a request.

    :raises InvalidClient: when it is unknown, used another method than it registered, or failed it.
    :raises InvalidRequest: when it used more than one method (RFC 6749 §2.3).
    """
    basic = read_basic(request.headers.get("authorization"))
    used = [
        method
        for method, present in (
            ("client_secret_basic", basic is not None),
            ("client_secret_post", "client_secret" in form),
            ("private_key_jwt", "client_assertion" in form or "client_assertion_type" in form),
        )
        if present
    ]
    if len(used) > 1:
        raise InvalidRequest(f"one client authentication method per request, not {' and '.join(used)} (RFC 6749 §2.3)")
    method = used[0] if used else "none"
    if method == "client_secret_basic" and basic is not None:
        return _with_secret(services, method, basic[0], basic[1], form)
    if method == "client_secret_post":
        return _with_secret(services, method, form.get("client_id", ""), form["client_secret"], form)
    if method == "private_key_jwt":
        return _with_assertion(services, form)
    return _without_secret(services, form)


def _with_secret(services: Services, method: str, client_id: str, secret: str, form: Mapping[str, str]) -> Client:
    if form.get("client_id", client_id) != client_id:
        raise InvalidRequest("client_id differs from the one that authenticated")
    client = services.clients.get(client_id)
    if client is None:
        services.secrets.hash(_UNKNOWN_SECRET)
        raise InvalidClient("unknown client or wrong credentials")
    good = client.has_secret(secret, services.secrets)
    _demand_method(client, method)
    if not good:
        raise InvalidClient("unknown client or wrong credentials")
    return client


def _with_assertion(services: Services, form: Mapping[str, str]) -> Client:
    if form.get("client_assertion_type") != ASSERTION_TYPE:
        raise InvalidClient(f"client_assertion_type must be {ASSERTION_TYPE} (RFC 7523 §2.2)")
    client_id = assertion_subject(form.get("client_assertion", ""))
    if form.get("client_id", client_id) != client_id:
        raise InvalidClient("client_id differs from the subject of client_assertion")
    client = services.clients.get(client_id)
    if client is None:
        raise InvalidClient("unknown client or wrong credentials")
    _demand_method(client, "private_key_jwt")
    check_assertion(services, client, form["client_assertion"])
    return client


def _without_secret(services: Services, form: Mapping[str, str]) -> Client:
    client = services.clients.get(form.get("client_id", ""))
    if client is None or not client.public:
        raise InvalidClient("no client authentication was sent, or the client is unknown")
    return client


def _demand_method(client: Client, used: str) -> None:
    """A client uses the one method it registered: another one would be a downgrade (RFC 9700 §2.5)."""
    if client.auth_method != used:
        raise InvalidClient(f"this client is registered for another method than {used}")
