"""Opens the provider for one command and closes it again; what stands in the way is one readable sentence."""

from collections.abc import Iterator
from contextlib import contextmanager

import click
from sqlalchemy.exc import SQLAlchemyError

from idp.commands.settings import read_settings
from idp.errors import Refusal, StoreUnavailable
from idp.services import Services, make_services
from idp.settings import Settings
from idp.store import installation
from idp.store.database import Database

OPERATOR = ("operator", "command_line")
"""Who acts, as the audit trail names whoever runs a command on the provider's machine."""


@contextmanager
def opened_provider() -> Iterator[Services]:
    """Give the provider's services while the ``with`` block lasts.

    :raises click.ClickException: exit status 1, for settings, keys or a database that cannot be used, and for a
        refusal, whose words are the message.
    """
    try:
        services = make_services(_as_recorded(read_settings()))
    except ValueError as reason:
        raise click.ClickException(str(reason)) from None
    try:
        yield services
    except Refusal as refusal:
        raise click.ClickException(refusal.message % refusal.values) from None
    except (StoreUnavailable, SQLAlchemyError):
        raise click.ClickException("the database cannot be used; motcua db check says why") from None
    finally:
        services.database.dispose()


def _as_recorded(settings: Settings) -> Settings:
    """Work on a demo's database as a demo: that it is one stands in it, and needs no setting (design, demo)."""
    if settings.demo:
        return settings
    database = Database(settings.database_url)
    try:
        with database.read() as connection:
            return settings.model_copy(update={"demo": installation.is_demo(connection)})
    except (StoreUnavailable, SQLAlchemyError):
        return settings
    finally:
        database.dispose()
