"""Makes an authority's list of revoked certificates (CRL, RFC 5280 §5): whole, numbered, linted before it is signed.

A certificate on hold is listed with ``certificateHold``; when it is released it is simply not on the next list, for
``removeFromCRL`` belongs to delta CRLs alone (§5.3.1). When a list is due is ``idp.domain``'s affair.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding

from keys.authority.certificate import Issuer
from keys.authority.lint import LintFailed
from keys.authority.reasons import FLAGS, Reason

LIFETIME = 86400
"""Seconds from one list to the time by which the next is out (``nextUpdate``)."""
ROOT_LIFETIME = 366 * 86400
"""A root's list is made at the ceremony, where its key is at hand, and lasts until the next one is due."""


@dataclass(frozen=True)
class Entry:
    """One revoked or suspended certificate; ``since`` in Unix seconds."""

    serial: int
    since: float
    reason: Reason


def make_crl(
    issuer: Issuer, entries: Iterable[Entry], number: int, now: int, lifetime: int = LIFETIME
) -> x509.CertificateRevocationList:
    """Give the authority's list as of ``now``.

    :param number: greater than that of any list before (CRLNumber, §5.2.3).
    :raises keys.authority.lint.LintFailed: when it would break a rule; nothing was signed then.
    """
    listed = list(entries)
    this_update = datetime.fromtimestamp(now, UTC)
    builder = x509.CertificateRevocationListBuilder(
        issuer.authority.certificate.subject,
        this_update,
        this_update + timedelta(seconds=lifetime),
        # Handed in at once: the builder's own way to add one copies the whole list each time.
        revoked_certificates=[_line(entry) for entry in listed],
    )
    builder = builder.add_extension(issuer.authority.key_identifier, critical=False)
    builder = builder.add_extension(x509.CRLNumber(number), critical=False)
    prepared = builder.sign(ec.generate_private_key(ec.SECP256R1()), SHA256())
    _lint(prepared, issuer, {entry.serial for entry in listed}, number)
    signed = builder.sign(issuer.key, SHA256())
    if signed.tbs_certlist_bytes != prepared.tbs_certlist_bytes:
        raise LintFailed(["what was to be signed is not what was linted"])
    return signed


def encoded(crl: x509.CertificateRevocationList) -> bytes:
    """Give a list as DER."""
    return crl.public_bytes(Encoding.DER)


def _line(entry: Entry) -> x509.RevokedCertificate:
    builder = x509.RevokedCertificateBuilder().serial_number(entry.serial)
    builder = builder.revocation_date(datetime.fromtimestamp(int(entry.since), UTC))
    if entry.reason is not Reason.UNSPECIFIED:  # §5.3.1: left out rather than said to be unspecified
        builder = builder.add_extension(x509.CRLReason(FLAGS[entry.reason]), critical=False)
    return builder.build()


def _lint(crl: x509.CertificateRevocationList, issuer: Issuer, serials: set[int], number: int) -> None:
    reasons = []
    if crl.issuer != issuer.authority.certificate.subject:
        reasons.append("the issuer is not the authority")
    if crl.next_update_utc is None or crl.last_update_utc >= crl.next_update_utc:
        reasons.append("it does not say when the next one comes (§5.1.2.5)")
    if {extension.oid: extension.critical for extension in crl.extensions} != {
        x509.AuthorityKeyIdentifier.oid: False,
        x509.CRLNumber.oid: False,
    }:
        reasons.append("it has not just the extensions that every list has (§5.2)")
    elif crl.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number != number:
        reasons.append("its number is not the one given")
    found = [each.serial_number for each in crl]
    if set(found) != serials or len(found) != len(serials):
        reasons.append("it lists other certificates, or one of them twice")
    if reasons:
        raise LintFailed(reasons)
