"""Issues certificates in two steps: prepared and linted under a throwaway key, then the same bytes signed in earnest.

RFC 5280 §4. Which extensions a certificate has is its profile's affair, whether it is as the profile says ``lint``'s.
The real key signs what was linted and nothing else; keeping the result is ``keys.store``'s.
"""

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import AuthorityInformationAccessOID as Access

from keys.authority import lint, profiles
from keys.authority.key_quality import check
from keys.authority.names import Subject, authority_name, subject_name
from keys.authority.profiles import AuthorityProfile, Profile

BACKDATED = timedelta(minutes=5)
"""A certificate begins a little before it is made, for relying parties whose clocks are behind."""
_USAGES = ("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement",
           "key_cert_sign", "crl_sign", "encipher_only", "decipher_only")  # fmt: skip


@dataclass(frozen=True)
class Addresses:
    """Where status and issuers' certificates are found; ``base`` is the provider's own address."""

    base: str

    def ocsp(self, authority: str) -> str:
        """Where the status of an authority's certificates is asked for (RFC 6960)."""
        return f"{self.base}/ocsp/{authority}"

    def crl(self, authority: str) -> str:
        """Where an authority's CRL is."""
        return f"{self.base}/crl/{authority}.crl"

    def certificate(self, authority: str) -> str:
        """Where an authority's own certificate is."""
        return f"{self.base}/ca/{authority}.cer"


@dataclass(frozen=True)
class Authority:
    """An authority as everybody may know it."""

    name: str
    hierarchy: str
    certificate: x509.Certificate

    @cached_property
    def der(self) -> bytes:
        """Its certificate, DER."""
        return self.certificate.public_bytes(Encoding.DER)

    @cached_property
    def key_identifier(self) -> x509.AuthorityKeyIdentifier:
        """How certificates and CRLs below it name its key (RFC 5280 §4.2.1.1)."""
        own = self.certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
        return x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(own)


@dataclass(frozen=True)
class Issuer:
    """An authority together with its private key; exists in the worker and at the ceremony alone."""

    authority: Authority
    key: ec.EllipticCurvePrivateKey


def make_root(profile: AuthorityProfile, key: ec.EllipticCurvePrivateKey, now: int) -> x509.Certificate:
    """Give the self-signed certificate of a root."""
    name = authority_name(profile)
    builder = _begin(name, name, key.public_key(), now, profile.days).add_extension(
        x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), critical=False
    )
    return _sign(_as_authority(builder, profile), key, lint.authority_rules(profile, None))


def make_authority(
    profile: AuthorityProfile, key: ec.EllipticCurvePublicKey, issuer: Issuer, addresses: Addresses, now: int
) -> x509.Certificate:
    """Give the certificate of an authority below another."""
    builder = _begin(authority_name(profile), _name(issuer), key, now, profile.days)
    builder = _below(builder, issuer.authority, addresses, ocsp=False)
    return _sign(_as_authority(builder, profile), issuer.key, lint.authority_rules(profile, issuer.authority))


def issue(
    profile: Profile, subject: Subject, key: ec.EllipticCurvePublicKey, issuer: Issuer, addresses: Addresses, now: int
) -> x509.Certificate:
    """Give a certificate of a profile for a subject's public key.

    :raises keys.authority.key_quality.WeakKey: when the key is not good enough.
    :raises keys.authority.lint.LintFailed: when it would not be as the profile says; nothing was signed then.
    """
    builder = _begin(subject_name(subject, profile.subject), _name(issuer), check(key), now, profile.days)
    builder = _below(_as_leaf(builder, profile), issuer.authority, addresses, ocsp=True)
    if profile.policy:
        policy = x509.PolicyInformation(x509.ObjectIdentifier(profile.policy), None)
        builder = builder.add_extension(x509.CertificatePolicies([policy]), critical=False)
    return _sign(builder, issuer.key, lint.leaf_rules(profile, issuer.authority))


def make_responder(key: ec.EllipticCurvePublicKey, issuer: Issuer, now: int) -> x509.Certificate:
    """Give the short-lived certificate of an OCSP responder; nobody asks for its status (RFC 6960 §4.2.2.2.1)."""
    profile, name = profiles.responder_profile(), Subject(f"OCSP {issuer.authority.name}", "Motcua")
    subject = subject_name(name, ("country", "organization", "common_name"))
    builder = _as_leaf(_begin(subject, _name(issuer), key, now, profile.days), profile)
    builder = builder.add_extension(issuer.authority.key_identifier, critical=False)
    builder = builder.add_extension(x509.OCSPNoCheck(), critical=False)
    return _sign(builder, issuer.key, lint.responder_rules(profile, issuer.authority))


def serial_text(serial: int) -> str:
    """Give a serial number as it is kept, shown and typed: 32 lower-case hexadecimal digits."""
    return f"{serial:032x}"


def _begin(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, now: int, days: int
) -> x509.CertificateBuilder:
    begins = datetime.fromtimestamp(now, UTC).replace(microsecond=0) - BACKDATED
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key)
    builder = builder.serial_number(_random_serial()).not_valid_before(begins)
    builder = builder.not_valid_after(begins + timedelta(days=days))
    return builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)


def _random_serial() -> int:
    """128 random bits: nobody can foretell the bytes that will be signed (CA/Browser Forum BR §7.1)."""
    while not (serial := secrets.randbits(128)) >> 96:  # an unlucky short one would look like a mistake
        continue
    return serial


def _name(issuer: Issuer) -> x509.Name:
    return issuer.authority.certificate.subject


def _as_authority(builder: x509.CertificateBuilder, profile: AuthorityProfile) -> x509.CertificateBuilder:
    constraints = x509.BasicConstraints(ca=True, path_length=profile.path_length)
    builder = builder.add_extension(constraints, critical=True)
    return builder.add_extension(_key_usage(profiles.CA_USAGE), critical=True)


def _as_leaf(builder: x509.CertificateBuilder, profile: Profile) -> x509.CertificateBuilder:
    purposes = x509.ExtendedKeyUsage([x509.ObjectIdentifier(each) for each in profile.extended_key_usage])
    builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    builder = builder.add_extension(_key_usage(profile.key_usage), critical=True)
    return builder.add_extension(purposes, critical=False)


def _below(
    builder: x509.CertificateBuilder, issuer: Authority, addresses: Addresses, *, ocsp: bool
) -> x509.CertificateBuilder:
    name = issuer.name
    crl = x509.DistributionPoint([x509.UniformResourceIdentifier(addresses.crl(name))], None, None, None)
    access = [_access(Access.CA_ISSUERS, addresses.certificate(name))]
    if ocsp:
        access.insert(0, _access(Access.OCSP, addresses.ocsp(name)))
    builder = builder.add_extension(issuer.key_identifier, critical=False)
    builder = builder.add_extension(x509.CRLDistributionPoints([crl]), critical=False)
    return builder.add_extension(x509.AuthorityInformationAccess(access), critical=False)


def _access(method: x509.ObjectIdentifier, address: str) -> x509.AccessDescription:
    return x509.AccessDescription(method, x509.UniformResourceIdentifier(address))


def _key_usage(allowed: tuple[str, ...]) -> x509.KeyUsage:
    return x509.KeyUsage(**{usage: usage in allowed for usage in _USAGES})


def _sign(builder: x509.CertificateBuilder, key: ec.EllipticCurvePrivateKey, rules: lint.Rules) -> x509.Certificate:
    """Lint what a throwaway key signed; only the very same bytes are then signed with the real one."""
    prepared = builder.sign(ec.generate_private_key(ec.SECP256R1()), SHA256())
    lint.check(prepared, rules)
    signed = builder.sign(key, SHA256())
    if signed.tbs_certificate_bytes != prepared.tbs_certificate_bytes:
        raise lint.LintFailed(["what was to be signed is not what was linted"])
    return signed
