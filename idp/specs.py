"""Every specification the provider speaks: number, title, the module that applies it, the test that fails without it.

The README's table is made from these rows, and a test holds them against the files and the discovery document.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Specification:
    """One specification. ``module`` and ``test`` are paths in the repository; ``metadata`` are members of discovery."""

    number: str
    title: str
    module: str
    test: str
    metadata: tuple[str, ...] = ()


SPECIFICATIONS: tuple[Specification, ...] = (
    Specification(
        "OpenID Connect Core 1.0",
        "Authorization code and hybrid flows, ID token, UserInfo, claims, pairwise subjects",
        "idp/protocol/authorization",
        "tests/idp/protocol/test_authorization_request.py",
        ("authorization_endpoint", "userinfo_endpoint", "claims_parameter_supported", "subject_types_supported"),
    ),
    Specification(
        "OpenID Connect Discovery 1.0",
        "Provider metadata",
        "idp/protocol/discovery.py",
        "tests/idp/protocol/test_discovery.py",
        ("issuer",),
    ),
    Specification(
        "RFC 8414",
        "Authorization server metadata",
        "idp/protocol/discovery.py",
        "tests/idp/protocol/test_discovery.py",
        ("response_types_supported",),
    ),
    Specification(
        "RFC 6749",
        "OAuth 2.0: authorization code, refresh token, client credentials",
        "idp/protocol/grants",
        "tests/idp/protocol/test_authorization_code.py",
        ("token_endpoint", "grant_types_supported"),
    ),
    Specification(
        "RFC 6750", "Bearer token usage", "idp/protocol/bearer.py", "tests/idp/protocol/test_tokens_elsewhere.py"
    ),
    Specification(
        "RFC 9470",
        "Step-up authentication: the API says which sign-in it needs",
        "idp/http/api/access.py",
        "tests/idp/http/api/test_access.py",
    ),
    Specification("RFC 9457", "Problem details", "idp/http/api/problems.py", "tests/idp/http/api/test_routes.py"),
    Specification("OpenAPI 3.1", "The API's document", "idp/http/api/openapi.py", "tests/idp/http/api/test_openapi.py"),
    Specification(
        "RFC 5280",
        "Certificates and CRLs of the built-in authority",
        "keys/authority/certificate.py",
        "tests/keys/authority/test_issuing.py",
    ),
    Specification(
        "RFC 6960",
        "OCSP, with the nonce of RFC 9654",
        "keys/authority/responder.py",
        "tests/keys/authority/test_responder.py",
    ),
    Specification(
        "RFC 2986",
        "Certification requests (PKCS #10) with proof of possession",
        "keys/authority/signing_request.py",
        "tests/idp/certificates/test_enrolment.py",
    ),
    Specification(
        "RFC 7009",
        "Token revocation",
        "idp/protocol/revocation.py",
        "tests/idp/protocol/test_tokens_elsewhere.py",
        ("revocation_endpoint",),
    ),
    Specification(
        "RFC 7523",
        "JWT client authentication (private_key_jwt)",
        "idp/protocol/client_authentication/private_key_jwt.py",
        "tests/idp/protocol/test_client_authentication.py",
        ("token_endpoint_auth_methods_supported", "token_endpoint_auth_signing_alg_values_supported"),
    ),
    Specification(
        "RFC 7591",
        "Dynamic client registration",
        "idp/protocol/registration.py",
        "tests/idp/protocol/test_registration.py",
        ("registration_endpoint",),
    ),
    Specification(
        "RFC 7592",
        "Dynamic client registration management",
        "idp/protocol/registration.py",
        "tests/idp/protocol/test_registration.py",
    ),
    Specification(
        "RFC 7636",
        "Proof Key for Code Exchange, S256 alone",
        "idp/protocol/pkce.py",
        "tests/idp/protocol/test_authorization_code.py",
        ("code_challenge_methods_supported",),
    ),
    Specification(
        "RFC 7662",
        "Token introspection",
        "idp/protocol/introspection.py",
        "tests/idp/protocol/test_tokens_elsewhere.py",
        ("introspection_endpoint",),
    ),
    Specification(
        "RFC 8252",
        "Native applications: loopback ports, private-use schemes",
        "idp/protocol/redirect_uri.py",
        "tests/idp/protocol/test_redirect_uri.py",
    ),
    Specification(
        "RFC 8707", "Resource indicators", "idp/protocol/scope.py", "tests/idp/protocol/test_tokens_elsewhere.py"
    ),
    Specification(
        "RFC 9068",
        "JWT access tokens",
        "idp/domain/tokens.py",
        "tests/idp/protocol/test_access_token.py",
        ("jwks_uri",),
    ),
    Specification(
        "RFC 9207",
        "Issuer identification in the authorization response",
        "idp/protocol/authorization/answer.py",
        "tests/idp/protocol/test_authorization_code.py",
        ("authorization_response_iss_parameter_supported",),
    ),
    Specification(
        "RFC 9700",
        "Security best current practice",
        "idp/protocol/authorization/checks.py",
        "tests/idp/protocol/test_refresh_token.py",
    ),
    Specification(
        "RFC 9701",
        "Introspection as a signed JWT",
        "idp/protocol/introspection.py",
        "tests/idp/protocol/test_tokens_elsewhere.py",
        ("introspection_signing_alg_values_supported",),
    ),
    Specification(
        "OpenID Connect RP-Initiated Logout 1.0",
        "Sign-out asked for by a portal",
        "idp/protocol/rp_initiated_logout.py",
        "tests/idp/protocol/test_rp_initiated_logout.py",
        ("end_session_endpoint",),
    ),
    Specification(
        "OpenID Connect Back-Channel Logout 1.0",
        "Portals are told that a session ended",
        "idp/protocol/back_channel_logout.py",
        "tests/idp/protocol/test_back_channel_logout.py",
        ("backchannel_logout_supported", "backchannel_logout_session_supported"),
    ),
    Specification(
        "OAuth 2.0 Form Post Response Mode",
        "Answers that travel in a form",
        "idp/http/pages/authorize.py",
        "tests/idp/protocol/test_authorization_request.py",
        ("response_modes_supported",),
    ),
    Specification(
        "Web Authentication Level 3",
        "Passkeys and security keys: registration, authentication, attestation for officials",
        "idp/domain/authenticators/passkeys",
        "tests/idp/passkeys/test_authentication.py",
    ),
    Specification(
        "RFC 6238",
        "One-time codes from a clock, each good once",
        "idp/domain/authenticators/totp.py",
        "tests/idp/authenticators/test_second_factor_attacks.py",
    ),
    Specification(
        "NIST SP 800-63B-4",
        "Passwords, second factors and their recovery: what is asked for, how fast it may be tried",
        "idp/domain/authenticators",
        "tests/idp/http/pages/test_downgrade.py",
    ),
)
