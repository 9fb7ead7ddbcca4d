"""Checks a prepared certificate against its profile before the real key is touched (RFC 5280 §4).

Written apart from the code that builds certificates, from the profile's data and the RFC, so that a mistake there is
not repeated here. What fails is never signed.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtensionOID, SignatureAlgorithmOID

from keys.authority.names import LONGEST
from keys.authority.profiles import CA_USAGE, AuthorityProfile, Profile

if TYPE_CHECKING:
    from keys.authority.certificate import Authority

_LEAF = {ExtensionOID.SUBJECT_KEY_IDENTIFIER: False, ExtensionOID.AUTHORITY_KEY_IDENTIFIER: False,
         ExtensionOID.BASIC_CONSTRAINTS: True, ExtensionOID.KEY_USAGE: True}  # fmt: skip
_USAGES = ("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement",
           "key_cert_sign", "crl_sign")  # fmt: skip
_STATUS = {ExtensionOID.CRL_DISTRIBUTION_POINTS: False, ExtensionOID.AUTHORITY_INFORMATION_ACCESS: False}


class LintFailed(Exception):
    """The certificate would not be as its profile says; each reason is one sentence. Nothing was signed."""

    def __init__(self, reasons: list[str]) -> None:
        super().__init__("; ".join(reasons))
        self.reasons = reasons


@dataclass(frozen=True)
class Rules:
    """What a certificate must be. ``extensions`` are all that it may have, each with whether it is critical."""

    extensions: dict[x509.ObjectIdentifier, bool]
    days: int
    key_usage: tuple[str, ...]
    extended_key_usage: tuple[str, ...] = ()
    path_length: int | None = None
    policy: str | None = None
    issuer: "Authority | None" = None

    @property
    def is_authority(self) -> bool:
        """Whether it may issue others."""
        return "key_cert_sign" in self.key_usage


def authority_rules(profile: AuthorityProfile, issuer: "Authority | None") -> Rules:
    """Give the rules for a root, or for an authority below ``issuer``."""
    extensions = {**_LEAF, **({} if issuer is None else _STATUS)}
    return Rules(extensions, profile.days, CA_USAGE, path_length=profile.path_length, issuer=issuer)


def leaf_rules(profile: Profile, issuer: "Authority") -> Rules:
    """Give the rules for a subject's certificate."""
    policies = {ExtensionOID.CERTIFICATE_POLICIES: False} if profile.policy else {}
    extensions = {**_LEAF, **_STATUS, **policies, ExtensionOID.EXTENDED_KEY_USAGE: False}
    return Rules(
        extensions, profile.days, profile.key_usage, profile.extended_key_usage, policy=profile.policy, issuer=issuer
    )


def responder_rules(profile: Profile, issuer: "Authority") -> Rules:
    """Give the rules for an OCSP responder's certificate."""
    extensions = {**_LEAF, ExtensionOID.EXTENDED_KEY_USAGE: False, ExtensionOID.OCSP_NO_CHECK: False}
    return Rules(extensions, profile.days, profile.key_usage, profile.extended_key_usage, issuer=issuer)


def check(certificate: x509.Certificate, rules: Rules) -> None:
    """Pass a certificate that keeps every rule.

    :raises LintFailed: with every reason at once.
    """
    checks = (_fields, _names, _validity, _extensions, _usages, _identifiers, _policies)
    if reasons := [reason for each in checks for reason in each(certificate, rules)]:
        raise LintFailed(reasons)


def _fields(certificate: x509.Certificate, rules: Rules) -> Iterator[str]:
    if certificate.version is not x509.Version.v3:
        yield "it is not of version 3 (§4.1.2.1)"
    if not 0 < certificate.serial_number < 1 << 159 or not certificate.serial_number >> 64:
        yield "its serial number is not positive, within 20 octets and of more than 64 bits (§4.1.2.2)"
    if certificate.signature_algorithm_oid != SignatureAlgorithmOID.ECDSA_WITH_SHA256:
        yield "it is not signed with ECDSA and SHA-256"
    if not isinstance(certificate.public_key(), ec.EllipticCurvePublicKey):
        yield "its key is not on an elliptic curve"


def _names(certificate: x509.Certificate, rules: Rules) -> Iterator[str]:
    expected = certificate.subject if rules.issuer is None else rules.issuer.certificate.subject
    if certificate.issuer != expected:
        yield "its issuer is not the authority that signs it (§4.1.2.4)"
    if not certificate.subject.rdns:
        yield "its subject is empty (§4.1.2.6)"
    for attribute in certificate.subject:
        if not str(attribute.value).isprintable() or not 0 < len(attribute.value) <= LONGEST:
            yield f"the attribute {attribute.rfc4514_attribute_name} is empty, too long or not printable"


def _validity(certificate: x509.Certificate, rules: Rules) -> Iterator[str]:
    begins, ends = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    if ends - begins != timedelta(days=rules.days):
        yield f"it is not valid for {rules.days} days"
    if rules.issuer is not None and ends > rules.issuer.certificate.not_valid_after_utc:
        yield "it outlives its issuer"


def _extensions(certificate: x509.Certificate, rules: Rules) -> Iterator[str]:
    found = {extension.oid: extension.critical for extension in certificate.extensions}
    if found != rules.extensions:
        odd = sorted(
            oid.dotted_string for oid in {*found, *rules.extensions} if found.get(oid) != rules.extensions.get(oid)
        )
        yield f"its extensions are not the profile's: {', '.join(odd)}"


def _usages(certificate: x509.Certificate, rules: Rules) -> Iterator[str]:
    extensions = {extension.oid: extension.value for extension in certificate.extensions}
    constraints, usage = extensions.get(ExtensionOID.BASIC_CONSTRAINTS), extensions.get(ExtensionOID.KEY_USAGE)
    if constraints != x509.BasicConstraints(ca=rules.is_authority, path_length=rules.path_length):
        yield "its basic constraints are not the profile's (§4.2.1.9)"
    used = {name for name in _USAGES if isinstance(usage, x509.KeyUsage) and getattr(usage, name)}
    if used != set(rules.key_usage):
        yield "its key usage is not the profile's (§4.2.1.3)"
    purposes = extensions.get(ExtensionOID.EXTENDED_KEY_USAGE)
    listed = tuple(each.dotted_string for each in purposes) if isinstance(purposes, x509.ExtendedKeyUsage) else ()
    if listed != rules.extended_key_usage:
        yield "its purposes are not the profile's (§4.2.1.12)"


def _identifiers(certificate: x509.Certificate, rules: Rules) -> Iterator[str]:
    extensions = {extension.oid: extension.value for extension in certificate.extensions}
    own = x509.SubjectKeyIdentifier.from_public_key(_key(certificate))
    if extensions.get(ExtensionOID.SUBJECT_KEY_IDENTIFIER) != own:
        yield "its subject key identifier is not its key's (§4.2.1.2)"
    issuers = (
        x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(own)
        if rules.issuer is None
        else rules.issuer.key_identifier
    )
    if extensions.get(ExtensionOID.AUTHORITY_KEY_IDENTIFIER) != issuers:
        yield "its authority key identifier is not its issuer's (§4.2.1.1)"


def _policies(certificate: x509.Certificate, rules: Rules) -> Iterator[str]:
    extensions = {extension.oid: extension.value for extension in certificate.extensions}
    found = extensions.get(ExtensionOID.CERTIFICATE_POLICIES)
    named = (
        [each.policy_identifier.dotted_string for each in found] if isinstance(found, x509.CertificatePolicies) else []
    )
    if named != ([rules.policy] if rules.policy else []):
        yield "its policy is not the profile's (§4.2.1.4)"


def _key(certificate: x509.Certificate) -> ec.EllipticCurvePublicKey:
    key = certificate.public_key()
    if not isinstance(key, ec.EllipticCurvePublicKey):
        raise LintFailed(["its key is not on an elliptic curve"])
    return key
