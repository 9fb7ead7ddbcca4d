"""What the provider's decisions need, made once per process by the composition root and handed down.

Reading top to bottom is reading how a process comes to life: settings, clock, database, keys, caches.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from idp.clock import Clock, system_clock
from idp.domain.audit_batch import AuditBatch
from idp.domain.authenticators.password import Passwords
from idp.domain.clients import ClientDirectory, SecretHash
from idp.domain.codes import Codes
from idp.domain.freshness import Cached, Freshness
from idp.domain.opaque_tokens import OpaqueTokens
from idp.domain.slots import Slots
from idp.domain.subjects import Subjects
from idp.domain.validations.service import Validations, make_validations
from idp.settings import Settings
from idp.store.database import Database
from idp.store.direct import Direct
from idp.store.ephemeral import EphemeralStore, make_ephemeral
from keys.authority.directory import Directory, load_directory
from keys.sealing import Sealer, make_key_file, read_key_file
from keys.signing_keys import KeyRing, load_key_ring

KEY_RING = "signing_keys"
AUTHORITIES = "authorities"
"""What changes when an authority or its OCSP responder does."""


@dataclass(frozen=True)
class Services:
    """The parts of a running provider."""

    settings: Settings
    clock: Clock
    database: Database
    direct: Direct
    ephemeral: EphemeralStore
    sealer: Sealer
    freshness: Freshness
    key_ring: Cached[KeyRing]
    authorities: Cached[Directory]
    clients: ClientDirectory
    secrets: SecretHash
    opaque_tokens: OpaqueTokens
    codes: Codes
    subjects: Subjects
    passwords: Passwords
    audit_batch: AuditBatch
    validations: Validations

    @property
    def slots(self) -> Slots:
        """What takes long in this process, hashing and fetching together (design §2)."""
        return self.passwords.slots

    def now(self) -> int:
        """Give the present in whole Unix seconds."""
        return int(self.clock())


def make_services(settings: Settings, clock: Clock = system_clock) -> Services:
    """Bring the parts together.

    :raises ValueError: when the key-encryption key is missing or unreadable.
    """
    database = Database(settings.database_url)
    sealer = read_sealer(settings)
    freshness = Freshness(database, clock)
    ephemeral = make_ephemeral(settings, database, clock)
    key_ring = Cached(freshness, KEY_RING, _key_ring_loader(database, sealer))
    return Services(
        settings=settings,
        clock=clock,
        database=database,
        direct=database.direct,
        ephemeral=ephemeral,
        sealer=sealer,
        freshness=freshness,
        key_ring=key_ring,
        authorities=Cached(freshness, AUTHORITIES, _directory_loader(database, sealer)),
        clients=ClientDirectory(database, freshness),
        secrets=SecretHash(sealer.derive("client secrets")),
        opaque_tokens=OpaqueTokens(settings, sealer),
        codes=Codes(settings, sealer, ephemeral),
        subjects=Subjects(database),
        passwords=Passwords.from_settings(settings),
        audit_batch=AuditBatch(database),
        validations=make_validations(settings, database, clock, key_ring),
    )


def read_sealer(settings: Settings) -> Sealer:
    """Read the key-encryption key; the demo makes one beside its databases when there is none.

    :raises ValueError: when none is configured outside the demo, or the file holds none.
    """
    path = settings.key_encryption_key_file or Path(settings.home) / "key-encryption-key"
    if settings.key_encryption_key_file is None and settings.demo:
        return make_key_file(path)
    if not path.exists():
        raise ValueError(f"no key-encryption key at {path}: set MOTCUA_KEY_ENCRYPTION_KEY_FILE")
    return read_key_file(path)


def _key_ring_loader(database: Database, sealer: Sealer) -> Callable[[], KeyRing]:
    def load() -> KeyRing:
        with database.read() as connection:
            return load_key_ring(connection, sealer)

    return load


def _directory_loader(database: Database, sealer: Sealer) -> Callable[[], Directory]:
    def load() -> Directory:
        with database.read() as connection:
            return load_directory(connection, sealer)

    return load
