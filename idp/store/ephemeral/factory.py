"""Chooses where ephemeral state lives: Redis when its address is set, else the provider's own database."""

from idp.clock import Clock
from idp.settings import Settings
from idp.store.database import Database
from idp.store.ephemeral.interface import EphemeralStore
from idp.store.ephemeral.sql import SqlEphemeralStore


def make_ephemeral(settings: Settings, database: Database, clock: Clock) -> EphemeralStore:
    """Make the ephemeral store that ``settings.redis_url`` asks for."""
    if settings.redis_url:
        # Imported only here: an embedded installation does not pay for redis-py at start.
        from idp.store.ephemeral.redis import RedisEphemeralStore

        return RedisEphemeralStore(settings.redis_url, clock)
    return SqlEphemeralStore(database, clock)
