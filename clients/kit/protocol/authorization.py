"""The authorization request and its response, code flow with PKCE (OpenID Connect Core §3.1.2, RFC 7636, RFC 9207).

Each request has secrets of its own, kept on our side until the response comes; where they are kept is ``records``'.
"""

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode

from clients.kit.protocol.discovery import ProviderMetadata


class ResponseInvalid(Exception):
    """The authorization response is not an answer to a request of this browser. The text is for the log."""


class AuthorizationRefused(Exception):
    """The provider answered with an error (RFC 6749 §4.1.2.1).

    :param error: the code, checked to be short and printable.
    """

    def __init__(self, error: str) -> None:
        super().__init__(error)
        self.error = error


@dataclass(frozen=True, slots=True)
class Wish:
    """What a page asks of the sign-in, besides who it is."""

    acr_values: tuple[str, ...] = ()
    max_age: int | None = None
    prompt: str = ""
    ui_locales: str = ""
    login_hint: str = ""
    id_token_hint: str = ""
    scope: str = ""


def _secret() -> str:
    return secrets.token_urlsafe(32)


@dataclass(frozen=True, slots=True)
class Secrets:
    """What ties a response to its request: ``state`` the browser, ``nonce`` the token, ``verifier`` the code."""

    state: str = field(default_factory=_secret)
    nonce: str = field(default_factory=_secret)
    verifier: str = field(default_factory=_secret)

    @property
    def challenge(self) -> str:
        """The S256 code challenge (RFC 7636 §4.2)."""
        return base64.urlsafe_b64encode(hashlib.sha256(self.verifier.encode()).digest()).rstrip(b"=").decode()


def authorization_address(
    provider: ProviderMetadata, client_id: str, redirect_uri: str, scope: str, secret: Secrets, wish: Wish
) -> str:
    """Give the address that the browser is sent to."""
    parameters = {
        "response_type": "code",
        "client_id": client_id,
        "redirect_uri": redirect_uri,
        "scope": wish.scope or scope,
        "state": secret.state,
        "nonce": secret.nonce,
        "code_challenge": secret.challenge,
        "code_challenge_method": "S256",
        "prompt": wish.prompt,
        "ui_locales": wish.ui_locales,
        "login_hint": wish.login_hint,
        "id_token_hint": wish.id_token_hint,
        "acr_values": " ".join(wish.acr_values),
        "max_age": "" if wish.max_age is None else str(wish.max_age),
        "claims": _essential_level(wish.acr_values) if provider.takes_claims else "",
    }
    joint = "&" if "?" in provider.authorization_endpoint else "?"
    given = {name: value for name, value in parameters.items() if value}
    return f"{provider.authorization_endpoint}{joint}{urlencode(given)}"


def _essential_level(acr_values: tuple[str, ...]) -> str:
    """Ask for the level as essential, so that the provider explains an unreachable one itself (Core §5.5.1.1)."""
    wanted = {"id_token": {"acr": {"essential": True, "values": list(acr_values)}}}
    return json.dumps(wanted, separators=(",", ":")) if acr_values else ""


def read_response(arguments: Mapping[str, list[str]], provider: ProviderMetadata, state: str) -> str:
    """Give the code of an authorization response.

    :param arguments: every value of every parameter.
    :param state: of the request that this browser made.
    :raises ResponseInvalid: for a repeated parameter, a foreign ``state`` or ``iss``, or no code.
    :raises AuthorizationRefused: when the provider says so.
    """
    if any(len(values) > 1 for values in arguments.values()):
        raise ResponseInvalid("a parameter was sent more than once")
    given = {name: values[0] for name, values in arguments.items()}
    if not hmac.compare_digest(given.get("state", "").encode(), state.encode()):
        raise ResponseInvalid("state is not this browser's")
    _check_issuer(given.get("iss"), provider)
    if error := given.get("error"):
        raise AuthorizationRefused(error if error.isascii() and error.replace("_", "").isalnum() else "unknown")
    if not given.get("code"):
        raise ResponseInvalid("there is neither code nor error")
    return given["code"]


def _check_issuer(issuer: str | None, provider: ProviderMetadata) -> None:
    """RFC 9207 §2.4: whoever answers must be who was asked, errors included."""
    if issuer is None and provider.sends_issuer:
        raise ResponseInvalid("iss is missing")
    if issuer is not None and issuer != provider.issuer:
        raise ResponseInvalid("iss is another issuer")
