"""Reads the provider's settings for a command, and says every mistake in them at once in one readable message."""

from typing import Any

import click
from pydantic import ValidationError

from idp.settings import Settings


def read_settings(**given: Any) -> Settings:
    """Give the settings; what is given stands above the environment.

    :raises click.ClickException: naming each mistaken variable and what is wrong with it; exit status 1.
    """
    try:
        return Settings(**given)
    except ValidationError as error:
        raise click.ClickException("the settings are not right:\n" + "\n".join(_lines(error))) from None


def _lines(error: ValidationError) -> list[str]:
    """One line for each mistake, by the variable's own name; the rejected value stays out, it may be a secret."""
    lines = []
    for mistake in error.errors(include_input=False, include_url=False):
        variable = "_".join(str(part) for part in mistake["loc"][:1]).upper()
        said = mistake["msg"].removeprefix("Value error, ")
        lines.append(f"  MOTCUA_{variable}: {said}" if variable else f"  {said}")
    return lines
