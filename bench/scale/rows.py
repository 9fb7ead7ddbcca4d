"""Everybody's rows, as COPY reads them: whoever is active is sealed and found as the product does it, all others are noise.

Each table gives blocks of lines. What all lines have in common is written once, from the product's own dataclass; columns
with their own kind of value are left to it, so a table that gets a column more is still filled.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from bench.scale.filler import Noise
from bench.scale.people import (
    NAMES,
    PORTALS,
    SCOPES,
    Town,
    account_id,
    cookie,
    personal_number,
    phone,
    refresh_token,
    uuid_of,
)
from idp.domain.consents import LIFETIME as CONSENT_LIFETIME
from idp.domain.grant import Grant
from idp.domain.profile import SealedColumns, name_fingerprint
from idp.domain.sessions import hash_cookie
from idp.domain.tokens import hash_token
from idp.store.accounts import AccountRow, AuthenticatorRow
from idp.store.grants import FamilyRow, values_of
from idp.store.sessions import SessionRow

BIRTHDAY = "1990-05-19"
AT_ONCE = 1000
"""Accounts or grants whose lines go to COPY together."""
SESSION_LIFETIME, FAMILY_LIFETIME, FAMILY_IDLE = 43_200, 90 * 86_400, 86_400
SEEN_AHEAD = 1800
"""Seconds by which sessions' last visits are dated ahead, so that none is due to be written: that costs every size the
same, and whether it falls due would depend on how long filling took."""
VARIES = "\0"
"""Stands in a row for what differs from one to the next."""
_AUTH_TIME = 9_999_999_999
"""Stands for it in JSON, where a number is no text."""
Made = tuple["Row", Iterator[str]]


@dataclass(frozen=True)
class Row:
    """A row as COPY reads it: its columns, and a template of ``%`` with a place for each that varies, in their order."""

    columns: tuple[str, ...]
    line: str

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> "Row":
        """Make it from a row in which ``VARIES`` stands for what varies, also several times inside a text."""
        cells = (copied(value).replace("%", "%%").replace(VARIES, "%s") for value in values.values())
        return cls(tuple(f'"{name}"' for name in values), "\t".join(cells) + "\n")


def copied(value: object) -> str:
    """Write a value in the text format of COPY."""
    if value is None:
        return r"\N"
    if isinstance(value, bytes):
        return rf"\\x{value.hex()}"
    return str(value).replace("\\", r"\\").replace("\t", r"\t").replace("\n", r"\n")


@dataclass(frozen=True)
class Rows:
    """What is written of a town, table by table."""

    town: Town
    noise: Noise = field(default_factory=Noise)

    def accounts(self) -> Made:
        """Give every account: a citizen with name, date of birth, proofed number and phone, each sealed."""
        now = self.town.now
        account = AccountRow(VARIES, "citizen", "active", 2, b"", now, now, gender="female", phone_confirmed=True)
        whole = members(account) | {"roles": "[]"}
        sealed = ("name_sealed", "birth_date_sealed", "personal_number_sealed", "phone_sealed")
        row = Row.of(whole | dict.fromkeys((*sealed, "name_fingerprint", "personal_number_proofed"), VARIES))
        fingerprints = [name_fingerprint(self.town.sealer, name) for name in NAMES]
        both = self._account(row.line, fingerprints), self._other_account(row.line, fingerprints)
        return row, self._of_accounts(*both)

    def _account(self, line: str, fingerprints: list[str]) -> Callable[[int], str]:
        sealer = self.town.sealer

        def written(number: int) -> str:
            who, place, personal = account_id(number), number % len(NAMES), personal_number(number)
            columns = SealedColumns(sealer, who)
            return line % (
                who,
                copied(columns.seal(NAMES[place], "name")),
                fingerprints[place],
                copied(columns.seal(BIRTHDAY, "birth date")),
                copied(columns.seal(personal, "personal number")),
                sealer.fingerprint(personal, "personal_number"),
                copied(columns.seal(phone(number), "phone")),
            )

        return written

    def _other_account(self, line: str, fingerprints: list[str]) -> Callable[[int], str]:
        columns, sealed, keyed_hash = SealedColumns(self.town.sealer, ""), self.noise.sealed, self.noise.keyed_hash
        names = [columns.seal(name, "name") for name in NAMES]
        birthday, personal = columns.seal(BIRTHDAY, "birth date"), columns.seal(personal_number(0), "personal number")
        mobile, places = columns.seal(phone(0), "phone"), len(NAMES)

        def written(number: int) -> str:
            place = number % places
            return line % (
                account_id(number),
                sealed(names[place]),
                fingerprints[place],
                sealed(birthday),
                sealed(personal),
                keyed_hash(),
                sealed(mobile),
            )

        return written

    def sign_in_names(self) -> Made:
        """Give every sign-in name: a phone and a personal number for each account."""
        row = Row.of({"fingerprint": VARIES, "account_id": VARIES, "kind": VARIES})
        both = row.line % ("%s", "%s", "phone") + row.line % ("%s", "%s", "personal_number")
        fingerprint, keyed_hash = self.town.sealer.fingerprint, self.noise.keyed_hash

        def written(number: int) -> str:
            who, by_phone = account_id(number), fingerprint(phone(number), "phone")
            return both % (by_phone, who, fingerprint(personal_number(number), "personal_number"), who)

        def other(number: int) -> str:
            who = account_id(number)
            return both % (keyed_hash(), who, keyed_hash(), who)

        return row, self._of_accounts(written, other)

    def authenticators(self) -> Made:
        """Give everybody's password, its hash sealed for its own account."""
        password = AuthenticatorRow(VARIES, VARIES, "password", self.town.now)
        row = Row.of(members(password) | {"secret": VARIES})
        line, hashed, seal, noise = row.line, self.town.password.encode(), self.town.sealer.seal, self.noise.sealed
        like = seal(hashed, "")

        def written(number: int) -> str:
            who = account_id(number)
            return line % (uuid_of("password", number), who, copied(seal(hashed, f"account {who} password")))

        return row, self._of_accounts(
            written, lambda number: line % (uuid_of("password", number), account_id(number), noise(like))
        )

    def subjects(self) -> Made:
        """Give who everybody is to the portals' sector."""
        row = Row.of({"account_id": VARIES, "sector": self.town.portals[0].subject_sector, "sub": VARIES})
        line = row.line

        def written(number: int) -> str:
            return line % (account_id(number), uuid_of("subject", number))

        return row, self._of_accounts(written, written)

    def sessions(self) -> Made:
        """Give the sessions."""
        town = self.town
        factors = [{"kind": "password", "amr": "pwd", "strength": 1, "at": town.now}]
        when: Any = VARIES
        session = SessionRow(VARIES, VARIES, VARIES, when, when, town.now + SEEN_AHEAD, when, 2, factors)
        row = Row.of(members(session) | {"factors": json.dumps(factors)})

        def cells(number: int) -> tuple[object, ...]:
            at = int(town.began(number))
            who, kept = town.account_of_grant(number), hash_cookie(cookie(number))
            return town.session_id(number), kept, who, at, at, at + SESSION_LIFETIME

        return row, self._of_grants(row, cells)

    def refresh_families(self) -> Made:
        """Give the refresh families, each bound to its session."""
        grant = Grant(VARIES, VARIES, VARIES, VARIES, SCOPES, _AUTH_TIME, "1", ("pwd",))
        vary = ("gid", "handle_hash", "current_hash", "account_id", "client_id", "sid")
        given: dict[str, Any] = dict.fromkeys((*vary, "created_at", "rotated_at", "idle_at", "expires_at"), VARIES)
        given |= {"generation": 1, "bound_to_session": 1, "grant": grant.as_json()}
        values = values_of(FamilyRow(**given))
        kept = values["grant"].replace(json.dumps(VARIES)[1:-1], VARIES).replace(str(_AUTH_TIME), VARIES)
        row = Row.of(values | {"grant": kept})
        return row, self._of_grants(row, self._family)

    def _family(self, number: int) -> tuple[object, ...]:
        token, at = refresh_token(number), int(self.town.began(number))
        gid, sid = self.town.family_id(number), self.town.session_id(number)
        whose = self.town.account_of_grant(number), self.town.portal_of_grant(number).client_id, sid
        hashes = hash_token(token.partition(".")[0]), hash_token(token)
        return gid, *hashes, *whose, gid, *whose, at, at, at, at + FAMILY_IDLE, at + FAMILY_LIFETIME

    def session_clients(self) -> Made:
        """Give the portal of each session."""
        town = self.town
        row = Row.of({"sid": VARIES, "client_id": VARIES, "sub": VARIES, "since": VARIES})

        def cells(number: int) -> tuple[object, ...]:
            sub = uuid_of("subject", town.active_account(number // PORTALS))
            return town.session_id(number), town.portal_of_grant(number).client_id, sub, int(town.began(number))

        return row, self._of_grants(row, cells)

    def consents(self) -> Made:
        """Give the agreements: ten for everybody who is active."""
        town = self.town
        row = Row.of(
            {
                "account_id": VARIES,
                "client_id": VARIES,
                "scopes": json.dumps(SCOPES),
                "refused_claims": "[]",
                "version": 1,
                "purposes": town.portals[0].purposes,
                "granted_at": VARIES,
                "expires_at": VARIES,
            }
        )

        def cells(number: int) -> tuple[object, ...]:
            at = int(town.began(number))
            who, portal = town.account_of_grant(number), town.portal_of_grant(number).client_id
            return who, portal, at, at + CONSENT_LIFETIME

        return row, self._of_grants(row, cells)

    def _of_accounts(self, written: Callable[[int], str], other: Callable[[int], str]) -> Iterator[str]:
        for numbers in blocks(self.town.accounts):
            active = self.town.active_among(numbers)
            yield "".join([written(number) if number in active else other(number) for number in numbers])

    def _of_grants(self, row: Row, cells: Callable[[int], Iterable[object]]) -> Iterator[str]:
        """Give their lines in the order of time, in which they would have come."""
        by_time = self.town.grants_by_time()
        for places in blocks(self.town.grants):
            yield "".join([row.line % tuple(cells(by_time[place])) for place in places])


TABLES: dict[str, Callable[[Rows], Made]] = {
    "accounts": Rows.accounts,
    "sign_in_names": Rows.sign_in_names,
    "authenticators": Rows.authenticators,
    "subjects": Rows.subjects,
    "refresh_families": Rows.refresh_families,
    "sessions": Rows.sessions,
    "consents": Rows.consents,
    "session_clients": Rows.session_clients,
}
"""The dearest first, so that two processes end at about the same time."""


def blocks(count: int) -> Iterator[range]:
    """Give the numbers from 0 in blocks."""
    return (range(first, min(first + AT_ONCE, count)) for first in range(0, count, AT_ONCE))


def members(row: Any) -> dict[str, Any]:
    """Give a row's columns, whether it is kept as a named tuple or as a dataclass."""
    return dict(row._asdict() if hasattr(row, "_asdict") else row.__dict__)
