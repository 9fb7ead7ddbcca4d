"""The authorization server at machine level: Authlib's framework-neutral core on our light request and reply.

Owns where Authlib meets our exchange: reading a request, naming the client, answering. Each grant and endpoint is a
file of its own; they are joined in ``make_server``. Pages and ``/authorize`` do not pass here.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from authlib.oauth2.rfc6749 import AuthorizationServer, OAuth2Error, OAuth2Request

from idp import errors
from idp.domain.clients import Client
from idp.errors import ProtocolError, UnsupportedGrantType
from idp.protocol.client_authentication import authenticate
from idp.protocol.exchange import NO_STORE, MachineRequest, Reply, json_reply
from idp.protocol.grants.authorization_code import AuthorizationCodeGrant
from idp.protocol.grants.client_credentials import ClientCredentialsGrant
from idp.protocol.grants.refresh_token import RefreshTokenGrant
from idp.protocol.introspection import IntrospectionEndpoint
from idp.protocol.oauth2_request import MachineOAuth2Request
from idp.protocol.revocation import RevocationEndpoint
from idp.services import Services

_ERRORS = {error.error: error for error in vars(errors).values() if isinstance(error, type) and hasattr(error, "error")}


class Server(AuthorizationServer):
    """Authlib's authorization server, given our clients, our client authentication and our errors."""

    def __init__(self, services: Services) -> None:
        super().__init__()
        self.services = services

    def query_client(self, client_id: str) -> Client | None:
        """Give a client by its identifier."""
        return self.services.clients.get(client_id)

    def authenticate_client(
        self, request: MachineOAuth2Request, methods: Sequence[str], endpoint: str = "token"
    ) -> Client:
        """Give the client that sent the request; it must have used the one method it registered."""
        return authenticate(self.services, request.exchange, request.form)

    def create_oauth2_request(self, request: MachineRequest) -> MachineOAuth2Request:
        """Give Authlib's view of a request."""
        return MachineOAuth2Request(request)

    def handle_response(self, status: int, body: Mapping[str, Any] | str, headers: Sequence[tuple[str, str]]) -> Reply:
        """Give a successful answer; never stored by caches (RFC 6749 §5.1). A text is a JWT, whose type the headers say."""
        if isinstance(body, str):
            return Reply(status, body.encode("ascii"), (*headers, *NO_STORE))
        return json_reply(status, body)

    def handle_error_response(self, request: OAuth2Request, error: OAuth2Error) -> Reply:
        """Raise the error as ours: answering is done in one place only."""
        if isinstance(error, UnsupportedGrantType | ProtocolError):
            raise error
        if error.error == UnsupportedGrantType.error:
            raise _no_grant(request.payload.data) from error
        ours = _ERRORS.get(str(error.error), errors.InvalidRequest)
        raise ours(str(error.description or "")) from error

    def send_signal(self, name: str, *args: object, **kwargs: object) -> None:
        """Nobody listens: consequences are called, not signalled."""


def _no_grant(form: Mapping[str, str]) -> ProtocolError:
    """Say which of two faults it was: a parameter that must be there, or a value that is not known (RFC 6749 §5.2)."""
    if "grant_type" not in form:
        return errors.InvalidRequest("grant_type is missing (RFC 6749 §4.1.3)")
    return UnsupportedGrantType("grant_type is not one of grant_types_supported (RFC 6749 §5.2)")


def make_server(services: Services) -> Server:
    """Join grants and endpoints; what stands here is what discovery may claim."""
    server = Server(services)
    server.register_grant(AuthorizationCodeGrant)
    server.register_grant(RefreshTokenGrant)
    server.register_grant(ClientCredentialsGrant)
    server.register_endpoint(RevocationEndpoint)
    server.register_endpoint(IntrospectionEndpoint)
    return server
