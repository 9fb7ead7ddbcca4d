"""The composition root: makes each process's WSGI application from settings, and holds the ``motcua`` command.

The only module that imports both ``idp`` and ``clients``.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from typing import TYPE_CHECKING, Any

import click

from idp.commands.demo_parts import DemoParts
from idp.commands.lazy import LazyGroup

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication

    from flask import Blueprint, Flask

    from clients.kit.settings import Settings as RelyingPartySettings
    from idp.commands.serve import Served
    from idp.settings import Settings
    from keys.validation.revocation.online import LookUp
    from migrations.runner import Target

DEMO = DemoParts(
    preparations=("idp.commands.preparations:prepare_provider", "wsgi:prepare_relying_parties"),
    shared=(
        "idp.commands.serving",
        "idp.commands.worker",
        "idp.http.provider",
        "clients.portal.application",
        "clients.console.application",
    ),
)
"""Before any process starts: the provider's database, keys, people and clients, then the portals' databases."""


def databases() -> Sequence["Target"]:
    """Give every database of this installation: the provider's, and each site's."""
    from idp.commands.db import provider_target
    from idp.commands.settings import read_settings

    return [provider_target(read_settings()), *databases_of_relying_parties()]


def prepare_relying_parties(settings: "Settings") -> None:
    """Bring the database of each portal and of the console to the newest revision, and fill it (for the demo)."""
    from clients.procedures import catalogue
    from idp.commands.migrating import bring_up

    bring_up(databases_of_relying_parties(demo=True, home=settings.home))
    with working_at("national", demo=True, home=settings.home):
        catalogue.load(catalogue.built_in())
    seed_dossiers(settings)


def seed_dossiers(settings: "Settings") -> None:
    """File the demo's dossiers at the province, for the people as the province knows them."""
    from clients.dossiers import demo
    from clients.procedures import catalogue
    from idp.domain.demo_people import demo_subjects
    from idp.services import make_services

    services = make_services(settings)
    try:
        people = demo_subjects(services, demo.CLIENT)
    finally:
        services.database.dispose()
    with working_at("province", demo=True, home=settings.home):
        demo.hold(catalogue.read(catalogue.built_in()))
        demo.seed(people, "H49", services.now())


@contextmanager
def working_at(site: str, **given: Any) -> "Iterator[None]":
    """Work on one site's records outside a request; its connections are closed afterwards, since a fork may follow."""
    from clients.kit.records.database import db

    with _site(site, **given).app_context():
        try:
            yield
        finally:
            db.engine.dispose()


def databases_of_relying_parties(**given: Any) -> list["Target"]:
    """Give the database of each portal and of the console."""
    from clients.kit.records.tables import database_of

    # A database has the tables of every module, so that a site may mount another one any day.
    for where in MODULES.values():
        import_from(where)
    return [database_of(_settings_of(name, **given)) for name in _relying_parties()]


def _relying_parties() -> list[str]:
    from clients.portal.application import site_names

    return [*site_names(), "console"]


def _settings_of(name: str, **given: Any) -> "RelyingPartySettings":
    from clients.console.application import console_settings
    from clients.portal.application import portal_settings

    return console_settings(**given) if name == "console" else portal_settings(name, **given)


def serve_command() -> click.Command:
    """Give ``motcua serve`` for the provider, every portal and the console."""
    from clients.portal.application import site_names
    from idp.commands.serve import serve_commands

    return serve_commands(site_names(), _served)


def _served(name: str) -> "Served":
    from clients.kit.commands import read_settings
    from idp.commands.serve import Served

    known = read_settings(_settings_of, name)
    return Served(
        name=name,
        target="wsgi:console_application" if name == "console" else "wsgi:portal_application",
        arguments=() if name == "console" else (name,),
        host=known.host,
        port=known.port + known.application.port_offset,
        threads=known.threads,
        refusals=known.refusals(),
    )


def site_command() -> click.Command:
    """Give ``motcua site`` over every portal and the console."""
    from clients.kit.commands import site_commands

    return site_commands(_relying_parties(), _settings_of)


def signature_command() -> click.Command:
    """Give ``motcua signature``, which may fetch what a document lacks over the provider's guarded way out."""
    from keys.commands.signature import signature

    def fetch(place: "LookUp") -> bytes:
        from idp.commands.settings import read_settings
        from idp.domain.outbound import FetchFailed
        from idp.domain.validations import look_ups
        from keys.validation.revocation.online import NotFetched

        try:
            return look_ups.fetched(read_settings(), place.kind, place.address, place.request)
        except FetchFailed as error:
            raise NotFetched(str(error)) from None

    signature.context_settings["obj"] = fetch
    return signature


def database_command() -> click.Command:
    """Give ``motcua db`` over every database of this installation."""
    from idp.commands.db import database_commands

    return database_commands(databases)


def procedure_command() -> click.Command:
    """Give ``motcua procedure`` over the site that publishes the catalogue."""
    from clients.procedures.commands import procedure_commands

    return procedure_commands(lambda: working_at("national"))


MODULES = {
    "procedures": "clients.procedures.module:procedures",
    "dossiers": "clients.dossiers.module:dossiers",
    "my_dossiers": "clients.portal.my_dossiers:my_dossiers",
}
"""What a site may have mounted, by the name that ``sites.json`` gives it: a function that makes its blueprints."""

COMMANDS = {
    "demo": "idp.commands.demo:demo",
    "serve": serve_command,
    "worker": "idp.commands.worker:worker",
    "db": database_command,
    "client": "idp.commands.client:client",
    "site": site_command,
    "procedure": procedure_command,
    "doctor": "idp.commands.doctor.command:doctor",
    "account": "idp.commands.account:account",
    "agency": "idp.commands.agency:agency",
    "admin": "idp.commands.admin:admin",
    "key": "idp.commands.key:key",
    "cert": "idp.commands.cert:cert",
    "audit": "idp.commands.audit:audit",
    "signature": signature_command,
}
"""Each command, in the order of ``motcua --help``; imported when it is called, so that each starts quickly."""


def idp_application() -> "WSGIApplication":
    """Give the identity provider."""
    from multiprocessing.util import Finalize

    from idp.commands.settings import read_settings
    from idp.http.provider import provider_application
    from idp.services import make_services

    services = make_services(read_settings())
    # A worker process runs no ``atexit``; what waits for the trail is written at its end by this, in any process.
    Finalize(None, services.database.dispose, exitpriority=1)
    return provider_application(services)


def portal_application(site: str) -> "WSGIApplication":
    """Give the portal of one site."""
    return _site(site)


def modules_of(site: str) -> "list[Blueprint]":
    """Give the modules of one site, as its data names them."""
    from clients.portal.sites import sites

    return [blueprint for name in sites()[site].modules for blueprint in import_from(MODULES[name])()]


def import_from(where: str) -> Any:
    """Import what is named as ``module:attribute``."""
    module, _, name = where.partition(":")
    return getattr(import_module(module), name)


def _site(site: str, **given: Any) -> "Flask":
    from clients.portal.application import portal_application as make
    from clients.portal.application import portal_settings

    return make(site, portal_settings(site, **given), modules_of(site))


def console_application() -> "WSGIApplication":
    """Give the administrators' console."""
    from clients.console.application import console_application as make

    return make()


@click.group(cls=LazyGroup, commands_at=COMMANDS)
@click.pass_context
def command_line(context: click.Context) -> None:
    """Motcua: one door to every public service."""
    context.obj = DEMO


if __name__ == "__main__":
    command_line()
