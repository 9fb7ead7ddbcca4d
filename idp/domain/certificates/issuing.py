"""Issuing: a page keeps a request, the worker signs the certificate, because it alone holds the issuing keys.

The subject comes from the proofed account and the rest from the profile; of a request only the public key is believed,
after its proof of possession. How a certificate is built is ``keys.authority``'s affair.
"""

import hashlib
import json
import uuid
from collections.abc import Mapping
from typing import Any, Literal

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from idp.domain import audit, outbox
from idp.domain.accounts import Actor
from idp.domain.audit import Action
from idp.domain.certificates.subjects import name_lookup, proofed_profile, subject_of
from idp.domain.profile import Profile
from idp.errors import Refusal
from idp.services import Services
from idp.store import accounts as accounts_store
from idp.store.accounts import AuthenticatorRow
from idp.words import mark
from keys.authority import certificate, profiles, signing_request
from keys.authority.certificate import Addresses
from keys.authority.names import NoName
from keys.authority.profiles import Profile as CertificateProfile
from keys.authority.profiles import UnknownProfile
from keys.authority.signing_request import BadRequest
from keys.authority.vault import NoAuthority, Vault
from keys.store import certificates as store
from keys.store.certificates import CertificateRow, RequestRow

KeyPlace = Literal["browser", "file"]
"""Where the private key lies: non-extractable in a browser, or in a file of its owner."""
ISSUE = "issue_certificate"
"""The outbox kind of a request that waits for the worker."""
AUTHENTICATORS: Mapping[str, str] = {"browser": "browser_key", "file": "software_key"}
"""The kind of authenticator that a certificate is to its owner, by where the key lies (``idp/data/acr.json``)."""
MOST = 10
"""Certificates that one account has at a time."""
WAITING = 3
"""Requests of one account that wait at a time."""


class NotIssued(Refusal):
    """The certificate is not issued; the message says why, in words for whoever asked."""


def request(services: Services, account_id: str, content: bytes, key_place: KeyPlace, *, profile: str = "") -> str:
    """Keep a request for the worker and give its identifier.

    :param content: PKCS #10, DER.
    :param profile: by default the one with which accounts of this kind sign in.
    :raises Refusal: when the account may have none, or the request is not in order; nothing is kept then.
    """
    key, now = _key(content), services.clock()
    with services.database.write() as connection:
        person = proofed_profile(connection, services.sealer, account_id)
        chosen = _profile(person, profile)
        _check(connection, person.account_id, key, services.now())
        if sum(each.waits for each in store.requests_of(connection, account_id)) >= WAITING:
            raise NotIssued(mark("Other requests of this account still wait. Please wait until they are done."))
        row = RequestRow(str(uuid.uuid4()), account_id, chosen.name, key_place, content, int(now))
        store.add_request(connection, row)
        outbox.post(connection, ISSUE, {"request": row.id}, now=now)
        what = ("certificate_request", row.id)
        actor = ("account", account_id)
        entry = audit.entry(
            Action.CERTIFICATE_REQUESTED, now, actor=actor, object=what, account_id=account_id, profile=chosen.name
        )
        audit.record(connection, entry)
    return row.id


def issue_posted(services: Services, vault: Vault, payload: Mapping[str, Any]) -> None:
    """Deliver a message of the kind ``ISSUE``: the request ends with a certificate or with a refusal in words."""
    with services.database.write() as connection:
        asked = store.find_request(connection, str(payload["request"]))
        if asked is None:
            return
        # The account before its request, as whoever stops the account does: neither waits for what the other holds.
        accounts_store.find(connection, asked.account_id, hold=True)
        row = store.find_request(connection, asked.id, hold=True)
        if row is None or not row.waits:
            return
        try:
            with connection.begin_nested():
                made = issue_within(
                    connection, services, vault, row.account_id, _key(row.content), row.key_place, row.profile,
                    actor=("account", row.account_id),
                )  # fmt: skip
        except Refusal as refusal:
            store.settle_request(connection, row.id, refusal=refusal.message[:200])
        else:
            store.settle_request(connection, row.id, serial=made.serial)


def refuse_waiting(connection: Connection, account_id: str) -> None:
    """Refuse what an account still waits for: whoever asked for it may not be its owner (``account_stop``)."""
    stopped = mark("Everything in the account was stopped before the certificate was made. Please ask for a new one.")
    for row in store.requests_of(connection, account_id):
        if row.waits:
            store.settle_request(connection, row.id, refusal=stopped)


def issue(
    services: Services,
    vault: Vault,
    account_id: str,
    content: bytes,
    *,
    key_place: KeyPlace = "file",
    profile: str = "",
    actor: Actor,
) -> CertificateRow:
    """Issue at once, where the vault is at hand: the command line and the demo.

    :param content: PKCS #10, DER.
    :raises Refusal: when it is not issued.
    """
    key = _key(content)
    with services.database.write() as connection:
        return issue_within(connection, services, vault, account_id, key, key_place, profile, actor=actor)


def issue_within(
    connection: Connection,
    services: Services,
    vault: Vault,
    account_id: str,
    key: ec.EllipticCurvePublicKey,
    key_place: str,
    profile: str,
    *,
    actor: Actor,
) -> CertificateRow:
    """Issue in the caller's transaction.

    :raises Refusal: when it is not issued.
    """
    person = proofed_profile(connection, services.sealer, account_id)
    chosen, now = _profile(person, profile), services.clock()
    _check(connection, account_id, key, int(now))
    try:
        issuer = vault.issuer(connection, chosen.authority)
        subject = subject_of(connection, services.sealer, person)
        made = certificate.issue(chosen, subject, key, issuer, Addresses(services.settings.issuer), int(now))
    except NoAuthority:
        raise NotIssued(mark("This installation has no authority of its own that could issue certificates.")) from None
    except NoName:
        raise NotIssued(mark("The account lacks a name or number that such a certificate must show.")) from None
    der = made.public_bytes(Encoding.DER)
    row = CertificateRow(
        serial=certificate.serial_text(made.serial_number),
        authority=chosen.authority,
        profile=chosen.name,
        account_id=account_id,
        key_place=key_place,
        key_thumbprint=signing_request.thumbprint(key),
        fingerprint=hashlib.sha256(der).hexdigest(),
        name_lookup=name_lookup(services.sealer, person.name),
        not_before=int(made.not_valid_before_utc.timestamp()),
        not_after=int(made.not_valid_after_utc.timestamp()),
        issued_at=now,
    )
    _keep(connection, services, row, der, signs_in=chosen.signs_in)
    entry = audit.entry(
        Action.CERTIFICATE_ISSUED,
        now,
        actor=actor,
        object=("certificate", row.serial),
        account_id=account_id,
        agency=person.agency,
        profile=chosen.name,
        key_place=key_place,
    )
    audit.record(connection, entry)
    return row


def _key(content: bytes) -> ec.EllipticCurvePublicKey:
    try:
        return signing_request.read(content)
    except BadRequest:
        raise NotIssued(
            mark("The request for the certificate is not in order, or not signed with its own key. Please try again.")
        ) from None


def _profile(person: Profile, name: str) -> CertificateProfile:
    try:
        chosen = profiles.profile(name) if name else profiles.profile_for(person.kind)
    except UnknownProfile:
        chosen = None
    if chosen is None or person.kind not in chosen.account_kinds:
        raise NotIssued(mark("Accounts of this kind get no such certificate."))
    return chosen


def _check(connection: Connection, account_id: str, key: ec.EllipticCurvePublicKey, now: int) -> None:
    """One key, one certificate, for ever; and an account has a bounded number of both."""
    if store.by_key(connection, signing_request.thumbprint(key)) is not None:
        raise NotIssued(mark("This key has a certificate already. Please make a new key."))
    valid = [row for row in store.of_account(connection, account_id) if row.status != "revoked" and row.not_after > now]
    if len(valid) >= MOST:
        raise NotIssued(mark("The account has as many certificates as it may have. Please revoke one first."))


def _keep(connection: Connection, services: Services, row: CertificateRow, der: bytes, *, signs_in: bool) -> None:
    try:
        with connection.begin_nested():
            store.add(connection, row, services.sealer.seal(der, f"certificate {row.serial}"))
    except IntegrityError:
        raise NotIssued(mark("This key has a certificate already. Please make a new key.")) from None
    if signs_in:
        kept = AuthenticatorRow(
            id=str(uuid.uuid4()),
            account_id=row.account_id,
            kind=AUTHENTICATORS[row.key_place],
            created_at=int(row.issued_at),
            lookup=f"certificate:{row.serial}",
            details=json.dumps({"serial": row.serial, "not_after": row.not_after}),
        )
        accounts_store.add_authenticator(connection, kept)
