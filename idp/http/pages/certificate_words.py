"""Certificates in words: whom they name, whether they are good, where their key lies and when they end."""

import base64

from cryptography.x509.oid import NameOID
from flask_babel import gettext

from idp.domain.certificates.finding import Opened
from idp.http.pages.views import CertificateView
from idp.words import mark
from keys.store.certificates import GOOD, ON_HOLD, CertificateRow

_STATUS = {
    "good": ("good", mark("Valid")),
    "on-hold": ("warn", mark("Suspended")),
    "revoked": ("bad", mark("Revoked")),
    "expired": ("bad", mark("Expired")),
}
_PLACES = {"browser": mark("Key made in a browser"), "file": mark("Key in a file")}
_PROFILES = {
    "citizen": mark("Citizen: sign-in and signature"),
    "business": mark("Business: sign-in and signature"),
    "official": mark("Official: sign-in and signature"),
    "citizen-signature": mark("Citizen: signature only"),
    "official-signature": mark("Official: signature only"),
}


def certificate_view(row: CertificateRow, found: Opened, now: int) -> CertificateView:
    """Give what is shown of a certificate."""
    state = "expired" if row.status == GOOD and row.not_after < now else row.status
    kind, words = _STATUS[state]
    name = _name(found)
    return CertificateView(
        serial=row.serial,
        name=name,
        profile=gettext(_PROFILES[row.profile]) if row.profile in _PROFILES else row.profile,
        place=gettext(_PLACES[row.key_place]),
        status=gettext(words),
        status_kind=kind,
        not_before=row.not_before,
        not_after=row.not_after,
        stoppable=state in (GOOD, ON_HOLD),
        on_hold=state == ON_HOLD,
        key=row.key_thumbprint,
        certificate=base64.b64encode(found.der).decode(),
        label=gettext("%(name)s, certificate …%(end)s", name=name, end=row.serial[-6:]),
    )


def _name(found: Opened) -> str:
    names = found.certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(names[0].value) if names else found.subject
