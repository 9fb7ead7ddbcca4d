"""``motcua demo``: everything on one machine, seeded with invented people, as ``make run`` starts it.

Prepares the folder and the databases, runs every process as a child of this one, and says what runs where and whom
to sign in as. What is prepared is handed in by the composition root, for some of it belongs to the portals.
"""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module

import click

from idp.commands.demo_parts import DemoParts
from idp.commands.demo_table import demo_table
from idp.commands.settings import read_settings
from idp.commands.supervision.ground import NotReady, check_ports, folder_of_our_own
from idp.commands.supervision.plan import environment, processes
from idp.commands.supervision.supervisor import Supervisor
from idp.settings import Settings

Preparation = Callable[[Settings], None]
"""A step done before any process starts, doing nothing the second time; raises ``NotReady`` where it cannot be done."""


@click.command()
@click.pass_context
def demo(context: click.Context) -> None:
    """Run everything, seeded with invented people, on this machine, until Ctrl-C."""
    parts: DemoParts = context.obj
    motcua = context.find_root().command
    settings = demo_settings()
    plan = processes(settings)
    with _sentences(), folder_of_our_own(settings.home):
        check_ports(plan)
        for where in parts.preparations:
            preparation(where)(settings)
        for module in parts.shared:
            import_module(module)
        supervisor = Supervisor(plan, motcua.main, environment(settings, os.environ), settings.home / "log", _say)
        sys.exit(supervisor.run(when_ready=lambda: click.echo(demo_table(settings, plan))))


def preparation(where: str) -> Preparation:
    """Import one step, named as ``module:function``."""
    module, _, name = where.partition(":")
    step: Preparation = getattr(import_module(module), name)
    return step


def demo_settings() -> Settings:
    """Give the settings of a demo: those of the surroundings, in demo mode, messages shown unless they are sent."""
    settings = read_settings(demo=True)
    sender = "demo" if settings.message_sender == "none" else settings.message_sender
    return settings.model_copy(update={"home": settings.home.absolute(), "message_sender": sender})


def _say(line: str) -> None:
    click.echo(line, err=True)


@contextmanager
def _sentences() -> Iterator[None]:
    try:
        yield
    except NotReady as reason:
        raise click.ClickException(str(reason)) from None
