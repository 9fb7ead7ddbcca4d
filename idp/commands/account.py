"""``motcua account``: makes, lists, shows, freezes, thaws and closes accounts.

Non-interactive; a password is read from standard input only, so that none stands in a process list or history.
"""

import json
import sys
from typing import Any

import click

from idp.commands.account_recovery import recover
from idp.commands.account_roles import role
from idp.commands.named_account import find_account
from idp.commands.provider import OPERATOR, opened_provider
from idp.domain import account_stop, accounts, agencies, audit, proofing, sign_in_names
from idp.domain.accounts import Kind, NewAccount
from idp.domain.audit import Action
from idp.domain.authenticators import password, password_rules
from idp.domain.profile import Profile, load_profile
from idp.errors import Refusal
from idp.services import Services
from idp.store import accounts as store
from idp.words import mark

PASSWORD_FLOOR = 8
"""Characters that no password goes without, whoever sets it (NIST SP 800-63B-4 §3.1.1.2)."""

as_json_option = click.option("--json", "as_json", is_flag=True, help="Give the result as JSON.")
reason_option = click.option("--reason", default="operator", show_default=True, help="One word for the audit trail.")


@click.group()
def account() -> None:
    """People's, officials' and organisations' accounts."""


account.add_command(recover)
account.add_command(role)


@account.command()
@click.option("--name", required=True, help="The full name, family name first.")
@click.option("--personal-id", "personal_number", help="12 digits; proofed with --level 2, only claimed with 1.")
@click.option("--organisation-code", help="The tax or enterprise code of an organisation.")
@click.option("--level", "identity_level", type=click.IntRange(1, 2), default=1, show_default=True, help="Identity.")
@click.option("--kind", type=click.Choice(accounts.KINDS), help="Official where a role is given, else citizen.")
@click.option("--phone", help="A phone that you know to be theirs; they sign in with it.")
@click.option("--email", help="An e-mail address that you know to be theirs; they sign in with it.")
@click.option("--birthdate", help="YYYY-MM-DD.")
@click.option("--gender", type=click.Choice(accounts.GENDERS))
@click.option("--address", help="The whole address in one line.")
@click.option("--role", "roles", multiple=True, help="A role in the agency; repeat for several.")
@click.option("--agency", help="The agency's code, such as G02 or H49.")
@click.option("--locale", type=click.Choice(accounts.LOCALES), default="vi", show_default=True)
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
@as_json_option
def add(password_stdin: bool, as_json: bool, **given: Any) -> None:
    """Make an account. With --personal-id and --level 2 it counts as proofed: the number is its sign-in name."""
    typed = _read_password() if password_stdin else None
    with opened_provider() as services:
        new = _new_account(given)
        _check_agency(services, new)
        hashed = None if typed is None else _hashed(services, typed, new)
        with services.database.write() as connection:
            at = services.clock()
            account_id = accounts.create(connection, services.sealer, new, at=at, actor=OPERATOR)
            if hashed is not None:
                password.keep(connection, services.sealer, account_id, hashed, at=int(at))
        _print(_facts(_profile(services, account_id)), as_json)


@account.command(name="list")
@click.option("--after", default="", help="Go on behind this identifier.")
@click.option("--limit", type=click.IntRange(1, 1000), default=100, show_default=True)
@as_json_option
def list_accounts(after: str, limit: int, as_json: bool) -> None:
    """List accounts by what is not personal; `account show` gives one in full, and is recorded."""
    with opened_provider() as services, services.database.read() as connection:
        rows = store.page(connection, after, limit)
    listed = [
        {
            "id": row.id,
            "kind": row.kind,
            "state": row.state,
            "identity_level": row.identity_level,
            "agency": row.agency,
            "roles": list(row.roles),
        }
        for row in rows
    ]
    if as_json:
        click.echo(json.dumps(listed))
        return
    for row in rows:
        words = [row.id, row.kind, row.state, f"level {row.identity_level}", row.agency or "-", ",".join(row.roles)]
        click.echo("  ".join(words).rstrip())


@account.command()
@click.argument("account_id", metavar="ID|NAME")
@reason_option
@as_json_option
def show(account_id: str, reason: str, as_json: bool) -> None:
    """Show one account in full, found by identifier or sign-in name. Who looked, and why, is recorded."""
    with opened_provider() as services:
        found = find_account(services, account_id)
        with services.database.write() as connection:
            entry = audit.entry(
                Action.PERSONAL_DATA_READ, services.clock(), actor=OPERATOR, object=("account", found), reason=reason
            )
            audit.record(connection, entry)
        _print({**_facts(_profile(services, found)), **_personal(_profile(services, found))}, as_json)


@account.command()
@click.argument("account_id", metavar="ID|NAME")
@click.option("--personal-id", required=True, help="12 digits, read from the person's own card.")
@click.option("--name", help="The name on the card, where it differs.")
@click.option("--birthdate", help="YYYY-MM-DD, as on the card.")
@click.option("--method", default="in_person", show_default=True, help="One word that says how it was proofed.")
@as_json_option
def proof(
    account_id: str, personal_id: str, name: str | None, birthdate: str | None, method: str, as_json: bool
) -> None:
    """Raise an account to level 2: binds the number to it and ends every other claim to that number."""
    with opened_provider() as services:
        found = find_account(services, account_id)
        with services.database.write() as connection:
            proofing.proof(
                connection,
                services.sealer,
                found,
                personal_id,
                at=services.clock(),
                actor=OPERATOR,
                method=method,
                name=name,
                birthdate=birthdate,
            )
        _print(_facts(_profile(services, found)), as_json)


@account.command()
@click.argument("account_id", metavar="ID|NAME")
@reason_option
@as_json_option
def freeze(account_id: str, reason: str, as_json: bool) -> None:
    """Freeze an account: nobody signs in to it, everything open in its name ends, its certificates are suspended."""
    with opened_provider() as services:
        found = find_account(services, account_id)
        account_stop.freeze_account(services, found, actor=OPERATOR, reason=reason)
        _print(_facts(_profile(services, found)), as_json)


@account.command()
@click.argument("account_id", metavar="ID|NAME")
@reason_option
@as_json_option
def thaw(account_id: str, reason: str, as_json: bool) -> None:
    """Open a frozen account again, or stop its closing; its certificates stay suspended until they are released."""
    with opened_provider() as services:
        found = find_account(services, account_id)
        with services.database.write() as connection:
            accounts.thaw(connection, services.sealer, found, at=services.clock(), actor=OPERATOR, reason=reason)
        _print(_facts(_profile(services, found)), as_json)


@account.command()
@click.argument("account_id", metavar="ID|NAME")
@reason_option
@as_json_option
def close(account_id: str, reason: str, as_json: bool) -> None:
    """Close an account for good and erase what is personal in it."""
    with opened_provider() as services:
        found = find_account(services, account_id)
        account_stop.close_account(services, found, actor=OPERATOR, reason=reason)
        _print(_facts(_profile(services, found)), as_json)


def _read_password() -> str:
    """Read all of standard input, less the line's end."""
    try:
        return sys.stdin.buffer.read(4096).decode().removesuffix("\n").removesuffix("\r")
    except UnicodeDecodeError:
        raise click.ClickException("the password on standard input is not UTF-8") from None


def _hashed(services: Services, typed: str, new: NewAccount) -> str:
    """Hash an operator's choice of password: what is too short or stolen is refused, the rest is only warned of."""
    mistake = password_rules.length_mistake(typed, PASSWORD_FLOOR)
    if mistake is not None or password_rules.is_common(typed):
        raise mistake or Refusal(mark("This password is on lists of common and stolen ones. Choose another."))
    try:
        personal = [text for text in (new.name, new.personal_number, new.phone, new.email) if text]
        password_rules.check(typed, personal, minimum=services.settings.password_minimum)
    except password_rules.UnfitPassword as weakness:
        click.echo(f"Warning: {weakness.message % weakness.values}", err=True)
    return services.passwords.hash(typed)


def _new_account(given: dict[str, Any]) -> NewAccount:
    members = {name: value for name, value in given.items() if value is not None}
    kind: Kind = members.pop("kind", None) or _kind(members)
    for channel, read in (("phone", sign_in_names.phone), ("email", sign_in_names.email)):
        if channel in members:
            members[channel] = read(members[channel]) or _no_such(channel)
    if "personal_number" in members:
        members["personal_number"] = sign_in_names.personal_number(members["personal_number"]) or _no_such("number")
    return NewAccount(**members, kind=kind)


def _check_agency(services: Services, new: NewAccount) -> None:
    if new.agency is not None:
        with services.database.read() as connection:
            agencies.check_code(connection, new.agency)


def _kind(members: dict[str, Any]) -> Kind:
    if members.get("organisation_code"):
        return "organisation"
    return "official" if members.get("roles") or members.get("agency") else "citizen"


def _no_such(what: str) -> str:
    words = {
        "phone": mark("This is no phone number."),
        "email": mark("This is no e-mail address."),
        "number": mark("A personal number has twelve digits."),
    }
    raise Refusal(words[what])


def _profile(services: Services, account_id: str) -> Profile:
    with services.database.read() as connection:
        profile = load_profile(connection, services.sealer, account_id)
    assert profile is not None
    return profile


def _facts(profile: Profile) -> dict[str, Any]:
    """What of an account is nobody's secret."""
    return {
        "id": profile.account_id,
        "kind": profile.kind,
        "state": profile.state,
        "identity_level": profile.identity_level,
        "agency": profile.agency,
        "roles": list(profile.roles),
    }


def _personal(profile: Profile) -> dict[str, Any]:
    names = ("name", "birthdate", "gender", "address", "phone_number", "email", "personal_number", "organisation_code")
    return {name: getattr(profile, name) for name in (*names, "locale")}


def _print(facts: dict[str, Any], as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(facts, ensure_ascii=False))
        return
    for name, value in facts.items():
        shown = ", ".join(value) if isinstance(value, list) else value
        click.echo(f"{name:18} {'-' if shown in (None, '') else shown}")
