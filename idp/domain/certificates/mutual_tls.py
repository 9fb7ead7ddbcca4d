"""Signing in with a certificate that the browser showed in TLS, at an address of its own (RFC 8705, design, certificates).

Three steps, because cookies do not go from one address to the other: a ticket for the browser that begins, a voucher for
the browser that showed the certificate, and the sign-in when both turn out to be the same. Whoever sends somebody else
there with a ticket of their own never sees the voucher, and it would be worth nothing in their browser.
"""

import secrets
from collections.abc import Mapping
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from idp.domain.certificates import acceptance
from idp.domain.certificates.acceptance import UNKNOWN_ISSUER, NotAccepted
from idp.domain.certificates.sign_in import OTHER_BROWSER, OVER, Place, record_refusal, signed_in
from idp.domain.sign_in import SignedIn
from idp.services import Services
from idp.store import accounts as accounts_store
from idp.words import mark

TICKET, VOUCHER = "mutual_tls_ticket", "mutual_tls_voucher"
LIFETIME = 90
"""Seconds for the whole way there and back."""
NOTHING_SHOWN = mark(
    "Your browser showed no certificate. Install it on this device, close the browser, and begin once more."
)
KIND = "certificate"


def begin(services: Services, place: Place, onward: Mapping[str, str]) -> str:
    """Give a ticket for the way to the other address.

    :param onward: what the address in hand says of the way onwards; it comes back with the voucher.
    """
    ticket = secrets.token_urlsafe(24)
    services.ephemeral.put(TICKET, ticket, {"place": place.as_kept(), "onward": dict(onward)}, LIFETIME)
    return ticket


def show(services: Services, ticket: str, pem: bytes) -> tuple[str, Mapping[str, str]]:
    """Give a voucher for the way back, and what the ticket said of the way onwards.

    :param pem: what TLS showed; its key was proved in the handshake.
    :raises NotAccepted: when the certificate signs nobody in, or the ticket is over.
    """
    kept = services.ephemeral.take(TICKET, ticket[:64]) if ticket else None
    if kept is None:
        raise NotAccepted("challenge_over", OVER)
    voucher = secrets.token_urlsafe(24)
    try:
        der = _der(pem)
        authorities = services.authorities.get()
        with services.database.read() as connection:
            row, _ = acceptance.accept(authorities, connection, der, services.now())
    except NotAccepted as refusal:
        record_refusal(services, refusal)
        raise
    services.ephemeral.put(VOUCHER, voucher, {**kept, "der": der.hex(), "serial": row.serial}, LIFETIME)
    return voucher, kept["onward"]


def finish(services: Services, voucher: str, place: Place, *, device: str | None = None) -> SignedIn:
    """Sign in whoever comes back with a voucher to the browser that began.

    :raises NotAccepted: when it is over, another browser's, or the certificate was stopped on the way.
    """
    kept: dict[str, Any] | None = services.ephemeral.take(VOUCHER, voucher[:64]) if voucher else None
    try:
        if kept is None:
            raise NotAccepted("challenge_over", OVER)
        if kept["place"] != place.as_kept():
            raise NotAccepted("other_browser", OTHER_BROWSER, kept["serial"])
        authorities = services.authorities.get()
        with services.database.write() as connection:
            row, _ = acceptance.accept(authorities, connection, bytes.fromhex(kept["der"]), services.now())
            accounts_store.change_authenticator_of(connection, f"certificate:{row.serial}", used_at=services.now())
    except NotAccepted as refusal:
        record_refusal(services, refusal)
        raise
    return signed_in(services, row, KIND, device)


def _der(pem: bytes) -> bytes:
    if not pem:
        raise NotAccepted("nothing_shown", NOTHING_SHOWN)
    try:
        return x509.load_pem_x509_certificate(pem).public_bytes(Encoding.DER)
    except ValueError:
        raise NotAccepted("unknown_issuer", UNKNOWN_ISSUER) from None
