"""``motcua agency``: loads the agency catalogue from a file and lists who stands on a day."""

import json
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import click

from idp.commands.provider import OPERATOR, opened_provider
from idp.domain import agencies
from idp.store import agencies as store

HANOI = timezone(timedelta(hours=7))
as_json_option = click.option("--json", "as_json", is_flag=True, help="Give the result as JSON.")


@click.group()
def agency() -> None:
    """Ministries and provinces, with their codes and successors."""


@agency.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path), required=False)
@as_json_option
def load(file: Path | None, as_json: bool) -> None:
    """Load FILE (CSV), or without one the catalogue that comes with Motcua, in place of what was loaded before."""
    try:
        rows = agencies.read_catalogue(file.read_text(encoding="utf-8") if file else agencies.built_in())
    except (agencies.CatalogueInvalid, UnicodeDecodeError) as mistakes:
        raise click.ClickException(f"nothing was loaded:\n{mistakes}") from None
    with opened_provider() as services:
        changed = agencies.load_catalogue(services, rows, actor=OPERATOR)
    if as_json:
        click.echo(json.dumps({"rows": len(rows), "changed": changed}))
    else:
        click.echo(f"{len(rows)} rows {'loaded' if changed else 'were loaded already'}")


@agency.command(name="list")
@click.option("--at", type=click.DateTime(["%Y-%m-%d"]), help="The day; today in Viet Nam by default.")
@click.option("--all", "every", is_flag=True, help="Past and future ones too.")
@as_json_option
def list_agencies(at: datetime | None, every: bool, as_json: bool) -> None:
    """List the agencies that stand on a day."""
    with opened_provider() as services:
        today = datetime.fromtimestamp(services.clock(), UTC).astimezone(HANOI)
        with services.database.read() as connection:
            rows = store.every(connection)
    shown = rows if every else agencies.on(rows, (at or today).date().isoformat())
    if as_json:
        click.echo(json.dumps(agencies.document(shown)["agencies"], ensure_ascii=False))
        return
    for row in shown:
        until = f"  until {row.valid_until}{f', then {row.successor}' if row.successor else ''}"
        click.echo(f"{row.code}  {row.name_vi} · {row.name_en}{until if row.valid_until else ''}")
