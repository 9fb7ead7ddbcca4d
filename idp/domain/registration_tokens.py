"""Who may register clients by themselves: initial access tokens, handed out by an operator (RFC 7591 §3)."""

import secrets

from idp.domain import audit
from idp.domain.audit import Action
from idp.domain.tokens import hash_token
from idp.services import Services
from idp.store import registration_tokens as store
from idp.store.registration_tokens import RegistrationToken

TOKEN_BYTES = 32
LIFETIME = 7 * 86400
"""Seconds that an initial access token may be used."""


def issue_initial(services: Services, *, uses: int = 1, actor: tuple[str, str]) -> str:
    """Make an initial access token that registers up to ``uses`` clients within a week; it is shown once."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    row = RegistrationToken(hash_token(token), None, uses, services.now() + LIFETIME)
    with services.database.write() as connection:
        store.add(connection, row)
        what = ("initial_access_token", row.token_hash[:16])
        entry = audit.entry(Action.INITIAL_ACCESS_TOKEN_ISSUED, services.clock(), actor=actor, object=what)
        audit.record(connection, entry)
    return token


def spend_initial(services: Services, token: str) -> bool:
    """Use an initial access token; False when it may not be used (any more)."""
    with services.database.write() as connection:
        return store.spend(connection, hash_token(token), services.now())


def give_back_initial(services: Services, token: str) -> None:
    """Undo a use with which nothing was registered: whoever mends the metadata may come again."""
    with services.database.write() as connection:
        store.give_back(connection, hash_token(token))


def issue_for(services: Services, client_id: str) -> str:
    """Give a client a new registration access token in the place of any other (RFC 7592 §3)."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    with services.database.write() as connection:
        store.replace(connection, client_id, hash_token(token))
    return token


def client_of(services: Services, token: str) -> str | None:
    """Give the client that a registration access token manages, or None."""
    with services.database.read() as connection:
        return store.client_of(connection, hash_token(token))
