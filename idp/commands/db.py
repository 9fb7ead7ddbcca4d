"""``motcua db``: brings databases to the newest revision, and checks that they are there.

The composition root says which databases there are, since a site's are not the provider's to know; the work is done by
``migrations.runner``. There is no way back: restore a backup instead.
"""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

import click
from sqlalchemy.exc import SQLAlchemyError

from idp.settings import Settings
from idp.store.tables import every_metadata

if TYPE_CHECKING:
    from migrations.runner import State, Target


def provider_target(settings: Settings) -> "Target":
    """Give the provider's own database as something to migrate."""
    from migrations.runner import Target

    return Target("idp", "idp", settings.database_url, every_metadata)


def database_commands(targets: Callable[[], Sequence["Target"]]) -> click.Group:
    """Make the group ``db`` for the databases that ``targets`` gives when a command runs."""

    @click.group()
    def db() -> None:
        """Migrate databases, forward only."""

    chosen = click.option("--database", "names", multiple=True, metavar="NAME", help="idp or a site; all by default.")
    as_json = click.option("--json", "as_json", is_flag=True, help="Give the result as JSON.")

    @db.command()
    @chosen
    @as_json
    def upgrade(names: tuple[str, ...], as_json: bool) -> None:
        """Bring databases to the newest revision. Safe to repeat, and from several machines at once."""
        from migrations.runner import upgrade as bring_up

        _report([_tried(bring_up, target) for target in _choose(targets(), names)], as_json)

    @db.command()
    @chosen
    @as_json
    def check(names: tuple[str, ...], as_json: bool) -> None:
        """Say whether databases are at the newest revision; exit status 1 when one is not."""
        from migrations.runner import check as look

        _report([_tried(look, target) for target in _choose(targets(), names)], as_json)

    return db


def _choose(targets: Sequence["Target"], names: Iterable[str]) -> list["Target"]:
    known = {target.name: target for target in targets}
    for name in names:
        if name not in known:
            raise click.UsageError(f"no database is called {name}; there are: {', '.join(known)}")
    return [known[name] for name in names] or list(targets)


def _tried(act: Callable[["Target"], "State"], target: "Target") -> "State":
    try:
        return act(target)
    except (SQLAlchemyError, OSError) as error:
        # The driver's own sentence; SQLAlchemy's would add the statement and a link.
        said = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
        raise click.ClickException(f"the database {target.name} cannot be used: {said}") from None


def _report(states: Sequence["State"], as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps([{**asdict(state), "current": state.current} for state in states]))
    else:
        for state in states:
            click.echo(_line(state))
    if not all(state.current for state in states):
        raise SystemExit(1)


def _line(state: "State") -> str:
    if state.current:
        return f"{state.name}: at {state.revision}, the newest"
    if state.revision != state.head:
        return f"{state.name}: at {state.revision or 'nothing'}, the newest is {state.head}; run motcua db upgrade"
    return f"{state.name}: at {state.revision}, but it differs: " + "; ".join(state.differences)
