"""The one mint: every token comes into being here, so lifetime, audience, binding and audit are right everywhere.

Access tokens are JWTs (RFC 9068) or opaque (``opaque_tokens``), ID tokens OpenID Connect Core §2, refresh tokens opaque,
in families that rotate (RFC 9700 §4.14.2). Whether a token may be had is each grant's decision, in ``idp.protocol.grants``.
"""

import hashlib
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from idp.domain import audit
from idp.domain.audit import Action
from idp.domain.clients import Client
from idp.domain.grant import Grant
from idp.identifiers import in_order_of_time
from idp.services import Services
from idp.store import grants as store
from idp.store.audit import WITH_ID_TOKEN
from idp.store.direct import Direct, Unit
from idp.store.grants import FamilyRow
from keys.jose import b64url

ACCESS_TOKEN_TYP = "at+jwt"  # noqa: S105 (a media type)
ACCESS_TOKEN_ALGORITHM = "ES256"  # noqa: S105
SECRET_BYTES = 32
HANDLE_BYTES = 16


@dataclass(frozen=True)
class AccessToken:
    """An access token as handed out: its text, its life in seconds, and its claims."""

    text: str
    expires_in: int
    claims: Mapping[str, Any]


@dataclass(frozen=True)
class Note:
    """What the trail keeps of tokens beside themselves: whose they are, and the claims of an ID token beside them."""

    account_id: str | None = None
    released: Iterable[str] | None = None


def hash_token(token: str) -> str:
    """Give the SHA-256 (hex) under which a token or code is kept."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def half_hash(value: str, algorithm: str) -> str:
    """Give ``at_hash`` or ``c_hash`` (OpenID Connect Core §3.1.3.6): half of the hash that the ID token's algorithm uses.

    That is SHA-512 for EdDSA with Ed25519 (RFC 8032 §5.1), SHA-256 for the others.
    """
    digest = (hashlib.sha512 if algorithm == "EdDSA" else hashlib.sha256)(value.encode("ascii")).digest()
    return b64url(digest[: len(digest) // 2])


def access_token(
    services: Services,
    client: Client,
    grant: Grant,
    scopes: Sequence[str],
    resources: Sequence[str],
    *,
    released: Iterable[str] | None = None,
) -> AccessToken:
    """Make an access token for a grant that comes from a sign-in.

    Its ``sub`` is that of the audience's sector (RFC 9068 §6). Where that is not the client's own sector the client
    must not learn it, so the token is opaque to the client and introspected by its audience (design §5).

    :param released: the claims of the ID token that goes out with it, None without one; the trail keeps their names.
    """
    audience_sector = sector_of(services, client, resources)
    claims = {
        "sub": services.subjects.of(grant.account_id, audience_sector),
        "aud": _audience(services, resources),
        "client_id": client.client_id,
        "scope": " ".join(scopes),
        **({"sid": grant.sid} if grant.sid else {}),
        "gid": grant.gid,
        "auth_time": grant.auth_time,
        "acr": grant.acr,
        "amr": list(grant.amr),
    }
    opaque = client.opaque_access_tokens or audience_sector != client.subject_sector
    note = Note(grant.account_id, released)
    return _issue(services, client, claims, note, opaque=opaque)


def client_access_token(
    services: Services, client: Client, scopes: Sequence[str], resources: Sequence[str]
) -> AccessToken:
    """Make an access token in which a client acts for itself (RFC 6749 §4.4; ``sub`` is the client, RFC 9068 §2.2)."""
    claims = {
        "sub": client.client_id,
        "aud": _audience(services, resources),
        "client_id": client.client_id,
        "scope": " ".join(scopes),
    }
    return _issue(services, client, claims, Note(), opaque=client.opaque_access_tokens)


def sector_of(services: Services, client: Client, resources: Sequence[str]) -> str:
    """Give the sector of a token's audience: the resource server's, or the client's own for UserInfo."""
    for resource in resources:
        if resource != services.settings.issuer and (server := services.clients.serving(resource)) is not None:
            return server.subject_sector
    return client.subject_sector


def _audience(services: Services, resources: Sequence[str]) -> str | list[str]:
    if not resources:
        return services.settings.issuer
    return resources[0] if len(resources) == 1 else list(resources)


def _issue(services: Services, client: Client, claims: Mapping[str, Any], note: Note, *, opaque: bool) -> AccessToken:
    now, lifetime = services.now(), services.settings.access_token_lifetime
    whole = {"iss": services.settings.issuer, **claims, "iat": now, "exp": now + lifetime}
    if opaque:
        text, whole["jti"] = services.opaque_tokens.make(whole)
    else:
        whole["jti"] = secrets.token_urlsafe(16)
        text = services.key_ring.get().sign(ACCESS_TOKEN_ALGORITHM, whole, ACCESS_TOKEN_TYP)
    _note(services, client, whole, note)
    return AccessToken(text, lifetime, whole)


def _note(services: Services, client: Client, claims: Mapping[str, Any], note: Note) -> None:
    """Leave an entry in the trail, before the token is out: where the trail takes no more, there is no token."""
    issued = audit.entry(
        Action.TOKEN_ISSUED,
        services.clock(),
        actor=("client", client.client_id),
        object=("token", claims["jti"]),
        account_id=note.account_id,
        agency=client.agency,
        client_id=client.client_id,
        session=claims.get("sid"),
        reason=None if note.released is None else WITH_ID_TOKEN,
        grant=claims.get("gid"),
        claims=[*note.released] if note.released else None,
    )
    services.audit_batch.record(issued)


def id_token(
    services: Services,
    client: Client,
    grant: Grant,
    *,
    access_token: str | None = None,
    code: str | None = None,
    released: Mapping[str, Any] | None = None,
) -> str:
    """Make an ID token (OpenID Connect Core §2). ``sub`` is of the client's sector.

    :param released: claims about the person that were asked for in the ID token.
    """
    now = services.now()
    claims: dict[str, Any] = {
        **(released or {}),
        "iss": services.settings.issuer,
        "sub": services.subjects.of(grant.account_id, client.subject_sector),
        "aud": client.client_id,
        "azp": client.client_id,
        "iat": now,
        "exp": now + services.settings.id_token_lifetime,
        "auth_time": grant.auth_time,
        "acr": grant.acr,
        "amr": list(grant.amr),
        "sid": grant.sid,
    }
    if grant.nonce is not None:
        claims["nonce"] = grant.nonce
    if access_token is not None:
        claims["at_hash"] = half_hash(access_token, client.id_token_algorithm)
    if code is not None:
        claims["c_hash"] = half_hash(code, client.id_token_algorithm)
    return services.key_ring.get().sign(client.id_token_algorithm, claims, "JWT")


def note_id_token(services: Services, client: Client, grant: Grant, released: Iterable[str]) -> None:
    """Leave an entry for an ID token that goes out alone, through the browser; its owner finds it."""
    note = Note(grant.account_id, released)
    _note(services, client, {"jti": WITH_ID_TOKEN, "sid": grant.sid, "gid": grant.gid}, note)


def new_gid(services: Services) -> str:
    """Give an identifier for a new grant."""
    return in_order_of_time(services.clock())


def new_family(services: Services, grant: Grant, *, refreshable: bool) -> tuple[FamilyRow, str]:
    """Make the refresh family of a grant, to be begun, and its first token.

    Without ``offline_access`` the family lives no longer than the session it came from.

    :param refreshable: whether the client may refresh; for one that may not, the row lasts as long as its access token,
        so that what is ended by account, client or session finds every grant, or as its code, whose one use it is.
    """
    now, handle, secret = services.now(), secrets.token_urlsafe(HANDLE_BYTES), secrets.token_urlsafe(SECRET_BYTES)
    token = f"{handle}.{secret}"
    settings = services.settings
    lasting = max(settings.access_token_lifetime, settings.code_lifetime)
    family = FamilyRow(
        gid=grant.gid,
        handle_hash=hash_token(handle),
        current_hash=hash_token(token),
        generation=1,
        account_id=grant.account_id,
        client_id=grant.client_id,
        sid=grant.sid,
        bound_to_session=int("offline_access" not in grant.scopes),
        grant=grant.as_json(),
        created_at=now,
        rotated_at=now,
        idle_at=now + settings.refresh_token_idle,
        expires_at=now + (settings.refresh_token_lifetime if refreshable else lasting),
    )
    return family, token


def rotate_family(unit: Unit | Direct, services: Services, client_id: str, token: str) -> tuple[FamilyRow, str] | None:
    """Put a new refresh token in the place of ``token``; None when it is not the current one or may not go on."""
    now = services.now()
    handle = token.partition(".")[0]
    new = f"{handle}.{secrets.token_urlsafe(SECRET_BYTES)}"
    row = store.rotate(
        unit,
        handle=hash_token(handle),
        old=hash_token(token),
        new=hash_token(new),
        client_id=client_id,
        now=now,
        idle_at=now + services.settings.refresh_token_idle,
    )
    return None if row is None else (row, new)


def resume_family(unit: Unit | Direct, services: Services, client: Client, token: str) -> tuple[FamilyRow, str] | None:
    """Give a new token for the one before the current, where the client was given a grace and nobody used its successor.

    The successor that was never used dies with it, so at no time do two tokens of a family work (RFC 9700 §4.14.2).
    """
    grace = int(client.metadata.get("refresh_token_grace", 0))
    if not grace:
        return None
    now, handle = services.now(), token.partition(".")[0]
    new = f"{handle}.{secrets.token_urlsafe(SECRET_BYTES)}"
    row = store.resume(
        unit,
        handle=hash_token(handle),
        old=hash_token(token),
        new=hash_token(new),
        client_id=client.client_id,
        now=now,
        since=now - grace,
    )
    return None if row is None else (row, new)


def family_of(connection: Connection, token: str) -> FamilyRow | None:
    """Give the family that a refresh token, of whatever generation, belongs to, or None."""
    return store.family_by_handle(connection, hash_token(token.partition(".")[0]))
