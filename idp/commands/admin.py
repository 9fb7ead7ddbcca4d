"""``motcua admin``: how the first administrator, and any further one, comes to be."""

import json

import click

from idp.commands.provider import OPERATOR, opened_provider
from idp.domain import invitations


@click.group()
def admin() -> None:
    """Administrators of this installation."""


@admin.command()
@click.option("--role", "roles", multiple=True, help="A role; administrator by default, and central without --agency.")
@click.option("--agency", help="The agency they belong to and administer, such as H49; without it all of them.")
@click.option("--json", "as_json", is_flag=True, help="Give the result as JSON.")
def invite(roles: tuple[str, ...], agency: str | None, as_json: bool) -> None:
    """Print a link that enrols one administrator: once, within 30 minutes. Hand it to them yourself."""
    with opened_provider() as services:
        link = invitations.invite(services, actor=OPERATOR, roles=roles, agency=agency)
        until = services.now() + invitations.LIFETIME
    click.echo(json.dumps({"link": link, "expires_at": until}) if as_json else link)
