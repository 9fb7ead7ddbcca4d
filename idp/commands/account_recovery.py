"""``motcua account recover``: the way back for somebody who lost everything, by two officials or after 72 hours."""

import json
from datetime import UTC, datetime

import click

from idp.commands.named_account import find_account
from idp.commands.provider import OPERATOR, opened_provider
from idp.domain import account_recovery
from idp.domain.account_recovery import COUNTER, REPROOFING
from idp.store import recoveries
from idp.store.recoveries import RecoveryRow

official_option = click.option("--official", required=True, metavar="ID|NAME", help="The official who saw the person.")
as_json_option = click.option("--json", "as_json", is_flag=True, help="Give the result as JSON.")


@click.group()
def recover() -> None:
    """Recover the account of somebody who lost every way to sign in; its owner is told at once and can stop it."""


@recover.command()
@click.argument("account_id", metavar="ID|NAME")
@official_option
@click.option(
    "--method",
    type=click.Choice((COUNTER, REPROOFING)),
    default=COUNTER,
    show_default=True,
    help="In person before two officials (the second confirms), or by proofing alone, effective after 72 hours.",
)
@as_json_option
def begin(account_id: str, official: str, method: str, as_json: bool) -> None:
    """Propose a recovery, or begin one that waits."""
    with opened_provider() as services:
        found, seen_by = find_account(services, account_id), find_account(services, official)
        _print([account_recovery.begin(services, found, method, official=seen_by, actor=OPERATOR)], as_json)


@recover.command()
@click.argument("recovery_id")
@official_option
@as_json_option
def confirm(recovery_id: str, official: str, as_json: bool) -> None:
    """Confirm, as a second official, what a first one proposed: every way to sign in is taken away at once."""
    with opened_provider() as services:
        seen_by = find_account(services, official)
        account_recovery.confirm(services, recovery_id, official=seen_by, actor=OPERATOR)
        with services.database.read() as connection:
            done = recoveries.find(connection, recovery_id)
        _print([done] if done else [], as_json)


@recover.command()
@click.argument("recovery_id")
def stop(recovery_id: str) -> None:
    """Stop one that is open."""
    with opened_provider() as services:
        account_recovery.stop(services, recovery_id, actor=OPERATOR)
    click.echo("stopped")


@recover.command(name="list")
@click.argument("account_id", metavar="ID|NAME")
@as_json_option
def list_open(account_id: str, as_json: bool) -> None:
    """List the open ones of an account."""
    with opened_provider() as services:
        found = find_account(services, account_id)
        with services.database.read() as connection:
            _print(list(recoveries.open_of(connection, found)), as_json)


def _print(rows: list[RecoveryRow], as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps([row.__dict__ for row in rows]))
        return
    for row in rows:
        until = datetime.fromtimestamp(row.effective_at, UTC).isoformat()
        click.echo(f"{row.id}  {row.method}  {row.state}  {until}")
