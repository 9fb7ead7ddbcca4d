"""What a portal may know of a person: claims by scope and by request, less what the person refused.

OpenID Connect Core §5.4 and §5.5. Scopes, their claims and their words are data (``idp/data/scopes.json``). A claim a
person does not have is left out, never sent empty (§5.3.2).
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from idp.data import read_json
from idp.domain.clients import Client
from idp.domain.profile import Profile

NEVER_IN_TOKENS = frozenset({"personal_number"})
"""Claims that only UserInfo gives, to the portal that asked, never a token that passes through others (design §5)."""


@dataclass(frozen=True)
class Scope:
    """One scope: the claims it releases, those of them that may be refused, and the words a person reads."""

    name: str
    claims: tuple[str, ...]
    optional: tuple[str, ...]
    words: str
    legal_basis: bool


@cache
def scopes() -> Mapping[str, Scope]:
    """Give every scope about a person, by name, in the order a consent page shows them."""
    rows = read_json("scopes.json")["scopes"]
    return {
        row["scope"]: Scope(
            row["scope"], tuple(row["claims"]), tuple(row.get("optional", ())), row["words"], row["legal_basis"]
        )
        for row in rows
    }


UNSTATED_BASIS = "unstated"
"""What is recorded for a client that an operator gave such a scope without naming the basis: ``doctor`` asks for it."""


def in_need_of_legal_basis(names: Collection[str]) -> list[str]:
    """Give those of the scopes that release data only on a legal basis, which is recorded on the client (design §5)."""
    return [name for name, scope in scopes().items() if scope.legal_basis and name in names]


@cache
def api_scopes() -> frozenset[str]:
    """Give every scope of an API that is declared here; they release nothing about a person."""
    return frozenset(row["scope"] for row in read_json("scopes.json")["apis"])


@cache
def administration_scopes() -> frozenset[str]:
    """Give the scopes that only clients registered by an administrator may have."""
    return frozenset(row["scope"] for row in read_json("scopes.json")["apis"] if row.get("administration"))


@cache
def claims_supported() -> frozenset[str]:
    """Give every claim that may be released."""
    return frozenset(claim for scope in scopes().values() for claim in scope.claims)


def claims_of(granted: Iterable[str]) -> frozenset[str]:
    """Give the claims that a set of scopes releases."""
    known = scopes()
    return frozenset(claim for name in granted if name in known for claim in known[name].claims)


ONE_CLAIM = "claim:"
"""What stands before a claim in an agreement where it was asked for by itself, without a scope."""


def askable(client: Client) -> frozenset[str]:
    """Give the claims that a client may ask for one by one (§5.5): those of the scopes that it was registered for.

    A scope that rests on law gives none while its basis is not recorded.
    """
    unfounded = () if client.metadata.get("legal_basis") else in_need_of_legal_basis(client.scopes)
    return claims_of(client.scopes - set(unfounded))


SEALED_IN = {
    **dict.fromkeys(("name", "family_name", "middle_name", "given_name", "organisation"), "name"),
    **dict.fromkeys(("email", "email_verified"), "email"),
    **dict.fromkeys(("phone_number", "phone_number_verified"), "phone"),
    "birthdate": "birth date",
    "address": "address",
    "personal_number": "personal number",
}
"""The sealed column of an account that a claim is read from; the others are read in the clear."""


def sealed_columns(claims: Iterable[str]) -> frozenset[str]:
    """Give the sealed columns that must be opened for those claims."""
    return frozenset(SEALED_IN[name] for name in claims if name in SEALED_IN)


def wanted(granted: Collection[str], requested: Collection[str], refused: Collection[str]) -> frozenset[str]:
    """Give the names of the claims to release.

    :param granted: the scopes that were granted.
    :param requested: the ``userinfo`` or ``id_token`` member of the ``claims`` parameter (§5.5), already limited to
        what the client's scopes allow.
    :param refused: the optional claims that the person left out.
    """
    return (claims_of(granted) | set(requested)) - set(refused) - {"sub"}


def release(profile: Profile, claims: Collection[str]) -> dict[str, Any]:
    """Give those claims of a person that have a value; of the profile only ``sealed_columns`` need be open."""
    facts = facts_of(profile)
    return {name: facts[name] for name in sorted(claims) if facts.get(name) not in (None, "", [], {})}


def facts_of(profile: Profile) -> dict[str, Any]:
    """Give everything known of a person as claims."""
    return {
        "name": profile.name,
        "family_name": profile.family_name,
        "middle_name": profile.middle_name,
        "given_name": profile.given_name,
        "gender": profile.gender,
        "birthdate": profile.birthdate,
        "locale": profile.locale,
        "updated_at": profile.updated_at,
        "email": profile.email,
        "email_verified": profile.email_verified if profile.email else None,
        "phone_number": profile.phone_number,
        "phone_number_verified": profile.phone_number_verified if profile.phone_number else None,
        "address": {"formatted": profile.address} if profile.address else None,
        "identity_level": profile.identity_level,
        "personal_number": profile.personal_number,
        "organisation": profile.name if profile.kind == "organisation" else None,
        "agency": profile.agency,
        "roles": list(profile.roles),
    }
