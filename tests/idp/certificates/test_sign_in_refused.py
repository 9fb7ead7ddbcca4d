"""Every way to get in with a certificate that must not work; each refusal says what the person can do."""

import hashlib
import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID

from idp.domain import account_recovery, certificates
from idp.store import accounts as accounts_store
from keys import jose
from keys.store import certificates as store
from tests.idp.certificates.guest import Guest
from tests.support.certificates import OPERATOR, Office, Owner, header_of, new_key, prove, signed
from tests.support.clock import StoppedClock
from tests.support.provider import Provider


@pytest.fixture
def guest(provider: Provider, office: Office) -> Guest:
    """Somebody with a browser of their own."""
    return Guest(provider)


def refused(guest: Guest, proof: str) -> str:
    """Show a proof that must not open anything; gives what the person reads."""
    guest.shows(proof)
    assert guest.response.status_code == 403
    assert not guest.is_in
    return guest.words


def test_an_expired_challenge(guest: Guest, khai: Owner, clock: StoppedClock) -> None:
    proof = prove(khai, guest.challenge())
    clock.advance(90)
    assert "took too long" in refused(guest, proof)


def test_the_last_second_of_a_challenge_is_still_good(guest: Guest, khai: Owner, clock: StoppedClock) -> None:
    proof = prove(khai, guest.challenge())
    clock.advance(89)
    assert guest.shows(proof).is_in


def test_a_challenge_of_another_browser(provider: Provider, guest: Guest, khai: Owner) -> None:
    """A relay: the thief's challenge is signed in the owner's browser and carried back, or the other way round."""
    thief = Guest(provider)
    relayed = prove(khai, thief.challenge())
    guest.opens()
    assert "another browser" in refused(guest, relayed)
    assert "took too long, or was used" in refused(thief, relayed), "a try from elsewhere has used it up"


def test_a_challenge_for_another_portal(provider: Provider, guest: Guest, khai: Owner) -> None:
    first, second = provider.portal(), provider.portal(redirect_uris=["https://other.example/callback"])
    proof = prove(khai, guest.sent_by(first).challenge())
    guest.sent_by(second).opens()
    assert "another portal" in refused(guest, proof)


def test_a_challenge_for_another_request_of_the_same_portal(guest: Guest, provider: Provider, khai: Owner) -> None:
    portal = provider.portal()
    proof = prove(khai, guest.sent_by(portal, state="first").challenge())
    guest.sent_by(portal, state="second").opens()
    assert "another portal" in refused(guest, proof)


def test_an_expired_challenge_in_a_store_that_forgets_too_late(
    guest: Guest, provider: Provider, khai: Owner, clock: StoppedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Redis forgets by its own clock; what counts is ours, and the time that was signed."""
    ephemeral = provider.services.ephemeral
    keep = ephemeral.put
    monkeypatch.setattr(ephemeral, "put", lambda kind, key, value, seconds: keep(kind, key, value, seconds + 60))
    proof = prove(khai, guest.challenge())
    clock.advance(90)
    assert "took too long" in refused(guest, proof)


def test_a_challenge_that_nobody_issued(guest: Guest, khai: Owner) -> None:
    claims = {**guest.challenge(), "nonce": "made-up"}
    assert "begin once more" in refused(guest, prove(khai, claims))


@pytest.mark.parametrize(
    "changed",
    [{"aud": "https://phish.example"}, {"client_id": "another"}, {"exp": 9_999_999_999}, {"iat": 0}, {"sub": "x"},
     {"nonce": 7}, {"nonce": None}, {"nonce": "n" * 5_000}, {"aud": None}],
)  # fmt: skip
def test_claims_that_are_not_the_challenge(guest: Guest, khai: Owner, changed: dict[str, Any]) -> None:
    claims = {**guest.challenge(), **changed}
    assert refused(guest, prove(khai, claims))


def test_the_wrong_key(guest: Guest, khai: Owner) -> None:
    proof = signed(new_key(), header_of(khai.certificate), guest.challenge())
    assert "does not belong to this certificate" in refused(guest, proof)


@pytest.mark.parametrize(
    "changed",
    [
        {"alg": "none"},
        {"alg": "HS256"},
        {"alg": "ES384"},
        {"alg": ["ES256"]},
        {"alg": None},
        {"typ": "JWT"},
        {"typ": "logout+jwt"},
        {"typ": None},
        {"crit": ["exp"]},
        {"jwk": {"kty": "EC"}},
        {"kid": "../../etc/passwd"},
        {"x5u": "https://phish.example/c.pem"},
        {"x5c": None},
        {"x5c": []},
        {"x5c": "MII"},
        {"x5c": [7]},
        {"x5c": ["not base64!"]},
        {"x5c": ["MIIB"]},
        {"x5t#S256": "AAAA"},
    ],
    ids=lambda changed: json.dumps(changed)[:40],
)
def test_a_header_that_asks_for_something_else(guest: Guest, khai: Owner, changed: dict[str, Any]) -> None:
    proof = signed(khai.key, header_of(khai.certificate, **changed), guest.challenge())
    assert "not in order" in refused(guest, proof)


def test_no_signature_at_all(guest: Guest, khai: Owner) -> None:
    header, claims, _ = prove(khai, guest.challenge()).split(".")
    none = jose.b64url(json.dumps(header_of(khai.certificate, alg="none")).encode())
    assert "not in order" in refused(guest, f"{none}.{claims}.")
    assert "does not belong" in refused(guest, f"{header}.{claims}.")


def test_the_public_key_as_a_shared_secret(guest: Guest, khai: Owner) -> None:
    """Algorithm confusion: an HMAC under what everybody may read (RFC 8725 §2.1)."""
    import hmac

    header = jose.b64url(json.dumps(header_of(khai.certificate, alg="HS256")).encode())
    claims = jose.b64url(json.dumps(guest.challenge()).encode())
    mac = hmac.digest(khai.der, f"{header}.{claims}".encode(), "sha256")
    assert "not in order" in refused(guest, f"{header}.{claims}.{jose.b64url(mac)}")


@pytest.mark.parametrize("rubbish", ["", ".", "..", "a.b.c", "{}", "é", "x" * 20_000, "e30.e30.e30"])
def test_rubbish(guest: Guest, rubbish: str) -> None:
    guest.opens()
    assert "not in order" in refused(guest, rubbish)


def test_an_issuer_that_only_has_the_same_name(guest: Guest, provider: Provider, khai: Owner) -> None:
    """The name of our authority, the serial number of a real certificate, another authority's key."""
    key = new_key()
    forged = _forged(khai, key, signer=new_key())
    assert forged.issuer == khai.certificate.issuer
    proof = signed(key, header_of(forged), guest.challenge())
    assert "not issued by an authority that is known here" in refused(guest, proof)


def test_one_that_our_key_signed_but_that_is_in_no_table(guest: Guest, office: Office, khai: Owner) -> None:
    """A certificate made with a stolen issuing key, behind the authority's back."""
    with office.services.database.read() as connection:
        issuer = office.vault.issuer(connection, "public")
    key = new_key()
    forged = _forged(khai, key, signer=issuer.key)
    proof = signed(key, header_of(forged), guest.challenge())
    assert "not issued by an authority that is known here" in refused(guest, proof)


@pytest.mark.parametrize("authority", ["public", "government", "public-root", "government-root"])
def test_one_that_somebody_wrote_into_the_table(guest: Guest, office: Office, khai: Owner, authority: str) -> None:
    """Whoever can write to the database, but has no issuing key, gets nobody in, whichever authority they name."""
    assert authority in office.services.authorities.get().authorities
    key = new_key()
    forged = _forged(khai, key, signer=new_key())
    _plant(office, khai, forged, authority=authority)
    proof = signed(key, header_of(forged), guest.challenge())
    assert "not issued by an authority" in refused(guest, proof)


def test_one_whose_row_has_another_serial_number(guest: Guest, office: Office, khai: Owner) -> None:
    """Or revoking it by the number that it bears would revoke nothing."""
    other = office.owner(khai.account_id)
    _plant(office, khai, khai.certificate, fingerprint="0" * 64)
    _plant(office, other, khai.certificate, key_thumbprint="e" * 64)
    assert "not issued by an authority" in refused(guest, prove(khai, guest.challenge()))


def _plant(office: Office, owner: Owner, certificate: x509.Certificate, **values: str) -> None:
    """Change the row of the owner's certificate by hand, so that it speaks of this one."""
    fingerprint = hashlib.sha256(certificate.public_bytes(Encoding.DER)).hexdigest()
    change = store.certificates.update().where(store.certificates.c.serial == owner.serial)
    with office.services.database.write() as connection:
        connection.execute(change.values({"fingerprint": fingerprint, "key_thumbprint": "f" * 64, **values}))


def _made_by_our_key(office: Office, owner: Owner, **changed: Any) -> x509.Certificate:
    """A certificate for the owner's key that our issuing key signed and whose row is in the table; only it differs."""
    with office.services.database.read() as connection:
        issuer = office.vault.issuer(connection, "public")
    made = _forged(owner, owner.key, signer=issuer.key, **changed)
    _plant(office, owner, made)
    return made


SIGNS_NOTHING = x509.KeyUsage(False, True, False, False, False, False, False, False, False)
OTHER_PURPOSE = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION])


@pytest.mark.parametrize("extension", [SIGNS_NOTHING, OTHER_PURPOSE], ids=["key usage", "purpose"])
def test_one_that_itself_says_it_is_for_something_else(
    guest: Guest, office: Office, khai: Owner, extension: x509.ExtensionType
) -> None:
    """Whatever profile its row names: each of both extensions alone refuses it (RFC 5280 §4.2.1.3, §4.2.1.12)."""
    made = _made_by_our_key(office, khai, extension=extension)
    proof = signed(khai.key, header_of(made), guest.challenge())
    assert "made for signing documents" in refused(guest, proof)


def test_one_whose_profile_signs_nobody_in(guest: Guest, office: Office, khai: Owner) -> None:
    """Whatever it says itself."""
    _plant(office, khai, khai.certificate, profile="citizen-signature")
    assert "made for signing documents" in refused(guest, prove(khai, guest.challenge()))


def test_one_that_says_it_outlives_its_authority(
    guest: Guest, office: Office, khai: Owner, clock: StoppedClock
) -> None:
    authority = office.services.authorities.get().authorities["public"].certificate
    made = _made_by_our_key(office, khai, until=authority.not_valid_after_utc + timedelta(days=365))
    clock.advance(authority.not_valid_after_utc.timestamp() - clock() + 1)
    assert "has expired" in refused(guest, signed(khai.key, header_of(made), guest.challenge()))


def test_the_authority_s_own_certificate(guest: Guest, office: Office) -> None:
    with office.services.database.read() as connection:
        issuer = office.vault.issuer(connection, "public")
    proof = signed(issuer.key, header_of(issuer.authority.certificate), guest.challenge())
    assert "not issued by an authority" in refused(guest, proof)


def test_one_that_is_for_signatures_only(guest: Guest, office: Office) -> None:
    owner = office.owner(profile="citizen-signature")
    assert "made for signing documents" in refused(guest, prove(owner, guest.challenge()))


def test_one_of_the_other_hierarchy(guest: Guest, office: Office) -> None:
    """An official who left the service keeps a government certificate, but no government account."""
    owner = office.owner(office.official())
    with office.services.database.write() as connection:
        accounts_store.change(connection, owner.account_id, kind="citizen", agency=None, roles=())
    assert "another hierarchy" in refused(guest, prove(owner, guest.challenge()))


def test_an_official_with_a_government_certificate_is_in(guest: Guest, office: Office) -> None:
    assert guest.signs_in(office.owner(office.official())).is_in


def test_an_expired_one(guest: Guest, khai: Owner, clock: StoppedClock) -> None:
    clock.advance(khai.row.not_after - clock() + 1)
    assert "has expired" in refused(guest, prove(khai, guest.challenge()))


def test_one_that_is_not_valid_yet(guest: Guest, khai: Owner, clock: StoppedClock) -> None:
    clock.advance(khai.row.not_before - clock() - 60)
    assert "not valid yet" in refused(guest, prove(khai, guest.challenge()))


def test_a_revoked_one(guest: Guest, provider: Provider, khai: Owner) -> None:
    certificates.revoke(provider.services, khai.serial, "keyCompromise", actor=OPERATOR)
    assert "has been revoked" in refused(guest, prove(khai, guest.challenge()))


def test_one_of_an_account_that_was_recovered(guest: Guest, provider: Provider, office: Office, khai: Owner) -> None:
    """Recovery takes every way in away: whoever found the key does not keep one (NIST SP 800-63B-4 §4.2)."""
    desk = [
        office.account(f"Cán bộ {place}", number=f"00118504567{place}", kind="official", agency="H49")
        for place in (1, 2)
    ]
    begun = account_recovery.begin(
        provider.services, khai.account_id, account_recovery.COUNTER, official=desk[0], actor=OPERATOR
    )
    account_recovery.confirm(provider.services, begun.id, official=desk[1], actor=OPERATOR)
    assert "has been revoked" in refused(guest, prove(khai, guest.challenge()))


def test_one_on_hold_and_released(guest: Guest, provider: Provider, khai: Owner) -> None:
    certificates.hold(provider.services, khai.serial, actor=OPERATOR)
    assert "is suspended" in refused(guest, prove(khai, guest.challenge()))
    certificates.release(provider.services, khai.serial, actor=OPERATOR)
    assert guest.signs_in(khai).is_in


def test_a_revocation_while_the_challenge_is_out(guest: Guest, provider: Provider, khai: Owner) -> None:
    proof = prove(khai, guest.challenge())
    certificates.revoke(provider.services, khai.serial, "superseded", actor=OPERATOR)
    assert "has been revoked" in refused(guest, proof)


@pytest.mark.parametrize("state", ["frozen", "closed"])
def test_one_of_an_account_that_is_not_open(guest: Guest, provider: Provider, khai: Owner, state: str) -> None:
    with provider.services.database.write() as connection:
        accounts_store.change(connection, khai.account_id, state=state)
    assert "frozen or closed" in refused(guest, prove(khai, guest.challenge()))


def test_another_account_s_at_step_up(provider: Provider, office: Office, khai: Owner) -> None:
    """Whoever has to prove more may not do so by becoming somebody else."""
    other = office.owner(office.account("Trần Quốc Đạt", "022090023456", gender="male"))
    guest = Guest(provider, provider.signed_in(khai.account_id))
    guest.query = {"next": "/account/certificates/new"}
    guest.signs_in(other)
    assert guest.response.status_code == 403
    assert "another account's" in guest.words
    assert "Minh Khai" in guest.browser.get("/account").text


def test_refusals_are_in_the_trail_by_a_word(guest: Guest, provider: Provider, khai: Owner) -> None:
    from sqlalchemy import select

    from idp.store.audit import waiting

    certificates.revoke(provider.services, khai.serial, "superseded", actor=OPERATOR)
    refused(guest, prove(khai, guest.challenge()))
    with provider.services.database.read() as connection:
        found = connection.execute(
            select(waiting.c.reason, waiting.c.object_id).where(waiting.c.action == "sign_in_refused")
        ).one()
    assert tuple(found) == ("certificate_revoked", khai.serial)


def _forged(
    owner: Owner, key: Any, *, signer: Any, extension: x509.ExtensionType | None = None, until: datetime | None = None
) -> x509.Certificate:
    """The owner's certificate once more, for another key, signed by somebody; with one extension changed, or its end."""
    old = owner.certificate
    builder = x509.CertificateBuilder().subject_name(old.subject).issuer_name(old.issuer).public_key(key.public_key())
    builder = builder.serial_number(old.serial_number).not_valid_before(old.not_valid_before_utc)
    builder = builder.not_valid_after(until or old.not_valid_after_utc)
    for each in old.extensions:
        changed = extension is not None and extension.oid == each.oid
        builder = builder.add_extension(extension if changed and extension else each.value, each.critical)
    return builder.sign(signer, SHA256())


def test_one_whose_row_names_another_authority(guest: Guest, office: Office, khai: Owner) -> None:
    """A row that was changed by hand says of a certificate what its issuer never said."""
    with office.services.database.write() as connection:
        connection.execute(store.certificates.update().values(authority="government"))
    assert "not issued by an authority" in refused(guest, prove(khai, guest.challenge()))
