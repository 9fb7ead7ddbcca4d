"""What a registered client may do, read from its registration, and the directory that a process keeps of them.

The metadata's names are RFC 7591's and OpenID Connect Registration's. Validating a registration is left to
``idp.domain.registration``, proving that a caller is the client to ``idp.protocol.client_authentication``.
"""

import hashlib
import hmac
import json
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

from idp.domain.freshness import Cached, Freshness
from idp.store import clients as store
from idp.store.clients import ClientRow
from idp.store.database import Database

VERSION = "clients"
KEPT = 10_000
"""Clients that a process holds at most; the least used are dropped first."""
PURPOSES = ("legal_basis", "policy_uri", "tos_uri")
"""Members of a registration, in every language, that say what a portal wants data for."""


@dataclass(frozen=True)
class Client:
    """One relying party or resource server."""

    row: ClientRow

    @property
    def client_id(self) -> str:
        """The identifier (RFC 6749 §2.2)."""
        return self.row.client_id

    @property
    def metadata(self) -> Mapping[str, Any]:
        """The registration as validated, RFC 7591 names."""
        return self.row.metadata

    @property
    def first_party(self) -> bool:
        """Whether an administrator said that it is the government's own, so that policy may skip the consent page."""
        return self.row.first_party

    @property
    def agency(self) -> str | None:
        """The agency that an administrator approved it for, or None."""
        return self.row.agency

    @property
    def enabled(self) -> bool:
        """Whether an administrator has not disabled it."""
        return self.row.disabled_at is None

    @cached_property
    def auth_method(self) -> str:
        """The one method by which it authenticates (RFC 7591 §2)."""
        return str(self.metadata.get("token_endpoint_auth_method", "client_secret_basic"))

    @property
    def public(self) -> bool:
        """Whether it cannot keep a secret (RFC 6749 §2.1)."""
        return self.auth_method == "none"

    @cached_property
    def redirect_uris(self) -> tuple[str, ...]:
        """The registered redirection endpoints."""
        return tuple(self.metadata.get("redirect_uris", ()))

    @cached_property
    def post_logout_redirect_uris(self) -> tuple[str, ...]:
        """Where it may ask a browser to be sent after sign-out (RP-Initiated Logout §3.1)."""
        return tuple(self.metadata.get("post_logout_redirect_uris", ()))

    @property
    def backchannel_logout_uri(self) -> str | None:
        """Where it is told that a session ended (Back-Channel Logout §2.2), or None."""
        return self.metadata.get("backchannel_logout_uri")

    @cached_property
    def grant_types(self) -> frozenset[str]:
        """The grants it may use."""
        return frozenset(self.metadata.get("grant_types", ("authorization_code",)))

    @cached_property
    def response_types(self) -> frozenset[str]:
        """The response types it may ask for, words in order."""
        registered = self.metadata.get("response_types", ("code",))
        return frozenset(" ".join(sorted(value.split())) for value in registered)

    @cached_property
    def scopes(self) -> frozenset[str]:
        """The scopes it may ask for."""
        return frozenset(str(self.metadata.get("scope", "openid")).split())

    @cached_property
    def resources(self) -> tuple[str, ...]:
        """The resources it serves as a resource server (RFC 8707), each an absolute URI."""
        return tuple(self.metadata.get("resources", ()))

    def may_ask_for(self, resource: str) -> bool:
        """Tell whether it may name a resource at the token endpoint that its authorization request did not name.

        What an administrator listed counts (``allowed_resources``), and what it serves itself; without a list a
        first-party client may name any.
        """
        listed = self.metadata.get("allowed_resources")
        if listed is None and self.first_party:
            return True
        return resource in (*(listed or ()), *self.resources)

    @cached_property
    def id_token_algorithm(self) -> str:
        """The algorithm of its ID tokens."""
        return str(self.metadata.get("id_token_signed_response_alg", "RS256"))

    @cached_property
    def opaque_access_tokens(self) -> bool:
        """Whether its access tokens are opaque by its own wish."""
        return self.metadata.get("access_token_format") == "opaque"

    @cached_property
    def requires_pkce(self) -> bool:
        """Whether PKCE was demanded at registration, or it is public (RFC 9700 §2.1.1)."""
        return self.public or bool(self.metadata.get("require_pkce"))

    @cached_property
    def sector(self) -> str:
        """The sector of its pairwise subjects: its agency once approved, before that OpenID Connect Core §8.1."""
        if self.agency:
            return f"agency:{self.agency}"
        identifier = self.metadata.get("sector_identifier_uri") or next(iter(self.redirect_uris), "")
        return f"host:{urlsplit(identifier).hostname or self.client_id}"

    @property
    def public_subjects(self) -> bool:
        """Whether it was given the same subject as every other public-subject client (``subject_type=public``)."""
        return self.metadata.get("subject_type") == "public"

    @cached_property
    def subject_sector(self) -> str:
        """The sector under which its subjects are kept."""
        return "public" if self.public_subjects else self.sector

    @cached_property
    def purposes(self) -> str:
        """A hash of what it says it wants data for: another legal basis or other terms are another question."""
        said = {name: value for name, value in self.metadata.items() if name.partition("#")[0] in PURPOSES}
        return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()

    @cached_property
    def origins(self) -> frozenset[str]:
        """The origins of its redirect URIs, whose scripts may call the machine endpoints."""
        parts = [urlsplit(uri) for uri in self.redirect_uris]
        return frozenset(f"{p.scheme}://{p.netloc}" for p in parts if p.scheme in ("http", "https"))

    def name(self, language: str) -> str:
        """Give its name in a language (``client_name#vi``), else the one without a language (RFC 7591 §2.2)."""
        return str(self.metadata.get(f"client_name#{language}") or self.metadata.get("client_name") or self.client_id)

    def has_secret(self, secret: str, pepper: "SecretHash") -> bool:
        """Tell whether ``secret`` is its secret, in constant time."""
        expected = self.row.secret_hash or ""
        return hmac.compare_digest(pepper.hash(secret), expected) and bool(expected)

    def check_grant_type(self, grant_type: str) -> bool:
        """Tell whether it may use a grant; Authlib's grants ask."""
        return grant_type in self.grant_types


class SecretHash:
    """Keyed hash for client secrets: they are high-entropy, so checking one may cost microseconds (design §6)."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def hash(self, secret: str) -> str:
        """Give HMAC-SHA256 of the secret, in hex."""
        return hmac.digest(self._key, secret.encode("utf-8", "surrogatepass"), hashlib.sha256).hex()


class ClientDirectory:
    """The clients as this process knows them: dropped as a whole when any registration changes."""

    def __init__(self, database: Database, freshness: Freshness) -> None:
        self._database = database
        self._freshness = freshness
        self._number = -1
        self._known: OrderedDict[str, Client] = OrderedDict()
        self._serving: dict[str, str] = {}
        self._origins = Cached(freshness, VERSION, self._read_origins)

    def get(self, client_id: str) -> Client | None:
        """Give an enabled client, or None; one that is not cached is looked up before it is refused."""
        self._drop_stale()
        known = self._known  # what is read below is kept beside its like: a change meanwhile drops them together
        client = known.get(client_id)
        if client is None:
            with self._database.read() as connection:
                row = store.find(connection, client_id)
            if row is None:
                return None
            client = known[client_id] = Client(row)
            if len(known) > KEPT:
                known.popitem(last=False)
        return client if client.enabled else None

    def serving(self, resource: str) -> Client | None:
        """Give the client that serves a resource (RFC 8707 §2), or None."""
        self._drop_stale()
        serving = self._serving
        client_id = serving.get(resource)
        if client_id is None:
            with self._database.read() as connection:
                client_id = store.serving(connection, resource)
            if client_id is None:
                return None
            if len(serving) < KEPT:
                serving[resource] = client_id
        return self.get(client_id)

    def origins(self) -> frozenset[str]:
        """Give the origins of every enabled client's redirect URIs, whose scripts may call the machine endpoints."""
        return self._origins.get()

    def _read_origins(self) -> frozenset[str]:
        found: set[str] = set()
        after = ""
        with self._database.read() as connection:
            while rows := store.page(connection, after, limit=500):
                found.update(origin for row in rows if row.disabled_at is None for origin in Client(row).origins)
                after = rows[-1].client_id
        return frozenset(found)

    def _drop_stale(self) -> None:
        number = self._freshness.number(VERSION)
        if number != self._number:
            self._known, self._serving, self._number = OrderedDict(), {}, number
