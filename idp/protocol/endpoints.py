"""The machine endpoints by path, each with what answers it: the table that the WSGI front is built from."""

import hashlib
import json
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from idp.domain import agencies, ended
from idp.domain.freshness import Cached
from idp.errors import InsufficientScope, InvalidRequest, InvalidToken
from idp.protocol import discovery
from idp.protocol.bearer import presented_token, token_claims
from idp.protocol.exchange import MachineRequest, Reply, json_reply
from idp.protocol.registration import register
from idp.protocol.server import Server, make_server
from idp.protocol.userinfo import userinfo
from idp.services import KEY_RING, Services
from idp.store import agencies as agencies_store

DOCUMENT_MAX_AGE = 300
"""Seconds that the documents may be cached; far less than a key is announced before it signs."""

ENDED_READ = "ended:read"

Handler = Callable[[MachineRequest], Reply]


def machine_endpoints(services: Services) -> Mapping[str, Handler]:
    """Give every machine endpoint's handler by its path behind the issuer."""
    server = make_server(services)
    configuration = _document(services, lambda: discovery.metadata(services))
    return {
        "/.well-known/openid-configuration": configuration,
        "/.well-known/oauth-authorization-server": configuration,
        "/jwks": _document(services, lambda: services.key_ring.get().jwks()),
        "/token": server.create_token_response,
        "/introspect": partial(_authlib_endpoint, server, "introspection"),
        "/revoke": partial(_authlib_endpoint, server, "revocation"),
        "/userinfo": partial(userinfo, services),
        "/register": partial(register, services),
        "/api/ended": partial(_ended, services),
        "/api/agencies": _document(services, lambda: _agencies(services), agencies.CATALOGUE),
    }


def _authlib_endpoint(server: Server, name: str, request: MachineRequest) -> Reply:
    reply: Reply = server.create_endpoint_response(name, request)
    return reply


def _document(services: Services, make: Callable[[], Mapping[str, Any]], number: str = KEY_RING) -> Handler:
    """A document as ready bytes with an ETag, made anew when the keys, or what ``number`` counts, change."""

    def encode() -> tuple[Reply, Reply, str]:
        body = json.dumps(make(), separators=(",", ":")).encode()
        etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
        headers = (("ETag", etag), ("Cache-Control", f"public, max-age={DOCUMENT_MAX_AGE}"))
        return Reply(200, body, (("Content-Type", "application/json"), *headers)), Reply(304, b"", headers), etag

    cached = Cached(services.freshness, number, encode)

    def answer(request: MachineRequest) -> Reply:
        whole, unchanged, etag = cached.get()
        return unchanged if _is_held(request.headers.get("if-none-match"), etag) else whole

    return answer


def _is_held(listed: str | None, etag: str) -> bool:
    """Tell whether ``If-None-Match`` names what we have: one of a list, weak or not, or anything (RFC 9110 §13.1.2)."""
    if listed is None or listed == etag:
        return listed is not None
    return any(each.strip().removeprefix("W/") in (etag, "*") for each in listed.split(","))


def _agencies(services: Services) -> Mapping[str, Any]:
    with services.database.read() as connection:
        return agencies.document(agencies_store.every(connection))


def _ended(services: Services, request: MachineRequest) -> Reply:
    """The feed of what has ended, for resource servers: a client's own token for us, with scope ``ended:read``.

    A token that a person's sign-in gave, or one meant for another resource, opens nothing here (RFC 9068 §4).
    """
    claims = token_claims(services, presented_token(request))
    if claims is None:
        raise InvalidToken("the access token has expired, was revoked, or is not ours (RFC 6750 §3.1)")
    if "gid" in claims or claims["sub"] != claims["client_id"] or claims["aud"] != services.settings.issuer:
        raise InvalidToken("the feed needs a token by client credentials, for the issuer (RFC 9068 §4)")
    if ENDED_READ not in claims["scope"].split():
        raise InsufficientScope("the feed needs scope ended:read", scope=ENDED_READ)
    try:
        since = float(request.arguments().get("since", "0"))
    except ValueError:
        raise InvalidRequest("since is the cursor of the last answer, a number") from None
    with services.database.read() as connection:
        return json_reply(200, ended.feed(connection, since, services.clock()).as_json())
