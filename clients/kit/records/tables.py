"""Imports every module of the kit that declares tables, so that the metadata is whole; and names a site's database to
whoever migrates it. A module of a portal adds its own tables by being imported where the site is put together."""

from typing import TYPE_CHECKING

from clients.kit.records import browser_sessions, logout_tokens, sign_ins
from clients.kit.records.database import Base
from clients.kit.settings import Settings

if TYPE_CHECKING:
    from migrations.runner import Target

__all__ = ["browser_sessions", "database_of", "logout_tokens", "sign_ins"]


def database_of(settings: Settings) -> "Target":
    """Give a relying party's database as something to migrate (``migrations.runner``)."""
    from migrations.runner import Target

    return Target(settings.application.name, "portal", settings.database_url, (Base.metadata,))
