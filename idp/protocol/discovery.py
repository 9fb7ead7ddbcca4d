"""The provider's metadata (OpenID Connect Discovery §3, RFC 8414), computed from what works, never written by hand."""

from typing import Any

from idp.domain import assurance, release
from idp.protocol import pkce
from idp.protocol.authorization.checks import RESPONSE_MODES, RESPONSE_TYPES
from idp.protocol.authorization.parameters import PROMPTS
from idp.protocol.client_authentication import METHODS
from idp.protocol.client_authentication.private_key_jwt import ALGORITHMS as ASSERTION_ALGORITHMS
from idp.services import Services

ABOUT_SIGN_IN = frozenset({"iss", "aud", "azp", "iat", "exp", "auth_time", "acr", "amr", "nonce", "sid"})
"""Claims of every ID token about the sign-in itself (OpenID Connect Core §2)."""
GRANT_TYPES = ("authorization_code", "refresh_token", "client_credentials", "implicit")


def metadata(services: Services) -> dict[str, Any]:
    """Give the document."""
    issuer = services.settings.issuer
    signing = sorted(services.key_ring.get().signing)
    confidential = [method for method in METHODS if method != "none"]
    return {
        "issuer": issuer,
        "authorization_endpoint": f"{issuer}/authorize",
        "token_endpoint": f"{issuer}/token",
        "userinfo_endpoint": f"{issuer}/userinfo",
        "jwks_uri": f"{issuer}/jwks",
        "introspection_endpoint": f"{issuer}/introspect",
        "revocation_endpoint": f"{issuer}/revoke",
        "registration_endpoint": f"{issuer}/register",
        "end_session_endpoint": f"{issuer}/logout",
        "scopes_supported": [*release.scopes(), *sorted(release.api_scopes())],
        "response_types_supported": list(RESPONSE_TYPES),
        "response_modes_supported": list(RESPONSE_MODES),
        "grant_types_supported": list(GRANT_TYPES),
        "acr_values_supported": list(assurance.supported()),
        "subject_types_supported": ["pairwise", "public"],
        "id_token_signing_alg_values_supported": signing,
        "userinfo_signing_alg_values_supported": signing,
        "token_endpoint_auth_methods_supported": list(METHODS),
        "token_endpoint_auth_signing_alg_values_supported": list(ASSERTION_ALGORITHMS),
        "introspection_endpoint_auth_methods_supported": confidential,
        "introspection_endpoint_auth_signing_alg_values_supported": list(ASSERTION_ALGORITHMS),
        "introspection_signing_alg_values_supported": signing,
        "revocation_endpoint_auth_methods_supported": list(METHODS),
        "revocation_endpoint_auth_signing_alg_values_supported": list(ASSERTION_ALGORITHMS),
        "display_values_supported": ["page"],
        "prompt_values_supported": sorted(PROMPTS),
        "claim_types_supported": ["normal"],
        "claims_supported": sorted(release.claims_supported() | ABOUT_SIGN_IN),
        "claims_parameter_supported": True,
        "request_parameter_supported": False,
        "request_uri_parameter_supported": False,
        "require_request_uri_registration": False,
        "ui_locales_supported": ["vi", "en"],
        "code_challenge_methods_supported": list(pkce.METHODS),
        "authorization_response_iss_parameter_supported": True,
        "backchannel_logout_supported": True,
        "backchannel_logout_session_supported": True,
    }
