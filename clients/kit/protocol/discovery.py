"""What the provider says of itself (OpenID Connect Discovery 1.0 §4, RFC 8414), read once an hour and kept.

Nothing of the provider but its issuer identifier is configured. Its keys are ``key_set``'s affair.
"""

import threading
from dataclasses import dataclass
from typing import Any

from clients.kit.clock import Clock
from clients.kit.protocol.fetch import Fetcher, Unreachable

FRESH = 3600
RETRY = 2


@dataclass(frozen=True, slots=True)
class ProviderMetadata:
    """The part of a discovery document that a relying party uses."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str = ""
    introspection_endpoint: str = ""
    end_session_endpoint: str = ""
    sends_issuer: bool = False
    """RFC 9207: the authorization response carries ``iss``, so one without it is refused."""
    takes_claims: bool = False
    """OpenID Connect Core §5.5: ``acr`` may be asked for as essential."""


def read_metadata(document: dict[str, Any], issuer: str) -> ProviderMetadata:
    """Check a discovery document.

    :raises Unreachable: for another issuer (§4.3: it must be identical) or a missing endpoint.
    """
    if document.get("issuer") != issuer:
        raise Unreachable("the discovery document names another issuer")
    text = {name: value for name, value in document.items() if isinstance(value, str)}
    try:
        return ProviderMetadata(
            issuer=issuer,
            authorization_endpoint=text["authorization_endpoint"],
            token_endpoint=text["token_endpoint"],
            jwks_uri=text["jwks_uri"],
            userinfo_endpoint=text.get("userinfo_endpoint", ""),
            introspection_endpoint=text.get("introspection_endpoint", ""),
            end_session_endpoint=text.get("end_session_endpoint", ""),
            sends_issuer=document.get("authorization_response_iss_parameter_supported") is True,
            takes_claims=document.get("claims_parameter_supported") is True,
        )
    except KeyError as missing:
        raise Unreachable(f"the discovery document lacks {missing}") from None


class Discovery:
    """Gives the provider's metadata, at most an hour old where the provider answers, older where it does not."""

    def __init__(self, issuer: str, fetcher: Fetcher, clock: Clock) -> None:
        self._issuer = issuer
        self._fetcher = fetcher
        self._clock = clock
        self._lock = threading.Lock()
        self._known: ProviderMetadata | None = None
        self._ask_after = 0.0
        self._failure = Unreachable("not asked yet")

    def __call__(self) -> ProviderMetadata:
        """Give the metadata.

        :raises Unreachable: when none was ever read; a failure is remembered for two seconds, so that a silent
            provider does not hold every thread.
        """
        if self._clock() >= self._ask_after:
            with self._lock:
                if self._clock() >= self._ask_after:
                    self._refresh()
        if self._known is None:
            raise Unreachable(str(self._failure))
        return self._known

    def _refresh(self) -> None:
        try:
            answer = self._fetcher.get(f"{self._issuer}/.well-known/openid-configuration")
            if answer.status != 200:
                raise Unreachable(f"discovery answers {answer.status}")
            self._known = read_metadata(answer.json(), self._issuer)
            self._ask_after = self._clock() + FRESH
        except Unreachable as failure:
            self._failure = failure
            self._ask_after = self._clock() + RETRY
