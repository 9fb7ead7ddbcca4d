"""``motcua serve``: one web process of the provider, a portal or the console; refuses with all reasons at once.

Which relying parties there are, and what their settings say, is the composition root's to tell.
"""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import click

from idp.commands.refusals import refusals
from idp.commands.settings import read_settings
from idp.commands.supervision.ground import is_free


@dataclass(frozen=True, slots=True)
class Served:
    """What a web process is served by, as its settings say.

    :param refusals: why it must not start.
    """

    name: str
    target: str
    arguments: tuple[str, ...]
    host: str
    port: int
    threads: int
    refusals: Sequence[str]


ServedBy = Callable[[str], Served]


def serve_commands(portals: Sequence[str], served_by: ServedBy) -> click.Group:
    """Make the group ``serve``.

    :param served_by: tells of a portal, or of ``console``; raises ``click.ClickException`` for mistaken settings.
    """

    @click.group()
    def serve() -> None:
        """Run one web process, in the foreground, until SIGTERM."""

    @serve.command()
    @_listening
    def idp(**listening: Any) -> None:
        """Run the identity provider."""
        _serve(_provider(), **listening)

    @serve.command()
    @click.argument("site", type=click.Choice(portals))
    @_listening
    def portal(site: str, **listening: Any) -> None:
        """Run the portal of SITE, configured by MOTCUA_SITE_<SITE>_…"""
        _serve(served_by(site), **listening)

    @serve.command()
    @_listening
    def console(**listening: Any) -> None:
        """Run the administrators' console."""
        _serve(served_by("console"), **listening)

    return serve


def _listening(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options that every web process has."""
    for option in (
        click.option("--host", help="Where to listen; MOTCUA_HOST by default."),
        click.option(
            "--port", type=click.IntRange(1, 65535), help="By default as in the demo, counted from MOTCUA_PORT."
        ),
        click.option("--workers", type=click.IntRange(1), default=1, show_default=True, help="Processes."),
        click.option("--threads", type=click.IntRange(2), help="Threads of each; by default as the settings say."),
        click.option(
            "--waiting",
            type=click.IntRange(1, 1024),
            default=16,
            show_default=True,
            help="Requests for each thread that are accepted before one is free; others wait in the kernel's queue.",
        ),
        click.option("--keep-alive/--no-keep-alive", default=True, show_default=True, help="Keep connections open."),
        click.option(
            "--header-bytes",
            type=click.IntRange(8192, 65536),
            default=16384,
            show_default=True,
            help="Longest head of a request; a longer one is refused with 431.",
        ),
        click.option(
            "--seconds-to-finish",
            type=click.IntRange(1, 300),
            default=10,
            show_default=True,
            help="How long a request may still take after SIGTERM, or after SIGHUP, which replaces the workers.",
        ),
    ):
        command = option(command)
    return command


def _provider() -> Served:
    settings = read_settings()
    place = settings.host, settings.port
    return Served("The provider", "wsgi:idp_application", (), *place, settings.threads, refusals(settings))


def _serve(served: Served, **listening: Any) -> None:
    from idp.commands.serving import Listening
    from idp.commands.serving import serve as run

    if served.refusals:
        reasons = (f"- {reason}" for reason in served.refusals)
        raise click.ClickException("\n".join([f"{served.name} does not start:", *reasons]))
    place = listening["host"] or served.host, listening["port"] or served.port
    if not is_free(*place):
        raise click.ClickException(f"Port {place[1]} of {place[0]} cannot be listened on: stop what holds it.")
    threads = listening["threads"] or served.threads
    os.environ["MOTCUA_THREADS"] = str(threads)  # a relying party lets half of them call out
    chosen = {name: listening[name] for name in ("waiting", "keep_alive", "header_bytes", "seconds_to_finish")}
    run(served.target, served.arguments, Listening(*place, listening["workers"], threads, **chosen))
