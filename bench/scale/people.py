"""Everybody in a database of any size, made anew from a number: who they are, how they sign in, what they granted.

Whoever asks for number 4,711 gets the same account, session and refresh token each time, so nothing has to be remembered
between filling and asking. How they are written down is left to ``rows``.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from idp.domain.clients import Client
from idp.domain.grant import Grant
from keys.sealing import Sealer

PORTALS = 10
"""Portals that somebody who is active agreed with; each has a session and a refresh family of its own."""
ACTIVE = 100_000
"""Accounts that are active, spread evenly over the whole range: those that are asked about."""
SCOPES = ("openid", "profile")
FAMILIES = ("Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Huỳnh", "Phan", "Vũ", "Võ", "Đặng", "Bùi", "Đỗ", "Hồ", "Ngô")
MIDDLES = ("Thị", "Văn", "Minh", "Thị Thu", "Hữu", "Đức", "Ngọc", "Quang", "Thùy", "Xuân", "Thị Minh", "Công", "Bảo")
GIVEN = ("Anh", "Khai", "Dương", "Hùng", "Lan", "Phương", "Tuấn", "Hà", "Sơn", "Thảo", "Quân", "Yến", "Đạt", "Mai")
NAMES = tuple(f"{family} {middle} {given}" for family in FAMILIES for middle in MIDDLES for given in GIVEN)
SIGNED_IN_WITHIN = 6 * 3600
"""Seconds before the filling in which all sessions and families began, one after the other."""
_STRIDE = 618_041
"""A prime, so that a person's grants lie far apart in the order of time, and every number has a place of its own in it."""


@dataclass(frozen=True)
class Town:
    """Everybody, by number.

    :param now: Unix seconds at which it is filled.
    :param portals: ten registered clients, all of one sector.
    :param password: the hash of everybody's password.
    :param most_active: how many are active at most.
    """

    sealer: Sealer
    accounts: int
    now: int
    portals: Sequence[Client]
    password: str
    most_active: int = ACTIVE

    @property
    def active(self) -> int:
        """How many accounts have sessions, families and agreements, and rows that are sealed for themselves."""
        return min(self.accounts, self.most_active)

    @property
    def grants(self) -> int:
        """How many sessions, families and agreements there are of each."""
        return self.active * PORTALS

    def active_account(self, place: int) -> int:
        """Give the number of the account that is active at that place, from 0."""
        return place * self.accounts // self.active

    def active_among(self, numbers: range) -> frozenset[int]:
        """Give those of a range of accounts that are active."""
        first, beyond = (-(-number * self.active // self.accounts) for number in (numbers.start, numbers.stop))
        return frozenset(self.active_account(place) for place in range(first, beyond))

    def account_of_grant(self, grant: int) -> str:
        """Give the identifier of the account that a session, family or agreement is of."""
        return account_id(self.active_account(grant // PORTALS))

    def portal_of_grant(self, grant: int) -> Client:
        """Give the portal of a family or agreement."""
        return self.portals[grant % PORTALS]

    def began(self, grant: int) -> float:
        """Give when a session and its family began, in Unix seconds."""
        return self.now - SIGNED_IN_WITHIN * (1 - grant * _STRIDE % self.grants / self.grants)

    def grants_by_time(self) -> Sequence[int]:
        """Give the numbers of all grants, the one that began first at the front."""
        back = pow(_STRIDE, -1, self.grants)
        return [place * back % self.grants for place in range(self.grants)]

    def session_id(self, grant: int) -> str:
        """Give the identifier of a session."""
        return uuid_in_time("session", grant, self.began(grant))

    def family_id(self, grant: int) -> str:
        """Give the identifier of a family."""
        return uuid_in_time("family", grant, self.began(grant))

    def grant(self, number: int) -> Grant:
        """Give what was granted, as the product keeps it with a family."""
        return Grant(
            gid=self.family_id(number),
            account_id=self.account_of_grant(number),
            client_id=self.portal_of_grant(number).client_id,
            sid=self.session_id(number),
            scopes=SCOPES,
            auth_time=int(self.began(number)),
            acr="1",
            amr=("pwd",),
        )


def uuid_of(kind: str, number: int) -> str:
    """Give an identifier scattered over its index like the product's random ones (UUID version 4)."""
    text = _digits(kind, number)
    return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-a{text[17:20]}-{text[20:]}"


def uuid_in_time(kind: str, number: int, at: float) -> str:
    """Give an identifier in the order of time like the product's (``idp.identifiers``; UUID version 7)."""
    when, text = f"{int(at * 1000):012x}", _digits(kind, number)
    return f"{when[:8]}-{when[8:]}-7{text[13:16]}-a{text[17:20]}-{text[20:]}"


def _digits(kind: str, number: int) -> str:
    return hashlib.md5(b"%b %d" % (kind.encode(), number), usedforsecurity=False).hexdigest()


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
