"""Chromium's virtual authenticators (WebDriver extension of Web Authentication §11, by the DevTools protocol)."""

from typing import Any

from tests.support.chromium import Visitor


class SecurityKeys:
    """The authenticators that one visitor's page can reach."""

    def __init__(self, visitor: Visitor) -> None:
        self._protocol = visitor.context.new_cdp_session(visitor.page)
        self._protocol.send("WebAuthn.enable", {"enableUI": False})

    def plug_in(self, transport: str = "internal") -> str:
        """Add one that verifies its user and answers at once; gives its identifier."""
        options = {
            "protocol": "ctap2",
            "transport": transport,
            "hasResidentKey": True,
            "hasUserVerification": True,
            "isUserVerified": True,
            "automaticPresenceSimulation": True,
        }
        added = self._protocol.send("WebAuthn.addVirtualAuthenticator", {"options": options})
        return str(added["authenticatorId"])

    def touch(self, authenticator: str, *, yes: bool) -> None:
        """Have somebody touch it whenever it asks, or nobody."""
        given = {"authenticatorId": authenticator, "enabled": yes}
        self._protocol.send("WebAuthn.setAutomaticPresenceSimulation", given)

    def verify(self, authenticator: str, *, yes: bool) -> None:
        """Have it recognise its user, or not."""
        self._protocol.send("WebAuthn.setUserVerified", {"authenticatorId": authenticator, "isUserVerified": yes})

    def credentials(self, authenticator: str) -> list[dict[str, Any]]:
        """Give what it holds."""
        found = self._protocol.send("WebAuthn.getCredentials", {"authenticatorId": authenticator})
        return list(found["credentials"])

    def put(self, authenticator: str, credential: dict[str, Any]) -> None:
        """Put a copy of a credential into it."""
        self._protocol.send("WebAuthn.addCredential", {"authenticatorId": authenticator, "credential": credential})

    def unplug(self, authenticator: str) -> None:
        """Take it away."""
        self._protocol.send("WebAuthn.removeVirtualAuthenticator", {"authenticatorId": authenticator})
