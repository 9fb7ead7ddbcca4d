"""``motcua key``: shows the provider's token-signing keys and puts the next ones to work at once, after a leak.

In ordinary life keys move by themselves (``idp.domain.key_rotation``); nothing here shows a private half.
"""

import json
from datetime import UTC, datetime

import click

from idp.commands.provider import OPERATOR, opened_provider
from idp.domain.key_rotation import rotate_keys
from idp.services import Services
from keys.store import signing_keys as store

as_json_option = click.option("--json", "as_json", is_flag=True, help="Give the result as JSON.")


@click.group()
def key() -> None:
    """Keys that sign tokens."""


@key.command(name="list")
@as_json_option
def list_keys(as_json: bool) -> None:
    """List every key with its algorithm, its state and since when it is in it."""
    with opened_provider() as services:
        _print(services, as_json)


@key.command()
@click.option("--due", is_flag=True, help="Move only the keys whose time has come, as the worker does.")
@as_json_option
def rotate(due: bool, as_json: bool) -> None:
    """Put the next keys to work now. What the replaced ones signed stays good until it expires."""
    with opened_provider() as services:
        changes = rotate_keys(services, at_once=not due, actor=OPERATOR)
        for change in changes:
            click.echo(change, err=True)
        _print(services, as_json)


def _print(services: Services, as_json: bool) -> None:
    with services.database.read() as connection:
        rows = store.all_keys(connection)
    if as_json:
        listed = [
            {"kid": row.kid, "alg": row.algorithm, "state": row.state, "since": row.changed_at, "made": row.created_at}
            for row in rows
        ]
        click.echo(json.dumps(listed))
        return
    for row in rows:
        since = datetime.fromtimestamp(row.changed_at, UTC).isoformat(timespec="seconds")
        click.echo(f"{row.kid}  {row.algorithm:6} {row.state:10} {since}")
