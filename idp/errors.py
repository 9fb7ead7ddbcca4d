"""Every error of the provider, declared once: the specification's code, its status, and how it travels.

Two families. ``ProtocolError`` is for machines and is exactly what its RFC says. ``Refusal`` is for people: a
message identifier that the pages translate. Turning either into an answer is left to ``idp.http.responses``.
"""

from typing import ClassVar

from authlib.oauth2.base import OAuth2Error

from idp.words import mark


class ProtocolError(OAuth2Error):
    """An error that a specification names.

    :param description: one sentence that helps the caller's engineer, naming the parameter and the rule; ASCII
        without quotes, as RFC 6749 §5.2 asks. Never holds a secret, a token or personal data.
    """

    error = "server_error"
    status_code = 400
    may_redirect: ClassVar[bool] = True
    challenge: ClassVar[str | None] = None

    def __init__(self, description: str = "", **parameters: str) -> None:
        super().__init__(description=_ascii(description))
        self.parameters = parameters

    def members(self) -> dict[str, str]:
        """Give the members of the error response, in order (RFC 6749 §5.2)."""
        described = {"error_description": str(self.description)} if self.description else {}
        return {"error": str(self.error), **described, **self.parameters}


def _ascii(text: str) -> str:
    """Keep to the characters that RFC 6749 §5.2 allows in ``error_description``."""
    readable = text.replace('"', "'").replace("\\", "/").replace("§", "section ").replace("–", "-").replace("…", "...")
    return "".join(c if " " <= c <= "~" else "?" for c in readable)[:300]


class InvalidRequest(ProtocolError):
    """RFC 6749 §4.1.2.1 and §5.2: a parameter is missing, repeated or malformed."""

    error = "invalid_request"


class InvalidClient(ProtocolError):
    """RFC 6749 §5.2: the client is unknown, or its authentication failed or is not the registered one."""

    error = "invalid_client"
    status_code = 401
    may_redirect = False
    challenge = 'Basic realm="motcua", charset="UTF-8"'


class InvalidGrant(ProtocolError):
    """RFC 6749 §5.2: the code or refresh token is invalid, used, expired, or another client's."""

    error = "invalid_grant"
    may_redirect = False


class UnauthorizedClient(ProtocolError):
    """RFC 6749 §4.1.2.1 and §5.2: the client is not registered for this grant or response type."""

    error = "unauthorized_client"


class UnsupportedGrantType(ProtocolError):
    """RFC 6749 §5.2."""

    error = "unsupported_grant_type"
    may_redirect = False


class UnsupportedResponseType(ProtocolError):
    """RFC 6749 §4.1.2.1."""

    error = "unsupported_response_type"


class InvalidScope(ProtocolError):
    """RFC 6749 §4.1.2.1 and §5.2: unknown, malformed, or more than was granted."""

    error = "invalid_scope"


class InvalidTarget(ProtocolError):
    """RFC 8707 §2: the resource is unknown, or of another sector than the other audiences."""

    error = "invalid_target"


class AccessDenied(ProtocolError):
    """RFC 6749 §4.1.2.1: the person refused."""

    error = "access_denied"


class LoginRequired(ProtocolError):
    """OpenID Connect Core §3.1.2.6: ``prompt=none`` and nobody suitable is signed in."""

    error = "login_required"


class ConsentRequired(ProtocolError):
    """OpenID Connect Core §3.1.2.6: ``prompt=none`` and consent is missing."""

    error = "consent_required"


class InteractionRequired(ProtocolError):
    """OpenID Connect Core §3.1.2.6: ``prompt=none`` and a page would have to be shown."""

    error = "interaction_required"


class AccountSelectionRequired(ProtocolError):
    """OpenID Connect Core §3.1.2.6."""

    error = "account_selection_required"


class RequestNotSupported(ProtocolError):
    """OpenID Connect Core §6.1."""

    error = "request_not_supported"


class RequestUriNotSupported(ProtocolError):
    """OpenID Connect Core §6.2."""

    error = "request_uri_not_supported"


class RegistrationNotSupported(ProtocolError):
    """OpenID Connect Core §7.2.1."""

    error = "registration_not_supported"


class UnmetAuthenticationRequirements(ProtocolError):
    """OpenID Connect Core Unmet Authentication Requirements 1.0 §2."""

    error = "unmet_authentication_requirements"


class InvalidRedirectUri(ProtocolError):
    """RFC 7591 §3.2.2: a redirect URI may not be registered."""

    error = "invalid_redirect_uri"
    may_redirect = False


class InvalidClientMetadata(ProtocolError):
    """RFC 7591 §3.2.2: a field of the metadata breaks its rule; the description names it."""

    error = "invalid_client_metadata"
    may_redirect = False


class UnsupportedTokenType(ProtocolError):
    """RFC 7009 §2.2.1."""

    error = "unsupported_token_type"
    may_redirect = False


class InvalidToken(ProtocolError):
    """RFC 6750 §3.1: the access token is expired, revoked, malformed, or not meant for this resource."""

    error = "invalid_token"
    status_code = 401
    may_redirect = False
    challenge = "Bearer"


class InsufficientScope(ProtocolError):
    """RFC 6750 §3.1."""

    error = "insufficient_scope"
    status_code = 403
    may_redirect = False
    challenge = "Bearer"


class InsufficientUserAuthentication(ProtocolError):
    """RFC 9470 §3: the sign-in behind the access token is too weak or too old.

    ``acr_values`` and ``max_age`` among its parameters say what is needed.
    """

    error = "insufficient_user_authentication"
    status_code = 401
    may_redirect = False
    challenge = "Bearer"


class TemporarilyUnavailable(ProtocolError):
    """RFC 6749 §4.1.2.1; at a machine endpoint 503 with ``Retry-After``."""

    error = "temporarily_unavailable"
    status_code = 503


class ServerError(ProtocolError):
    """RFC 6749 §4.1.2.1: a fault of ours; the log holds the detail under the reference number."""

    error = "server_error"
    status_code = 500


class Refusal(Exception):
    """Something a person asked for that is not done.

    :param message: an English message identifier, marked for translation where it is raised with ``idp.words.mark``.
    :param field: the form field it belongs to, if any.
    """

    status_code: ClassVar[int] = 400
    word: str = ""
    """Says to programs which rule said no, where they have to tell; the same for as long as the rule stands."""

    def __init__(self, message: str, field: str | None = None, **values: object) -> None:
        super().__init__(message)
        self.message = message
        self.field = field
        self.values = values


class TryAgainLater(Refusal):
    """Too much at once; nothing was done and the same act may be tried again."""

    status_code = 503


class NotFound(Refusal):
    """What was asked for is not there, or not the asker's."""

    status_code = 404


class NotStorable(Refusal):
    """What a caller sent holds a character or has a length that no column takes (PostgreSQL knows no NUL in a text)."""

    def __init__(self) -> None:
        super().__init__(mark("What was sent holds characters that cannot be used, or is too long."))


class StoreUnavailable(Exception):
    """The database or the ephemeral store does not answer; nothing is known to have been done.

    Machine endpoints answer ``temporarily_unavailable``, pages ask to try again; both are 503 with ``Retry-After``.
    """
