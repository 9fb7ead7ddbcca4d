"""What the built-in authorities are and what each may issue, as data (``profiles.json``; RFC 5280 §4.2).

Reading the data and nothing else: building certificates after a profile is ``certificate``'s, checking them against it
``lint``'s.
"""

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

CLIENT_AUTHENTICATION = "1.3.6.1.5.5.7.3.2"
OCSP_SIGNING = "1.3.6.1.5.5.7.3.9"
CA_USAGE = ("key_cert_sign", "crl_sign")


@dataclass(frozen=True)
class AuthorityProfile:
    """One authority. ``issuer`` is None for a root; ``days`` how long its certificate is valid."""

    name: str
    hierarchy: str
    """``public`` or ``government``."""
    issuer: str | None
    days: int
    path_length: int
    organization: str
    common_name: str


@dataclass(frozen=True)
class Profile:
    """One kind of end-entity certificate; usages and purposes are exactly those listed."""

    name: str
    authority: str
    account_kinds: tuple[str, ...]
    signs_in: bool
    days: int
    subject: tuple[str, ...]
    key_usage: tuple[str, ...]
    extended_key_usage: tuple[str, ...]
    policy: str | None


class UnknownProfile(Exception):
    """There is no profile, or no authority, of that name."""


@cache
def _data() -> Any:
    return json.loads(files("keys.authority").joinpath("profiles.json").read_text(encoding="utf-8"))


@cache
def authorities() -> dict[str, AuthorityProfile]:
    """Give every authority by its name, an issuer before those below it."""
    return {row["name"]: AuthorityProfile(**row) for row in _data()["authorities"]}


@cache
def profiles() -> dict[str, Profile]:
    """Give every end-entity profile by its name."""
    return {row["name"]: _profile(**row) for row in _data()["profiles"]}


@cache
def responder_profile() -> Profile:
    """Give the profile of OCSP signing certificates (RFC 6960 §4.2.2.2), the same below every authority."""
    return _profile(name="ocsp", authority="", account_kinds=(), signs_in=False, subject=(), policy=None,
                    **_data()["responder"])  # fmt: skip


def profile(name: str) -> Profile:
    """Give one profile.

    :raises UnknownProfile: when there is none of that name.
    """
    found = profiles().get(name)
    if found is None:
        raise UnknownProfile(name)
    return found


def profile_for(account_kind: str) -> Profile | None:
    """Give the profile of certificates with which accounts of a kind sign in, or None."""
    return next((each for each in profiles().values() if each.signs_in and account_kind in each.account_kinds), None)


def _profile(**row: Any) -> Profile:
    lists = ("account_kinds", "subject", "key_usage", "extended_key_usage")
    return Profile(**{**row, **{name: tuple(row[name]) for name in lists}})
