"""Officials' security keys: only of allowed models, shown by an attestation up to a maker's root (§8.2, §13.4.4)."""

import datetime as dt
import os
import uuid
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from idp.commands.doctor.settings import look_at_passkeys
from idp.domain.authenticators.passkeys.refusals import PasskeyNotAllowed, PasskeyRefused
from idp.settings import Settings
from idp.store import accounts as accounts_store
from tests.idp.passkeys.conftest import ORIGIN, Person
from tests.support.authenticator import Authenticator, Maker
from tests.support.clock import StoppedClock
from tests.support.provider import Provider, make_provider

ALLOWED, OTHER = "2fc0579f-8113-47ea-b116-bb5a8db9202a", "ee882879-721c-4913-9775-3dfcce97072a"
SINCE, UNTIL = dt.datetime(2020, 1, 1, tzinfo=dt.UTC), dt.datetime(2099, 1, 1, tzinfo=dt.UTC)


def make_maker(model: str | None) -> Maker:
    """A maker whose certificate names this model; None for one that names none."""
    root_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    root_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"Nhà sản xuất {os.urandom(4).hex()}")])
    subject = [
        x509.NameAttribute(NameOID.COUNTRY_NAME, "VN"),
        x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Khóa Việt"),
        x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, "Authenticator Attestation"),
        x509.NameAttribute(NameOID.COMMON_NAME, "Khóa bảo mật"),
    ]
    root = _certificate(root_name, root_name, root_key.public_key(), root_key, authority=True)
    return Maker(root, _certificate(x509.Name(subject), root_name, key.public_key(), root_key, model=model), key)


def _certificate(subject, issuer, public_key, signer, *, authority=False, model=None) -> x509.Certificate:
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public_key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(SINCE)
        .not_valid_after(UNTIL)
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
    )
    if model:
        value = b"\x04\x10" + uuid.UUID(model).bytes
        identifier = x509.ObjectIdentifier("1.3.6.1.4.1.45724.1.1.4")
        builder = builder.add_extension(x509.UnrecognizedExtension(identifier, value), critical=False)
    return builder.sign(signer, hashes.SHA256())


@pytest.fixture(scope="module")
def maker() -> Maker:
    return make_maker(ALLOWED)


@pytest.fixture
def strict(tmp_path: Path, clock: StoppedClock, maker: Maker) -> Iterator[Provider]:
    """A provider that takes from officials one model of one maker."""
    roots = tmp_path / "roots.pem"
    roots.write_bytes(make_maker(OTHER).root.public_bytes(Encoding.PEM) + maker.root.public_bytes(Encoding.PEM))
    models = {"official_passkey_models": ALLOWED.upper(), "official_passkey_roots_file": roots}
    made = make_provider(tmp_path, clock, official_passkeys="attested", **models)
    made.services.ephemeral.born_at()
    clock.advance(3600)
    yield made
    made.services.database.dispose()


@pytest.fixture
def official(strict: Provider) -> Person:
    return Person(strict.services, make_official(strict))


def make_official(provider: Provider) -> str:
    account_id = provider.person("Phạm Quốc Huy")
    with provider.services.database.write() as connection:
        accounts_store.change(connection, account_id, kind="official")
    return account_id


def test_an_allowed_model_is_taken(official: Person, maker: Maker):
    key = Authenticator(ORIGIN, aaguid=ALLOWED, maker=maker)
    options = official.asked_to_add()
    assert options["attestation"] == "direct"

    added = official.adds(key.create(options), "Khóa cơ quan cấp")

    assert (added.facts.attestation, added.facts.aaguid) == ("packed", ALLOWED)
    assert official.signs_in(key.get(official.asked_to_sign_in())).account_id == official.account_id


@pytest.mark.parametrize(
    "key",
    [
        pytest.param(lambda maker: Authenticator(ORIGIN, aaguid=ALLOWED), id="attests itself"),
        pytest.param(
            lambda maker: Authenticator(ORIGIN, aaguid=ALLOWED, lies={"attestation": "none"}), id="attests not"
        ),
        pytest.param(
            lambda maker: Authenticator(ORIGIN, aaguid=ALLOWED, maker=make_maker(ALLOWED)), id="unknown maker"
        ),
        pytest.param(lambda maker: Authenticator(ORIGIN, aaguid=OTHER, maker=maker), id="claims another model"),
        pytest.param(
            lambda maker: Authenticator(ORIGIN, aaguid=ALLOWED, maker=Maker(maker.root, maker.certificate, _key())),
            id="signed by another key",
        ),
    ],
)
def test_what_shows_no_allowed_model_is_not_taken(official: Person, maker: Maker, key):
    with pytest.raises(PasskeyRefused):
        official.adds(key(maker).create(official.asked_to_add()))

    assert official.passkeys == []


def _key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def test_a_certificate_that_names_another_model_or_none_is_not_believed(tmp_path: Path, clock: StoppedClock):
    """§8.2.1: the AAGUID in the certificate is the authenticator's; the library leaves this to us."""
    for named in (OTHER, None):
        maker = make_maker(named)
        roots = tmp_path / f"{named}.pem"
        roots.write_bytes(maker.root.public_bytes(Encoding.PEM))
        models = {"official_passkey_models": ALLOWED, "official_passkey_roots_file": roots}
        made = make_provider(tmp_path, clock, official_passkeys="attested", **models)
        made.services.ephemeral.born_at()
        clock.advance(3600)
        official = Person(made.services, make_official(made))

        with pytest.raises(PasskeyNotAllowed):
            official.adds(Authenticator(ORIGIN, aaguid=ALLOWED, maker=maker).create(official.asked_to_add()))
        made.services.database.dispose()


def test_a_citizen_is_asked_for_nothing_and_takes_any(strict: Provider):
    citizen, phone = Person(strict.services, strict.person()), Authenticator(ORIGIN)
    options = citizen.asked_to_add()
    assert options["attestation"] == "none"

    citizen.adds(phone.create(options))

    assert citizen.signs_in(phone.get(citizen.asked_to_sign_in())).account_id == citizen.account_id


def test_a_citizen_who_becomes_an_official_needs_an_allowed_key(strict: Provider):
    person, phone = Person(strict.services, strict.person()), Authenticator(ORIGIN)
    person.adds(phone.create(person.asked_to_add()))
    with strict.services.database.write() as connection:
        accounts_store.change(connection, person.account_id, kind="official")

    with pytest.raises(PasskeyNotAllowed):
        person.signs_in(phone.get(person.asked_to_sign_in()))


def test_a_model_that_is_withdrawn_stops_at_once(strict: Provider, official: Person, maker: Maker):
    key = Authenticator(ORIGIN, aaguid=ALLOWED, maker=maker)
    official.adds(key.create(official.asked_to_add()))
    settings = strict.services.settings.model_copy(update={"official_passkey_models": (OTHER,)})
    official.services = replace(strict.services, settings=settings)

    with pytest.raises(PasskeyNotAllowed):
        official.signs_in(key.get(official.asked_to_sign_in()))


@pytest.mark.parametrize(
    "content", [None, b"", b"no certificate", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"]
)
def test_without_a_readable_root_nothing_is_taken_and_doctor_says_so(
    tmp_path: Path, clock: StoppedClock, maker: Maker, content: bytes | None
):
    """An empty list of roots would switch the check of the chain off."""
    file = tmp_path / "roots.pem"
    if content is not None:
        file.write_bytes(content)
    given = {"official_passkey_models": ALLOWED, "official_passkey_roots_file": file}
    made = make_provider(tmp_path, clock, official_passkeys="attested", **given)
    official = Person(made.services, make_official(made))

    with pytest.raises(PasskeyNotAllowed):
        official.adds(Authenticator(ORIGIN, aaguid=ALLOWED, maker=maker).create(official.asked_to_add()))

    assert [finding.state for finding in look_at_passkeys(made.services.settings, 0)] == ["good", "fault"]
    made.services.database.dispose()


def test_a_policy_without_models_or_roots_is_a_mistake():
    with pytest.raises(ValueError, match="MOTCUA_OFFICIAL_PASSKEY_MODELS"):
        Settings(official_passkeys="attested")
