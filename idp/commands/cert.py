"""``motcua cert``: issues, lists, shows, suspends and revokes certificates of the built-in authority.

Non-interactive. Nothing here makes or shows a private key; revoking has every consequence that it has in the console.
"""

import json
from datetime import UTC, datetime
from typing import Any, BinaryIO

import click
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from idp.commands.provider import OPERATOR, opened_provider
from idp.domain import accounts, audit, certificates
from idp.domain.audit import Action
from idp.domain.certificates import CertificateRow, Consequence
from idp.domain.certificates.authorities import hold_ceremony, open_vault
from idp.services import Services
from idp.store import accounts as accounts_store
from keys.authority import profiles
from keys.authority.reasons import FOR_GOOD
from keys.authority.vault import Vault

as_json_option = click.option("--json", "as_json", is_flag=True, help="Give the result as JSON.")
LONGEST = 8192


@click.group()
def cert() -> None:
    """Certificates of the built-in authority."""


@cert.command()
@as_json_option
def ceremony(as_json: bool) -> None:
    """Make the roots and the authorities below them that are not there yet."""
    with opened_provider() as services:
        made = hold_ceremony(services, _vault(services), actor=OPERATOR)
    click.echo(json.dumps({"made": made}) if as_json else "\n".join(made))


@cert.command(name="issue")
@click.argument("account", metavar="ID|NAME")
@click.argument("request", type=click.File("rb"), metavar="FILE|-")
@click.option("--profile", default="", help=f"One of {', '.join(profiles.profiles())}; by default the account's own.")
@as_json_option
def issue(account: str, request: BinaryIO, profile: str, as_json: bool) -> None:
    """Issue a certificate for the key of a request (PKCS #10, PEM or DER); its subject comes from the account."""
    content = _request(request.read(LONGEST))
    with opened_provider() as services:
        account_id = _account(services, account)
        row = certificates.issue(
            services, _vault(services), account_id, content, key_place="file", profile=profile, actor=OPERATOR
        )
        shown = _opened(services, row)
    click.echo(json.dumps(shown, ensure_ascii=False) if as_json else shown["pem"], nl=as_json)


@cert.command(name="list")
@click.option("--subject", default="", help="The name of whom they are for, with or without marks.")
@click.option("--account", default="", metavar="ID|NAME", help="Whose they are.")
@click.option("--status", type=click.Choice(["good", "on-hold", "revoked"]))
@click.option("--after", default="", help="Go on behind this serial number.")
@click.option("--limit", type=click.IntRange(1, 1000), default=100, show_default=True)
@as_json_option
def list_certificates(subject: str, account: str, as_json: bool, **given: Any) -> None:
    """List certificates by what is not personal; `cert show` gives one in full, and is recorded."""
    with opened_provider() as services:
        account_id = _account(services, account) if account else ""
        rows = certificates.find(services, subject=subject, account_id=account_id, **given)
    if as_json:
        click.echo(json.dumps([_facts(row) for row in rows]))
        return
    for row in rows:
        click.echo(f"{row.serial}  {row.profile:18} {row.status:8} {_day(row.not_after)}  {row.account_id}")


@cert.command()
@click.argument("serial")
@click.option("--reason", default="operator", show_default=True, help="One word for the audit trail.")
@as_json_option
def show(serial: str, reason: str, as_json: bool) -> None:
    """Show one certificate in full, with what its revocation brought about. Who looked, and why, is recorded."""
    with opened_provider() as services:
        row = certificates.get(services, serial)
        with services.database.write() as connection:
            entry = audit.entry(
                Action.PERSONAL_DATA_READ,
                services.clock(),
                actor=OPERATOR,
                object=("certificate", row.serial),
                account_id=row.account_id,
                reason=reason,
            )
            audit.record(connection, entry)
        _print(_opened(services, row), certificates.consequences(services, row.serial), as_json)


@cert.command()
@click.argument("serial")
@click.option("--reason", required=True, type=click.Choice([each.value for each in FOR_GOOD]), help="RFC 5280 §5.3.1.")
@as_json_option
def revoke(serial: str, reason: str, as_json: bool) -> None:
    """Revoke a certificate for good: status, sign-in, its sessions and their tokens at once; CRL and portals follow."""
    with opened_provider() as services:
        found = certificates.get(services, serial)
        done = certificates.revoke(services, found.serial, reason, actor=OPERATOR)
        _print(_facts(certificates.get(services, found.serial)), done, as_json)


@cert.command()
@click.argument("serial")
@as_json_option
def hold(serial: str, as_json: bool) -> None:
    """Suspend a certificate until it is released or revoked, with the same consequences."""
    with opened_provider() as services:
        found = certificates.get(services, serial)
        done = certificates.hold(services, found.serial, actor=OPERATOR)
        _print(_facts(certificates.get(services, found.serial)), done, as_json)


@cert.command()
@click.argument("serial")
@as_json_option
def release(serial: str, as_json: bool) -> None:
    """End a suspension; sessions that were ended stay ended."""
    with opened_provider() as services:
        row = certificates.release(services, serial, actor=OPERATOR)
        _print(_facts(row), [], as_json)


def _vault(services: Services) -> Vault:
    try:
        vault = open_vault(services.settings)
    except (ValueError, OSError) as trouble:
        raise click.ClickException(f"MOTCUA_AUTHORITY_KEY_FILE cannot be used: {trouble}") from None
    if vault is None:
        raise click.ClickException(
            "there is no authority here: set MOTCUA_AUTHORITY_KEY_FILE, then motcua cert ceremony"
        )
    return vault


def _account(services: Services, typed: str) -> str:
    with services.database.read() as connection:
        row = accounts_store.find(connection, typed) or accounts.find_by_name(connection, services.sealer, typed)
    if row is None:
        raise click.ClickException("there is no account of this identifier or name")
    return row.id


def _request(content: bytes) -> bytes:
    if not content.lstrip().startswith(b"-----BEGIN"):
        return content
    try:
        return x509.load_pem_x509_csr(content).public_bytes(Encoding.DER)
    except ValueError:
        raise click.ClickException("this is no certification request (PKCS #10)") from None


def _facts(row: CertificateRow) -> dict[str, Any]:
    """What of a certificate is nobody's secret."""
    return {
        "serial": row.serial,
        "profile": row.profile,
        "authority": row.authority,
        "account": row.account_id,
        "key_place": row.key_place,
        "status": row.status,
        "since": row.since,
        "reason": row.reason,
        "not_before": row.not_before,
        "not_after": row.not_after,
    }


def _opened(services: Services, row: CertificateRow) -> dict[str, Any]:
    with services.database.read() as connection:
        found = certificates.opened(connection, services.sealer, row.serial)
    pem = found.certificate.public_bytes(Encoding.PEM).decode()
    return {**_facts(row), "subject": found.subject, "pem": pem}


def _print(facts: dict[str, Any], done: list[Consequence], as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps({**facts, "consequences": [each.__dict__ for each in done]}, ensure_ascii=False))
        return
    for name, value in facts.items():
        if name != "pem":
            click.echo(f"{name:12} {'-' if value in (None, '') else value}")
    for each in done:
        click.echo(f"{each.state:8} {each.kind:10} {each.target}")


def _day(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).date().isoformat()
