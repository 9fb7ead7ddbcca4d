"""``motcua audit``: takes the trail out, hands out checkpoints, and proves offline that nothing was touched.

An export is verified with the checkpoint that somebody else kept and the public key that was published then; without
those it can only be shown to agree with itself, and the command says so.
"""

import json
import os
import sys
from collections.abc import Iterable
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import click
from sqlalchemy.exc import SQLAlchemyError

from idp.commands.settings import read_settings
from idp.domain.audit_verification import Export, NotATrail, Verdict, check, key_set, statement
from idp.errors import StoreUnavailable
from keys.jose import TokenInvalid, VerifyingKey

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def audit() -> None:
    """The audit trail: export it, and prove that it was not touched."""


@audit.command()
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="A file instead of standard output.")
def export(output: Path | None) -> None:
    """Write the whole trail, one JSON object a line, with its checkpoints and public keys."""
    from idp.commands.provider import OPERATOR, opened_provider
    from idp.domain import audit_export

    with opened_provider() as services:
        audit_export.prepare(services, OPERATOR)
        with services.database.read() as connection, _opened(output) as target:
            for line in audit_export.lines(connection):
                target.write(line + "\n")


@audit.command()
def checkpoint() -> None:
    """Print the newest signed checkpoint: keep it where nobody who can change the trail can change it too."""
    from idp.commands.provider import OPERATOR, opened_provider
    from idp.domain import audit_export
    from idp.store.audit_trail import last_checkpoint

    with opened_provider() as services:
        audit_export.prepare(services, OPERATOR)
        with services.database.read() as connection:
            newest = last_checkpoint(connection)
    if newest:
        click.echo(newest.statement)


@audit.command()
@click.argument("file", type=FILE, required=False)
@click.option("--checkpoint", "checkpoints", type=FILE, multiple=True, help="A signed checkpoint kept elsewhere.")
@click.option("--keys", type=FILE, help="The key set (JWKS) that was published when the checkpoint was signed.")
@click.option("--json", "as_json", is_flag=True, help="Give the verdict as JSON.")
def verify(file: Path | None, checkpoints: tuple[Path, ...], keys: Path | None, as_json: bool) -> None:
    """Verify an export, offline; or without FILE the trail in the database.

    Exit status 0: intact; 1: removed, changed, put in, out of order or cut off; 2: not readable.
    """
    try:
        signed = [line for path in checkpoints for line in path.read_text("ascii").split()]
        trusted = key_set(_keys_in(keys)) if keys else None
        verdict = _verify_file(file, signed, trusted) if file else _verify_database(signed, trusted)
    except (NotATrail, TokenInvalid, UnicodeDecodeError) as error:
        click.echo(f"Error: {error}", err=True)
        raise SystemExit(2) from None
    _report(verdict, as_json, self_stated=trusted is None)


def _verify_file(file: Path, signed: list[str], trusted: dict[str, VerifyingKey] | None) -> Verdict:
    with file.open(encoding="utf-8") as source:
        exported = Export(source)
        keys = trusted if trusted is not None else key_set(exported.keys)
        statements = [statement(each, keys) for each in [*exported.checkpoints, *signed]]
        return check(exported.entries(), statements)


def _verify_database(signed: list[str], trusted: dict[str, VerifyingKey] | None) -> Verdict:
    from idp.domain.audit_export import verify_database
    from idp.store.database import Database

    database = Database(read_settings().database_url)
    try:
        return verify_database(database, signed, trusted)
    except (StoreUnavailable, SQLAlchemyError):
        raise NotATrail("the database cannot be used; motcua db check says why") from None
    finally:
        database.dispose()


def _keys_in(file: Path) -> Iterable[dict[str, str]]:
    try:
        return list(json.loads(file.read_text("utf-8"))["keys"])
    except (ValueError, KeyError, TypeError):
        raise NotATrail(f"{file} is not a key set (RFC 7517 section 5)") from None


def _report(verdict: Verdict, as_json: bool, *, self_stated: bool) -> None:
    if as_json:
        click.echo(json.dumps({"intact": verdict.intact, **verdict.__dict__, "keys_given": not self_stated}))
    else:
        for problem in verdict.problems:
            click.echo(problem)
        word = "intact" if verdict.intact else "NOT intact"
        click.echo(f"{word}: {verdict.entries} entries, the first {verdict.proved} proved by signed checkpoints")
    if self_stated:
        click.echo("No key set was given (--keys): this shows only that the trail agrees with itself.", err=True)
    if not verdict.intact:
        raise SystemExit(1)


@contextmanager
def _opened(output: Path | None) -> Any:
    """Give where to write; a file appears whole or not at all, for its owner's eyes only."""
    if output is None:
        yield sys.stdout
        return
    unfinished = output.with_name(output.name + ".unfinished")
    target: IO[str]
    with open(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as target:  # noqa: PTH123
        yield target
    unfinished.replace(output)
