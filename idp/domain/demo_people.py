"""The people of the demo: invented, seeded once, and shown in a table of whom to sign in as."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from idp.data import read_json
from idp.domain import accounts
from idp.domain.accounts import NewAccount
from idp.domain.authenticators import password, totp
from idp.services import Services
from idp.store import accounts as store

ACTOR = ("system", "demo")
NOT_OF_THE_ACCOUNT = ("key", "sign_in", "words", "totp", "key_file")


@dataclass(frozen=True)
class DemoPerson:
    """Somebody to sign in as. ``words`` say who it is, by language."""

    key: str
    name: str
    sign_in_name: str
    password: str
    words: Mapping[str, str]
    has_codes: bool = False
    """Whether they own an application that shows one-time codes, as officials do."""


def demo_people() -> Sequence[DemoPerson]:
    """Give everybody, in the order of the table."""
    content = read_json("demo_people.json")
    return [
        DemoPerson(
            row["key"], row["name"], _shown(row[row["sign_in"]]), content["password"], row["words"], "totp" in row
        )
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
            if "totp" in row:
                store.add_authenticator(connection, totp.new_row(services, account_id, row["totp"]))
    return len(missing)


def demo_subjects(services: Services, client_id: str) -> dict[str, tuple[str, str]]:
    """Give who each of the demo's people is to one client, with their name, by key; for what the demo seeds there."""
    client = services.clients.get(client_id)
    if client is None:
        return {}
    found = {}
    for row in read_json("demo_people.json")["people"]:
        with services.database.read() as connection:
            account = accounts.find_by_name(connection, services.sealer, row[row["sign_in"]])
        if account is not None and account.demo:
            found[row["key"]] = services.subjects.of(account.id, client.subject_sector), row["name"]
    return found


def present_codes(services: Services) -> list[tuple[str, str]]:
    """Give name and present one-time code of everybody in the demo who has one; only ever shown by the demo."""
    content = read_json("demo_people.json")
    shown = []
    with services.database.read() as connection:
        for row in content["people"]:
            account = accounts.find_by_name(connection, services.sealer, row[row["sign_in"]]) if "totp" in row else None
            if account is not None and account.demo:
                codes = totp.current_codes(connection, services.sealer, account.id, services.clock())
                shown += [(row["name"], code) for code in codes]
    return shown


def _is_there(services: Services, row: Mapping[str, Any]) -> bool:
    with services.database.read() as connection:
        return accounts.find_by_name(connection, services.sealer, row[row["sign_in"]]) is not None


def _shown(name: str) -> str:
    """Give a name the way people type it: a Vietnamese phone begins with a zero."""
    return f"0{name[3:]}" if name.startswith("+84") else name
