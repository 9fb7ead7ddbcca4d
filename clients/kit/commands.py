"""``motcua site``: what an engineer asks of a relying party from the command line.

Which relying parties there are is the composition root's to say.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict

import click
from pydantic import ValidationError

from clients.kit.settings import Settings


def site_commands(names: Sequence[str], settings_of: Callable[[str], Settings]) -> click.Group:
    """Make the group ``site`` for the relying parties ``names``, whose settings are read when a command runs."""

    @click.group()
    def site() -> None:
        """Portals and the console, each seen from its own side."""

    @site.command("list")
    @click.option("--json", "as_json", is_flag=True, help="Give the result as JSON.")
    def list_them(as_json: bool) -> None:
        """Say where each is, and as which client."""
        found = [_row(read_settings(settings_of, name)) for name in names]
        click.echo(json.dumps(found) if as_json else "\n".join("  ".join(row.values()) for row in found))

    @site.command()
    @click.argument("name", type=click.Choice(names))
    @click.option("--json", "as_json", is_flag=True, help="Give the result as JSON.")
    def check(name: str, as_json: bool) -> None:
        """Say what is wrong with one, and how to mend it; exit status 1 when anything is."""
        from clients.kit.self_test import self_test

        findings = list(self_test(read_settings(settings_of, name)))
        if as_json:
            click.echo(json.dumps([asdict(finding) for finding in findings]))
        else:
            for it in findings:
                click.echo(f"{it.check}: well" if it.well else f"{it.check}: {it.problem}\n  to mend it: {it.remedy}")
        if not all(finding.well for finding in findings):
            raise SystemExit(1)

    return site


def _row(settings: Settings) -> dict[str, str]:
    return {"site": settings.application.name, "url": settings.url, "client_id": settings.client_id}


def read_settings(settings_of: Callable[[str], Settings], name: str) -> Settings:
    """Read the settings of one relying party.

    :raises click.ClickException: saying every mistake in a sentence each, or that there is none of that name.
    """
    try:
        return settings_of(name)
    except KeyError:
        raise click.ClickException(f"there is no site {name}; motcua site list says which there are") from None
    except ValidationError as error:
        said = [fault["msg"].removeprefix("Value error, ") for fault in error.errors(include_input=False)]
        raise click.ClickException("the settings are not right:\n" + "\n".join(f"  {it}" for it in said)) from None
