"""Everybody in a database of any size, made anew from a number: rows that the product opens, names that it finds.

Whoever asks for number 4,711 gets the same account, session and refresh token each time, so nothing has to be remembered
between filling and asking. Sealed columns are sealed for their own account and look-ups are the product's keyed hashes.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from idp.domain.clients import Client
from idp.domain.consents import LIFETIME as CONSENT_LIFETIME
from idp.domain.profile import SealedColumns, name_fingerprint
from idp.domain.sessions import hash_cookie
from idp.domain.tokens import Grant, hash_token
from idp.store.accounts import AccountRow, AuthenticatorRow
from idp.store.grants import FamilyRow, values_of
from idp.store.sessions import SessionRow
from keys.sealing import Sealer

PORTALS = 10
"""Portals that somebody who is active agreed with; each has a session and a refresh family of its own."""
ACTIVE = 100_000
"""Accounts that are active, spread evenly over the whole range."""
SCOPES = ("openid", "profile")
FAMILIES = ("Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Huỳnh", "Phan", "Vũ", "Võ", "Đặng", "Bùi", "Đỗ", "Hồ", "Ngô")
MIDDLES = ("Thị", "Văn", "Minh", "Thị Thu", "Hữu", "Đức", "Ngọc", "Quang", "Thùy", "Xuân", "Thị Minh", "Công", "Bảo")
GIVEN = ("Anh", "Khai", "Dương", "Hùng", "Lan", "Phương", "Tuấn", "Hà", "Sơn", "Thảo", "Quân", "Yến", "Đạt", "Mai")
NAMES = tuple(f"{family} {middle} {given}" for family in FAMILIES for middle in MIDDLES for given in GIVEN)
VARIES = "\0"
"""Stands in a row for what differs from one to the next."""


@dataclass(frozen=True)
class Row:
    """A row as COPY reads it: what all have in common is written once, from the product's own dataclass."""

    columns: tuple[str, ...]
    line: str
    """A template of ``%``, one place for each column that varies, in the columns' order."""

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
class Town:
    """Everybody, by number.

    :param now: Unix seconds at which it is filled.
    :param portals: ten registered clients, all of one sector.
    :param password: the hash of everybody's password.
    """

    sealer: Sealer
    accounts: int
    now: int
    portals: Sequence[Client]
    password: str

    @property
    def active(self) -> int:
        """How many accounts have sessions, families and agreements."""
        return min(self.accounts, ACTIVE)

    @property
    def grants(self) -> int:
        """How many sessions, families and agreements there are of each."""
        return self.active * PORTALS

    def account_of_grant(self, grant: int) -> str:
        """Give the identifier of the account that a session, family or agreement is of."""
        return account_id(grant // PORTALS * (self.accounts // self.active))

    def portal_of_grant(self, grant: int) -> Client:
        """Give the portal of a family or agreement."""
        return self.portals[grant % PORTALS]

    def grant(self, number: int) -> Grant:
        """Give what was granted, as the product keeps it with a family."""
        return Grant(
            gid=uuid_of("family", number),
            account_id=self.account_of_grant(number),
            client_id=self.portal_of_grant(number).client_id,
            sid=uuid_of("session", number),
            scopes=SCOPES,
            auth_time=self.now,
            acr="1",
            amr=("pwd",),
        )

    def account_rows(self) -> tuple[Row, Iterator[str]]:
        """Give every account: a citizen with name, date of birth, proofed number and phone, each sealed."""
        account = AccountRow(
            id=VARIES,
            kind="citizen",
            state="active",
            identity_level=2,
            name_sealed=b"",
            created_at=self.now,
            updated_at=self.now,
            gender="female",
            phone_confirmed=True,
        )
        whole = members(account) | {"roles": "[]"}
        sealed = ("name_sealed", "birth_date_sealed", "personal_number_sealed", "phone_sealed")
        row = Row.of(whole | dict.fromkeys((*sealed, "name_fingerprint", "personal_number_proofed"), VARIES))
        return row, self._account_lines(row)

    def _account_lines(self, row: Row) -> Iterator[str]:
        line, seal_for = row.line, self.sealer
        fingerprints = [name_fingerprint(self.sealer, name) for name in NAMES]
        for number in range(self.accounts):
            who, place = account_id(number), number % len(NAMES)
            personal = personal_number(number)
            columns = SealedColumns(seal_for, who)
            yield line % (
                who,
                _bytes(columns.seal(NAMES[place], "name")),
                fingerprints[place],
                _bytes(columns.seal("1990-05-19", "birth date")),
                _bytes(columns.seal(personal, "personal number")),
                self.sealer.fingerprint(personal, "personal_number"),
                _bytes(columns.seal(phone(number), "phone")),
            )

    def name_rows(self) -> tuple[Row, Iterator[str]]:
        """Give every sign-in name: a phone and a personal number for each account."""
        row = Row.of({"fingerprint": VARIES, "account_id": VARIES, "kind": VARIES})
        return row, self._name_lines(row.line)

    def _name_lines(self, line: str) -> Iterator[str]:
        fingerprint = self.sealer.fingerprint
        for number in range(self.accounts):
            who = account_id(number)
            yield line % (fingerprint(phone(number), "phone"), who, "phone")
            yield line % (fingerprint(personal_number(number), "personal_number"), who, "personal_number")

    def authenticator_rows(self) -> tuple[Row, Iterator[str]]:
        """Give everybody's password, its hash sealed for its own account."""
        row = Row.of(members(AuthenticatorRow(VARIES, VARIES, "password", self.now)) | {"secret": VARIES})
        hashed, seal = self.password.encode(), self.sealer.seal
        ids = ((number, account_id(number)) for number in range(self.accounts))
        sealed = ((number, who, seal(hashed, f"account {who} password")) for number, who in ids)
        return row, (row.line % (uuid_of("password", number), who, _bytes(each)) for number, who, each in sealed)

    def subject_rows(self) -> tuple[Row, Iterator[str]]:
        """Give who everybody is to the portals' sector."""
        row = Row.of({"account_id": VARIES, "sector": self.portals[0].subject_sector, "sub": VARIES})
        numbers = range(self.accounts)
        return row, (row.line % (account_id(each), uuid_of("subject", each)) for each in numbers)

    def session_rows(self) -> tuple[Row, Iterator[str]]:
        """Give the sessions.

        They are dated half an hour ahead, so that none is due to have its last visit written: that costs every size
        the same, and whether it falls due would depend on how long filling took.
        """
        factors = [{"kind": "password", "amr": "pwd", "strength": 1, "at": self.now}]
        seen = self.now + 1800
        session = SessionRow(VARIES, VARIES, VARIES, self.now, self.now, seen, self.now + 43200, 2, factors)
        row = Row.of(members(session) | {"factors": json.dumps(factors)})
        return row, self._by_grant(
            row, lambda number: (uuid_of("session", number), hash_cookie(cookie(number)), self.account_of_grant(number))
        )

    def family_rows(self) -> tuple[Row, Iterator[str]]:
        """Give the refresh families, each bound to its session."""
        grant = Grant(VARIES, VARIES, VARIES, VARIES, SCOPES, self.now, "1", ("pwd",))
        family = FamilyRow(
            gid=VARIES,
            handle_hash=VARIES,
            current_hash=VARIES,
            generation=1,
            account_id=VARIES,
            client_id=VARIES,
            sid=VARIES,
            bound_to_session=1,
            grant=grant.as_json(),
            created_at=self.now,
            rotated_at=self.now,
            idle_at=self.now + 86400,
            expires_at=self.now + 90 * 86400,
        )
        values = values_of(family)
        row = Row.of(values | {"grant": values["grant"].replace(json.dumps(VARIES)[1:-1], VARIES)})
        return row, self._by_grant(row, self._family)

    def _family(self, number: int) -> tuple[str, ...]:
        token, gid, sid = refresh_token(number), uuid_of("family", number), uuid_of("session", number)
        who, portal = self.account_of_grant(number), self.portal_of_grant(number).client_id
        hashes = hash_token(token.partition(".")[0]), hash_token(token)
        return gid, *hashes, who, portal, sid, gid, who, portal, sid

    def session_client_rows(self) -> tuple[Row, Iterator[str]]:
        """Give the portal of each session."""
        row = Row.of({"sid": VARIES, "client_id": VARIES, "sub": VARIES, "since": self.now})
        step = self.accounts // self.active
        return row, self._by_grant(
            row,
            lambda number: (
                uuid_of("session", number),
                self.portal_of_grant(number).client_id,
                uuid_of("subject", number // PORTALS * step),
            ),
        )

    def consent_rows(self) -> tuple[Row, Iterator[str]]:
        """Give the agreements: ten for everybody who is active."""
        purposes = self.portals[0].purposes
        row = Row.of(
            {
                "account_id": VARIES,
                "client_id": VARIES,
                "scopes": json.dumps(SCOPES),
                "refused_claims": "[]",
                "version": 1,
                "purposes": purposes,
                "granted_at": self.now,
                "expires_at": self.now + CONSENT_LIFETIME,
            }
        )
        return row, self._by_grant(
            row, lambda number: (self.account_of_grant(number), self.portal_of_grant(number).client_id)
        )

    def _by_grant(self, row: Row, cells: Callable[[int], Iterable[str]]) -> Iterator[str]:
        return (row.line % tuple(cells(number)) for number in range(self.grants))


def members(row: Any) -> dict[str, Any]:
    """Give a row's columns, whether it is kept as a named tuple or as a dataclass."""
    return dict(row._asdict() if hasattr(row, "_asdict") else row.__dict__)


def uuid_of(kind: str, number: int) -> str:
    """Give an identifier in the shape of a UUID, scattered over the index like a random one."""
    text = hashlib.md5(b"%b %d" % (kind.encode(), number), usedforsecurity=False).hexdigest()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def account_id(number: int) -> str:
    """Give the identifier of an account."""
    return uuid_of("account", number)


def phone(number: int) -> str:
    """Give an account's phone (E.164)."""
    return f"+849{number:08d}"


def personal_number(number: int) -> str:
    """Give an account's proofed number."""
    return f"001{number:09d}"


def cookie(grant: int) -> str:
    """Give the value of a session's cookie."""
    return f"cookie-of-session-number-{grant}"


def refresh_token(grant: int) -> str:
    """Give a family's first token."""
    return f"handle-{grant}.secret-of-family-number-{grant}"


def _bytes(sealed: bytes) -> str:
    return rf"\\x{sealed.hex()}"
