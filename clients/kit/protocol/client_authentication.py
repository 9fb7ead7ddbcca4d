"""How this client proves itself to the provider: ``client_secret_basic`` (RFC 6749 §2.3.1) or ``private_key_jwt``
(RFC 7523 §2.2, OpenID Connect Core §9). The secret is read once, at start."""

import base64
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from urllib.parse import quote_plus

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from joserfc import jwt
from joserfc.jwk import ECKey, OKPKey, RSAKey

from clients.kit.clock import Clock
from clients.kit.protocol.algorithms import only

ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
LIFETIME = 60


class ClientAuthentication(Protocol):
    """Adds a client's proof to a request."""

    def headers(self) -> dict[str, str]:
        """Give the headers to add."""
        ...

    def form(self, audience: str) -> dict[str, str]:
        """Give the form fields to add, for the provider whose issuer is ``audience``."""
        ...


@dataclass(frozen=True, slots=True)
class ClientSecret:
    """``client_secret_basic``."""

    client_id: str
    secret: str

    def headers(self) -> dict[str, str]:
        """Both parts are form-encoded before they are joined (RFC 6749 §2.3.1)."""
        pair = f"{quote_plus(self.client_id)}:{quote_plus(self.secret)}"
        return {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}

    def form(self, audience: str) -> dict[str, str]:
        """Nothing."""
        return {}


@dataclass(frozen=True, slots=True)
class PrivateKey:
    """``private_key_jwt``: an assertion for one use, whose audience is the issuer and nothing else."""

    client_id: str
    key: RSAKey | ECKey | OKPKey
    clock: Clock

    def headers(self) -> dict[str, str]:
        """Nothing."""
        return {}

    def form(self, audience: str) -> dict[str, str]:
        """A fresh assertion."""
        now = int(self.clock())
        claims = {"iss": self.client_id, "sub": self.client_id, "aud": audience, "jti": secrets.token_urlsafe(16)}
        header = {"alg": _algorithm(self.key), "kid": self.key.thumbprint()}
        assertion = jwt.encode(
            header, {**claims, "iat": now, "exp": now + LIFETIME}, self.key, registry=only(header["alg"])
        )
        return {"client_id": self.client_id, "client_assertion_type": ASSERTION, "client_assertion": assertion}


def _algorithm(key: RSAKey | ECKey | OKPKey) -> str:
    return {"RSA": "RS256", "EC": "ES256"}.get(key.key_type, "EdDSA")


def client_authentication(
    client_id: str, secret_file: Path | None, private_key_file: Path | None, clock: Clock
) -> ClientAuthentication:
    """Read the client's secret or private key; the key wins where both are given."""
    if private_key_file is not None:
        return PrivateKey(client_id, _private_key(private_key_file.read_bytes()), clock)
    if secret_file is None:
        raise ValueError("a client needs a secret file or a private key file")
    return ClientSecret(client_id, secret_file.read_text().strip())


def _private_key(pem: bytes) -> RSAKey | ECKey | OKPKey:
    found = load_pem_private_key(pem, None)
    if isinstance(found, rsa.RSAPrivateKey):
        return RSAKey.import_key(pem)
    return ECKey.import_key(pem) if isinstance(found, ec.EllipticCurvePrivateKey) else OKPKey.import_key(pem)
