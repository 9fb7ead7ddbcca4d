"""Certificates are as their profiles say (RFC 5280 §4), and what is not so is never signed."""

import datetime as dt
from dataclasses import replace
from unittest.mock import Mock

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.hashes import SHA256, SHA384
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from keys.authority import certificate, lint, profiles
from keys.authority.certificate import Issuer
from keys.authority.key_quality import WeakKey
from keys.authority.lint import LintFailed
from keys.authority.names import NoName, Subject
from tests.keys.authority.conftest import ADDRESSES, KHAI, NOW, Issue, new_key


@pytest.mark.parametrize("name", profiles.profiles())
def test_each_profile_is_issued_as_it_says(issue: Issue, name: str) -> None:
    profile, made = profiles.profile(name), issue(name)
    usage = made.extensions.get_extension_for_class(x509.KeyUsage)
    assert usage.critical
    assert usage.value.digital_signature == ("digital_signature" in profile.key_usage)
    assert usage.value.content_commitment
    assert not usage.value.key_cert_sign
    purposes = made.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert (ExtendedKeyUsageOID.CLIENT_AUTH in purposes) == profile.signs_in
    policies = made.extensions.get_extension_for_class(x509.CertificatePolicies).value
    assert [each.policy_identifier.dotted_string for each in policies] == [profile.policy]
    assert made.not_valid_after_utc - made.not_valid_before_utc == dt.timedelta(days=profile.days)


def test_the_addresses_of_status_and_issuer_are_in_it(issue: Issue) -> None:
    extensions = issue().extensions
    access = extensions.get_extension_for_class(x509.AuthorityInformationAccess).value
    points = extensions.get_extension_for_class(x509.CRLDistributionPoints).value
    addresses = [each.access_location.value for each in access] + [points[0].full_name[0].value]
    assert addresses == [
        f"https://dinhdanh.example/{path}" for path in ("ocsp/public", "ca/public.cer", "crl/public.crl")
    ]


def test_a_person_s_number_is_in_a_citizen_s_and_not_in_an_official_s(issue: Issue) -> None:
    assert "001185012345" in issue("citizen").subject.rfc4514_string()
    official = issue("official").subject
    assert "001185012345" not in official.rfc4514_string()
    assert official.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)[0].value == "Bộ Công Thương"


def test_serial_numbers_are_random_and_wide(issue: Issue) -> None:
    serials = {issue().serial_number for _ in range(50)}
    assert len(serials) == 50
    assert all(96 < serial.bit_length() <= 128 for serial in serials)
    assert len({serial >> 120 for serial in serials}) > 10, "they share their first bits"


def test_a_long_name_is_cut_and_a_missing_one_refused(issue: Issue) -> None:
    made = issue(subject=replace(KHAI, common_name="Ứ" * 200))
    assert made.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value == "Ứ" * 21
    with pytest.raises(NoName):
        issue(subject=Subject("", identifier="CCCD:001185012345"))


def test_a_root_is_its_own_issuer_and_ends_two_steps_below(issuers: dict[str, Issuer]) -> None:
    root, issuing = (issuers[name].authority.certificate for name in ("public-root", "public"))
    root.verify_directly_issued_by(root)
    issuing.verify_directly_issued_by(root)
    lengths = [
        each.extensions.get_extension_for_class(x509.BasicConstraints).value.path_length for each in (root, issuing)
    ]
    assert lengths == [1, 0]
    with pytest.raises(ValueError, match="does not match"):
        issuing.verify_directly_issued_by(issuers["government-root"].authority.certificate)


@pytest.mark.parametrize(
    "key",
    [
        ec.generate_private_key(ec.SECP384R1()),
        ec.generate_private_key(ec.SECP256K1()),
        rsa.generate_private_key(65537, 2048),
        ed25519.Ed25519PrivateKey.generate(),
    ],
    ids=["p384", "secp256k1", "rsa", "ed25519"],
)
def test_other_keys_get_none(issuers: dict[str, Issuer], key: ec.EllipticCurvePrivateKey) -> None:
    with pytest.raises(WeakKey):
        certificate.issue(profiles.profile("citizen"), KHAI, key.public_key(), issuers["public"], ADDRESSES, NOW)


def test_one_that_would_outlive_its_issuer_is_not_signed(issuers: dict[str, Issuer]) -> None:
    """The real key is never asked."""
    issuer = issuers["public"]
    watched = Issuer(issuer.authority, Mock(wraps=issuer.key))
    late = NOW + 3600 * 86400
    with pytest.raises(LintFailed, match="outlives"):
        certificate.issue(profiles.profile("citizen"), KHAI, new_key().public_key(), watched, ADDRESSES, late)
    assert watched.key.mock_calls == []  # type: ignore[attr-defined]


def _other(issuers: dict[str, Issuer], **changed: object) -> x509.Certificate:
    """A citizen's certificate with one thing wrong, built without the code under test."""
    issuer, key = issuers["public"], new_key()
    begins = dt.datetime.fromtimestamp(NOW, dt.UTC)
    good = certificate.issue(profiles.profile("citizen"), KHAI, key.public_key(), issuer, ADDRESSES, NOW)
    builder = x509.CertificateBuilder().subject_name(changed.get("subject", good.subject))  # type: ignore[arg-type]
    builder = builder.issuer_name(changed.get("issuer", good.issuer))  # type: ignore[arg-type]
    builder = builder.public_key(key.public_key()).serial_number(changed.get("serial", good.serial_number))  # type: ignore[arg-type]
    builder = builder.not_valid_before(begins).not_valid_after(begins + dt.timedelta(days=changed.get("days", 365)))  # type: ignore[arg-type]
    swapped = changed.get("extension")
    for extension in good.extensions:
        if extension.oid == changed.get("without"):
            continue
        value = swapped if swapped is not None and swapped.oid == extension.oid else extension.value  # type: ignore[attr-defined]
        critical = extension.critical != (extension.oid == changed.get("flipped"))
        builder = builder.add_extension(value, critical)
    if "added" in changed:
        builder = builder.add_extension(changed["added"], critical=False)  # type: ignore[arg-type]
    return builder.sign(new_key(), changed.get("digest", SHA256()))  # type: ignore[arg-type]


_USAGES = ("key_encipherment", "data_encipherment", "key_agreement", "crl_sign", "encipher_only", "decipher_only")
_MISTAKES = {
    "a-ca": {"extension": x509.BasicConstraints(ca=True, path_length=None)},
    "may-sign-certificates": {
        "extension": x509.KeyUsage(
            digital_signature=True, content_commitment=True, key_cert_sign=True, **dict.fromkeys(_USAGES, False)
        )
    },
    "usage-not-critical": {"flipped": x509.KeyUsage.oid},
    "more-purposes": {
        "extension": x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.SERVER_AUTH])
    },
    "no-purposes": {"without": x509.ExtendedKeyUsage.oid},
    "no-policy": {"without": x509.CertificatePolicies.oid},
    "another-policy": {
        "extension": x509.CertificatePolicies([x509.PolicyInformation(x509.ObjectIdentifier("2.5.29.32.0"), None)])
    },
    "no-crl-address": {"without": x509.CRLDistributionPoints.oid},
    "no-key-identifier": {"without": x509.SubjectKeyIdentifier.oid},
    "another-s-key-identifier": {"extension": x509.SubjectKeyIdentifier(b"x" * 20)},
    "another-issuer-s-key": {"extension": x509.AuthorityKeyIdentifier(b"x" * 20, None, None)},
    "an-odd-extension": {"added": x509.OCSPNoCheck()},
    "a-name-for-servers": {"added": x509.SubjectAlternativeName([x509.DNSName("dinhdanh.example")])},
    "short-serial-number": {"serial": 7},
    "too-long-life": {"days": 366},
    "another-issuer": {"issuer": x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Somebody")])},
    "no-subject": {"subject": x509.Name([])},
    "a-line-break-in-the-name": {"subject": x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "a\nb")])},
    "another-digest": {"digest": SHA384()},
}


@pytest.mark.parametrize("mistake", _MISTAKES)
def test_lint_finds(issuers: dict[str, Issuer], mistake: str) -> None:
    rules = lint.leaf_rules(profiles.profile("citizen"), issuers["public"].authority)
    with pytest.raises(LintFailed):
        lint.check(_other(issuers, **_MISTAKES[mistake]), rules)


def test_lint_passes_what_is_right(issuers: dict[str, Issuer]) -> None:
    rules = lint.leaf_rules(profiles.profile("citizen"), issuers["public"].authority)
    lint.check(_other(issuers), rules)


def test_every_reason_is_given_at_once(issuers: dict[str, Issuer]) -> None:
    rules = lint.leaf_rules(profiles.profile("citizen"), issuers["public"].authority)
    with pytest.raises(LintFailed) as failed:
        lint.check(_other(issuers, days=2, serial=7, without=x509.CertificatePolicies.oid), rules)
    assert len(failed.value.reasons) == 4
