"""Imports every module that declares tables, so that ``metadata`` is whole: for migrations, clean-up and tests.

A new repository adds its import here; a test finds the one that was forgotten.
"""

from idp.store import accounts, audit, clients, consents, grants, outbox, sessions, subjects, versions
from idp.store.database import metadata
from idp.store.ephemeral import sql as ephemeral

__all__ = [
    "accounts",
    "audit",
    "clients",
    "consents",
    "ephemeral",
    "grants",
    "metadata",
    "outbox",
    "sessions",
    "subjects",
    "versions",
]
