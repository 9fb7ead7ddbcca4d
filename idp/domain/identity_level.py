"""How far an account has come on both axes of assurance, and what it lacks: what its owner is told to do next.

Identity is raised by ``proofing`` alone, strength by what the owner adds (``authenticators``); this only reads.
"""

from dataclasses import dataclass

from idp.domain.assurance import PHISHING_RESISTANT, TWO_FACTORS
from idp.domain.authenticators import ways
from idp.errors import NotFound
from idp.services import Services
from idp.store import accounts as store
from idp.words import mark

PROOFED = 2


@dataclass(frozen=True)
class Standing:
    """Where an account stands.

    ``strength`` is what its owner can reach with what they own, one of ``idp.domain.assurance``; ``claims_number`` whether
    they only said a personal number that nobody has checked.
    """

    kind: str
    level: int
    strength: int
    has_phone: bool
    has_email: bool
    has_recovery_codes: bool
    claims_number: bool

    @property
    def proofed(self) -> bool:
        """Whether an office has checked who it is."""
        return self.level >= PROOFED

    @property
    def two_factors(self) -> bool:
        """Whether services that ask for two factors open."""
        return self.strength >= TWO_FACTORS

    @property
    def phishing_resistant(self) -> bool:
        """Whether services that ask for what no false page can pass on open."""
        return self.strength >= PHISHING_RESISTANT


def standing(services: Services, account_id: str) -> Standing:
    """Give where an account stands now.

    :raises NotFound: when the account went away meanwhile.
    """
    with services.database.read() as connection:
        account = store.find(connection, account_id)
        owned = ways.owned(connection, account_id, services.now())
    if account is None:
        raise NotFound(mark("This account is not there any more."))
    return Standing(
        kind=account.kind,
        level=account.identity_level,
        strength=ways.strength_owned(owned),
        has_phone=account.phone_confirmed,
        has_email=account.email_confirmed,
        has_recovery_codes=ways.RECOVERY in owned,
        claims_number=account.personal_number_claim is not None,
    )
