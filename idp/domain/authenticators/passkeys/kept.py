"""What is kept of a passkey, and what its owner changes: its name, and whether it is there.

The row's ``lookup`` is the hash of the credential id, ``secret`` the public key, sealed for its account so that a copied
row opens no other account, ``counter`` the signature counter; the rest are ``Facts``. Ceremonies are the neighbours'.
"""

import base64
import hashlib
import json
import uuid
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import structlog
from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from idp.domain import sessions
from idp.domain.audit import Action
from idp.domain.authenticators import life, ways
from idp.domain.authenticators.passkeys.refusals import PasskeyRefused
from idp.errors import NotFound, Refusal
from idp.services import Services
from idp.store import accounts as accounts_store
from idp.store import authenticators as store
from idp.store import sessions as sessions_store
from idp.store.accounts import AuthenticatorRow
from idp.words import mark
from keys.sealing import SealBroken

log = structlog.get_logger(__name__)
KIND = "passkey"
MOST = 20
"""Passkeys of one account."""
ACTIVE, COPIED = "active", ways.COPIED


@dataclass(frozen=True)
class Facts:
    """What the authenticator said of itself at registration; ``backed_up`` is renewed at every use.

    Binary values are base64url. ``attestation`` is ``none``, or the verified format.
    """

    credential_id: str
    user_handle: str
    aaguid: str
    attestation: str = "none"
    transports: list[str] = field(default_factory=list)
    backup_eligible: bool = False
    backed_up: bool = False


@dataclass(frozen=True)
class Passkey:
    """One passkey of an account. Times are Unix seconds."""

    id: str
    account_id: str
    label: str
    state: str
    counter: int
    created_at: int
    used_at: int | None
    facts: Facts


def encoded(raw: bytes) -> str:
    """Give base64url without padding, as Web Authentication's JSON has it."""
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def decoded(text: str) -> bytes:
    """Give what was ``encoded``."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def lookup(credential_id: bytes) -> str:
    """Give the hash by which a credential is found."""
    return hashlib.sha256(b"passkey\0" + credential_id).hexdigest()


def passkeys_of(connection: Connection, account_id: str) -> list[Passkey]:
    """Give an account's passkeys, the oldest first, those found copied too."""
    return [_passkey(row) for row in store.of_kind(connection, account_id, KIND)]


def find(services: Services, credential_id: bytes) -> tuple[Passkey, bytes] | None:
    """Give the passkey with that credential id and its public key (COSE); None when no account has it."""
    with services.database.read() as connection:
        row = store.by_lookup(connection, lookup(credential_id))
    if row is None or row.kind != KIND or row.secret is None:
        return None
    try:
        return _passkey(row), services.sealer.open(row.secret, _purpose(row.account_id))
    except SealBroken:
        log.error("passkey_row_tampered", authenticator=row.id)
        return None


def add(services: Services, account_id: str, label: str, public_key: bytes, counter: int, facts: Facts) -> Passkey:
    """Keep a new passkey and tell its owner.

    :raises PasskeyRefused: when it is registered already, here or for another account, or there are too many.
    :raises idp.errors.NotFound: when the account is not active.
    """
    row = AuthenticatorRow(
        id=str(uuid.uuid4()),
        account_id=account_id,
        kind=KIND,
        created_at=services.now(),
        label=life.clean_label(label),
        secret=services.sealer.seal(public_key, _purpose(account_id)),
        lookup=lookup(decoded(facts.credential_id)),
        counter=counter,
        details=json.dumps(asdict(facts)),
    )
    try:
        with services.database.write() as connection:
            if len(store.of_kind(connection, account_id, KIND)) >= MOST:
                raise PasskeyRefused(mark("There are very many passkeys on this account. Remove one you do not use."))
            life.add(connection, services, row)
    except IntegrityError:
        raise PasskeyRefused(mark("This passkey is registered already.")) from None
    return _passkey(row)


def rename(services: Services, account_id: str, passkey_id: str, label: str) -> None:
    """Give a passkey of an account another name.

    :raises idp.errors.NotFound: when the account has none of this identifier.
    :raises idp.errors.Refusal: when nothing of the name can be shown.
    """
    named = life.clean_label(label)
    if not named:
        raise Refusal(mark("Give the passkey a name that tells it from the others."), "label")
    with services.database.write() as connection:
        row = _own(connection, account_id, passkey_id)
        accounts_store.change_authenticator(connection, row.id, label=named)


def remove(services: Services, account_id: str, passkey_id: str, *, kept_session: str = "") -> int:
    """Remove a passkey, tell its owner, and end the sessions that were opened with it; gives how many ended.

    :param kept_session: the session in which this is asked; it goes on.
    :raises idp.errors.NotFound: when the account has none of this identifier.
    :raises idp.errors.Refusal: when nothing would be left to sign in with.
    """
    with services.database.write() as connection:
        row = _own(connection, account_id, passkey_id)
        others = accounts_store.authenticators_of(connection, account_id)
        if not any(ways.is_way_in(each, services.now()) for each in others if each.id != row.id):
            raise Refusal(mark("This is your last way to sign in. Add another one first."))
        accounts_store.remove_authenticator(connection, row.id)
        _told(connection, services, row, Action.AUTHENTICATOR_REMOVED)
        opened = _opened_with(connection, row, services.now())
        for sid in (sids := [sid for sid in opened if sid != kept_session]):
            sessions.end_session_within(connection, services, sid, "passkey_removed")
    return len(sids)


def used(services: Services, passkey: Passkey, counter: int, *, backed_up: bool) -> bool:
    """Note a verified use. False when the counter fell behind: then it is kept as copied, and its owner is told.

    One statement decides, so that of two uses with the same count at once only one passes.
    """
    now, facts = services.now(), json.dumps(asdict(passkey.facts) | {"backed_up": backed_up})
    with services.database.write() as connection:
        if store.advance(connection, passkey.id, counter, used_at=now, details=facts):
            return True
        row = _own(connection, passkey.account_id, passkey.id)
        if row.state == ACTIVE:
            accounts_store.change_authenticator(connection, row.id, state=COPIED)
            _told(connection, services, row, Action.AUTHENTICATOR_COPIED)
    return False


def user_handle_of(passkeys: Sequence[Passkey]) -> str | None:
    """Give the handle under which authenticators know the account; the same for all, so that none doubles another."""
    return next((passkey.facts.user_handle for passkey in passkeys), None)


def _own(connection: Connection, account_id: str, passkey_id: str) -> AuthenticatorRow:
    for row in store.of_kind(connection, account_id, KIND):
        if row.id == passkey_id:
            return row
    raise NotFound(mark("This passkey is not there any more."))


def _opened_with(connection: Connection, row: AuthenticatorRow, now: int) -> list[str]:
    live = sessions_store.live_of_account(connection, row.account_id, now)
    return [session.sid for session in live if any(used.get("authenticator") == row.id for used in session.factors)]


def _told(connection: Connection, services: Services, row: AuthenticatorRow, action: Action) -> None:
    account = accounts_store.find(connection, row.account_id)
    if account is not None:
        life.told(connection, services, account, action, KIND)


def _purpose(account_id: str) -> str:
    return f"account {account_id} passkey"


def _passkey(row: AuthenticatorRow) -> Passkey:
    values: dict[str, Any] = json.loads(row.details)
    return Passkey(
        row.id, row.account_id, row.label, row.state, row.counter, row.created_at, row.used_at, Facts(**values)
    )
