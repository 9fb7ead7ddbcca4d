"""The authentication ceremony (Web Authentication §7.2): nobody types a name, the credential says whose it is.

Offers list no credentials but those of somebody signed in already, so they tell a stranger nothing. The counter is
looked at only once the signature holds: whoever lacks the key cannot make a passkey look copied.
"""

import hmac
import json
from collections.abc import Mapping
from functools import cache
from typing import Any

import structlog

from idp.domain import audit
from idp.domain.audit import Action
from idp.domain.authenticators.passkeys import attestation, challenge, kept
from idp.domain.authenticators.passkeys.challenge import Bound
from idp.domain.authenticators.passkeys.kept import ACTIVE, KIND, Passkey, decoded, encoded
from idp.domain.authenticators.passkeys.refusals import CopiedPasskey, NotThisAccount, PasskeyRefused, UnknownPasskey
from idp.domain.authenticators.passkeys.registration import TIMEOUT, descriptor
from idp.domain.authenticators.passkeys.relying_party import RelyingParty
from idp.domain.authenticators.passkeys.response import checked, read_response
from idp.domain.sign_in import AccountFrozen, SignedIn, proved
from idp.services import Services
from idp.store import accounts as accounts_store

log = structlog.get_logger(__name__)


def request_options(services: Services, party: RelyingParty, bound: Bound) -> dict[str, Any]:
    """Give ``PublicKeyCredentialRequestOptionsJSON``, for anybody or for the account in ``bound``."""
    own: list[dict[str, Any]] = []
    if bound.account_id:
        with services.database.read() as connection:
            passkeys = kept.passkeys_of(connection, bound.account_id)
        own = [descriptor(passkey) for passkey in passkeys if passkey.state == ACTIVE]
    asked = encoded(challenge.issue(services, "authentication", bound))
    return {**_usual_options(party.id), "challenge": asked, "allowCredentials": own}


@cache
def _usual_options(rp_id: str) -> dict[str, Any]:
    """Give what every ceremony of a relying party asks for, as the library has it; the challenge is another each time."""
    from webauthn import generate_authentication_options, options_to_json
    from webauthn.helpers.structs import UserVerificationRequirement

    required = UserVerificationRequirement.REQUIRED
    options = generate_authentication_options(rp_id=rp_id, timeout=TIMEOUT, user_verification=required)
    return dict(json.loads(options_to_json(options)))


def sign_in(
    services: Services, party: RelyingParty, bound: Bound, *, response: str, device: str | None = None
) -> SignedIn:
    """Verify the browser's answer; gives who signed in.

    :param bound: the browser, and who is signed in there, if anybody.
    :param device: the device cookie's value.
    :raises PasskeyRefused: when anything about it does not hold.
    :raises idp.domain.sign_in.AccountFrozen: when it does and the account is frozen.
    """
    answer, used = read_response(response)
    wanted = challenge.redeem(services, "authentication", used, bound).account_id
    credential_id = checked(lambda: decoded(answer["rawId"]))
    found = kept.find(services, credential_id)
    if found is None:
        # Nobody's: anybody could fill the trail with such ones, so the log has it alone.
        log.info("passkey_unknown")
        raise UnknownPasskey(encoded(credential_id))
    passkey, public_key = found
    try:
        verified = checked(lambda: _verify(answer, used, party, public_key))
        checked(lambda: _check_owner(answer, passkey, wanted))
        _check_use(services, passkey, wanted)
    except PasskeyRefused as refusal:
        _refused(services, passkey, "passkey")
        raise refusal
    if not kept.used(services, passkey, verified.new_sign_count, backed_up=verified.credential_backed_up):
        _refused(services, passkey, "copied_passkey")
        raise CopiedPasskey
    # A key that may be copied to other devices is no hardware key (RFC 8176 §2).
    amr = "swk" if passkey.facts.backup_eligible else "hwk"
    return proved(services, passkey.account_id, KIND, device, amr=amr, authenticator=passkey.id)


def _verify(answer: Mapping[str, Any], used: bytes, party: RelyingParty, public_key: bytes) -> Any:
    from webauthn import verify_authentication_response

    # The library would judge the counter before the signature; at 0 it leaves that to us.
    return verify_authentication_response(
        credential=dict(answer),
        expected_challenge=used,
        expected_rp_id=party.id,
        expected_origin=party.origin,
        credential_public_key=public_key,
        credential_current_sign_count=0,
        require_user_verification=True,
    )


def _check_owner(answer: Mapping[str, Any], passkey: Passkey, wanted: str) -> None:
    """§7.2 step 6: the handle is the one that this credential was made for; only where the account is known is it left out."""
    handle = answer["response"].get("userHandle")
    if handle is None and wanted:
        return
    if not hmac.compare_digest(encoded(decoded(handle)), passkey.facts.user_handle):
        raise ValueError("the user handle is another account's")


def _check_use(services: Services, passkey: Passkey, wanted: str) -> None:
    if wanted and passkey.account_id != wanted:
        raise NotThisAccount
    if passkey.state != ACTIVE:
        raise CopiedPasskey
    attestation.policy_of(services, passkey.account_id).check(passkey.facts)
    with services.database.read() as connection:
        account = accounts_store.find(connection, passkey.account_id)
    if account is None or account.state != "active":
        _refused(services, passkey, "frozen")
        raise AccountFrozen(account.state if account else "closed")


def _refused(services: Services, passkey: Passkey, reason: str) -> None:
    entry = audit.entry(
        Action.SIGN_IN_REFUSED,
        services.clock(),
        actor=("anonymous", ""),
        object=("account", passkey.account_id),
        reason=reason,
        outcome="refused",
        authenticator=passkey.id,
    )
    with services.database.write() as connection:
        audit.record(connection, entry)
