"""The audit trail (design, audit): who did what to what, for which portal, why, and how it ended.

Acts that must not be lost are recorded in their own transaction; frequent ones through ``AuditBatch``
(``idp.domain.audit_batch``). Numbering and signing is ``audit_sequencer``'s, checking ``audit_verification``'s. The
citizen's access log is ``entries_about``.
"""

import re

from sqlalchemy import Connection

from idp.domain.actions import Action
from idp.identifiers import in_order_of_time
from idp.store import audit as store
from idp.store.audit import Entry, entries_about

__all__ = ["Action", "Entry", "entries_about", "entry", "record"]

OUTCOMES = ("done", "refused", "failed")
_ACTIONS = frozenset(each.value for each in Action)
ACTOR_KINDS = ("account", "client", "administrator", "official", "operator", "system", "anonymous")

_WORDS = re.compile(r"(?:(?!\+?\d{9,15}\n)[A-Za-z0-9._:/~+=-]{0,255}\n)*", re.ASCII)
"""Lines of identifiers and words, none a person's number: an entry is judged at once, since frequent acts pay for it."""


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
    if account_id is None:
        account_id = object[1] if object[0] == "account" else actor[1] if actor[0] == "account" else None
    kept = Entry(
        id=in_order_of_time(at),
        at=round(at, 6),
        actor_kind=actor[0],
        actor_id=actor[1],
        action=str(action),
        object_kind=object[0],
        object_id=object[1],
        account_id=account_id,
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
    if entry.action not in _ACTIONS:
        raise ValueError(f"{entry.action} is not a valid Action")
    texts = [entry.actor_id, entry.object_kind, entry.object_id]
    texts += filter(None, (entry.account_id, entry.agency, entry.client_id, entry.session, entry.reason))
    for name, value in entry.details.items():
        texts.append(name)
        parts = value if isinstance(value, list) else [value]
        texts += [part for part in parts if not isinstance(part, int)]
    if not _are_words(texts):
        raise ValueError("the audit trail keeps identifiers and single words: no name, number, address or free text")


def _are_words(texts: list[str]) -> bool:
    try:
        lines = "\n".join(texts)
    except TypeError:
        return False
    return lines.count("\n") == len(texts) - 1 and _WORDS.fullmatch(lines + "\n") is not None
