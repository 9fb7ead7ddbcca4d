"""RFC 3161 time-stamp tokens for tests, at any time, by any key; and the client face of it that pyHanko signs with.

The token is written field by field from RFC 3161 §2.4.2 and RFC 5652 §5, not by the code under test.
"""

import datetime as dt
import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import new as new_digest
from typing import Any

from asn1crypto import algos, cms, core, tsp
from asn1crypto import x509 as asn1_x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from pyhanko.sign.timestamps import TimeStamper

from tests.support.pki import Issued

_serials = itertools.count(1)
_HASHES: dict[str, type[hashes.HashAlgorithm]] = {"sha256": hashes.SHA256, "sha1": hashes.SHA1, "sha512": hashes.SHA512}


@dataclass(frozen=True)
class TimestampUnit:
    """A time-stamping unit: its certificate and key, and the chain it puts into tokens."""

    signer: Issued
    chain: Sequence[bytes] = ()
    digest: str = "sha256"

    def token(self, data: bytes, at: dt.datetime, **options: Any) -> bytes:
        """A token over ``data`` as of ``at``, DER of the ContentInfo."""
        return self.token_over(new_digest(self.digest, data).digest(), at, **options)

    def token_over(
        self,
        imprint: bytes,
        at: dt.datetime,
        *,
        imprint_digest: str | None = None,
        nonce: Any = None,
        crls: Iterable[bytes] = (),
        unsigned: Iterable[bytes] = (),
    ) -> bytes:
        """A token over a digest that was made before."""
        info = tsp.TSTInfo(
            {
                "version": 1,
                "policy": "1.3.6.1.4.1.4146.2.3",
                "message_imprint": {
                    "hash_algorithm": {"algorithm": imprint_digest or self.digest},
                    "hashed_message": imprint,
                },
                "serial_number": next(_serials),
                "gen_time": at,
                "accuracy": {"seconds": 1},
                "ordering": False,
                **({"nonce": nonce} if nonce is not None else {}),
            }
        )
        content = info.dump()
        certificate = asn1_x509.Certificate.load(self.signer.der)
        signed = signed_data(
            "tst_info",
            content,
            self.signer,
            [*basic_attributes("tst_info", content, self.digest, self.signer)],
            [certificate.dump(), *self.chain],
            digest=self.digest,
            crls=crls,
            unsigned=unsigned,
        )
        return bytes(signed.dump())


class StampingAt(TimeStamper):
    """pyHanko's time-stamp client, answered by a unit whose clock stands at ``at``."""

    def __init__(self, unit: TimestampUnit, at: dt.datetime) -> None:
        super().__init__()
        self._unit, self._at = unit, at

    async def async_request_tsa_response(self, req: tsp.TimeStampReq) -> tsp.TimeStampResp:
        imprint = req["message_imprint"]
        token = self._unit.token_over(
            imprint["hashed_message"].native,
            self._at,
            imprint_digest=imprint["hash_algorithm"]["algorithm"].native,
            nonce=req["nonce"].native,
        )
        return tsp.TimeStampResp({"status": {"status": "granted"}, "time_stamp_token": cms.ContentInfo.load(token)})


def basic_attributes(content_type: str, content: bytes, digest: str, signer: Issued) -> list[dict[str, Any]]:
    """content-type, message-digest and signing-certificate-v2 (RFC 5652 §11, RFC 5035 §3)."""
    certificate_digest = new_digest("sha256", signer.der).digest()
    identifier = tsp.SigningCertificateV2({"certs": [tsp.ESSCertIDv2({"cert_hash": certificate_digest})]})
    return [
        {"type": "content_type", "values": [content_type]},
        {"type": "message_digest", "values": [new_digest(digest, content).digest()]},
        {"type": "signing_certificate_v2", "values": [identifier]},
    ]


def signed_data(
    content_type: str,
    content: bytes | None,
    signer: Issued,
    attributes: Iterable[dict[str, Any] | bytes],
    certificates: Iterable[bytes],
    *,
    digest: str = "sha256",
    crls: Iterable[bytes] = (),
    unsigned: Iterable[dict[str, Any] | bytes] = (),
    value: bytes | None = None,
) -> cms.ContentInfo:
    """A SignedData with one signer; ``content`` None leaves it detached. Attributes may be given in DER.

    ``value`` is a signature made before over the same attributes: ECDSA never gives the same one twice.
    """
    signed_attributes = _attributes(attributes)
    value = value or sign(signer, signed_attributes.dump(), digest)
    parsed = asn1_x509.Certificate.load(signer.der)
    info = {
        "version": "v1",
        "sid": cms.SignerIdentifier(
            {"issuer_and_serial_number": {"issuer": parsed.issuer, "serial_number": parsed.serial_number}}
        ),
        "digest_algorithm": {"algorithm": digest},
        "signed_attrs": signed_attributes,
        "signature_algorithm": signature_algorithm(signer, digest),
        "signature": value,
    }
    unsigned = list(unsigned)
    if unsigned:
        info["unsigned_attrs"] = _attributes(unsigned)
    body: dict[str, Any] = {
        "version": "v1" if content_type == "data" else "v3",
        "digest_algorithms": [{"algorithm": digest}],
        "encap_content_info": _encapsulated(content_type, content),
        "certificates": [
            cms.CertificateChoices({"certificate": asn1_x509.Certificate.load(der)}) for der in certificates
        ],
        "signer_infos": [cms.SignerInfo(info)],
    }
    lists = [cms.RevocationInfoChoice.load(der) for der in crls]
    if lists:
        body["crls"] = lists
    return cms.ContentInfo({"content_type": "signed_data", "content": cms.SignedData(body)})


def _attributes(attributes: Iterable[dict[str, Any] | bytes]) -> cms.CMSAttributes:
    read = (cms.CMSAttribute.load(a) if isinstance(a, bytes) else cms.CMSAttribute(a) for a in attributes)
    return cms.CMSAttributes(list(read))


def _encapsulated(content_type: str, content: bytes | None) -> dict[str, Any]:
    if content is None:
        return {"content_type": content_type}
    if content_type == "data":
        return {"content_type": content_type, "content": core.OctetString(content)}
    return {"content_type": content_type, "content": cms.ParsableOctetString(content)}


def sign(signer: Issued, data: bytes, digest: str = "sha256") -> bytes:
    """A raw signature with the signer's key: ECDSA in DER, RSA with PKCS #1 v1.5, or EdDSA."""
    hash_ = _HASHES[digest]()
    if isinstance(signer.key, ec.EllipticCurvePrivateKey):
        return signer.key.sign(data, ec.ECDSA(hash_))
    if isinstance(signer.key, rsa.RSAPrivateKey):
        return signer.key.sign(data, padding.PKCS1v15(), hash_)
    return signer.key.sign(data)


def signature_algorithm(signer: Issued, digest: str = "sha256") -> algos.SignedDigestAlgorithm:
    """The AlgorithmIdentifier that goes with ``sign``."""
    if isinstance(signer.key, ec.EllipticCurvePrivateKey):
        return algos.SignedDigestAlgorithm({"algorithm": f"{digest}_ecdsa"})
    if isinstance(signer.key, rsa.RSAPrivateKey):
        return algos.SignedDigestAlgorithm({"algorithm": f"{digest}_rsa"})
    return algos.SignedDigestAlgorithm({"algorithm": "ed25519"})
