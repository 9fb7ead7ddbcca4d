"""JAdES at every level (ETSI TS 119 182-1): flattened JSON, unsigned properties base64url-encoded in ``etsiU``."""

import json
from base64 import b64encode, urlsafe_b64encode
from hashlib import sha256
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from tests.support import tsa
from tests.support.stories import CLOCK, World

PAYLOAD = "Đơn đề nghị cấp giấy phép xây dựng".encode()


def jades(world: World, level: str, filler: int = 0) -> bytes:
    """A flattened JSON serialization signed by the world's signer, and ``filler`` more octets of payload."""
    payload = _url(PAYLOAD + b"x" * filler)
    header = _header(world, payload)
    protected = _url(json.dumps(header, separators=(",", ":")).encode())
    signature = _url(_raw(world, f"{protected}.{payload}".encode()))
    components: list[str] = []
    if level != "B":
        token = world.tsa_signature.token(signature.encode(), CLOCK["signature_timestamp"])
        components.append(_component("sigTst", _container(token)))
    if level in {"LT", "LTA"}:
        certificates = [*world.chain, world.tsa_signature.signer.der, world.stamping.der]
        components.append(_component("xVals", [{"x509Cert": {"val": _plain(der)}} for der in certificates]))
        components.append(_component("rVals", {"crlVals": [{"val": _plain(der)} for der in world.embedded_crls]}))
    if level == "LTA":
        covered = f"{payload}.{protected}.{signature}.{''.join(components)}".encode()
        token = world.tsa_archive.token(covered, CLOCK["archive_timestamp"])
        components.append(_component("arcTst", {**_container(token), "timeStamped": "all"}))
    document: dict[str, Any] = {"payload": payload, "protected": protected, "signature": signature}
    if components:
        document["header"] = {"etsiU": components}
    return json.dumps(document).encode()


def _header(world: World, payload: str) -> dict[str, Any]:
    header: dict[str, Any] = {
        "alg": "ES256",
        "cty": "text/plain",
        "x5c": [_plain(world.signer.der), *map(_plain, world.chain)],
        "x5t#S256": _url(sha256(world.signer.der).digest()),
        "sigT": f"{CLOCK['signing']:%Y-%m-%dT%H:%M:%SZ}",
        "crit": ["sigT"],
    }
    if world.content_timestamp:
        header["adoTst"] = _container(world.tsa_signature.token(payload.encode(), world.content_timestamp))
        header["crit"].append("adoTst")
    return header


def _container(token: bytes) -> dict[str, Any]:
    return {"tstTokens": [{"val": _plain(token)}]}


def _component(name: str, value: Any) -> str:
    return _url(json.dumps({name: value}, separators=(",", ":")).encode())


def _raw(world: World, data: bytes) -> bytes:
    """ES256: r and s side by side (RFC 7518 §3.4)."""
    assert isinstance(world.signer.key, ec.EllipticCurvePrivateKey)
    r, s = decode_dss_signature(tsa.sign(world.signer, data))
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def _url(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def _plain(data: bytes) -> str:
    return b64encode(data).decode()
