"""The protected header of a JWS: algorithm, critical parameters, encoding of the payload, and what JAdES adds.

RFC 7515 §4, RFC 7797, ETSI TS 119 182-1 clause 5. Only what is protected decides anything. Which certificate is meant is
read here, whether it signed in ``binding``.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, Final

from keys.validation import asn1
from keys.validation.algorithms import DIGEST_URIS, SIGNATURE_JOSE, SignatureAlgorithm
from keys.validation.formats.findings import Findings
from keys.validation.formats.jws.serialization import Json, MalformedJws, any_base64, base64url, parse_object
from keys.validation.model import Integrity
from keys.validation.signer import CertificateReference

_ETSI: Final = frozenset({"sigT", "x5t#o", "sigX5ts", "srCms", "sigPl", "srAts", "adoTst", "sigPId", "sigD"})
"""The parameters of TS 119 182-1 clause 5.2; a verifier that does not know them must refuse, so they are critical."""
_UNDERSTOOD: Final = _ETSI | {"b64", "iat", "exp", "nbf"}
_UNSIGNED: Final = frozenset({"etsiU"})
"""The unprotected parameter of TS 119 182-1 clause 5.3: understood here, and whoever extends a signature adds it later."""
_REGISTERED: Final = frozenset(
    {"alg", "jku", "jwk", "kid", "x5u", "x5c", "x5t", "x5t#S256", "typ", "cty", "crit", "enc", "zip", "epk", "apu"}
    | {"apv", "iv", "tag", "p2s", "p2c"}
)
_DIGESTS: Final = {
    **{f"S{size}": f"sha{size}" for size in (224, 256, 384, 512)},
    **{f"S3-{size}": f"sha3-{size}" for size in (224, 256, 384, 512)},
    **{f"SHA-{size}": f"sha{size}" for size in (224, 256, 384, 512)},
    **DIGEST_URIS,
}


class Refused(Exception):
    """A rule of the format that does not hold: which, and what that makes of the signature."""

    def __init__(self, integrity: Integrity, sentence: str) -> None:
        super().__init__(sentence)
        self.integrity, self.sentence = integrity, sentence


@dataclass(frozen=True)
class Header:
    """The protected header, read."""

    parameters: Json
    algorithm: SignatureAlgorithm
    encoded: bool
    """Whether the payload is signed in base64url; not with ``b64`` false (RFC 7797 §3)."""
    certificates: tuple[bytes, ...]
    """The chain in ``x5c`` (DER), the signer's first."""
    references: tuple[CertificateReference, ...]
    """The digests of the signing certificate, or of the first in ``x5c``, which is as well protected."""
    has_signing_certificate: bool

    @property
    def is_jades(self) -> bool:
        """Whether any parameter is JAdES's own, or the certificate and the time are told as its baseline asks."""
        return bool(_ETSI & set(self.parameters)) or (self.has_signing_certificate and "iat" in self.parameters)


def read(protected: str, unprotected: Json, findings: Findings) -> Header:
    """The header of one signature; Refused where nothing can be verified, everything else goes to ``findings``."""
    try:
        parameters = parse_object(base64url(protected))
    except MalformedJws as error:
        raise Refused(Integrity.MALFORMED, f"the protected header: {error}") from error
    both = set(parameters) & set(unprotected)
    if both:
        findings.add(Integrity.MALFORMED, f"{sorted(both)[0]!r} stands in both headers (RFC 7515 §7.2.1)")
    if {"crit", "alg", "b64"} & set(unprotected):
        findings.add(Integrity.MALFORMED, "a parameter that must be protected is not")
    _critical(parameters, findings)
    certificates = _chain(parameters, findings)
    references, has_attribute = _references(parameters, certificates)
    encoded = _encoded(parameters, findings)
    return Header(parameters, _algorithm(parameters), encoded, certificates, references, has_attribute)


def digest_name(identifier: object) -> str:
    """The digest that a ``digAlg`` or ``hashM`` names; Refused if none is known by it."""
    name = _DIGESTS.get(identifier) if isinstance(identifier, str) else None
    if name is None:
        raise Refused(Integrity.UNSUPPORTED, f"the digest algorithm {identifier!r} is not supported")
    return name


def signing_time(parameters: Json, findings: Findings) -> datetime | None:
    """``iat`` (seconds) or ``sigT`` (RFC 3339), whichever stands there; None, with a remark, for neither or both."""
    issued, claimed = parameters.get("iat"), parameters.get("sigT")
    if issued is not None and claimed is not None:
        findings.warn("the signature claims two signing times")
        return None
    try:
        if isinstance(issued, int | float) and not isinstance(issued, bool):
            return datetime.fromtimestamp(issued, UTC)
        if isinstance(claimed, str):
            moment = datetime.fromisoformat(claimed)
            return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        pass
    if issued is not None or claimed is not None:
        findings.warn("the claimed signing time cannot be read")
    return None


def policy(parameters: Json) -> str | None:
    """The identifier of ``sigPId`` (clause 5.2.7)."""
    found = parameters.get("sigPId")
    if not isinstance(found, dict):
        return None
    named = found.get("id")
    value = named.get("id") if isinstance(named, dict) else named
    return value if isinstance(value, str) else ""


def commitments(parameters: Json) -> tuple[str, ...]:
    """The identifiers of ``srCms`` (clause 5.2.3)."""
    found = [each.get("commId") for each in _list(parameters.get("srCms")) if isinstance(each, dict)]
    return tuple(each["id"] for each in found if isinstance(each, dict) and isinstance(each.get("id"), str))


def roles(parameters: Json) -> tuple[str, ...]:
    """The claimed attributes of ``srAts`` (clause 5.2.5)."""
    attributes = parameters.get("srAts")
    claimed = _list(attributes.get("claimed")) if isinstance(attributes, dict) else []
    values = (value for each in claimed if isinstance(each, dict) for value in _list(each.get("qVals")))
    return tuple(value for value in values if isinstance(value, str))


def _list(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list) else []


def _algorithm(parameters: Json) -> SignatureAlgorithm:
    name = parameters.get("alg")
    if not isinstance(name, str) or name.lower() in {"", "none"}:
        raise Refused(Integrity.MALFORMED, "a document that names no signature algorithm is not signed")
    if name not in SIGNATURE_JOSE:
        raise Refused(Integrity.UNSUPPORTED, f"the algorithm {name!r} is no signature algorithm known here")
    return SIGNATURE_JOSE[name]


def _critical(parameters: Json, findings: Findings) -> None:
    """``crit`` (RFC 7515 §4.1.11): what it lists must be there, be no standard parameter, and be understood."""
    listed = parameters.get("crit", [])
    if "crit" in parameters and (
        not isinstance(listed, list) or not listed or not all(isinstance(each, str) and each for each in listed)
    ):
        findings.add(Integrity.MALFORMED, "the list of critical parameters is none")
        return
    there = parameters.keys() | _UNSIGNED
    if len(set(listed)) != len(listed) or any(each in _REGISTERED or each not in there for each in listed):
        findings.add(Integrity.MALFORMED, "the list of critical parameters is not as RFC 7515 §4.1.11 says")
    for each in sorted(set(listed) & set(parameters) - _UNDERSTOOD - _REGISTERED):
        findings.add(Integrity.UNSUPPORTED, f"the critical parameter {each!r} is not understood")
    for each in sorted(_UNSIGNED & set(listed)):
        findings.warn(f"the unprotected parameter {each!r} is listed as critical")
    for each in sorted(_ETSI & set(parameters) - set(listed)):
        findings.warn(f"the parameter {each!r} is not listed as critical")


def _encoded(parameters: Json, findings: Findings) -> bool:
    encoded: object = parameters.get("b64", True)
    if not isinstance(encoded, bool):
        findings.add(Integrity.MALFORMED, "the parameter 'b64' is no boolean")
        return True
    if not encoded and "b64" not in _list(parameters.get("crit")):
        findings.add(Integrity.MALFORMED, "the parameter 'b64' is not listed as critical (RFC 7797 §6)")
    return encoded


def _chain(parameters: Json, findings: Findings) -> tuple[bytes, ...]:
    """``x5c`` (RFC 7515 §4.1.6): an array of base64 certificates, and nothing else."""
    listed = parameters.get("x5c", [])
    try:
        if not isinstance(listed, list) or ("x5c" in parameters and not listed):
            raise MalformedJws("no array")
        return tuple(any_base64(each) for each in listed)
    except MalformedJws:
        findings.add(Integrity.MALFORMED, "the parameter 'x5c' is no array of certificates (RFC 7515 §4.1.6)")
        return ()


def _references(parameters: Json, chain: Sequence[bytes]) -> tuple[tuple[CertificateReference, ...], bool]:
    """Clauses 5.1.7 and 5.2.2: ``x5t#S256``, ``x5t#o`` or ``sigX5ts``."""
    issuer, serial = _key_identifier(parameters.get("kid"))
    digests: list[tuple[str, bytes]] = []
    try:
        if "x5t#S256" in parameters:
            digests.append(("sha256", any_base64(parameters["x5t#S256"])))
        others = [parameters["x5t#o"]] if "x5t#o" in parameters else []
        for each in (*others, *_list(parameters.get("sigX5ts"))):
            if not isinstance(each, dict):
                raise Refused(Integrity.MALFORMED, "a certificate reference is no JSON object")
            digests.append((digest_name(each.get("digAlg")), any_base64(each.get("digVal"))))
    except MalformedJws as error:
        raise Refused(Integrity.MALFORMED, f"a certificate reference: {error}") from error
    several = len(digests) > 1
    found = tuple(
        CertificateReference(name, value, None if several else issuer, None if several else serial)
        for name, value in digests
    )
    if found or not chain:
        return found, bool(found)
    return (CertificateReference("sha256", sha256(chain[0]).digest(), None, None),), False


def _key_identifier(kid: object) -> tuple[bytes | None, int | None]:
    """The issuer and serial number that JAdES puts into ``kid`` (clause 5.1.4); a hint only."""
    try:
        names, number = asn1.read(any_base64(kid)).members()[:2]
        directory = names.members()[0]
        return directory.children[0].raw if directory.is_context(4) else None, number.integer
    except (MalformedJws, asn1.MalformedEncoding, ValueError, IndexError):
        return None, None
