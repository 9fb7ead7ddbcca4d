"""The provider's own authorities: the ceremony, their CRLs and responders, each a unit of work of the worker.

What is made is ``keys.authority``'s affair. Web processes never come here: the key-encryption key of the vault is read
by the worker and the command line alone (design, tokens, keys and state).
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from idp.domain import audit
from idp.domain.accounts import Actor
from idp.domain.audit import Action
from idp.services import AUTHORITIES, Services
from idp.settings import Settings
from idp.store import versions
from keys.authority import ceremony, publication
from keys.authority.certificate import Addresses
from keys.authority.vault import Vault
from keys.sealing import make_key_file, read_key_file

PUBLISH_LIST = "publish_revocation_list"
"""The outbox kind of a CRL to be made anew."""
WORKER = ("system", "worker")


def open_vault(settings: Settings) -> Vault | None:
    """Give the vault, None where this installation has no authority of its own.

    :raises ValueError: when the key file holds no key.
    """
    if settings.authority_key_file is not None:
        return Vault(read_key_file(settings.authority_key_file))
    return Vault(make_key_file(Path(settings.home) / "authority-key")) if settings.demo else None


def hold_ceremony(services: Services, vault: Vault, *, actor: Actor) -> list[str]:
    """Make the roots and the authorities that are not there yet, and their responders; gives the names of the new ones."""
    now = services.clock()
    with services.database.write() as connection:
        made = ceremony.hold(connection, vault, Addresses(services.settings.issuer), now)
        for name in made:
            entry = audit.entry(Action.AUTHORITY_MADE, now, actor=actor, object=("authority", name))
            audit.record(connection, entry)
        versions.bump(connection, AUTHORITIES)
    services.freshness.look()
    renew_responders(services, vault)
    return made


def renew_responders(services: Services, vault: Vault) -> list[str]:
    """Renew what is due of the keys that answer OCSP questions; gives the authorities concerned."""
    with services.database.write() as connection:
        renewed = publication.renew_responders(connection, vault, services.sealer, services.now())
        for name in renewed:
            entry = audit.entry(Action.RESPONDER_RENEWED, services.clock(), actor=WORKER, object=("authority", name))
            audit.record(connection, entry)
        if renewed:
            versions.bump(connection, AUTHORITIES)
    if renewed:
        services.freshness.look()
    return renewed


def publish_list(services: Services, vault: Vault, authority: str) -> int:
    """Publish an authority's CRL as of now; gives its number."""
    with services.database.write() as connection:
        now = services.clock()
        number = publication.publish_list(connection, vault, authority, now)
        what = ("authority", authority)
        audit.record(connection, audit.entry(Action.CRL_PUBLISHED, now, actor=WORKER, object=what, number=number))
    return number


def keep_fresh(services: Services, vault: Vault) -> None:
    """Do what is due of lists and responders; the worker's duty."""
    with services.database.read() as connection:
        due = publication.lists_due(connection, services.clock())
    for name in due:
        publish_list(services, vault, name)
    renew_responders(services, vault)


def publish_posted(services: Services, vault: Vault, payload: Mapping[str, Any]) -> None:
    """Deliver a message of the kind ``PUBLISH_LIST``."""
    publish_list(services, vault, str(payload["authority"]))
