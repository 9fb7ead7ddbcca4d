"""What the management API's words mean, in the reader's language: reasons, states, kinds of consequences and of factors."""

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _

from templates.language import current_language

PAGES = {
    "home": _("Overview"),
    "certificates": _("Certificates"),
    "people": _("People"),
    "portals": _("Portals"),
    "counter": _("Counter"),
}
"""The pages of the navigation."""

REVOCATION = {
    "keyCompromise": _("The key or the device with it was lost, stolen or copied"),
    "affiliationChanged": _("The person left, or changed agency or name"),
    "superseded": _("A new certificate takes its place"),
    "cessationOfOperation": _("It is not needed any more"),
    "privilegeWithdrawn": _("The right to hold it was withdrawn"),
    "unspecified": _("Another reason"),
}
"""Why a certificate is revoked (RFC 5280 §5.3.1), the most pressing first."""

ENDING = {
    "suspected_misuse": _("Somebody else may be using it"),
    "device_lost": _("The device was lost or stolen"),
    "asked_by_owner": _("Its owner asked for it"),
    "left_office": _("The person left office"),
    "mistake": _("It was opened by mistake"),
}
"""Why an administrator ends a session."""

ENDED = {
    **ENDING,
    "signed_out": _("Signed out"),
    "ended_by_owner": _("Ended by its owner"),
    "stopped_by_owner": _("Its owner stopped everything, by the link of a notice"),
    "replaced": _("Somebody else signed in to the same browser"),
    "password_recovered": _("A forgotten password was set anew"),
    "account_recovered": _("The account was given back to its owner at a desk"),
    "authenticator_removed": _("A way to sign in was removed"),
    "passkey_removed": _("Its passkey was removed"),
    "certificate_revoked": _("Its certificate was revoked"),
    "certificate_on_hold": _("Its certificate was suspended"),
    "account_frozen": _("The account was frozen"),
    "role_withdrawn": _("A role was taken from its owner"),
    "account_closing": _("Its owner is closing the account"),
    "account_closed": _("The account was closed"),
}
"""Why a session ended (the provider's ``end_reasons``)."""

STATUS = {"good": _("Good"), "on-hold": _("Suspended"), "revoked": _("Revoked"), "expired": _("Expired")}
STATUS_LOOK = {"good": "good", "on-hold": "warn", "revoked": "bad", "expired": "plain"}

CONSEQUENCES = {
    "status": _("The status table says so, and validation of signatures reads it"),
    "ocsp": _("OCSP answers it to whoever asks"),
    "sign_in": _("Signing in with it is refused"),
    "crl": _("The revocation list names it"),
    "session": _("A session that was opened with it has ended"),
    "tokens": _("The tokens of that session are refused"),
    "portal": _("Signed out at a portal"),
}

KINDS = {"citizen": _("Citizen"), "organisation": _("Organisation"), "official": _("Official")}
STATES = {"active": _("Active"), "frozen": _("Frozen"), "closing": _("Being closed"), "closed": _("Closed")}
STATE_LOOK = {"active": "good", "frozen": "warn", "closing": "warn", "closed": "plain"}
ROLES = {
    "administrator": _("Administrator"),
    "central_administrator": _("Central administrator"),
    "receiver": _("Receiving officer"),
    "processor": _("Processing officer"),
    "signer": _("Signer"),
    "counter_official": _("Official at the counter"),
}
FACTORS = {
    "password": _("Password"),
    "totp": _("One-time code"),
    "recovery_code": _("Recovery code"),
    "phone": _("Phone"),
    "software_key": _("Key file"),
    "passkey": _("Passkey"),
    "certificate": _("Certificate"),
    "browser_key": _("Key in the browser"),
}
AUTHORITIES = {
    "public": _("The public issuing authority"),
    "public-root": _("The public root authority"),
    "government": _("The government's issuing authority"),
    "government-root": _("The government's root authority"),
}
PROFILES = {
    "citizen": _("Citizen: sign-in and signature"),
    "business": _("Business: sign-in and signature"),
    "official": _("Official: sign-in and signature"),
    "citizen-signature": _("Citizen: signature only"),
    "official-signature": _("Official: signature only"),
}
"""What a certificate is for."""
KEY_PLACES = {"browser": _("In a browser, where it cannot be copied"), "file": _("In a file of its owner")}


def word(words: Mapping[str, object], key: object) -> str:
    """Give a word of ours in the reader's language, and any other as it is."""
    return str(words.get(str(key), key))


def named(name: Mapping[str, str] | None, otherwise: str) -> str:
    """Give a name that the API gave by language."""
    return (name or {}).get(current_language()) or otherwise


def status_of(certificate: Mapping[str, Any], now: float) -> str:
    """Give a certificate's status for people: one that is good but past its time has expired."""
    status = str(certificate["status"])
    return "expired" if status == "good" and certificate["not_after"] < now else status
