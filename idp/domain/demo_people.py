"""The people of the demo: invented, seeded once, and shown in a table of whom to sign in as."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from idp.data import read_json
from idp.domain import accounts
from idp.domain.accounts import NewAccount
from idp.domain.authenticators import password
from idp.services import Services

ACTOR = ("system", "demo")
NOT_OF_THE_ACCOUNT = ("key", "sign_in", "words")


@dataclass(frozen=True)
class DemoPerson:
    """Somebody to sign in as. ``words`` say who it is, by language."""

    key: str
    name: str
    sign_in_name: str
    password: str
    words: Mapping[str, str]


def demo_people() -> Sequence[DemoPerson]:
    """Give everybody, in the order of the table."""
    content = read_json("demo_people.json")
    return [
        DemoPerson(row["key"], row["name"], _shown(row[row["sign_in"]]), content["password"], row["words"])
        for row in content["people"]
    ]


def seed_demo_people(services: Services) -> int:
    """Make the accounts that are not there yet; gives how many. Only ever called by the demo.

    Level 2 comes first, so that who claims a proofed number is seeded as what they are: a mere claim.
    """
    content = read_json("demo_people.json")
    missing = [row for row in content["people"] if not _is_there(services, row)]
    for row in missing:
        # Hashed before the transaction begins, each with a salt of its own, as for anybody else.
        hashed, at = services.passwords.hash(content["password"]), services.clock()
        new = NewAccount(**{name: value for name, value in row.items() if name not in NOT_OF_THE_ACCOUNT}, demo=True)
        with services.database.write() as connection:
            account_id = accounts.create(connection, services.sealer, new, at=at, actor=ACTOR)
            password.keep(connection, services.sealer, account_id, hashed, at=int(at))
    return len(missing)


def _is_there(services: Services, row: Mapping[str, Any]) -> bool:
    with services.database.read() as connection:
        return accounts.find_by_name(connection, services.sealer, row[row["sign_in"]]) is not None


def _shown(name: str) -> str:
    """Give a name the way people type it: a Vietnamese phone begins with a zero."""
    return f"0{name[3:]}" if name.startswith("+84") else name
