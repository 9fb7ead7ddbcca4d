"""Our own signers as the caller's sector knows them: whoever may ask learns a pairwise subject, never a personal number."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from idp.services import Services

if TYPE_CHECKING:
    from keys.validation.verdict import Verdict


def subjects_of(services: Services, verdict: "Verdict", sector: str) -> Mapping[str, str]:
    """Give, by SHA-256 (hex) of each signer's certificate that we issued, the signer's subject in ``sector``."""
    return {}
