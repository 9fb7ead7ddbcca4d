"""Signing in with a certificate by a signed challenge: a proof over issuer, client, nonce and time, made in the browser.

A challenge lives 90 s, is taken once, and only from the browser and for the request it was issued for: one that was
relayed to somebody else's browser is worth nothing there. Which certificates are accepted is ``acceptance``'s affair.
"""

import hashlib
import secrets
from dataclasses import dataclass
from typing import Any

from idp.domain import audit
from idp.domain.audit import Action
from idp.domain.certificates import acceptance
from idp.domain.certificates.acceptance import NotAccepted
from idp.domain.certificates.issuing import AUTHENTICATORS
from idp.domain.sign_in import SignedIn, proved
from idp.services import Services
from idp.store import accounts as accounts_store
from idp.words import mark
from keys.authority import proof
from keys.authority.proof import ProofInvalid, WrongKey
from keys.store.certificates import CertificateRow

KIND = "certificate_challenge"
LIFETIME = 90
"""Seconds that a challenge may be answered in."""

OVER = mark("This took too long, or was used already. Please begin once more on this page.")
OTHER_BROWSER = mark("This was begun in another browser, or for another portal. Please begin once more on this page.")
NOT_IN_ORDER = mark("What your browser signed is not in order. Reload the page and begin once more.")
WRONG_KEY = mark("The key does not belong to this certificate. Choose the key file that came together with it.")
OTHER_ACCOUNT = mark("This certificate is another account's. Use one of your own, or sign out first.")


@dataclass(frozen=True)
class Place:
    """Where a challenge is issued and answered: the browser, the request that waits there, and its client."""

    browser: str
    pending: str = ""
    client: str = ""

    def as_kept(self) -> dict[str, str]:
        """Give it as it is kept beside a nonce; the browser's name only as a hash."""
        browser = hashlib.sha256(self.browser.encode("utf-8", "surrogatepass")).hexdigest()
        return {"browser": browser, "pending": self.pending, "client": self.client}


def challenge(services: Services, place: Place) -> dict[str, Any]:
    """Give the claims to be signed: ``aud`` the issuer, ``client_id``, ``nonce``, ``iat`` and ``exp``."""
    nonce, now = secrets.token_urlsafe(24), services.now()
    claims = {"aud": services.settings.issuer, "client_id": place.client, "nonce": nonce, "iat": now,
              "exp": now + LIFETIME}  # fmt: skip
    services.ephemeral.put(KIND, nonce, {"place": place.as_kept(), "claims": claims}, LIFETIME)
    return claims


def with_certificate(
    services: Services, token: str, place: Place, *, account_id: str | None = None, device: str | None = None
) -> SignedIn:
    """Sign somebody in.

    :param token: the proof (``keys.authority.proof``).
    :param account_id: whose certificate it must be, where somebody is signed in and steps up.
    :param device: the device cookie's value.
    :raises NotAccepted: saying what to do; the trail has why.
    """
    try:
        der, authorities = _proven(services, token, place), services.authorities.get()
        with services.database.write() as connection:
            row, _ = acceptance.accept(authorities, connection, der, services.now())
            if account_id is not None and row.account_id != account_id:
                raise NotAccepted("other_account", OTHER_ACCOUNT, row.serial)
            accounts_store.change_authenticator_of(connection, f"certificate:{row.serial}", used_at=services.now())
    except NotAccepted as refusal:
        record_refusal(services, refusal)
        raise
    return signed_in(services, row, AUTHENTICATORS[row.key_place], device)


def signed_in(services: Services, row: CertificateRow, kind: str, device: str | None) -> SignedIn:
    """Give what a session records of a certificate that was used; by its serial number a revocation finds the session."""
    return proved(services, row.account_id, kind, device, serial=row.serial)


def _proven(services: Services, token: str, place: Place) -> bytes:
    """Give the certificate whose key signed a challenge of ours, in the place that it was issued to."""
    try:
        found = proof.read(token)
    except WrongKey:
        raise NotAccepted("wrong_key", WRONG_KEY) from None
    except ProofInvalid:
        raise NotAccepted("malformed", NOT_IN_ORDER) from None
    nonce = found.claims.get("nonce")
    issued = services.ephemeral.take(KIND, nonce) if isinstance(nonce, str) and len(nonce) <= 64 else None
    if issued is None or issued["claims"]["exp"] <= services.now():
        raise NotAccepted("challenge_over", OVER)
    if issued["place"] != place.as_kept():
        raise NotAccepted("other_browser", OTHER_BROWSER)
    if dict(found.claims) != issued["claims"]:
        raise NotAccepted("malformed", NOT_IN_ORDER)
    return found.der


def record_refusal(services: Services, refusal: NotAccepted) -> None:
    """Record in the trail, by a word and the serial number alone, why nobody was let in."""
    now = services.clock()
    what = ("certificate", refusal.serial)
    entry = audit.entry(
        Action.SIGN_IN_REFUSED,
        now,
        actor=("anonymous", ""),
        object=what,
        reason=f"certificate_{refusal.word}",
        outcome="refused",
    )
    with services.database.write() as connection:
        audit.record(connection, entry)
