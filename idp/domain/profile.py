"""What is known of a person, opened from its sealed columns: the source of every claim (OpenID Connect Core §5.1).

Reads only. Which of it a portal may have is left to ``release``; how it gets here, to ``accounts``.
"""

import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import Connection

from idp.store import accounts as store
from idp.store.accounts import AccountRow
from keys.sealing import Sealer


class Profile(NamedTuple):
    """One account in the clear. Keep it no longer than the answer takes, and out of logs and audit.

    ``kind`` is citizen, organisation or official; ``state`` active, frozen or closed; ``updated_at`` Unix seconds.
    """

    account_id: str
    kind: str
    state: str
    identity_level: int
    name: str
    family_name: str | None
    middle_name: str | None
    given_name: str | None
    birthdate: str | None
    """``YYYY-MM-DD``."""
    gender: str | None
    """``female`` or ``male`` (OpenID Connect Core §5.1)."""
    address: str | None
    """The whole address in one text, lines separated by commas (``formatted``, §5.1.1)."""
    phone_number: str | None
    """E.164."""
    phone_number_verified: bool
    email: str | None
    email_verified: bool
    personal_number: str | None
    """Only where it is proofed: a claimed number is released to nobody (design, identity)."""
    organisation_code: str | None
    """Tax or enterprise code of an organisation, only where it is proofed."""
    agency: str | None
    roles: tuple[str, ...]
    locale: str
    updated_at: int


SEALED = frozenset({"name", "birth date", "address", "phone", "email", "personal number", "organisation code"})
"""The sealed columns of an account, as ``SealedColumns`` names them."""


def load_profile(
    connection: Connection, sealer: Sealer, account_id: str, columns: Collection[str] = SEALED
) -> Profile | None:
    """Give what is known of one account, or None where there is none; ``columns`` as in ``open_profile``."""
    row = store.find(connection, account_id)
    return None if row is None else open_profile(row, sealer, columns)


def open_profile(row: AccountRow, sealer: Sealer, columns: Collection[str] = SEALED) -> Profile:
    """Open the sealed columns of an account.

    :param columns: the only ones to open; in the profile the others are as if they were empty.
    """
    sealed = SealedColumns(sealer, row.id, columns)
    name = sealed.open(row.name_sealed, "name") or ""
    family, middle, given = (None, None, None) if row.kind == "organisation" else split_name(name)
    proofed = row.personal_number_proofed is not None
    return Profile(
        account_id=row.id,
        kind=row.kind,
        state=row.state,
        identity_level=row.identity_level,
        name=name,
        family_name=family,
        middle_name=middle,
        given_name=given,
        birthdate=sealed.open(row.birth_date_sealed, "birth date"),
        gender=row.gender,
        address=sealed.open(row.address_sealed, "address"),
        phone_number=sealed.open(row.phone_sealed, "phone"),
        phone_number_verified=row.phone_confirmed,
        email=sealed.open(row.email_sealed, "email"),
        email_verified=row.email_confirmed,
        personal_number=sealed.open(row.personal_number_sealed, "personal number") if proofed else None,
        organisation_code=sealed.open(row.organisation_code_sealed, "organisation code"),
        agency=row.agency,
        roles=row.roles,
        locale=row.locale,
        updated_at=row.updated_at,
    )


@dataclass(frozen=True)
class SealedColumns:
    """Seals and opens the personal columns of one account.

    The account's identifier is part of each purpose, so that whoever can write to the database cannot pass one
    person's sealed number off as another's by copying it into another row.
    """

    sealer: Sealer
    account_id: str
    opened: Collection[str] = SEALED
    """Those that ``open`` opens; what nobody asked for need not stand in memory in the clear."""

    def seal(self, text: str, column: str) -> bytes:
        """Seal a column's text."""
        return self.sealer.seal(text.encode(), self._purpose(column))

    def seal_or_none(self, text: str | None, column: str) -> bytes | None:
        """Seal a column's text; nothing stays nothing."""
        return None if text is None else self.seal(text, column)

    def open(self, sealed: bytes | None, column: str) -> str | None:
        """Open a column's text; nothing stays nothing, and so does what is not to be opened.

        :raises keys.sealing.SealBroken: when it is not what was sealed for this column of this account.
        """
        return (
            None
            if sealed is None or column not in self.opened
            else self.sealer.open(sealed, self._purpose(column)).decode()
        )

    def _purpose(self, column: str) -> str:
        return f"account {self.account_id} {column}"


def name_fingerprint(sealer: Sealer, name: str) -> str:
    """Give the keyed hash by which a whole name is found, however its marks, capitals and spaces were typed."""
    return sealer.fingerprint(folded(name), "name")


def folded(name: str) -> str:
    """Give a name in small letters without marks, single spaces: Đặng Thị Hồng is dang thi hong."""
    plain = unicodedata.normalize("NFD", name.replace("đ", "d").replace("Đ", "D"))
    return " ".join("".join(letter for letter in plain if not unicodedata.combining(letter)).casefold().split())


def split_name(name: str) -> tuple[str | None, str | None, str | None]:
    """Give family, middle and given name of a Vietnamese full name, which is written in that order.

    "Nguyễn Thị Minh Khai" is Nguyễn, Thị Minh, Khai. A single word is a given name.
    """
    words = name.split()
    if len(words) < 2:
        return None, None, words[0] if words else None
    return words[0], " ".join(words[1:-1]) or None, words[-1]
