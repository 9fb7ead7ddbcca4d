"""Our own signers as the caller's sector knows them: whoever may ask learns a pairwise subject, never a personal number."""

from collections.abc import Mapping
from hashlib import sha256
from typing import TYPE_CHECKING

from idp.domain.validations.own import accounts_of
from idp.services import Services

if TYPE_CHECKING:
    from keys.validation.verdict import Verdict


def subjects_of(services: Services, verdict: "Verdict", sector: str) -> Mapping[str, str]:
    """Give, by SHA-256 (hex) of each signer's certificate that we issued, the signer's subject in ``sector``.

    Only for signatures that hold: a certificate that a signature merely names says nothing of who signed.
    """
    held = (found.signature.signer for found in verdict.signatures if found.technically_valid)
    fingerprints = {sha256(der).hexdigest() for der in held if der is not None}
    accounts = accounts_of(services.database, fingerprints)
    return {fingerprint: services.subjects.of(account, sector) for fingerprint, account in accounts.items()}
