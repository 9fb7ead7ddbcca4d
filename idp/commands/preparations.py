"""What the demo does to the provider before any process starts: tables, keys, clients. Each step may be repeated."""

from idp.commands.db import provider_target
from idp.domain.demo_clients import seed_demo_clients
from idp.domain.key_rotation import rotate_keys
from idp.services import make_services
from idp.settings import Settings
from migrations.runner import upgrade


def prepare_provider(settings: Settings) -> None:
    """Migrate the provider's database, make its first keys and register the demo's relying parties."""
    upgrade(provider_target(settings))
    services = make_services(settings)
    try:
        rotate_keys(services)
        seed_demo_clients(services)
    finally:
        services.database.dispose()
