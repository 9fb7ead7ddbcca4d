"""``motcua procedure``: the catalogue from the command line, on the database of the site that publishes it."""

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TextIO

import click


def procedure_commands(at_the_site: Callable[[], AbstractContextManager[None]]) -> click.Group:
    """Make the group ``procedure``.

    :param at_the_site: lets a block work on the records of the site that publishes the catalogue.
    """

    @click.group()
    def procedure() -> None:
        """The catalogue of administrative procedures."""

    @procedure.command()
    @click.argument("file", type=click.File(encoding="utf-8"), required=False)
    @click.option("--json", "as_json", is_flag=True, help="Give the result as JSON.")
    def load(file: TextIO | None, as_json: bool) -> None:
        """Put the catalogue in FILE in the place of the old one; without FILE, the one that comes with the program."""
        from clients.procedures import catalogue

        try:
            text = file.read() if file is not None else catalogue.built_in()
        except UnicodeDecodeError:
            raise click.ClickException("the file is not UTF-8; nothing was loaded") from None
        try:
            with at_the_site():
                loaded = catalogue.load(text)
        except catalogue.CatalogueInvalid as invalid:
            raise click.ClickException(f"nothing was loaded:\n{invalid}") from None
        click.echo(json.dumps({"loaded": loaded}) if as_json else f"{loaded} procedures")

    @procedure.command("list")
    @click.argument("words", nargs=-1)
    @click.option("--json", "as_json", is_flag=True, help="Give the result as JSON.")
    def list_them(words: tuple[str, ...], as_json: bool) -> None:
        """Give the procedures that have these words, with or without marks."""
        from clients.procedures import rules

        with at_the_site():
            found = rules.find(rules.Search(q=" ".join(words), limit=10_000)).documents
        if as_json:
            click.echo(json.dumps(found, ensure_ascii=False))
        else:
            click.echo("\n".join(f"{it['code']}  {it['name']['vi']}" for it in found))

    return procedure
