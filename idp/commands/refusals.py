"""Why ``motcua serve idp`` will not start: everything that would make the provider unsafe, all reasons at once.

The demo is exempt, and what makes a demo is recorded in its database by ``motcua demo``, not in a setting anybody may
set.
"""

from pathlib import Path

from sqlalchemy import exists, select
from sqlalchemy.exc import SQLAlchemyError

from idp.errors import StoreUnavailable
from idp.settings import Settings
from idp.store import installation
from idp.store.accounts import accounts
from idp.store.database import Database

SEEDED = select(exists(select(accounts.c.id).where(accounts.c.demo)))
"""Whether there is an invented account: among millions that are not, so by the index of them alone."""


def refusals(settings: Settings) -> list[str]:
    """Give every reason not to start, none when it may."""
    try:
        is_demo, has_seeded_people = _look_into_database(settings.database_url)
    except (SQLAlchemyError, StoreUnavailable):
        return [*_of_settings(settings), "the database cannot be read: see that it runs, and run motcua db upgrade"]
    if settings.demo:
        return [] if is_demo else ["MOTCUA_DEMO is for motcua demo alone, and it did not make this database"]
    return [*_of_settings(settings), *_of_people(is_demo, has_seeded_people)]


def _look_into_database(url: str) -> tuple[bool, bool]:
    database = Database(url)
    try:
        with database.read() as connection:
            seeded = connection.execute(SEEDED).scalar_one()
            return installation.is_demo(connection), bool(seeded)
    finally:
        database.dispose()


def _of_settings(settings: Settings) -> list[str]:
    if settings.demo:
        return []
    reasons = []
    if not settings.secure:
        reasons.append(f"MOTCUA_ISSUER must be https, not {settings.issuer}: cookies and tokens would travel openly")
    authority = settings.authority_key_file
    if authority is not None and any(_lies_in(authority, folder) for folder in _folders_of_data(settings)):
        reasons.append(f"MOTCUA_AUTHORITY_KEY_FILE lies beside what it encrypts: move {authority} elsewhere")
    if settings.mtls_url and not settings.mtls_url.startswith("https://"):
        reasons.append(f"MOTCUA_MTLS_URL must be https, not {settings.mtls_url}: only TLS shows a certificate")
    reasons += _of_secret(settings)
    key = settings.key_encryption_key_file
    if key is None:
        reasons.append("MOTCUA_KEY_ENCRYPTION_KEY_FILE is not set: keys and personal data could not be encrypted")
    elif not key.is_file():
        reasons.append(f"MOTCUA_KEY_ENCRYPTION_KEY_FILE: there is no file {key}")
    elif any(_lies_in(key, folder) for folder in _folders_of_data(settings)):
        reasons.append(f"MOTCUA_KEY_ENCRYPTION_KEY_FILE lies beside what it encrypts: move {key} elsewhere")
    return reasons


def _of_secret(settings: Settings) -> list[str]:
    try:
        settings.mtls_secret()
    except (OSError, ValueError) as trouble:
        return [f"MOTCUA_MTLS_SECRET_FILE cannot be used: {trouble}"]
    return []


def _folders_of_data(settings: Settings) -> list[Path]:
    in_file = settings.database_url.startswith("sqlite:///")
    return [settings.home, *([Path(settings.database_url.removeprefix("sqlite:///")).parent] if in_file else [])]


def _lies_in(file: Path, folder: Path) -> bool:
    return file.resolve().is_relative_to(folder.resolve())


def _of_people(is_demo: bool, has_seeded_people: bool) -> list[str]:
    if is_demo or has_seeded_people:
        return ["the database holds the demo's invented people: start with an empty one"]
    return []
