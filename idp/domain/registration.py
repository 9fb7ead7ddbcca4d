"""Registers clients: by an administrator, or by themselves (``registered_by``). Secrets are made here and shown once.

What a field may hold is ``idp.domain.client_metadata``'s. The HTTP endpoints are ``idp.protocol.registration``'s.
"""

import json
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from idp.domain import audit, ended
from idp.domain.audit import Action
from idp.domain.client_metadata import MetadataInvalid, validate
from idp.domain.clients import VERSION, Client
from idp.domain.outbound import FetchFailed, fetch
from idp.services import Services
from idp.store import clients as store
from idp.store import grants as grants_store
from idp.store import sessions as sessions_store
from idp.store import versions
from idp.store.clients import ClientRow

SECRET_BYTES = 32
FETCH_PATIENCE = 0.25
"""Seconds to wait for a slot to fetch a sector document in (design §2)."""


@dataclass(frozen=True)
class Registered:
    """A registration as answered: the client, and its secret, which is shown now and never again."""

    client: Client
    client_secret: str | None


def register(
    services: Services,
    sent: Mapping[str, Any],
    *,
    actor: tuple[str, str],
    by_administrator: bool = False,
    agency: str | None = None,
    first_party: bool = False,
    client_id: str | None = None,
) -> Registered:
    """Register a client.

    :param agency: given by an administrator alone; it decides the sector of its subjects.
    :param client_id: for the demo's own sites; random otherwise.
    :raises MetadataInvalid: naming the field and the rule.
    """
    metadata = validate(sent, demo=services.settings.demo, trusted=by_administrator)
    check_sector_document(services, metadata)
    secret = _new_secret(metadata)
    row = ClientRow(
        client_id=client_id or secrets.token_urlsafe(16),
        secret_hash=services.secrets.hash(secret) if secret else None,
        metadata=metadata,
        agency=agency,
        first_party=first_party,
        registered_by="administrator" if by_administrator else "dynamic",
        created_at=services.now(),
    )
    with _keeping(services) as connection:
        store.add(connection, row)
        _changed(connection, services, Action.CLIENT_ADDED, row, actor)
    services.freshness.look()
    return Registered(Client(row), secret)


def update(
    services: Services, client: Client, sent: Mapping[str, Any], *, actor: tuple[str, str], new_secret: bool = False
) -> Registered:
    """Replace a client's registration as a whole (RFC 7592 §2.2); agency and first party stay an administrator's.

    :raises MetadataInvalid: naming the field and the rule.
    """
    by_administrator = client.row.registered_by == "administrator"
    metadata = validate(sent, demo=services.settings.demo, trusted=by_administrator)
    check_sector_document(services, metadata)
    method_changed = metadata["token_endpoint_auth_method"] != client.auth_method
    secret = _new_secret(metadata) if new_secret or method_changed else None
    secret_hash = services.secrets.hash(secret) if secret else (None if method_changed else client.row.secret_hash)
    row = replace(client.row, metadata=metadata, secret_hash=secret_hash)
    with _keeping(services) as connection:
        store.replace(connection, row)
        _changed(connection, services, Action.CLIENT_CHANGED, row, actor)
    services.freshness.look()
    return Registered(Client(row), secret)


def remove(services: Services, client: Client, *, actor: tuple[str, str]) -> None:
    """Remove a client, and end in the same act everything that was granted to it or that it had for itself.

    Resource servers learn of it by the list of what has ended: each grant, and the client as the subject of its own
    tokens (RFC 7592 §2.3).
    """
    now, client_id = services.clock(), client.client_id
    with services.database.write() as connection:
        for gid in grants_store.end_families(connection, int(now), "client_removed", client_id=client_id):
            ended.end(connection, services.settings, "gid", gid, now)
        ended.end(connection, services.settings, "sub", client_id, now)
        sessions_store.forget_client(connection, client_id)
        store.remove(connection, client_id)
        _changed(connection, services, Action.CLIENT_REMOVED, client.row, actor)
    services.freshness.look()


@contextmanager
def _keeping(services: Services) -> Iterator[Connection]:
    """A unit of work in which a registration is kept; a resource that another client serves is a fault of its field."""
    try:
        with services.database.write() as connection:
            yield connection
    except IntegrityError:
        raise MetadataInvalid("resources", "one of them is served by another client already") from None


def _changed(
    connection: Connection, services: Services, action: Action, row: ClientRow, actor: tuple[str, str]
) -> None:
    versions.bump(connection, VERSION)
    what = ("client", row.client_id)
    audit.record(connection, audit.entry(action, services.clock(), actor=actor, object=what, client_id=row.client_id))


def _new_secret(metadata: Mapping[str, Any]) -> str | None:
    uses_one = str(metadata["token_endpoint_auth_method"]).startswith("client_secret_")
    return secrets.token_urlsafe(SECRET_BYTES) if uses_one else None


def check_sector_document(services: Services, metadata: Mapping[str, Any]) -> None:
    """Fetch the sector document, whose list must hold every redirect URI (OpenID Connect Core §8.1, Registration §5).

    :raises MetadataInvalid: when it cannot be read or a redirect URI is missing from it.
    """
    address = metadata.get("sector_identifier_uri")
    if address is None:
        return
    try:
        with services.slots.take(FETCH_PATIENCE):
            listed = json.loads(fetch(services.settings, str(address)).body)
    except (FetchFailed, ValueError, RecursionError) as reason:
        raise MetadataInvalid("sector_identifier_uri", f"could not be read: {reason}") from None
    missing = [uri for uri in metadata.get("redirect_uris", []) if not isinstance(listed, list) or uri not in listed]
    if missing:
        raise MetadataInvalid("sector_identifier_uri", "its list does not hold every redirect URI (Core §8.1)")


def as_json(registered: Registered) -> dict[str, Any]:
    """Give a registration in the shape of RFC 7591 §3.2.1."""
    row = registered.client.row
    answer: dict[str, Any] = {"client_id": row.client_id, "client_id_issued_at": row.created_at}
    if registered.client_secret is not None:
        answer |= {"client_secret": registered.client_secret, "client_secret_expires_at": 0}
    return answer | row.metadata
