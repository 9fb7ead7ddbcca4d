"""``motcua client``: registers relying parties and resource servers from the command line."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import click

from idp.commands.provider import OPERATOR, opened_provider
from idp.domain import registration, registration_tokens
from idp.domain.client_metadata import LOOPBACK_HOSTS, MetadataInvalid
from idp.domain.clients import Client
from idp.domain.release import UNSTATED_BASIS, in_need_of_legal_basis
from idp.store import clients as store

LISTS = ("redirect_uris", "post_logout_redirect_uris", "resources", "allowed_resources")
SINGLE = (
    "backchannel_logout_uri",
    "initiate_login_uri",
    "jwks_uri",
    "scope",
    "legal_basis",
)


@click.group()
def client() -> None:
    """Portals and other clients of the provider."""


@client.command()
@click.option("--name", required=True, help="The name people see, in Vietnamese.")
@click.option("--name-en", help="The name in English.")
@click.option("--redirect-uri", "redirect_uris", multiple=True, help="Where sign-in comes back to; repeat for several.")
@click.option(
    "--post-logout-redirect-uri", "post_logout_redirect_uris", multiple=True, help="Where sign-out may go to."
)
@click.option("--backchannel-logout-uri", help="Where the portal is told that a session ended.")
@click.option("--auth-method", default="client_secret_basic", show_default=True, help="How it authenticates.")
@click.option("--jwks", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Its public keys, a file.")
@click.option("--jwks-uri", help="Its public keys, an address.")
@click.option("--grant", "grants", multiple=True, help="A grant type; default authorization_code and refresh_token.")
@click.option("--scope", default="openid profile email phone", show_default=True, help="The scopes it may ask for.")
@click.option("--resource", "resources", multiple=True, help="A resource it serves (RFC 8707); repeat for several.")
@click.option(
    "--allow-resource", "allowed_resources", multiple=True, help="A resource it may ask tokens for; repeat for several."
)
@click.option("--legal-basis", help="The legal basis for scopes that need one (citizen, organisation, official).")
@click.option("--initiate-login-uri", help="Where the portal begins a sign-in that was asked for elsewhere.")
@click.option("--agency", help="The agency it belongs to, which decides the sector of its subjects.")
@click.option("--first-party", is_flag=True, help="The government's own: policy may skip the consent page.")
@click.option("--json", "as_json", is_flag=True, help="Print the registration as JSON.")
def add(
    name: str,
    name_en: str | None,
    jwks: Path | None,
    agency: str | None,
    first_party: bool,
    as_json: bool,
    **given: Any,
) -> None:
    """Register a client; its secret is shown once."""
    metadata = _metadata(name, name_en, jwks, given)
    with opened_provider() as services:
        try:
            registered = registration.register(
                services, metadata, actor=OPERATOR, by_administrator=True, agency=agency, first_party=first_party
            )
        except MetadataInvalid as reason:
            raise click.ClickException(str(reason)) from None
    answer = registration.as_json(registered)
    if as_json:
        click.echo(json.dumps(answer, ensure_ascii=False, indent=2))
    else:
        click.echo(f"client_id      {answer['client_id']}")
        click.echo(f"client_secret  {answer.get('client_secret', '(none)')}")


def _metadata(name: str, name_en: str | None, jwks: Path | None, given: dict[str, Any]) -> dict[str, Any]:
    lists = {key: list(given[key]) for key in LISTS if given[key]}
    single = {key: given[key] for key in SINGLE if given[key]}
    grants = list(given["grants"]) or ["authorization_code", "refresh_token"]
    metadata = {"client_name": name, "client_name#vi": name, "grant_types": grants, **lists, **single}
    metadata["token_endpoint_auth_method"] = given["auth_method"]
    if (unfounded := in_need_of_legal_basis(given["scope"].split())) and not given["legal_basis"]:
        click.echo(f"No --legal-basis given for scope {' '.join(unfounded)}: recorded as {UNSTATED_BASIS}.", err=True)
        metadata["legal_basis"] = UNSTATED_BASIS
    if _is_native(given["redirect_uris"]):
        metadata["application_type"] = "native"
    if "implicit" in grants:
        metadata["response_types"] = (
            ["code", "id_token", "code id_token"] if "authorization_code" in grants else ["id_token"]
        )
    if name_en:
        metadata["client_name#en"] = name_en
    if jwks is not None:
        metadata["jwks"] = json.loads(jwks.read_text(encoding="utf-8"))
    return metadata


def _is_native(addresses: Sequence[str]) -> bool:
    """Tell whether these are an application's on the person's own device (RFC 8252 §7): its scheme, or loopback alone."""
    parts = [urlsplit(address) for address in addresses]
    if any(each.scheme not in ("http", "https") for each in parts):
        return True
    return bool(parts) and all(each.scheme == "http" and each.hostname in LOOPBACK_HOSTS for each in parts)


@client.command()
@click.argument("file", type=click.File("r", encoding="utf-8"))
def register(file: Any) -> None:
    """Register from RFC 7591 metadata in FILE (- for standard input); a refusal is {"error": …} and exit status 1."""
    try:
        sent = json.load(file)
        if not isinstance(sent, dict):
            raise MetadataInvalid("metadata", "a JSON object")
        with opened_provider() as services:
            registered = registration.register(services, sent, actor=OPERATOR)
    except ValueError as reason:
        field = getattr(reason, "field", "")
        error = "invalid_redirect_uri" if field == "redirect_uris" else "invalid_client_metadata"
        click.echo(json.dumps({"error": error, "error_description": str(reason)}, ensure_ascii=False))
        sys.exit(1)
    click.echo(json.dumps(registration.as_json(registered), ensure_ascii=False, indent=2))


@client.command()
@click.argument("client_id")
@click.option("--json", "as_json", is_flag=True, help="Print what was removed as JSON.")
def remove(client_id: str, as_json: bool) -> None:
    """Remove a client and end everything that was granted to it."""
    with opened_provider() as services:
        with services.database.read() as connection:
            row = store.find(connection, client_id)
        if row is None:
            raise click.ClickException(f"there is no client {client_id}")
        registration.remove(services, Client(row), actor=OPERATOR)
    name = Client(row).name("vi")
    click.echo(json.dumps({"removed": client_id, "client_name": name}, ensure_ascii=False) if as_json else name)


@client.command()
@click.option("--uses", default=1, show_default=True, help="How many clients it may register.")
def token(uses: int) -> None:
    """Print an initial access token for dynamic registration; it lasts a week and is shown once."""
    with opened_provider() as services:
        click.echo(registration_tokens.issue_initial(services, uses=uses, actor=OPERATOR))


@client.command(name="list")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def list_clients(as_json: bool) -> None:
    """List the registered clients."""
    rows: list[store.ClientRow] = []
    after = ""
    with opened_provider() as services, services.database.read() as connection:
        while page := store.page(connection, after):
            rows += page
            after = page[-1].client_id
    if as_json:
        listed = [
            {"client_id": r.client_id, "client_name": r.metadata.get("client_name"), "agency": r.agency} for r in rows
        ]
        click.echo(json.dumps(listed, ensure_ascii=False, indent=2))
    else:
        for row in rows:
            click.echo(f"{row.client_id:24} {row.agency or '-':8} {row.metadata.get('client_name', '')}")
