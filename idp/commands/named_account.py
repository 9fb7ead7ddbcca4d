"""Finds the account that a command names, by its identifier or by what its owner signs in with."""

from idp.domain import accounts
from idp.errors import NotFound
from idp.services import Services
from idp.store import accounts as store
from idp.words import mark


def find_account(services: Services, named: str) -> str:
    """Give the account's identifier.

    :raises NotFound: when there is none of this identifier or name.
    """
    with services.database.read() as connection:
        row = store.find(connection, named) or accounts.find_by_name(connection, services.sealer, named)
    if row is None:
        raise NotFound(mark("There is no account of this identifier or name."))
    return row.id
