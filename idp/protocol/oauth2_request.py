"""Authlib's view of a machine request, without a framework and without parsing anything twice."""

from typing import Any

from authlib.oauth2.rfc6749 import OAuth2Request
from authlib.oauth2.rfc6749.requests import BasicOAuth2Payload

from idp.protocol.exchange import MachineRequest


class MachineOAuth2Request(OAuth2Request):
    """Authlib's view of a machine request. The address is a setting, so Authlib's transport check has nothing to say."""

    def __init__(self, exchange: MachineRequest) -> None:
        self.exchange = exchange
        self.method = exchange.method
        self.headers = exchange.headers
        self._form = exchange.form()
        self.payload = BasicOAuth2Payload(self._form)
        self.client: Any = None
        self.auth_method: Any = None
        self.user: Any = None
        self.authorization_code: Any = None
        self.refresh_token: Any = None
        self._scope: Any = None

    @property
    def form(self) -> dict[str, str]:
        """The form's parameters, each sent once."""
        return self._form
