"""The registration ceremony (Web Authentication §7.1): what the browser is asked for, and whether its answer holds.

Keeping the credential is ``kept``'s, the rules for officials ``attestation``'s.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from idp.domain.authenticators.passkeys import attestation, challenge, kept
from idp.domain.authenticators.passkeys.challenge import Bound
from idp.domain.authenticators.passkeys.kept import Facts, Passkey, encoded
from idp.domain.authenticators.passkeys.relying_party import RelyingParty
from idp.domain.authenticators.passkeys.response import checked, read_response
from idp.domain.profile import load_profile
from idp.errors import NotFound
from idp.services import Services
from idp.words import mark

NAME = "Motcua"
TIMEOUT = 300_000
"""Milliseconds that the browser waits for the person (§15.1 recommends five minutes where a person is verified)."""
TRANSPORTS = frozenset({"ble", "hybrid", "internal", "nfc", "smart-card", "usb"})


def creation_options(services: Services, party: RelyingParty, bound: Bound) -> dict[str, Any]:
    """Give ``PublicKeyCredentialCreationOptionsJSON`` for a signed-in person.

    A credential that is on the account already is excluded, so one authenticator is not added twice.
    """
    from webauthn import generate_registration_options, options_to_json
    from webauthn.helpers import generate_user_handle
    from webauthn.helpers.structs import (
        AttestationConveyancePreference,
        AuthenticatorSelectionCriteria,
        ResidentKeyRequirement,
        UserVerificationRequirement,
    )

    with services.database.read() as connection:
        profile = load_profile(connection, services.sealer, bound.account_id)
        present = kept.passkeys_of(connection, bound.account_id)
    if profile is None:
        raise NotFound(mark("This account is not there any more."))
    handle = kept.user_handle_of(present) or encoded(generate_user_handle())
    options = generate_registration_options(
        rp_id=party.id,
        rp_name=NAME,
        user_id=kept.decoded(handle),
        user_name=profile.name,
        challenge=challenge.issue(services, "registration", bound, note=handle),
        timeout=TIMEOUT,
        attestation=AttestationConveyancePreference(attestation.policy_of(services, bound.account_id).conveyance),
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
        ),
    )
    written: dict[str, Any] = json.loads(options_to_json(options))
    return {**written, "excludeCredentials": [descriptor(passkey) for passkey in present]}


def register(services: Services, party: RelyingParty, bound: Bound, *, label: str, response: str) -> Passkey:
    """Verify the browser's answer and keep the passkey under a name that its owner gives.

    :raises PasskeyRefused: when anything about it does not hold; nothing is kept.
    """
    answer, used = read_response(response)
    # The response does not repeat the user handle; the challenge has brought it back.
    redeemed = challenge.redeem(services, "registration", used, bound)
    policy = attestation.policy_of(services, bound.account_id)
    verified = checked(lambda: _verify(answer, used, party, policy.roots))
    facts = Facts(
        credential_id=encoded(verified.credential_id),
        user_handle=redeemed.note,
        aaguid=verified.aaguid,
        attestation=checked(lambda: attestation.shown_by(verified, policy)),
        transports=sorted(TRANSPORTS & set(_transports(answer))),
        backup_eligible=verified.credential_device_type.value == "multi_device",
        backed_up=verified.credential_backed_up,
    )
    policy.check(facts)
    return kept.add(services, bound.account_id, label, verified.credential_public_key, verified.sign_count, facts)


def descriptor(passkey: Passkey) -> dict[str, Any]:
    """Give a ``PublicKeyCredentialDescriptorJSON``."""
    return {"type": "public-key", "id": passkey.facts.credential_id, "transports": passkey.facts.transports}


def _verify(answer: Mapping[str, Any], used: bytes, party: RelyingParty, roots: Sequence[bytes]) -> Any:
    from webauthn import verify_registration_response
    from webauthn.helpers.structs import AttestationFormat

    return verify_registration_response(
        credential=dict(answer),
        expected_challenge=used,
        expected_rp_id=party.id,
        expected_origin=party.origin,
        require_user_verification=True,
        pem_root_certs_bytes_by_fmt={AttestationFormat.PACKED: list(roots)} if roots else None,
    )


def _transports(answer: Mapping[str, Any]) -> list[str]:
    given = answer["response"].get("transports", [])
    return [each for each in given if isinstance(each, str)] if isinstance(given, list) else []
