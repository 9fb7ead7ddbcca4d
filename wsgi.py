"""The composition root: makes each process's WSGI application from settings, and holds the ``motcua`` command.

The only module that imports both ``idp`` and ``clients``.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from idp.commands.db import database_commands, provider_target
from idp.commands.settings import read_settings

if TYPE_CHECKING:
    from migrations.runner import Target


@click.group()
def command_line() -> None:
    """Motcua: one door to every public service."""


def databases() -> Sequence["Target"]:
    """Give every database of this installation: the provider's, and each site's."""
    return [provider_target(read_settings())]


command_line.add_command(database_commands(databases))


if __name__ == "__main__":
    command_line()
