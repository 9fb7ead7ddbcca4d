"""Both hierarchies with their keys at hand, outside any database."""

from collections.abc import Callable

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from keys.authority import certificate, profiles
from keys.authority.certificate import Addresses, Authority, Issuer
from keys.authority.names import Subject

NOW = 1_772_416_800
ADDRESSES = Addresses("https://dinhdanh.example")
KHAI = Subject("Nguyễn Thị Minh Khai", "Bộ Công Thương", "CCCD:001185012345", "a1b2c3d4e5f60718")

Issue = Callable[..., x509.Certificate]


def new_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


@pytest.fixture(scope="session")
def issuers() -> dict[str, Issuer]:
    """Every authority by its name."""
    made: dict[str, Issuer] = {}
    for profile in profiles.authorities().values():
        key = new_key()
        if profile.issuer is None:
            signed = certificate.make_root(profile, key, NOW)
        else:
            signed = certificate.make_authority(profile, key.public_key(), made[profile.issuer], ADDRESSES, NOW)
        made[profile.name] = Issuer(Authority(profile.name, profile.hierarchy, signed), key)
    return made


@pytest.fixture
def issue(issuers: dict[str, Issuer]) -> Issue:
    """Issue a certificate of a profile for Minh Khai."""

    def made(name: str = "citizen", subject: Subject = KHAI, now: int = NOW) -> x509.Certificate:
        profile = profiles.profile(name)
        return certificate.issue(profile, subject, new_key().public_key(), issuers[profile.authority], ADDRESSES, now)

    return made
