"""Proofing: the one way an identity reaches level 2, by which a personal number is bound to exactly one account.

Every other claim to the number ends and its owner is told (design, identity). Who may proof, and what they looked at,
is the caller's to check; this keeps the rule that follows.
"""

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from idp.domain import audit, messages
from idp.domain.accounts import Actor, NameTaken, clean_name, end_claims
from idp.domain.audit import Action
from idp.domain.profile import SealedColumns, name_fingerprint
from idp.domain.sign_in_names import SignInName
from idp.domain.sign_in_names import personal_number as read_number
from idp.errors import NotFound, Refusal
from idp.store import accounts as store
from idp.words import mark
from keys.sealing import Sealer


def proof(
    connection: Connection,
    sealer: Sealer,
    account_id: str,
    personal_number: str,
    *,
    at: float,
    actor: Actor,
    method: str,
    name: str | None = None,
    birthdate: str | None = None,
) -> None:
    """Raise an account to level 2 with the number, and the name and birth date where they are read from the papers.

    :param at: Unix seconds.
    :param method: one word that says how it was proofed, for the audit trail.
    :raises NameTaken: when the number is proofed for another account; correcting that is an act of its own.
    :raises Refusal: when it is no personal number, or another one is proofed for this account already.
    """
    number = _number(personal_number)
    account = store.find(connection, account_id)
    if account is None or account.state != "active" or account.kind == "organisation":
        raise NotFound(mark("There is no active account of this identifier."))
    sign_in_name = SignInName("personal_number", number)
    fingerprint = sign_in_name.fingerprint(sealer)
    if account.personal_number_proofed not in (None, fingerprint):
        raise Refusal(mark("Another personal number is proofed for this account."), "personal_number")
    sealed = SealedColumns(sealer, account_id)
    values: dict[str, bytes | str] = {"personal_number_sealed": sealed.seal(number, "personal number")}
    if name is not None:
        values["name_sealed"] = sealed.seal(clean_name(name), "name")
        values["name_fingerprint"] = name_fingerprint(sealer, clean_name(name))
    if birthdate is not None:
        values["birth_date_sealed"] = sealed.seal(birthdate, "birth date")
    _bind(connection, account_id, fingerprint, values, int(at))
    entry = audit.entry(
        Action.IDENTITY_PROOFED, at, actor=actor, object=("account", account_id), reason=method, level=2
    )
    audit.record(connection, entry)
    messages.announce(connection, sealer, account, "identity_proofed", now=at)
    end_claims(connection, sealer, fingerprint, at=at)


def _number(typed: str) -> str:
    number = read_number(typed)
    if number is None:
        raise Refusal(mark("A personal number has twelve digits."), "personal_number")
    return number


def _bind(connection: Connection, account_id: str, fingerprint: str, values: dict[str, bytes | str], now: int) -> None:
    """Write the number to the account; the unique indexes refuse it where another account has it."""
    try:
        with connection.begin_nested():
            store.remove_name(connection, account_id, "personal_number")
            store.add_name(connection, fingerprint, account_id, "personal_number")
            bound = {"personal_number_claim": None, "personal_number_proofed": fingerprint, "identity_level": 2}
            store.change(connection, account_id, **bound, **values, updated_at=now)
    except IntegrityError:
        raise NameTaken(mark("This personal number is proofed for another account."), "personal_number") from None
