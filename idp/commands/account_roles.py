"""``motcua account role``: gives officials their roles and takes them away; who loses one is signed out at once."""

import json

import click

from idp.commands.named_account import find_account
from idp.commands.provider import OPERATOR, opened_provider
from idp.domain import roles


@click.group()
def role() -> None:
    """Give an official a role, such as counter_official, or take it away."""


@role.command()
@click.argument("account_id", metavar="ID|NAME")
@click.argument("name", metavar="ROLE")
def grant(account_id: str, name: str) -> None:
    """Give an official a role; prints all that they have then, as JSON."""
    with opened_provider() as services:
        click.echo(json.dumps(roles.grant(services, find_account(services, account_id), name, actor=OPERATOR)))


@role.command()
@click.argument("account_id", metavar="ID|NAME")
@click.argument("name", metavar="ROLE")
def withdraw(account_id: str, name: str) -> None:
    """Take a role away and end every session of theirs; prints what is left, as JSON."""
    with opened_provider() as services:
        click.echo(json.dumps(roles.withdraw(services, find_account(services, account_id), name, actor=OPERATOR)))
