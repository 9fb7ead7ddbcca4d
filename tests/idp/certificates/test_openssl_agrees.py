"""OpenSSL's command line asks and reads for itself: OCSP (RFC 6960), CRL and path (RFC 5280), before and after."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from idp.domain import certificates
from tests.support.certificates import OPERATOR, Office, Owner, RealClock, listening
from tests.support.provider import Provider, make_provider
from tests.support.sceptic import Sceptic

REASON = "keyCompromise"


@pytest.fixture
def provider(tmp_path: Path) -> Iterator[Provider]:
    """A provider that lives now, as OpenSSL does."""
    made = make_provider(tmp_path, RealClock())  # type: ignore[arg-type]
    yield made
    made.services.database.dispose()


@pytest.fixture
def sceptic(provider: Provider, office: Office, tmp_path: Path) -> Iterator[Sceptic]:
    with listening(provider.application) as address:
        yield Sceptic(tmp_path, address)


def test_good_then_revoked(sceptic: Sceptic, office: Office, khai: Owner, provider: Provider) -> None:
    assert ": good" in sceptic.asks(khai.der)
    assert "OK" in sceptic.verifies(khai.der)

    certificates.revoke(provider.services, khai.serial, REASON, actor=OPERATOR)
    said = sceptic.asks(khai.der)
    assert ": revoked" in said
    assert "Reason: keyCompromise" in said, "the answer is there before any worker moved"

    assert office.at_work() == 1
    assert "certificate revoked" in sceptic.verifies(khai.der, status=2)
    assert khai.serial.upper().lstrip("0") in sceptic.reads_the_list()
    assert "Key Compromise" in sceptic.reads_the_list()
