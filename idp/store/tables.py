"""Imports every module that declares tables, so that ``metadata`` is whole: for migrations, clean-up and tests.

A new repository adds its import here; a test finds the one that was forgotten.
"""

from sqlalchemy import Engine, MetaData

from idp.store import (
    accounts,
    agencies,
    audit,
    audit_trail,
    bounded,
    clients,
    consents,
    demo_messages,
    grants,
    installation,
    outbox,
    recoveries,
    registration_tokens,
    revocation_data,
    sessions,
    subjects,
    validation_batches,
    versions,
    workers,
)
from idp.store.database import metadata
from idp.store.ephemeral import sql as ephemeral
from keys.store import authorities, certificates, signing_keys
from keys.store.tables import metadata as keys_metadata

every_metadata: tuple[MetaData, ...] = (metadata, keys_metadata)
"""Every table of the provider's database: the provider's own, and those of ``keys``."""


bounded.grows_with(
    signing_keys.signing_keys, "a few keys for each algorithm; rotation forgets a retired one after a year"
)


_FOR_GOOD = "what was issued is kept for good: a signature is judged years after its certificate expired"
bounded.grows_with(authorities.authorities, "a handful, made at the ceremony")
bounded.grows_with(authorities.revocation_lists, "one row for each authority: its newest list")
bounded.grows_with(authorities.responders, "one row for each authority")
bounded.grows_with(certificates.certificates, f"a few for each account; {_FOR_GOOD}")
bounded.grows_with(certificates.certificate_contents, f"one row for each certificate; {_FOR_GOOD}")
bounded.rows_end(
    certificates.certificate_requests,
    bounded.Ending(certificates.certificate_requests.c.requested_at, 86400),
    reason="a request goes a day after it was made, as long as the worker tries",
)


def bounds() -> tuple[bounded.Bound, ...]:
    """Give how every table stays small: asked here, where none is unknown because nobody imported it."""
    return bounded.bounds()


def create_all(engine: Engine) -> None:
    """Make every table at once, for tests; an installation migrates."""
    for each in every_metadata:
        each.create_all(engine)


__all__ = [
    "accounts",
    "agencies",
    "audit",
    "audit_trail",
    "authorities",
    "bounds",
    "certificates",
    "clients",
    "consents",
    "create_all",
    "demo_messages",
    "ephemeral",
    "every_metadata",
    "grants",
    "installation",
    "metadata",
    "outbox",
    "recoveries",
    "registration_tokens",
    "revocation_data",
    "sessions",
    "signing_keys",
    "subjects",
    "validation_batches",
    "versions",
    "workers",
]
