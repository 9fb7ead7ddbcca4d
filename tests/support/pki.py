"""A small public-key infrastructure for tests: authorities, certificates, CRLs and OCSP answers.

Every time is an argument, so that a test can stand anywhere in the life of a certificate. Keys are P-256 unless a test
asks for another kind; nothing here uses the code under test. Time-stamp tokens are made by ``tests.support.tsa``.
"""

import datetime as dt
import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

T0 = dt.datetime(2021, 3, 1, 9, tzinfo=dt.UTC)
"""The morning on which the documents of these tests are signed."""
HOUR, DAY, YEAR = dt.timedelta(hours=1), dt.timedelta(days=1), dt.timedelta(days=365)

SIGNER_USAGES = ("digital_signature", "content_commitment")
CA_USAGES = ("key_cert_sign", "crl_sign")
TIME_STAMPING, OCSP_SIGNING = ExtendedKeyUsageOID.TIME_STAMPING, ExtendedKeyUsageOID.OCSP_SIGNING

Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey
_serials = itertools.count(0x4D6F74637561)
_ALL_USAGES = (
    "digital_signature",
    "content_commitment",
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
    "key_cert_sign",
    "crl_sign",
    "encipher_only",
    "decipher_only",
)


def new_key(kind: str = "p256") -> Key:
    """A fresh key: ``p256``, ``p384``, ``ed25519``; RSA keys (``rsa2048``, ``rsa1024``) are made once and shared."""
    if kind.startswith("rsa"):
        return _rsa_key(int(kind[3:]))
    if kind == "ed25519":
        return ed25519.Ed25519PrivateKey.generate()
    return ec.generate_private_key({"p256": ec.SECP256R1(), "p384": ec.SECP384R1()}[kind])


@lru_cache
def _rsa_key(size: int) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, size)


@dataclass(frozen=True)
class Issued:
    """A certificate with its private key."""

    certificate: x509.Certificate
    key: Key

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(Encoding.DER)

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(Encoding.PEM)

    @property
    def serial(self) -> int:
        return self.certificate.serial_number


@dataclass(frozen=True)
class Entry:
    """One line of a CRL; ``reason`` None leaves the reason code out."""

    serial: int
    at: dt.datetime
    reason: x509.ReasonFlags | None = x509.ReasonFlags.key_compromise


class Authority(Issued):
    """An issuer of certificates, CRLs and OCSP answers."""

    def issue(self, name: str | x509.Name, **options: Any) -> Issued:
        """A certificate below this authority; the options are those of ``certificate``."""
        key = options.pop("key", None) or new_key(options.pop("kind", "p256"))
        return Issued(certificate(name, key, issuer=self, **options), key)

    def authority(self, name: str | x509.Name, **options: Any) -> "Authority":
        """An intermediate authority."""
        issued = self.issue(name, **{"ca": True, "usages": CA_USAGES, "life": (-200 * DAY, 10 * YEAR)} | options)
        return Authority(issued.certificate, issued.key)

    def crl(
        self,
        this_update: dt.datetime,
        next_update: dt.datetime | None = None,
        entries: Iterable[Entry] = (),
        *,
        digest: hashes.HashAlgorithm | None = None,
        extensions: Sequence[tuple[x509.ExtensionType, bool]] = (),
        entry_extensions: Sequence[tuple[x509.ExtensionType, bool]] = (),
        number: int = 1,
    ) -> bytes:
        """A CRL signed with this authority's key, DER; a day long unless ``next_update`` says otherwise."""
        builder = x509.CertificateRevocationListBuilder().issuer_name(self.certificate.subject)
        builder = builder.last_update(this_update).next_update(next_update or this_update + DAY)
        builder = builder.add_extension(x509.CRLNumber(number), critical=False)
        for extension, critical in extensions:
            builder = builder.add_extension(extension, critical)
        for entry in entries:
            line = x509.RevokedCertificateBuilder().serial_number(entry.serial).revocation_date(entry.at)
            if entry.reason is not None:
                line = line.add_extension(x509.CRLReason(entry.reason), critical=False)
            for extension, critical in entry_extensions:
                line = line.add_extension(extension, critical)
            builder = builder.add_revoked_certificate(line.build())
        return builder.sign(self.key, _digest_for(self.key, digest)).public_bytes(Encoding.DER)

    def ocsp(
        self,
        subject: Issued,
        this_update: dt.datetime,
        next_update: dt.datetime | None = None,
        *,
        revoked_at: dt.datetime | None = None,
        reason: x509.ReasonFlags | None = None,
        status: ocsp.OCSPCertStatus | None = None,
        responder: Issued | None = None,
        named: Issued | None = None,
        issuer: Issued | None = None,
        embed: bool = True,
        extensions: Sequence[x509.ExtensionType] = (),
        critical: bool = False,
    ) -> bytes:
        """An OCSP answer about ``subject``, DER, signed by ``responder`` or by this authority itself.

        ``named`` stands as the responder in place of the signer, ``issuer`` in the CertID in place of this authority.
        """
        signer = responder or self
        found = status or (ocsp.OCSPCertStatus.REVOKED if revoked_at else ocsp.OCSPCertStatus.GOOD)
        builder = ocsp.OCSPResponseBuilder().add_response(
            cert=subject.certificate,
            issuer=(issuer or self).certificate,
            algorithm=hashes.SHA1(),
            cert_status=found,
            this_update=this_update,
            next_update=next_update or this_update + DAY,
            revocation_time=revoked_at,
            revocation_reason=reason,
        )
        # RFC 6960 §4.2.1: a responder is named by its key's hash or, where a test names another one, by its subject.
        encoding = ocsp.OCSPResponderEncoding.NAME if named else ocsp.OCSPResponderEncoding.HASH
        builder = builder.responder_id(encoding, (named or signer).certificate)
        for extension in extensions:
            builder = builder.add_extension(extension, critical=critical)
        if responder is not None and embed:
            builder = builder.certificates([responder.certificate])
        return builder.sign(signer.key, _digest_for(signer.key, None)).public_bytes(Encoding.DER)


def root(name: str = "Cơ quan chứng thực gốc", **options: Any) -> Authority:
    """A self-signed authority that lives for twenty years around ``T0``."""
    key = options.pop("key", None) or new_key(options.pop("kind", "p256"))
    chosen = {"ca": True, "usages": CA_USAGES, "life": (-YEAR, 20 * YEAR)} | options
    return Authority(certificate(name, key, issuer=None, **chosen), key)


def certificate(
    name: str | x509.Name,
    key: Key,
    *,
    issuer: Issued | None,
    life: tuple[dt.timedelta, dt.timedelta] = (-30 * DAY, 3 * YEAR),
    between: tuple[dt.datetime, dt.datetime] | None = None,
    ca: bool = False,
    path_length: int | None = None,
    usages: Sequence[str] | None = SIGNER_USAGES,
    purposes: Sequence[x509.ObjectIdentifier] = (),
    crl_at: str | None = None,
    serial: int | None = None,
    digest: hashes.HashAlgorithm | None = None,
    extensions: Sequence[tuple[x509.ExtensionType, bool]] = (),
) -> x509.Certificate:
    """One certificate. ``life`` counts from ``T0``; ``between`` gives the two dates instead."""
    subject = name if isinstance(name, x509.Name) else person(name)
    begins, ends = between or (T0 + life[0], T0 + life[1])
    signing_key = issuer.key if issuer else key
    builder = x509.CertificateBuilder().subject_name(subject).public_key(key.public_key())
    builder = builder.issuer_name(issuer.certificate.subject if issuer else subject)
    builder = builder.serial_number(serial or next(_serials)).not_valid_before(begins).not_valid_after(ends)
    builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    authority_key = x509.AuthorityKeyIdentifier.from_issuer_public_key(signing_key.public_key())
    builder = builder.add_extension(authority_key, critical=False)
    builder = builder.add_extension(x509.BasicConstraints(ca, path_length), critical=True)
    if usages is not None:
        usage = x509.KeyUsage(**{bit: bit in usages for bit in _ALL_USAGES})
        builder = builder.add_extension(usage, critical=True)
    if purposes:
        builder = builder.add_extension(x509.ExtendedKeyUsage(purposes), critical=TIME_STAMPING in purposes)
    if crl_at:
        builder = builder.add_extension(distribution_point(crl_at), critical=False)
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical)
    return builder.sign(signing_key, _digest_for(signing_key, digest))


def distribution_point(address: str) -> x509.CRLDistributionPoints:
    """A CRL distribution point at a URL (RFC 5280 §4.2.1.13)."""
    place = [x509.UniformResourceIdentifier(address)]
    return x509.CRLDistributionPoints([x509.DistributionPoint(place, None, None, None)])


def person(name: str | None, number: str | None = None, organisation: str | None = None) -> x509.Name:
    """A subject in Việt Nam; ``number`` is the personal or enterprise number as a serialNumber attribute."""
    parts = [x509.NameAttribute(NameOID.COUNTRY_NAME, "VN")]
    if organisation:
        parts.append(x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation))
    if name:
        parts.append(x509.NameAttribute(NameOID.COMMON_NAME, name))
    if number:
        parts.append(x509.NameAttribute(NameOID.SERIAL_NUMBER, number))
    return x509.Name(parts)


def _digest_for(key: Key, digest: hashes.HashAlgorithm | None) -> hashes.HashAlgorithm | None:
    return None if isinstance(key, ed25519.Ed25519PrivateKey) else digest or hashes.SHA256()
