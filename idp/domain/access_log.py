"""Who saw my data: what the audit trail holds of a person's data being released, read by that person (design, audit).

A view, so nothing is kept twice and nothing can be left out of it that is in the trail. Least data: which portal or
office, its purpose and what it learned; never which official, from where, or a value. Words are the page's affair.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from idp.domain.audit import Action, Entry
from idp.domain.release import claims_of, in_need_of_legal_basis, scopes
from idp.services import Services
from idp.store import audit as store

PAGE = 20
"""Entries on a page."""
OPERATOR = "operator"
"""The reason of a look at the installation's own console, which shows an account in full."""


@dataclass(frozen=True)
class Look:
    """One time that somebody learned of a person, or was allowed or forbidden to.

    ``client_id`` is the portal, or the application that an official used; ``agency`` a code; ``roles`` the official's;
    ``claims`` what was learned; ``by_law`` whether that rests on the legal basis of the portal; ``at`` Unix seconds.
    """

    action: Action
    at: float
    client_id: str | None
    agency: str | None
    claims: tuple[str, ...]
    by_law: bool
    roles: tuple[str, ...] = ()
    reason: str = ""


@dataclass(frozen=True)
class Looks:
    """A page of the access log, the newest first, and where the next one begins; empty on the last."""

    shown: tuple[Look, ...]
    next: str = ""


def looks(services: Services, account_id: str, before: str = "", limit: int = PAGE) -> Looks:
    """Give a page of a person's access log.

    :param before: ``next`` of the page before; what is none of ours begins at the newest.
    """
    with services.database.read() as connection:
        found = store.releases_about(connection, account_id, before=_place(before), limit=limit + 1)
    shown = found[:limit]
    onwards = f"{shown[-1].at!r}_{shown[-1].id}" if len(found) > limit else ""
    return Looks(tuple(_look(entry) for entry in shown), onwards)


def _place(before: str) -> tuple[float, str] | None:
    at, _, entry_id = before.partition("_")
    try:
        return (float(at), entry_id[:36]) if entry_id else None
    except ValueError:
        return None


def _look(entry: Entry) -> Look:
    claims = _learned(entry)
    return Look(
        action=Action(entry.action),
        at=entry.at,
        client_id=entry.actor_id if entry.actor_kind == "client" else entry.client_id,
        agency=entry.agency,
        claims=claims,
        by_law=_is_by_law(claims),
        roles=tuple(entry.details.get("roles", ())),
        reason=OPERATOR if entry.actor_kind == OPERATOR else entry.reason or "",
    )


def _learned(entry: Entry) -> tuple[str, ...]:
    if "scopes" in entry.details:
        agreed = claims_of(entry.details["scopes"]) - set(entry.details.get("refused", ()))
        return tuple(sorted(agreed))
    return tuple(entry.details.get("claims", ()))


def _is_by_law(claims: Iterable[str]) -> bool:
    lawful = in_need_of_legal_basis(scopes())
    return not claims_of(lawful).isdisjoint(claims)
