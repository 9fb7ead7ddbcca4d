"""The audit trail (design, audit): who did what to what, for which portal, why, and how it ended.

Acts that must not be lost are recorded in their own transaction; frequent ones through ``AuditBatch``
(``idp.domain.audit_batch``). Numbering and signing is ``audit_sequencer``'s, checking ``audit_verification``'s. The
citizen's access log is ``entries_about``.
"""

import re
from collections.abc import Sequence
from functools import lru_cache

from sqlalchemy import Connection

from idp.domain.actions import Action
from idp.identifiers import in_order_of_time
from idp.store import audit as store
from idp.store.audit import Entry, entries_about

__all__ = ["Action", "Entry", "entries_about", "entry", "record"]

OUTCOMES = ("done", "refused", "failed")
_ACTIONS = frozenset(each.value for each in Action)
ACTOR_KINDS = ("account", "client", "administrator", "official", "operator", "system", "anonymous")

REFUSED = "the audit trail keeps identifiers and single words: no name, number, address or free text"

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
    # In the order of ``Entry``: given by name they would cost every frequent act as much again.
    kept = Entry(
        in_order_of_time(at),
        round(at * 1_000_000) / 1_000_000,
        actor[0],
        actor[1],
        str(action),
        object[0],
        object[1],
        account_id,
        agency,
        client_id,
        session,
        reason,
        outcome,
        {name: value for name, value in details.items() if value is not None},
    )
    _check(kept)
    return kept


def record(connection: Connection, entry: Entry) -> None:
    """Insert an entry in the act's own transaction, without a lock: it is in the trail just when the act is done."""
    store.add(connection, [entry])


def _check(entry: Entry) -> None:
    """Judge an entry: what differs from act to act each time, the rest when it is first seen."""
    familiar = [word for word in (entry.agency, entry.client_id, entry.reason) if word is not None]
    texts = [entry.object_id]
    if entry.actor_id != entry.client_id:
        texts.append(entry.actor_id)
    if entry.account_id is not None and entry.account_id != entry.object_id:
        texts.append(entry.account_id)
    if entry.session is not None:
        texts.append(entry.session)
    for name, value in entry.details.items():
        familiar.append(name)
        if isinstance(value, list):
            familiar += value
        elif not isinstance(value, int):
            texts.append(value)
    try:
        _judge(entry.actor_kind, entry.outcome, entry.action, entry.object_kind, *familiar)
        good = _are_words(texts)
    except TypeError:
        good = False
    if not good:
        raise ValueError(REFUSED)


@lru_cache(maxsize=4096)
def _judge(actor_kind: str, outcome: str, action: str, *words: str) -> None:
    """Judge what acts of one kind for one client have in common. Only what is good is remembered.

    :raises ValueError: for what the trail does not keep.
    """
    if actor_kind not in ACTOR_KINDS or outcome not in OUTCOMES:
        raise ValueError(f"unknown kind of actor or outcome: {actor_kind}, {outcome}")
    if action not in _ACTIONS:
        raise ValueError(f"{action} is not a valid Action")
    if not _are_words(words):
        raise ValueError(REFUSED)


def _are_words(texts: Sequence[str]) -> bool:
    """Say whether all are identifiers or words.

    :raises TypeError: for what is no text at all.
    """
    lines = "\n".join(texts)
    return lines.count("\n") == len(texts) - 1 and _WORDS.fullmatch(lines + "\n") is not None
