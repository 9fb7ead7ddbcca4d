"""JWS and JAdES signatures made by hand, so that each rule can be broken by itself (RFC 7515, TS 119 182-1)."""

import base64
import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa, utils

from tests.keys.validation.making.people import Person, person

ALGORITHMS = {rsa.RSAPrivateKey: "RS256", ec.EllipticCurvePrivateKey: "ES256", ed25519.Ed25519PrivateKey: "EdDSA"}
PAYLOAD = '{"tờ khai": "Nguyễn Thị Hồng"}'.encode()


def b64u(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def encoded(value: Any) -> str:
    return b64u(json.dumps(value, ensure_ascii=False).encode())


@dataclass
class Recipe:
    """One signature, with every part open to tampering."""

    signer: Person = field(default_factory=person)
    payload: bytes | None = PAYLOAD
    """What is signed; None for content signed through ``sigD`` digests."""
    detached: bool = False
    protected: dict[str, Any] = field(default_factory=dict)
    """More protected parameters, over the usual ones; None as value takes one away."""
    header: dict[str, Any] = field(default_factory=dict)
    """The unprotected header."""
    written_header: str | None = None
    """The protected header as text, where JSON itself is to be odd."""
    sign: Callable[[bytes], bytes] | None = None

    @property
    def parameters(self) -> dict[str, Any]:
        usual = {
            "alg": self._algorithm,
            "x5c": [b64(self.signer.certificate)],
            "x5t#S256": b64u(hashlib.sha256(self.signer.certificate).digest()),
            "sigT": "2025-06-02T08:30:00Z",
            "crit": ["sigT"],
        }
        return {name: value for name, value in {**usual, **self.protected}.items() if value is not None}

    @property
    def _algorithm(self) -> str:
        return next(name for kind, name in ALGORITHMS.items() if isinstance(self.signer.key, kind))

    @property
    def head(self) -> str:
        if self.written_header is not None:
            return b64u(self.written_header.encode())
        return encoded(self.parameters)

    @property
    def signed_payload(self) -> bytes:
        if self.payload is None:
            return b""
        return self.payload if self.parameters.get("b64") is False else b64u(self.payload).encode()

    @property
    def value(self) -> bytes:
        """The signature value; kept, so that time-stamps can be over it."""
        data = self.head.encode() + b"." + self.signed_payload
        if self.sign is not None:
            return self.sign(data)
        key = (id(self.signer), data)
        if key not in _MADE:
            _MADE[key] = raw(self.signer, data)
        return _MADE[key]

    @property
    def shown_payload(self) -> str:
        return "" if self.detached or self.payload is None else self.signed_payload.decode()

    def compact(self) -> bytes:
        return f"{self.head}.{self.shown_payload}.{b64u(self.value)}".encode()

    def entry(self) -> dict[str, Any]:
        found: dict[str, Any] = {"protected": self.head, "signature": b64u(self.value)}
        if self.header:
            found["header"] = self.header
        return found

    def flattened(self) -> bytes:
        return json.dumps({"payload": self.shown_payload, **self.entry()}).encode()

    def with_unsigned(self, *components: dict[str, Any], clear: bool = False) -> "Recipe":
        self.header = {"etsiU": [each if clear else encoded(each) for each in components]}
        return self


_MADE: dict[tuple[int, bytes], bytes] = {}


def raw(signer: Person, data: bytes) -> bytes:
    signed = signer.sign(data)
    if isinstance(signer.key, ec.EllipticCurvePrivateKey):
        r, s = utils.decode_dss_signature(signed)
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")
    return signed


def general(*recipes: Recipe) -> bytes:
    """Several signatures over one payload."""
    return json.dumps({"payload": recipes[0].shown_payload, "signatures": [each.entry() for each in recipes]}).encode()


def by_hash(files: dict[str, bytes], **more: Any) -> Recipe:
    """A detached signature over the digests of files."""
    digests = [b64u(hashlib.sha256(b64u(data).encode()).digest()) for data in files.values()]
    detached = {
        "mId": "http://uri.etsi.org/19182/ObjectIdByURIHash",
        "pars": list(files),
        "hashM": "S256",
        "hashV": digests,
    }
    protected = {"sigD": {**detached, **more}, "crit": ["sigT", "sigD"]}
    return Recipe(payload=None, protected=protected)
