"""The client credentials grant (RFC 6749 §4.4): a client acts for itself, within the scopes it registered."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from authlib.oauth2.rfc6749.grants import ClientCredentialsGrant as AuthlibClientCredentialsGrant

from idp.domain import tokens
from idp.domain.release import scopes as scopes_about_people
from idp.errors import InvalidScope, UnauthorizedClient
from idp.protocol.oauth2_request import MachineOAuth2Request
from idp.protocol.scope import check_resources, check_scope, parse_scope

if TYPE_CHECKING:
    from idp.protocol.server import Server


class ClientCredentialsGrant(AuthlibClientCredentialsGrant):
    """Authlib's grant with our client authentication and mint."""

    GRANT_TYPE = "client_credentials"
    server: "Server"
    request: MachineOAuth2Request

    def validate_token_request(self) -> None:
        """Check the client: confidential, and registered for this grant (RFC 6749 §4.4)."""
        client = self.authenticate_token_endpoint_client()
        if client.public or not client.check_grant_type(self.GRANT_TYPE):
            raise UnauthorizedClient("this client is not registered for grant_type client_credentials")
        self.request.client = client

    def create_token_response(self) -> tuple[int, Mapping[str, Any], Any]:
        """Mint a token for the client itself; scopes about people are refused, since there is none."""
        client, form = self.request.client, self.request.form
        asked = parse_scope(form.get("scope"))
        check_scope(client, asked)
        about_people = scopes_about_people()
        personal = [name for name in asked if name in about_people]
        if personal:
            raise InvalidScope(f"about a person, and there is none here: {' '.join(personal)}")
        granted = asked or tuple(sorted(name for name in client.scopes if name not in about_people))
        services = self.server.services
        resources = check_resources(services, form.get("resource", "").split())
        access = tokens.client_access_token(services, client, granted, resources)
        body = {
            "access_token": access.text,
            "token_type": "Bearer",
            "expires_in": access.expires_in,
            "scope": " ".join(granted),
        }
        return 200, body, self.TOKEN_RESPONSE_HEADER
