"""What the demo does to the provider before any process starts: tables, keys, clients. Each step may be repeated."""

from sqlalchemy import exists, select

from idp.commands.db import provider_target
from idp.commands.migrating import bring_up
from idp.commands.supervision.ground import NotReady
from idp.domain.agencies import load_built_in
from idp.domain.audit import Action, entry, record
from idp.domain.certificates.authorities import hold_ceremony, open_vault
from idp.domain.certificates.demo_keys import write_demo_keys
from idp.domain.demo_clients import seed_demo_clients
from idp.domain.demo_people import seed_demo_people
from idp.domain.key_rotation import rotate_keys
from idp.services import Services, make_services
from idp.settings import Settings
from idp.store import installation
from idp.store.accounts import accounts

ACTOR = ("system", "demo")


def prepare_provider(settings: Settings) -> None:
    """Migrate the provider's database, make its first keys and register the demo's relying parties.

    :raises NotReady: when the database cannot be used, or is not a demo's.
    """
    bring_up([provider_target(settings)])
    services = make_services(settings)
    try:
        mark_demo(services)
        rotate_keys(services, actor=ACTOR)
        seed_demo_clients(services)
        load_built_in(services, actor=ACTOR)
        seed_demo_people(services)
        if vault := open_vault(settings):
            hold_ceremony(services, vault, actor=ACTOR)
            write_demo_keys(services, vault)
    finally:
        services.database.dispose()


def mark_demo(services: Services) -> None:
    """Record that this database is a demo's, once and for all.

    :raises NotReady: when it holds people who were not invented.
    """
    with services.database.write() as connection:
        if installation.is_demo(connection):
            return
        if connection.execute(select(exists(select(accounts.c.id)))).scalar_one():
            raise NotReady("This database holds real accounts: choose another MOTCUA_HOME or MOTCUA_DATABASE_URL.")
        installation.mark_demo(connection, services.now())
        record(connection, entry(Action.DEMO_SEEDED, services.clock(), actor=ACTOR, object=("installation", "demo")))
