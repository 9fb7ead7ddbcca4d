"""What a client may register, field by field (RFC 7591 §2, OpenID Connect Registration §2), each with its rule.

Gives metadata with every default filled in, or says which field breaks which rule. Unknown fields are left out (RFC
7591 §2). Fetching a sector document, storing and secrets are ``idp.domain.registration``'s.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import SplitResult, urlsplit

import orjson
from joserfc.errors import JoseError
from joserfc.jwk import import_key

from idp.domain import assurance, release

AUTH_METHODS = ("client_secret_basic", "client_secret_post", "private_key_jwt", "none")
GRANT_TYPES = ("authorization_code", "refresh_token", "client_credentials", "implicit")
BROWSER_GRANTS = ("authorization_code", "implicit")
"""Those that begin at the authorization endpoint; without one there is no response type (RFC 7591 §2.1)."""
RESPONSE_TYPES = ("code", "id_token", "code id_token")
SIGNING_ALGORITHMS = ("RS256", "PS256", "ES256", "EdDSA")
LOOPBACK_HOSTS = ("127.0.0.1", "::1")
MAX_TEXT, MAX_URI, MAX_ITEMS, MAX_RESOURCE = 500, 2000, 50, 512
ADMINISTRATORS = ("resources", "allowed_resources", "legal_basis")
"""Fields that only an administrator gives."""
_SCOPE = re.compile(r"[\x21\x23-\x5B\x5D-\x7E]+")
_PLACE = re.compile(r"([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]+)?")
"""Host and port in letters that name nothing else: the host of a portal stands in a policy of ours (CSP, form-action)."""
_LANGUAGE = re.compile(r"(client_name|client_uri|logo_uri|policy_uri|tos_uri)#[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")


class MetadataInvalid(ValueError):
    """A field breaks its rule. ``field`` is its registered name."""

    def __init__(self, field: str, rule: str) -> None:
        super().__init__(f"{field}: {rule}")
        self.field = field


def validate(sent: Mapping[str, Any], *, demo: bool, trusted: bool = False) -> dict[str, Any]:
    """Give the metadata to register.

    :param demo: whether http addresses are taken from web applications too: on loopback, elsewhere from an administrator.
    :param trusted: whether an administrator registers it: only then may it serve resources.
    :raises MetadataInvalid: naming the field and the rule.
    """
    known = {
        name: value
        for name, value in sent.items()
        if value is not None and (name in _FIELDS or _LANGUAGE.fullmatch(name))
    }
    whole = {**_DEFAULTS, **known}
    if "response_types" not in known and not set(BROWSER_GRANTS) & set(_listed(whole["grant_types"])):
        whole["response_types"] = []
    for name, value in known.items():
        _FIELDS.get(name, _text)(name, value)
        _repeatable(name, value)
    _check_together(whole, demo=demo, trusted=trusted)
    return whole


def _repeatable(name: str, value: Any) -> None:
    """What is registered is said again in the answer (RFC 7591 §3.2.1): numbers and depth are what our JSON can write."""
    try:
        orjson.dumps({name: value})
    except TypeError:
        raise MetadataInvalid(name, "holds a number or a text that JSON cannot carry, or is nested too deep") from None


def _listed(value: Any) -> list[str]:
    """Give the texts of what should be a list of them; what is none is refused by its field's own rule."""
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def _text(name: str, value: Any) -> None:
    if not isinstance(value, str) or not 0 < len(value) <= MAX_TEXT or not value.isprintable():
        raise MetadataInvalid(name, f"a text of 1 to {MAX_TEXT} printable characters")


def _boolean(name: str, value: Any) -> None:
    if not isinstance(value, bool):
        raise MetadataInvalid(name, "true or false")


def _seconds(name: str, value: Any) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise MetadataInvalid(name, "a whole number of seconds")


def _texts(name: str, value: Any) -> None:
    if not isinstance(value, list) or len(value) > MAX_ITEMS or not all(isinstance(item, str) for item in value):
        raise MetadataInvalid(name, f"a list of up to {MAX_ITEMS} texts")
    if len(set(value)) != len(value):
        raise MetadataInvalid(name, "holds the same value twice")


def _one_of(*allowed: str) -> Callable[[str, Any], None]:
    def rule(name: str, value: Any) -> None:
        if value not in allowed:
            raise MetadataInvalid(name, f"one of {', '.join(allowed)}")

    return rule


def _some_of(*allowed: str) -> Callable[[str, Any], None]:
    def rule(name: str, value: Any) -> None:
        _texts(name, value)
        if excess := [item for item in value if " ".join(sorted(item.split())) not in allowed]:
            raise MetadataInvalid(name, f"{excess[0][:60]!r} is not one of {', '.join(allowed)}")

    return rule


def _web_address(name: str, value: Any) -> None:
    """An absolute http or https address without user or fragment."""
    if not isinstance(value, str) or len(value) > MAX_URI or not value.isascii() or any(c <= " " for c in value):
        raise MetadataInvalid(name, f"an absolute URI of at most {MAX_URI} ASCII characters")
    parts = _split(name, value)
    if parts.scheme not in ("https", "http") or not _PLACE.fullmatch(parts.netloc) or "#" in value:
        raise MetadataInvalid(name, "an http or https address without user and fragment")


def _split(name: str, value: str) -> SplitResult:
    try:
        parts = urlsplit(value)
        _ = parts.port
    except ValueError:
        raise MetadataInvalid(name, "not a URI") from None
    return parts


def _https_outside_demo(name: str, value: str, *, demo: bool) -> None:
    parts = urlsplit(value)
    if parts.scheme == "http" and not (demo or parts.hostname in LOOPBACK_HOSTS):
        raise MetadataInvalid(name, "must be https")


def _web_addresses(name: str, value: Any) -> None:
    _texts(name, value)
    for item in value:
        _web_address(name, item)


def _redirect_uris(name: str, value: Any) -> None:
    """RFC 6749 §3.1.2: absolute, no fragment; RFC 8252 §7.1: a private-use scheme has a dot."""
    _texts(name, value)
    for uri in value:
        scheme = uri.partition(":")[0]
        if scheme in ("http", "https"):
            _web_address(name, uri)
        elif (
            len(uri) > MAX_URI
            or not uri.isprintable()
            or not re.fullmatch(r"[a-z][a-z0-9+-]*(\.[a-z0-9+-]+)+:/[^\s#\\]*", uri)
        ):
            raise MetadataInvalid(name, "https, loopback http, or a private-use scheme with a dot (RFC 8252 §7)")
        _split(name, uri)
        if ".." in uri or "*" in uri or "\\" in uri or "%" in uri.partition("?")[0]:
            raise MetadataInvalid(name, "no wildcard, no dot segments, no encoded characters in the path")


def _resources(name: str, value: Any) -> None:
    _web_addresses(name, value)
    if any(len(item) > MAX_RESOURCE for item in value):
        raise MetadataInvalid(name, f"at most {MAX_RESOURCE} characters each")


def _jwks(name: str, value: Any) -> None:
    """RFC 7517 §5: public keys only."""
    keys = value.get("keys") if isinstance(value, dict) else None
    if not isinstance(keys, list) or not 0 < len(keys) <= MAX_ITEMS:
        raise MetadataInvalid(name, "a JSON Web Key Set with 1 to 50 keys (RFC 7517 §5)")
    for key in keys:
        if not isinstance(key, dict) or key.get("kty") not in ("RSA", "EC", "OKP"):
            raise MetadataInvalid(name, "keys of type RSA, EC or OKP")
        if {"d", "p", "q", "k"} & key.keys():
            raise MetadataInvalid(name, "holds a private key; register the public half only and make a new key")
        if not _is_key(key):
            raise MetadataInvalid(name, "each key has the members of its type (RFC 7518 §6, RFC 8037 §2)")


def _is_key(members: dict[str, Any]) -> bool:
    """Tell whether a key can be used; one that cannot would be found out at the first sign-in only."""
    try:
        import_key(members)
    except (JoseError, ValueError, TypeError, KeyError, AttributeError):
        return False
    return True


def _scope(name: str, value: Any) -> None:
    names = value.split(" ") if isinstance(value, str) else [""]
    if len(names) > MAX_ITEMS or not all(_SCOPE.fullmatch(item) for item in names):
        raise MetadataInvalid(name, "tokens with one space between two (RFC 6749 §3.3)")


def _acr_values(name: str, value: Any) -> None:
    _some_of(*assurance.supported())(name, value)


_FIELDS: Mapping[str, Callable[[str, Any], None]] = {
    "client_name": _text,
    "client_uri": _web_address,
    "logo_uri": _web_address,
    "policy_uri": _web_address,
    "tos_uri": _web_address,
    "contacts": _texts,
    "software_id": _text,
    "software_version": _text,
    "application_type": _one_of("web", "native"),
    "redirect_uris": _redirect_uris,
    "post_logout_redirect_uris": _redirect_uris,
    "backchannel_logout_uri": _web_address,
    "backchannel_logout_session_required": _boolean,
    "initiate_login_uri": _web_address,
    "token_endpoint_auth_method": _one_of(*AUTH_METHODS),
    "token_endpoint_auth_signing_alg": _one_of(*SIGNING_ALGORITHMS),
    "grant_types": _some_of(*GRANT_TYPES),
    "response_types": _some_of(*RESPONSE_TYPES),
    "scope": _scope,
    "jwks": _jwks,
    "jwks_uri": _web_address,
    "subject_type": _one_of("pairwise", "public"),
    "sector_identifier_uri": _web_address,
    "id_token_signed_response_alg": _one_of(*SIGNING_ALGORITHMS),
    "userinfo_signed_response_alg": _one_of(*SIGNING_ALGORITHMS),
    "introspection_signed_response_alg": _one_of(*SIGNING_ALGORITHMS),
    "default_max_age": _seconds,
    "require_auth_time": _boolean,
    "default_acr_values": _acr_values,
    "access_token_format": _one_of("jwt", "opaque"),
    "require_pkce": _boolean,
    "refresh_token_grace": _seconds,
    "resources": _resources,
    "allowed_resources": _resources,
    "legal_basis": _text,
}

_DEFAULTS: Mapping[str, Any] = {
    "application_type": "web",
    "token_endpoint_auth_method": "client_secret_basic",
    "grant_types": ["authorization_code"],
    "response_types": ["code"],
    "scope": "openid profile email phone",
    "subject_type": "pairwise",
    "id_token_signed_response_alg": "RS256",
}


def _check_together(whole: Mapping[str, Any], *, demo: bool, trusted: bool) -> None:
    """The rules that hold between fields."""
    grants, responses = set(whole["grant_types"]), {" ".join(sorted(r.split())) for r in whole["response_types"]}
    redirects = whole.get("redirect_uris", [])
    needs_redirect = grants & set(BROWSER_GRANTS)
    if needs_redirect and not redirects:
        raise MetadataInvalid("redirect_uris", "required for grants that go through the browser (RFC 7591 §2)")
    if any("code" in r.split() for r in responses) and needs_redirect and "authorization_code" not in grants:
        raise MetadataInvalid("grant_types", "response_type code needs authorization_code (RFC 7591 §2.1)")
    if any("id_token" in r.split() for r in responses) and "implicit" not in grants:
        raise MetadataInvalid("grant_types", "response_type id_token needs implicit (OpenID Connect Registration §2)")
    if "jwks" in whole and "jwks_uri" in whole:
        raise MetadataInvalid("jwks", "not together with jwks_uri (RFC 7591 §2)")
    method = whole["token_endpoint_auth_method"]
    if method == "private_key_jwt" and not ("jwks" in whole or "jwks_uri" in whole):
        raise MetadataInvalid("jwks", "private_key_jwt needs jwks or jwks_uri")
    if method == "none" and "client_credentials" in grants:
        raise MetadataInvalid("grant_types", "client_credentials needs a client that can authenticate (RFC 6749 §4.4)")
    _check_administrators(whole, trusted=trusted)
    if whole.get("refresh_token_grace", 0) > 10 or (whole.get("refresh_token_grace") and method == "none"):
        raise MetadataInvalid("refresh_token_grace", "at most 10 seconds, and not for a public client")
    _check_addresses(whole, demo=demo, trusted=trusted)
    _check_sector(whole)


def _check_administrators(whole: Mapping[str, Any], *, trusted: bool) -> None:
    """What opens something that is not the client's own, or rests on law, is an administrator's to give (design §5)."""
    names = set(str(whole["scope"]).split())
    if not trusted and (present := [name for name in ADMINISTRATORS if whole.get(name)]):
        raise MetadataInvalid(present[0], "given by an administrator only")
    if not trusted and (excess := release.administration_scopes() & names):
        raise MetadataInvalid("scope", f"{min(excess)} is given by an administrator only")
    if (unfounded := release.in_need_of_legal_basis(names)) and not whole.get("legal_basis"):
        raise MetadataInvalid("legal_basis", f"scope {unfounded[0]} rests on law: an administrator records the basis")


def _check_addresses(whole: Mapping[str, Any], *, demo: bool, trusted: bool) -> None:
    """https for the web; loopback and private-use schemes for native applications (OpenID Connect Registration §2)."""
    native = whole["application_type"] == "native"
    for name in ("redirect_uris", "post_logout_redirect_uris"):
        for uri in whole.get(name, []):
            parts = urlsplit(uri)
            if parts.scheme not in ("http", "https") and not native:
                raise MetadataInvalid(name, "private-use schemes are for application_type native (RFC 8252 §7.1)")
            if parts.scheme == "http" and native and parts.hostname not in (*LOOPBACK_HOSTS, "localhost"):
                raise MetadataInvalid(name, "http is for loopback addresses only (RFC 8252 §7.3)")
            if parts.scheme == "http" and not native and not demo:
                raise MetadataInvalid(name, "must be https for application_type web")
            if parts.scheme == "http" and not trusted and parts.hostname not in (*LOOPBACK_HOSTS, "localhost"):
                raise MetadataInvalid(name, "must be https where it is not on this machine")
    for name in (
        "backchannel_logout_uri",
        "jwks_uri",
        "sector_identifier_uri",
        "initiate_login_uri",
    ):
        if name in whole:
            _https_outside_demo(name, whole[name], demo=demo)


def _check_sector(whole: Mapping[str, Any]) -> None:
    """Several hosts need a sector document, or their subjects would depend on an order (OpenID Connect Core §8.1)."""
    hosts = {urlsplit(uri).hostname for uri in whole.get("redirect_uris", [])}
    if whole["subject_type"] == "pairwise" and len(hosts) > 1 and "sector_identifier_uri" not in whole:
        raise MetadataInvalid("sector_identifier_uri", "required when redirect URIs have several hosts (Core §8.1)")
