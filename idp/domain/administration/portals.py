"""Clients as administrators see them, disabled ones too; the directory of the hot paths is ``clients``'."""

from collections.abc import Sequence
from dataclasses import dataclass

from idp.domain.clients import Client
from idp.services import Services
from idp.store import clients as store


@dataclass(frozen=True)
class ClientPage:
    """Some clients in the order of their identifiers, and behind which one to go on; None at the end."""

    clients: Sequence[Client]
    next: str | None


def find(services: Services, client_id: str) -> Client | None:
    """Give a client, enabled or not, or None."""
    with services.database.read() as connection:
        row = store.find(connection, client_id)
    return None if row is None else Client(row)


def page(services: Services, agency: str | None, after: str, limit: int) -> ClientPage:
    """Give up to ``limit`` clients behind ``after``; only those of ``agency`` and below it, unless that is None."""
    with services.database.read() as connection:
        rows = store.page(connection, after, limit + 1, agency=agency)
    clients = [Client(row) for row in rows[:limit]]
    return ClientPage(clients, clients[-1].client_id if len(rows) > limit else None)
