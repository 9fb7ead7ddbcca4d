"""A software authenticator and the browser around it: what Web Authentication's ceremonies give, made by hand.

It does what a real one does, and on request what none should: another origin, another RP ID, no user verification, a
counter that falls. JSON in and out is that of ``parse…OptionsFromJSON`` and ``toJSON``.
"""

import base64
import copy
import hashlib
import json
import os
import struct
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import cbor2
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

Json = dict[str, Any]
USER_PRESENT, USER_VERIFIED, BACKUP_ELIGIBLE, BACKED_UP, ATTESTED = 0x01, 0x04, 0x08, 0x10, 0x40


def b64(raw: bytes) -> str:
    """Base64url without padding."""
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def unb64(text: str) -> bytes:
    """What ``b64`` wrote."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


@dataclass
class Credential:
    """One discoverable credential."""

    id: bytes
    rp_id: str
    user_handle: bytes
    key: ec.EllipticCurvePrivateKey
    counter: int = 0


@dataclass(frozen=True)
class Maker:
    """Who makes authenticators and attests which model one is: a root, and an attestation certificate under it."""

    root: x509.Certificate
    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey


@dataclass
class Authenticator:
    """An authenticator in a browser at ``origin``.

    :param flags: what it says of the person and of itself, besides presence.
    :param counts: False for one whose counter stays 0, as that of a synchronised passkey does.
    :param maker: attests it, where the relying party asks for it.
    """

    origin: str
    flags: int = USER_VERIFIED
    counts: bool = True
    aaguid: str = "00000000-0000-0000-0000-000000000000"
    maker: Maker | None = None
    credentials: list[Credential] = field(default_factory=list)
    lies: Json = field(default_factory=dict)
    """What it says instead of the truth: ``rp_id``, ``challenge``, ``origin``, ``type``, ``crossOrigin``, ``handle``."""

    def copy(self) -> "Authenticator":
        """A copy of the key, counter and all, as a thief would make it."""
        key_safe = [copy.copy(credential) for credential in self.credentials]
        return Authenticator(self.origin, self.flags, self.counts, self.aaguid, self.maker, key_safe, dict(self.lies))

    def create(self, options: Mapping[str, Any]) -> Json:
        """``navigator.credentials.create()``; an excluded credential raises ``LookupError`` (InvalidStateError)."""
        excluded = {descriptor["id"] for descriptor in options["excludeCredentials"]}
        if excluded & {b64(credential.id) for credential in self.credentials}:
            raise LookupError("InvalidStateError")
        key = ec.generate_private_key(ec.SECP256R1())
        made = Credential(os.urandom(32), options["rp"]["id"], unb64(options["user"]["id"]), key)
        self.credentials.append(made)
        client_data = self._client_data("webauthn.create", options["challenge"])
        data = self._authenticator_data(made, ATTESTED) + self._attested(made)
        attestation = self._attestation(made, data, client_data, options["attestation"])
        return self._answer(made, client_data, {"attestationObject": b64(attestation), "transports": ["internal"]})

    def get(self, options: Mapping[str, Any]) -> Json:
        """``navigator.credentials.get()`` with the newest credential for the relying party, or one of those allowed."""
        allowed = {descriptor["id"] for descriptor in options["allowCredentials"]}
        fitting = [each for each in self.credentials if not allowed or b64(each.id) in allowed]
        return self.use(fitting[-1], options)

    def use(self, credential: Credential, options: Mapping[str, Any]) -> Json:
        """Sign with this very credential, allowed or not."""
        credential.counter += 1 if self.counts else 0
        client_data = self._client_data("webauthn.get", options["challenge"])
        data = self._authenticator_data(credential)
        signature = credential.key.sign(data + hashlib.sha256(client_data).digest(), ec.ECDSA(hashes.SHA256()))
        given = {"authenticatorData": b64(data), "signature": b64(signature)}
        handle = self.lies.get("handle", b64(credential.user_handle))
        return self._answer(credential, client_data, {**given, **({"userHandle": handle} if handle else {})})

    def _client_data(self, kind: str, challenge: str) -> bytes:
        truth = {"type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": False}
        return json.dumps({name: self.lies.get(name, value) for name, value in truth.items()}).encode()

    def _authenticator_data(self, credential: Credential, more: int = 0) -> bytes:
        rp_id = self.lies.get("rp_id", credential.rp_id)
        flags = self.lies.get("flags", USER_PRESENT | self.flags) | more
        return hashlib.sha256(rp_id.encode()).digest() + struct.pack(">BI", flags, credential.counter)

    def _attested(self, credential: Credential) -> bytes:
        numbers = credential.key.public_key().public_numbers()
        x, y = (number.to_bytes(32, "big") for number in (numbers.x, numbers.y))
        cose = cbor2.dumps({1: 2, 3: -7, -1: 1, -2: x, -3: y})
        return uuid.UUID(self.aaguid).bytes + struct.pack(">H", len(credential.id)) + credential.id + cose

    def _attestation(self, credential: Credential, data: bytes, client_data: bytes, wanted: str) -> bytes:
        if wanted != "direct" or self.lies.get("attestation") == "none":
            return cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        key, chain = (self.maker.key, [self.maker.certificate]) if self.maker else (credential.key, [])
        signature = key.sign(data + hashlib.sha256(client_data).digest(), ec.ECDSA(hashes.SHA256()))
        statement: Json = {"alg": -7, "sig": signature}
        if chain:
            from cryptography.hazmat.primitives.serialization import Encoding

            statement["x5c"] = [certificate.public_bytes(Encoding.DER) for certificate in chain]
        return cbor2.dumps({"fmt": "packed", "attStmt": statement, "authData": data})

    def _answer(self, credential: Credential, client_data: bytes, response: Json) -> Json:
        shared = {"id": b64(credential.id), "rawId": b64(credential.id), "type": "public-key"}
        whole = {"clientDataJSON": b64(client_data), **response}
        return {**shared, "response": whole, "clientExtensionResults": {}, "authenticatorAttachment": "platform"}
