"""Which authenticators are taken from whom: any from a citizen, and from officials what the administration allows.

Web Authentication §8.2 (packed) and §13.4.4. A citizen's authenticator is never asked what it is, because that would
tell models apart (§14.4.1). The policy counts at every use too: a model that is no longer allowed stops at once.
"""

import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog
from cryptography import x509

from idp.domain.authenticators.passkeys.kept import Facts
from idp.domain.authenticators.passkeys.refusals import PasskeyNotAllowed
from idp.services import Services
from idp.store import accounts as accounts_store

log = structlog.get_logger(__name__)
PACKED = "packed"
"""The one format that security keys speak; platform authenticators attest otherwise or not at all."""
AAGUID_EXTENSION = "1.3.6.1.4.1.45724.1.1.4"
_END_OF_CERTIFICATE = b"-----END CERTIFICATE-----"


@dataclass(frozen=True)
class Policy:
    """What an account's authenticator must show; ``models`` are AAGUIDs, ``roots`` PEM certificates."""

    attested: bool = False
    models: frozenset[str] = frozenset()
    roots: tuple[bytes, ...] = ()

    @property
    def conveyance(self) -> str:
        """What to ask of the browser (§5.4.7)."""
        return "direct" if self.attested else "none"

    def check(self, facts: Facts) -> None:
        """Let an authenticator pass or not.

        :raises PasskeyNotAllowed: when it is not attested, or of no allowed model.
        """
        if self.attested and (facts.attestation != PACKED or facts.aaguid not in self.models):
            raise PasskeyNotAllowed


def policy_of(services: Services, account_id: str) -> Policy:
    """Give the policy for an account: officials' is a setting."""
    settings = services.settings
    if settings.official_passkeys == "any" or settings.official_passkey_roots_file is None:
        return Policy()
    with services.database.read() as connection:
        account = accounts_store.find(connection, account_id)
    if account is None or account.kind != "official":
        return Policy()
    roots = read_roots(settings.official_passkey_roots_file)
    # Without a root no chain would be checked, so no model is believed then.
    models = settings.official_passkey_models if roots else ()
    return Policy(True, frozenset(model.lower() for model in models), roots)


def read_roots(file: Path) -> tuple[bytes, ...]:
    """Give the certificates of a PEM file; none where it cannot be read, which the log and ``motcua doctor`` tell."""
    try:
        found = _certificates(file.read_bytes())
        for each in found:
            x509.load_pem_x509_certificate(each)
    except (OSError, ValueError) as error:
        log.error("passkey_roots_unreadable", file=str(file), trouble=type(error).__name__)
        return ()
    return found


def shown_by(verified: Any, policy: Policy) -> str:
    """Give the attestation format that was proved up to a root of the policy, else ``none``.

    The library has checked signature and chain. Left to us is what it leaves out: a self attestation shows no model,
    and the certificate must name the model that the authenticator claims to be (§8.2.1).
    """
    from webauthn.helpers import parse_attestation_object

    statement = parse_attestation_object(verified.attestation_object).att_stmt
    if not policy.attested or verified.fmt != PACKED or not statement.x5c:
        return "none"
    if _model_named(statement.x5c[0]) != verified.aaguid:
        return "none"
    return PACKED


def _model_named(certificate: bytes) -> str | None:
    """Give the AAGUID in an attestation certificate: an OCTET STRING of 16 bytes within the extension."""
    for extension in x509.load_der_x509_certificate(certificate).extensions:
        if extension.oid.dotted_string == AAGUID_EXTENSION:
            value: bytes = extension.value.public_bytes()
            return str(uuid.UUID(bytes=value[2:])) if value[:2] == b"\x04\x10" and len(value) == 18 else None
    return None


def _certificates(pem: bytes) -> tuple[bytes, ...]:
    parts = pem.split(_END_OF_CERTIFICATE)[:-1]
    return tuple(part.strip() + b"\n" + _END_OF_CERTIFICATE + b"\n" for part in parts)
