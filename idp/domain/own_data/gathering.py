"""Gathers everything held about a person as plain JSON members (``docs/integrating/own-data.md`` says the shape).

The right to have one's data, machine-readable (Law on Personal Data Protection 91/2025/QH15). No hash, seed, key or
token is in it, and of others only which portal or office it was. Each table with rows of an account is named in ``HELD``.
"""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection

from idp.domain import audit
from idp.domain.audit import Action
from idp.domain.consents import is_withdrawal
from idp.domain.profile import SealedColumns, load_profile
from idp.errors import NotFound
from idp.services import Services
from idp.store import accounts as accounts_store
from idp.store import audit as audit_store
from idp.store import consents, grants, recoveries, sessions, subjects
from idp.store.consents import ConsentRow
from idp.words import mark
from keys.store import certificates

FORMAT = "motcua-own-data/1"
"""The shape's name; whatever changes what a member means changes it."""
TRAIL = 10_000
"""Entries of the audit trail that are given, the newest; ``trail_complete`` says whether these are all."""

Section = Callable[[Connection, Services, str], Any]


def gather(services: Services, account_id: str) -> dict[str, Any]:
    """Give everything held about a person; it is given only once the trail holds that they took it.

    :raises NotFound: when the account is gone.
    """
    now, who = services.clock(), ("account", account_id)
    with services.database.read() as connection:
        if accounts_store.find(connection, account_id) is None:
            raise NotFound(mark("This account is not there any more."))
        held = {name: section(connection, services, account_id) for name, section in SECTIONS.items()}
    with services.database.write() as connection:
        audit.record(connection, audit.entry(Action.OWN_DATA_DOWNLOADED, now, actor=who, object=who))
    return {
        "format": FORMAT,
        "issuer": services.settings.issuer,
        "made_at": _time(now),
        **held,
        "trail_complete": len(held["trail"]) < TRAIL,
    }


def _account(connection: Connection, services: Services, account_id: str) -> dict[str, Any]:
    profile, row = load_profile(connection, services.sealer, account_id), accounts_store.find(connection, account_id)
    if profile is None or row is None:
        return {}
    times = {"created_at": _time(row.created_at), "updated_at": _time(row.updated_at)}
    # A number that is only claimed is released to nobody, but it is held, so its owner gets it.
    number = SealedColumns(services.sealer, account_id).open(row.personal_number_sealed, "personal number")
    of_number = {"personal_number": number, "personal_number_proofed": profile.personal_number is not None}
    return {**profile._asdict(), "roles": list(profile.roles), **times, **of_number}


def _names(connection: Connection, _services: Services, account_id: str) -> list[str]:
    return sorted(accounts_store.kinds_of_names(connection, account_id))


def _authenticators(connection: Connection, _services: Services, account_id: str) -> list[dict[str, Any]]:
    rows = accounts_store.authenticators_of(connection, account_id)
    return [
        {"kind": row.kind, "label": row.label, "added_at": _time(row.created_at), "last_used_at": _time(row.used_at)}
        for row in rows
    ]


def _certificates(connection: Connection, _services: Services, account_id: str) -> list[dict[str, Any]]:
    return [
        {
            "serial": row.serial,
            "authority": row.authority,
            "profile": row.profile,
            "key_place": row.key_place,
            "not_before": _time(row.not_before),
            "not_after": _time(row.not_after),
            "status": row.status,
            "reason": row.reason,
        }
        for row in certificates.of_account(connection, account_id)
    ]


def _requests(connection: Connection, _services: Services, account_id: str) -> list[dict[str, Any]]:
    rows = certificates.requests_of(connection, account_id)
    return [
        {"profile": row.profile, "requested_at": _time(row.requested_at), "serial": row.serial, "refusal": row.refusal}
        for row in rows
    ]


def _sessions(connection: Connection, services: Services, account_id: str) -> list[dict[str, Any]]:
    return [
        {
            "began_at": _time(row.created_at),
            "last_used_at": _time(row.seen_at),
            "ended_at": _time(row.ended_at),
            "end_reason": row.end_reason,
            "browser": row.device,
            "address": row.place,
            "new_device": row.new_device,
            "factors": [{"kind": factor["kind"], "used_at": _time(factor["at"])} for factor in row.factors],
            "portals": _portals(connection, services, row.sid),
        }
        for row in sessions.of_account(connection, account_id)
    ]


def _portals(connection: Connection, services: Services, sid: str) -> list[dict[str, Any]]:
    return [
        {
            **_portal(services, row.client_id),
            "subject": row.sub,
            "since": _time(row.since),
            "signed_out_at": _time(row.ended_at),
        }
        for row in sessions.clients_of(connection, sid)
    ]


def _agreements(connection: Connection, services: Services, account_id: str) -> list[dict[str, Any]]:
    return [_agreement(services, row) for row in consents.of_account(connection, account_id)]


def _agreement(services: Services, row: ConsentRow) -> dict[str, Any]:
    taken_back = is_withdrawal(row)
    return {
        **_portal(services, row.client_id),
        "scopes": list(row.scopes),
        "left_out": list(row.refused_claims),
        "version": row.version,
        "agreed_at": None if taken_back else _time(row.granted_at),
        "expires_at": None if taken_back else _time(row.expires_at),
        "withdrawn_at": _time(row.granted_at) if taken_back else None,
    }


def _grants(connection: Connection, services: Services, account_id: str) -> list[dict[str, Any]]:
    return [
        {
            **_portal(services, row.client_id),
            "scopes": list(row.grant.get("scopes", ())),
            "began_at": _time(row.created_at),
            "expires_at": _time(row.expires_at),
        }
        for row in grants.live_families(connection, services.now(), account_id=account_id)
    ]


def _subjects(connection: Connection, _services: Services, account_id: str) -> list[dict[str, str]]:
    return [{"sector": sector, "subject": sub} for sector, sub in subjects.of_account(connection, account_id)]


def _recoveries(connection: Connection, _services: Services, account_id: str) -> list[dict[str, Any]]:
    return [
        {"method": row.method, "state": row.state, "begun_at": _time(row.created_at), "ended_at": _time(row.ended_at)}
        for row in recoveries.of_account(connection, account_id)
    ]


def _trail(connection: Connection, services: Services, account_id: str) -> list[dict[str, Any]]:
    """Who acted is given by kind alone: an official's account is nobody's business but their agency's."""
    return [
        {
            "at": _time(entry.at),
            "action": entry.action,
            "by": "you" if entry.actor_id == account_id else entry.actor_kind,
            "portal": entry.client_id and name_of_portal(services, entry.client_id),
            "agency": entry.agency,
            "reason": entry.reason,
            "outcome": entry.outcome,
            **{name: entry.details[name] for name in ("claims", "scopes", "refused", "roles") if name in entry.details},
        }
        for entry in audit_store.entries_about(connection, account_id, limit=TRAIL)
    ]


SECTIONS: Mapping[str, Section] = {
    "account": _account,
    "sign_in_names": _names,
    "authenticators": _authenticators,
    "certificates": _certificates,
    "certificate_requests": _requests,
    "sessions": _sessions,
    "agreements": _agreements,
    "grants": _grants,
    "subjects": _subjects,
    "recoveries": _recoveries,
    "trail": _trail,
}
"""Each member of the whole, and what gives it."""

HELD: Mapping[str, str] = {
    "accounts": "account",
    "sign_in_names": "sign_in_names",
    "authenticators": "authenticators",
    "certificates": "certificates",
    "certificate_requests": "certificate_requests",
    "sessions": "sessions",
    "consents": "agreements",
    "refresh_families": "grants",
    "subjects": "subjects",
    "recoveries": "recoveries",
    "audit_entries": "trail",
    "audit_waiting": "trail",
}
"""Each table with rows of an account, and the member that shows them; a test compares it with the tables."""


def name_of_portal(services: Services, client_id: str) -> str:
    """Give a portal's name in Vietnamese, or its identifier once it is gone."""
    client = services.clients.get(client_id)
    return client.name("vi") if client else client_id


def _portal(services: Services, client_id: str) -> dict[str, str]:
    return {"portal": name_of_portal(services, client_id), "client_id": client_id}


def _time(seconds: float | None) -> str | None:
    """Give a time as RFC 3339 in UTC."""
    return None if seconds is None else datetime.fromtimestamp(int(seconds), UTC).isoformat().replace("+00:00", "Z")


def as_json(held: Mapping[str, Any]) -> bytes:
    """Give it as a file: UTF-8, letters as they are, indented for people who look."""
    return json.dumps(held, ensure_ascii=False, indent=2).encode()
