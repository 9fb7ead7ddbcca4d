"""The composition root: makes each process's WSGI application from settings, and holds the ``motcua`` command.

The only module that imports both ``idp`` and ``clients``.
"""

import click


@click.group()
def command_line() -> None:
    """Motcua: one door to every public service."""


if __name__ == "__main__":
    command_line()
