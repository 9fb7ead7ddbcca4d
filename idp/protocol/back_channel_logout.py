"""Back-channel logout (OpenID Connect Back-Channel Logout 1.0): logout tokens, and telling a portal with one.

The worker calls ``tell`` for each message of the outbox; whether and when to try again is the outbox's affair.
"""

import secrets
from typing import Any

from idp.domain import audit
from idp.domain.audit import Action
from idp.domain.clients import Client
from idp.domain.outbound import FetchFailed, post_form
from idp.services import Services
from idp.store import sessions as sessions_store

EVENT = "http://schemas.openid.net/event/backchannel-logout"
LIFETIME = 120
"""Seconds that a logout token may be believed (§2.4 recommends two minutes at most)."""


TOLD_REASONS = frozenset({"certificate_revoked", "certificate_on_hold", "account_frozen"})
"""Ends that somebody else brought about and that the person is to understand at the portal; others concern no portal."""


class NotTold(Exception):
    """The portal did not acknowledge; it will be tried again."""


def logout_token(services: Services, client: Client, sid: str, sub: str) -> str:
    """Make a logout token (§2.4): never with a nonce, with ``sub`` and ``sid``.

    ``end_reason`` is a claim of ours, which others ignore as §2.4 has them do; ``events`` stays the empty object.
    """
    now = services.now()
    claims: dict[str, Any] = {
        "iss": services.settings.issuer,
        "sub": sub,
        "aud": client.client_id,
        "iat": now,
        "exp": now + LIFETIME,
        "jti": secrets.token_urlsafe(16),
        "events": {EVENT: {}},
        "sid": sid,
        **_why(services, sid),
    }
    return services.key_ring.get().sign(client.id_token_algorithm, claims, "logout+jwt")


def _why(services: Services, sid: str) -> dict[str, str]:
    with services.database.read() as connection:
        row = sessions_store.by_sid(connection, sid)
    return {"end_reason": row.end_reason} if row is not None and row.end_reason in TOLD_REASONS else {}


def tell(services: Services, sid: str, client_id: str, sub: str) -> None:
    """Tell one portal that its part of a session ended. Telling it twice does no harm.

    :raises NotTold: when it could not be reached or did not answer 200 (§2.8).
    """
    client = services.clients.get(client_id)
    if client is None or client.backchannel_logout_uri is None:
        _note(services, sid, client_id, told=False, failure="no back-channel logout address")
        return
    token = logout_token(services, client, sid, sub)
    try:
        status = post_form(services.settings, client.backchannel_logout_uri, {"logout_token": token}).status
    except FetchFailed as reason:
        _note(services, sid, client_id, told=False, failure=str(reason))
        raise NotTold(str(reason)) from None
    if status not in (200, 204):
        _note(services, sid, client_id, told=False, failure=f"it answered {status}")
        raise NotTold(f"it answered {status}")
    _note(services, sid, client_id, told=True, failure=None)


def _note(services: Services, sid: str, client_id: str, *, told: bool, failure: str | None) -> None:
    now = services.clock()
    with services.database.write() as connection:
        sessions_store.told_client(connection, sid, client_id, now if told else None, failure)
        if told:
            who, what = ("system", "worker"), ("client", client_id)
            entry = audit.entry(Action.LOGOUT_NOTIFIED, now, actor=who, object=what, client_id=client_id, session=sid)
            audit.record(connection, entry)
