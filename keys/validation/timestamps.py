"""One RFC 3161 time-stamp token: when, over what digest, by whom, and whether the token itself stands.

Owns the token: TSTInfo, its own CMS signature, the ESSCertID binding of its signer and the purpose in the signer's
certificate. Whether that certificate leads to a trusted authority is the decision process's affair, and what the
imprint must be computed over that of the parser which found the token.
"""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from keys.validation import asn1, crypto
from keys.validation.algorithm_identifier import digest_name
from keys.validation.asn1 import MalformedEncoding
from keys.validation.certificates import read_certificate
from keys.validation.model import Content, Integrity
from keys.validation.signed_data import SignedData, read_signed_data
from keys.validation.signer import SignerCheck, check_signer
from keys.validation.validation_data import ValidationData, of_signer

TST_INFO = "1.2.840.113549.1.9.16.1.4"
_TIME_STAMPING = "1.3.6.1.5.5.7.3.8"


@dataclass(frozen=True)
class TimestampToken:
    """What a token says and whether it stands; ``generated`` is None only where the token could not be read.

    Certificates, CRLs and OCSP responses are DER; times are aware, in UTC.
    """

    integrity: Integrity
    """INTACT when the authority's signature over its statement verifies; as for signatures otherwise."""
    problems: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    generated: datetime | None = None
    """genTime: the data existed before this moment (RFC 3161 §2.4.2)."""
    imprint_digest: str = ""
    imprint: bytes = b""
    policy: str = ""
    serial: int = 0
    signer: bytes | None = None
    """The authority's certificate, bound by ESSCertID."""
    signature_algorithm: str = ""
    digest_algorithms: tuple[str, ...] = ()
    certificates: tuple[bytes, ...] = ()
    crls: tuple[bytes, ...] = ()
    ocsp_responses: tuple[bytes, ...] = ()

    @property
    def intact(self) -> bool:
        """Whether the token proves anything at all, once its authority is trusted."""
        return self.integrity is Integrity.INTACT

    def is_over(self, data: bytes) -> bool:
        """Whether the imprint is the digest of ``data``; UnsupportedAlgorithm where that cannot be computed."""
        return hmac.compare_digest(crypto.digest(self.imprint_digest, data), self.imprint)


@dataclass(frozen=True)
class _Statement:
    generated: datetime
    imprint_digest: str
    imprint: bytes
    policy: str
    serial: int


def parse(token: bytes, certificates: Sequence[bytes] = ()) -> TimestampToken:
    """Read and judge one token (DER or BER ContentInfo). Never raises: an unreadable one is MALFORMED.

    ``certificates`` (DER) found elsewhere may hold the authority's, where the token itself lacks it.
    """
    try:
        structure = read_signed_data(token, padded=True)
        statement = _statement(structure)
    except MalformedEncoding as error:
        return TimestampToken(Integrity.MALFORMED, (f"not a time-stamp token: {error}",))
    except crypto.UnsupportedAlgorithm as error:
        return TimestampToken(Integrity.UNSUPPORTED, (str(error),))
    check = _check(structure, certificates)
    carried = ValidationData(structure.certificates, structure.crls, structure.ocsp_responses)
    carried += of_signer(structure.signers[0])
    integrity, problems = _judge(check)
    return TimestampToken(
        integrity=integrity,
        problems=problems,
        warnings=check.warnings,
        generated=statement.generated,
        imprint_digest=statement.imprint_digest,
        imprint=statement.imprint,
        policy=statement.policy,
        serial=statement.serial,
        signer=check.certificate,
        signature_algorithm=check.algorithm.family if check.algorithm else "",
        digest_algorithms=check.digests,
        certificates=carried.certificates,
        crls=carried.crls,
        ocsp_responses=carried.ocsp_responses,
    )


def _statement(structure: SignedData) -> _Statement:
    """The TSTInfo (RFC 3161 §2.4.2)."""
    if structure.content_type != TST_INFO or structure.content is None:
        raise MalformedEncoding("its content is no TSTInfo")
    if len(structure.signers) != 1:
        raise MalformedEncoding("it must have exactly one signer (RFC 3161 §2.4.2)")
    fields = asn1.read(structure.content).members()
    if len(fields) < 5 or fields[0].integer != 1:
        raise MalformedEncoding("its TSTInfo is not of version 1")
    imprint = fields[2].members()
    if len(imprint) != 2:
        raise MalformedEncoding("its message imprint is not one")
    generated = fields[4].expect(asn1.GENERALIZED_TIME).time
    return _Statement(generated, digest_name(imprint[0]), imprint[1].octets, fields[1].oid, fields[3].integer)


def _check(structure: SignedData, certificates: Sequence[bytes]) -> SignerCheck:
    content = Content("TSTInfo", structure.content)
    pool = (*structure.certificates, *certificates)
    return check_signer(structure.signers[0], structure.content_type, content, pool)


def _judge(check: SignerCheck) -> tuple[Integrity, tuple[str, ...]]:
    """The token's own rules beside those of CMS: binding and purpose of the signer (RFC 3161 §2.4.1, §2.3)."""
    if check.integrity is not Integrity.INTACT:
        return check.integrity, check.problems
    if not check.has_signing_certificate_attribute:
        return Integrity.MALFORMED, ("the token does not bind its signing certificate (RFC 3161 §2.4.2)",)
    certificate = read_certificate(check.certificate or b"")
    if certificate.extended_key_usage != (_TIME_STAMPING,) or not certificate.extended_key_usage_critical:
        problem = "the signer's certificate is not for time-stamping alone, marked critical (RFC 3161 §2.3)"
        return Integrity.MALFORMED, (problem,)
    return Integrity.INTACT, ()
