"""Whom a certificate names: read from the proofed account alone, never from what a browser sent (design, certificates).

Names are found again by a keyed hash of how they are read aloud, without marks and letter case.
"""

import unicodedata

from sqlalchemy import Connection

from idp.domain.profile import Profile, load_profile
from idp.errors import NotFound, Refusal
from idp.store import agencies
from idp.words import mark
from keys.authority.names import Subject
from keys.sealing import Sealer

LOOKUP = "certificate subject"


class NotProofed(Refusal):
    """The account's identity has not been proofed, so there is nobody whom a certificate could name."""

    status_code = 403


def proofed_profile(connection: Connection, sealer: Sealer, account_id: str) -> Profile:
    """Give the facts of an active account of level 2.

    :raises NotFound: when there is no active account of this identifier.
    :raises NotProofed: when its identity is not proofed.
    """
    profile = load_profile(connection, sealer, account_id)
    if profile is None or profile.state != "active":
        raise NotFound(mark("There is no active account of this identifier."))
    if profile.identity_level < 2:
        raise NotProofed(
            mark("A certificate names a person whom an office has proofed. Bring your identity card to one first.")
        )
    return profile


def subject_of(connection: Connection, sealer: Sealer, profile: Profile) -> Subject:
    """Give the subject of an account's certificates; an official's agency by its Vietnamese name."""
    pseudonym = sealer.fingerprint(profile.account_id, "certificate pseudonym")[:16]
    if profile.kind == "organisation":
        identifier = f"MST:{profile.organisation_code}" if profile.organisation_code else ""
        return Subject(profile.name, profile.name, identifier, pseudonym)
    identifier = f"CCCD:{profile.personal_number}" if profile.personal_number else ""
    return Subject(profile.name, _agency(connection, profile.agency), identifier, pseudonym)


def name_lookup(sealer: Sealer, name: str) -> str:
    """Give the keyed hash by which certificates of a name are found, however it is typed."""
    decomposed = unicodedata.normalize("NFD", name.replace("đ", "d").replace("Đ", "D"))
    plain = "".join(each for each in decomposed if not unicodedata.combining(each))
    return sealer.fingerprint(" ".join(plain.casefold().split()), LOOKUP)


def _agency(connection: Connection, code: str | None) -> str:
    rows = agencies.of_code(connection, code) if code else ()
    return rows[-1].name_vi if rows else ""
