"""OpenSSL's command line asks and reads for itself: OCSP (RFC 6960), CRL and path (RFC 5280), before and after."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from idp.domain import certificates
from tests.support.certificates import OPERATOR, Office, Owner, RealClock, listening, openssl
from tests.support.provider import Provider, make_provider

REASON = "keyCompromise"


class Sceptic:
    """Somebody with OpenSSL, who believes the root and nothing else."""

    def __init__(self, provider: Provider, folder: Path, address: str) -> None:
        self.browser, self.folder, self.address = provider.browser(), folder, address
        self.root, self.issuing = (self._authority(name) for name in ("public-root", "public"))

    def _authority(self, name: str) -> Path:
        response = self.browser.get(f"/ca/{name}.cer")
        assert response.status_code == 200
        assert response.content_type == "application/pkix-cert"
        return self._pem(name, response.data)

    def _pem(self, name: str, der: bytes) -> Path:
        path = self.folder / f"{name}.pem"
        openssl("x509", "-inform", "DER", "-out", path, given=der)
        return path

    def asks(self, owner: Owner) -> str:
        """Ask for a certificate's status; gives what OpenSSL makes of the answer."""
        whom = ("-issuer", self.issuing, "-cert", self._pem("leaf", owner.der))
        said = openssl("ocsp", *whom, "-url", f"{self.address}/ocsp/public", "-CAfile", self.root,
                       "-verify_other", self.issuing)  # fmt: skip
        assert "Response verify OK" in said
        assert "WARNING" not in said, "the nonce did not come back"
        return said

    def verifies(self, owner: Owner, *, status: int = 0) -> str:
        """Verify a certificate with the published lists of its issuer and of the root."""
        for name in ("public", "public-root"):
            crl = self.browser.get(f"/crl/{name}.crl")
            assert crl.content_type == "application/pkix-crl"
            openssl("crl", "-inform", "DER", "-out", self.folder / f"{name}.crl", given=crl.data)
            openssl("crl", "-in", self.folder / f"{name}.crl", "-noout", "-CAfile", self._ca_file())
        lists = ("-CRLfile", self.folder / "public.crl", "-CRLfile", self.folder / "public-root.crl")
        return openssl(
            "verify", "-x509_strict", "-crl_check_all", *lists, "-purpose", "sslclient", "-trusted", self.root,
            "-untrusted", self.issuing, self._pem("leaf", owner.der), status=status,
        )  # fmt: skip

    def reads_the_list(self) -> str:
        """Give the published list in words."""
        return openssl("crl", "-in", self.folder / "public.crl", "-noout", "-text")

    def _ca_file(self) -> Path:
        both = self.folder / "both.pem"
        both.write_bytes(self.root.read_bytes() + self.issuing.read_bytes())
        return both


@pytest.fixture
def provider(tmp_path: Path) -> Iterator[Provider]:
    """A provider that lives now, as OpenSSL does."""
    made = make_provider(tmp_path, RealClock())  # type: ignore[arg-type]
    yield made
    made.services.database.dispose()


@pytest.fixture
def sceptic(provider: Provider, office: Office, tmp_path: Path) -> Iterator[Sceptic]:
    with listening(provider.application) as address:
        yield Sceptic(provider, tmp_path, address)


def test_good_then_revoked(sceptic: Sceptic, office: Office, khai: Owner, provider: Provider) -> None:
    assert ": good" in sceptic.asks(khai)
    assert "OK" in sceptic.verifies(khai)

    certificates.revoke(provider.services, khai.serial, REASON, actor=OPERATOR)
    said = sceptic.asks(khai)
    assert ": revoked" in said
    assert "Reason: keyCompromise" in said, "the answer is there before any worker moved"

    assert office.at_work() == 1
    assert "certificate revoked" in sceptic.verifies(khai, status=2)
    assert khai.serial.upper().lstrip("0") in sceptic.reads_the_list()
    assert "Key Compromise" in sceptic.reads_the_list()
