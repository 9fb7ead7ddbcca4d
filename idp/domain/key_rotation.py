"""Moves the provider's signing keys along their life, in one transaction with the version that tells every process."""

from collections.abc import Sequence

from idp.domain import audit
from idp.domain.audit import Action
from idp.services import KEY_RING, Services
from idp.store import versions
from keys import signing_keys


def rotate_keys(
    services: Services, *, at_once: bool = False, actor: tuple[str, str] = ("system", "worker")
) -> Sequence[str]:
    """Rotate what is due; gives one sentence per change. Safe to call often and from several workers at once.

    :param at_once: put the next keys to work now, after a leak.
    """
    with services.database.write() as connection:
        changes = signing_keys.rotate(connection, services.sealer, services.now(), at_once=at_once)
        if changes:
            versions.bump(connection, KEY_RING)
            what = ("signing_keys", "all")
            audit.record(connection, audit.entry(Action.KEY_ROTATED, services.clock(), actor=actor, object=what))
    if changes:
        services.freshness.look()
    return changes
