"""``motcua serve``: one web process of the provider, a portal or the console."""

import os
from collections.abc import Callable
from importlib import import_module
from typing import Any

import click

from idp.commands.refusals import refusals
from idp.commands.settings import read_settings
from idp.commands.supervision.ground import is_free
from idp.settings import Settings

SITES = ("national", "ministry", "province")


@click.group()
def serve() -> None:
    """Run one web process, in the foreground, until SIGTERM."""


def _listening(offset: int, threads: int) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Options that every web process has.

    :param offset: of the default port, counted from MOTCUA_PORT.
    """

    def add(command: Callable[..., None]) -> Callable[..., None]:
        for option in (
            click.option("--host", help="Where to listen; MOTCUA_HOST by default."),
            click.option("--port", type=click.IntRange(1, 65535), help=f"MOTCUA_PORT + {offset} by default."),
            click.option("--workers", type=click.IntRange(1), default=1, show_default=True, help="Processes."),
            click.option("--threads", type=click.IntRange(1), default=threads, show_default=True, help="Of each."),
        ):
            command = option(command)
        return command

    return add


@serve.command("idp")
@_listening(0, threads=4)
def idp_process(**listening: Any) -> None:
    """Run the identity provider; refuses with all reasons at once where it would not be safe."""
    settings = read_settings()
    if reasons := refusals(settings):
        raise click.ClickException("\n".join(["The provider does not start:", *(f"- {reason}" for reason in reasons)]))
    _serve("wsgi:idp_application", (), settings, 0, **listening)


@serve.command("portal")
@click.argument("site")
@_listening(1, threads=8)
def portal_process(site: str, **listening: Any) -> None:
    """Run the portal of SITE, configured by MOTCUA_SITE_<SITE>_…"""
    offset = SITES.index(site) + 1 if site in SITES else 1
    _serve("wsgi:portal_application", (site,), read_settings(), offset, **listening)


@serve.command("console")
@_listening(9, threads=8)
def console_process(**listening: Any) -> None:
    """Run the administrators' console."""
    _serve("wsgi:console_application", (), read_settings(), 9, **listening)


def _refuse(name: str) -> None:
    """Stop with every reason at once where a relying party would not be safe; what is unsafe is its own to say."""
    reasons: list[str] = import_module("wsgi").refusals_of(name)
    if reasons:
        raise click.ClickException("\n".join([f"{name} does not start:", *(f"- {reason}" for reason in reasons)]))


def _serve(target: str, arguments: tuple[str, ...], settings: Settings, offset: int, **listening: Any) -> None:
    from idp.commands.serving import Listening
    from idp.commands.serving import serve as run

    place = listening["host"] or settings.host, listening["port"] or settings.port + offset
    if not is_free(*place):
        raise click.ClickException(f"Port {place[1]} of {place[0]} cannot be listened on: stop what holds it.")
    if target != "wsgi:idp_application":
        _refuse(*(arguments or ("console",)))
    os.environ["MOTCUA_THREADS"] = str(listening["threads"])
    run(target, arguments, Listening(*place, listening["workers"], listening["threads"]))
