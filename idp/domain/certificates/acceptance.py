"""Which certificates sign somebody in: one of our own authorities', made for it, valid now, good, and their account's.

The path of RFC 5280 §6 is one step long here, because both authorities above it are ours; status is read from the table in
the caller's transaction. Whoever presents the certificate has proved by then that they have its key. Every refusal says
what the person can do.
"""

import hashlib
from datetime import UTC, datetime

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from sqlalchemy import Connection

from idp.errors import Refusal
from idp.store import accounts as accounts_store
from idp.store.accounts import AccountRow
from idp.words import mark
from keys.authority.certificate import Authority, serial_text
from keys.authority.directory import Directory
from keys.authority.profiles import CLIENT_AUTHENTICATION, Profile, UnknownProfile, profile
from keys.store import certificates as store
from keys.store.certificates import ON_HOLD, REVOKED, CertificateRow


class NotAccepted(Refusal):
    """The certificate signs nobody in. ``word`` says why, for the audit trail."""

    status_code = 403

    def __init__(self, word: str, message: str, serial: str = "") -> None:
        super().__init__(message)
        self.word = word
        self.serial = serial


UNKNOWN_ISSUER = mark(
    "This certificate was not issued by an authority that is known here. Choose the one that you got in your account here."
)
WRONG_PURPOSE = mark(
    "This certificate is made for signing documents, not for signing in. Choose another one, or get one in your account."
)
WRONG_HIERARCHY = mark(
    "This certificate is of another hierarchy than your account: officials sign in with government certificates, "
    "citizens and businesses with public ones. Choose the right one."
)
NOT_YET = mark("This certificate is not valid yet. Check the clock of this device, or try again later.")
EXPIRED = mark("This certificate has expired. Sign in another way and get a new one in your account.")
REVOKED_WORDS = mark("This certificate has been revoked. Sign in another way and get a new one in your account.")
ON_HOLD_WORDS = mark(
    "This certificate is suspended. Sign in another way; whoever suspended it, or a one-stop desk, can release it."
)
NO_ACCOUNT = mark(
    "The account of this certificate is frozen or closed. To have it opened again, go to a one-stop desk."
)


def accept(authorities: Directory, connection: Connection, der: bytes, now: int) -> tuple[CertificateRow, AccountRow]:
    """Give the certificate's row and its account.

    :param authorities: ours, read before the transaction began.
    :param now: Unix seconds.
    :raises NotAccepted: when it signs nobody in; in an order that tells strangers nothing about others' certificates.
    """
    presented = x509.load_der_x509_certificate(der)
    issuer = _issuer(authorities, presented)
    serial = serial_text(presented.serial_number)
    row = store.by_fingerprint(connection, hashlib.sha256(der).hexdigest()) if issuer else None
    if issuer is None or row is None or row.serial != serial or row.authority != issuer.name:
        raise NotAccepted("unknown_issuer", UNKNOWN_ISSUER)
    chosen = _purpose(presented, row)
    _validity(presented, issuer, row.serial, now)
    account = accounts_store.find(connection, row.account_id)
    _standing(row)
    if account is None or account.state != "active":
        raise NotAccepted("account_not_active", NO_ACCOUNT, row.serial)
    if account.kind not in chosen.account_kinds:
        raise NotAccepted("wrong_hierarchy", WRONG_HIERARCHY, row.serial)
    return row, account


def _issuer(authorities: Directory, presented: x509.Certificate) -> Authority | None:
    """Give the authority of ours whose key signed the certificate; that a name is the same proves nothing."""
    for authority in authorities.authorities.values():
        try:
            presented.verify_directly_issued_by(authority.certificate)
        except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
            continue
        return authority
    return None


def _purpose(presented: x509.Certificate, row: CertificateRow) -> Profile:
    """The certificate itself says what it is for (RFC 5280 §4.2.1.3, §4.2.1.12); the profile says whose it is."""
    try:
        chosen = profile(row.profile)
        usage = presented.extensions.get_extension_for_class(x509.KeyUsage).value
        purposes = presented.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except (UnknownProfile, x509.ExtensionNotFound):
        raise NotAccepted("wrong_purpose", WRONG_PURPOSE, row.serial) from None
    for_signing_in = x509.ObjectIdentifier(CLIENT_AUTHENTICATION) in purposes and usage.digital_signature
    if not for_signing_in or not chosen.signs_in:
        raise NotAccepted("wrong_purpose", WRONG_PURPOSE, row.serial)
    return chosen


def _validity(presented: x509.Certificate, issuer: Authority, serial: str, now: int) -> None:
    moment = datetime.fromtimestamp(now, UTC)
    if moment < presented.not_valid_before_utc:
        raise NotAccepted("not_yet_valid", NOT_YET, serial)
    if moment > min(presented.not_valid_after_utc, issuer.certificate.not_valid_after_utc):
        raise NotAccepted("expired", EXPIRED, serial)


def _standing(row: CertificateRow) -> None:
    if row.status == REVOKED:
        raise NotAccepted("revoked", REVOKED_WORDS, row.serial)
    if row.status == ON_HOLD:
        raise NotAccepted("on_hold", ON_HOLD_WORDS, row.serial)
