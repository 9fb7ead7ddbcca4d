"""Registers the demo's own relying parties and hands each its secret in a file; doing it again changes nothing."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from idp.data import read_json
from idp.domain import registration
from idp.services import Services
from idp.settings import Settings

ACTOR = ("system", "demo")


def seed_demo_clients(services: Services) -> None:
    """Register every portal and the console, at the addresses that the settings give them now."""
    addresses = {**services.settings.site_urls, "console": services.settings.console_url}
    for row in read_json("demo_clients.json")["clients"]:
        metadata = _metadata(row, addresses[row["site"]], [*addresses.values(), services.settings.api])
        secret_file = secret_path(services.settings, row["client_id"])
        known = services.clients.get(row["client_id"])
        if known is None:
            given = {"agency": row["agency"], "first_party": row["first_party"], "client_id": row["client_id"]}
            registered = registration.register(services, metadata, actor=ACTOR, by_administrator=True, **given)
        elif any(known.metadata.get(name) != value for name, value in metadata.items()) or not secret_file.exists():
            registered = registration.update(
                services, known, metadata, actor=ACTOR, new_secret=not secret_file.exists()
            )
        else:
            continue
        if registered.client_secret is not None:
            _write_secret(secret_file, registered.client_secret)


def secret_path(settings: Settings, client_id: str) -> Path:
    """Give the file from which a relying party of the demo reads its secret."""
    return settings.home / "clients" / f"{client_id}.secret"


def _metadata(row: Mapping[str, Any], address: str, neighbours: Sequence[str]) -> dict[str, Any]:
    given = {
        name: value for name, value in row.items() if name.startswith("client_name") or name in ("scope", "legal_basis")
    }
    return {
        **given,
        **({"resources": [address]} if row.get("serves") else {}),
        "client_name": row["client_name#vi"],
        "client_uri": address,
        "redirect_uris": [f"{address}/callback"],
        "post_logout_redirect_uris": [f"{address}/logged-out"],
        "backchannel_logout_uri": f"{address}/backchannel-logout",
        "initiate_login_uri": f"{address}/login",
        "grant_types": ["authorization_code", "refresh_token", "client_credentials"],
        "allowed_resources": list(neighbours),
        "require_pkce": True,
    }


def _write_secret(path: Path, secret: str) -> None:
    """Write a secret for its owner's eyes only; the old one stays until the new one is whole."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_suffix(".new")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(secret)
    draft.replace(path)
