"""A click group whose commands are imported when they are called: ``serve`` need not load what ``audit`` needs."""

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

import click

Make = Callable[[], click.Command]


class LazyGroup(click.Group):
    """A group of commands named by where they are.

    :param commands_at: command name to ``module:attribute``, or to a function that gives the command.
    """

    def __init__(self, *arguments: Any, commands_at: Mapping[str, str | Make], **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._commands_at = commands_at

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Name the commands, in the order in which they were given."""
        return [*self._commands_at, *super().list_commands(ctx)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and give one command."""
        if (where := self._commands_at.get(cmd_name)) is None:
            return super().get_command(ctx, cmd_name)
        if callable(where):
            return where()
        module, _, attribute = where.partition(":")
        command: click.Command = getattr(import_module(module), attribute)
        return command
