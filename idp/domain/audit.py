"""The audit trail (design, audit): who did what to what, for which portal, why, and how it ended.

Acts that must not be lost are recorded in their own transaction; frequent ones through ``AuditBatch``
(``idp.domain.audit_batch``). Numbering and signing is ``audit_sequencer``'s, checking ``audit_verification``'s. The
citizen's access log is ``entries_about``.
"""

import re
import uuid
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection

from idp.domain.actions import Action
from idp.store import audit as store
from idp.store.audit import Entry, entries_about

__all__ = ["Action", "Entry", "entries_about", "entry", "record"]

OUTCOMES = ("done", "refused", "failed")
ACTOR_KINDS = ("account", "client", "administrator", "operator", "system", "anonymous")

_IDENTIFIER = re.compile(r"[A-Za-z0-9._:/~+=-]{0,255}", re.ASCII)
_PERSONAL_NUMBER = re.compile(r"\+?\d{9,15}", re.ASCII)


def entry(
    action: Action,
    at: float,
    *,
    actor: tuple[str, str],
    object: tuple[str, str],
    account_id: str | None = None,
    agency: str | None = None,
    client_id: str | None = None,
    session: str | None = None,
    reason: str | None = None,
    outcome: str = "done",
    **details: str | int | bool | list[str] | None,
) -> Entry:
    """Make an entry.

    :param at: Unix seconds.
    :param actor: its kind (one of ``ACTOR_KINDS``) and identifier; ``("system", "worker")`` for what nobody asked for.
    :param object: kind and identifier of what was acted on.
    :param account_id: whose access log shows it; the actor's or object's when that is an account.
    :param reason: one word that says why.
    :param outcome: ``done``, ``refused`` (a rule said no) or ``failed`` (it could not be done).
    :param details: further identifiers and words.
    :raises ValueError: for anything that looks like a name, a number of a person, an address or free text.
    """
    owners = [identifier for kind, identifier in (object, actor) if kind == "account"]
    kept = Entry(
        id=str(uuid.uuid4()),
        at=round(at, 6),
        actor_kind=actor[0],
        actor_id=actor[1],
        action=Action(action).value,
        object_kind=object[0],
        object_id=object[1],
        account_id=account_id or next(iter(owners), None),
        agency=agency,
        client_id=client_id,
        session=session,
        reason=reason,
        outcome=outcome,
        details={name: value for name, value in details.items() if value is not None},
    )
    _check(kept)
    return kept


def record(connection: Connection, entry: Entry) -> None:
    """Insert an entry in the act's own transaction, without a lock: it is in the trail just when the act is done."""
    store.add(connection, [entry])


def _check(entry: Entry) -> None:
    if entry.actor_kind not in ACTOR_KINDS or entry.outcome not in OUTCOMES:
        raise ValueError(f"unknown kind of actor or outcome: {entry.actor_kind}, {entry.outcome}")
    for name, value in _members(entry):
        if not isinstance(value, str):
            raise ValueError(f"the audit trail keeps words and identifiers, not {name}")
        if not _IDENTIFIER.fullmatch(value) or _PERSONAL_NUMBER.fullmatch(value):
            raise ValueError(f"{name} is no identifier or word; the audit trail keeps nothing else")


def _members(entry: Entry) -> list[tuple[str, Any]]:
    """Give every text of an entry with its name; counts and yes or no are harmless."""
    own: Mapping[str, Any] = {name: value for name, value in entry.__dict__.items() if name not in ("at", "details")}
    members = [(name, value) for name, value in own.items() if value is not None]
    for name, value in entry.details.items():
        parts = value if isinstance(value, list) else [value]
        members += [(name, part) for part in parts if not isinstance(part, int)]
    return members
