"""Somebody with OpenSSL's command line, who asks the provider's authority over HTTP and believes its root alone."""

from pathlib import Path
from urllib.request import urlopen

from tests.support.certificates import openssl


class Sceptic:
    """Asks OCSP (RFC 6960), reads lists and verifies paths (RFC 5280) of the authority ``public``.

    :param folder: where what was fetched is kept.
    :param address: of the provider.
    """

    def __init__(self, folder: Path, address: str) -> None:
        self.folder, self.address = folder, address
        self.root, self.issuing = (self._authority(name) for name in ("public-root", "public"))

    def _authority(self, name: str) -> Path:
        return self._pem(name, self._fetch(f"/ca/{name}.cer", "application/pkix-cert"))

    def _fetch(self, path: str, kind: str) -> bytes:
        with urlopen(f"{self.address}{path}", timeout=10) as response:
            assert response.headers["Content-Type"] == kind
            return bytes(response.read())

    def _pem(self, name: str, der: bytes) -> Path:
        path = self.folder / f"{name}.pem"
        openssl("x509", "-inform", "DER", "-out", path, given=der)
        return path

    def asks(self, der: bytes) -> str:
        """Ask for a certificate's status; gives what OpenSSL makes of the answer."""
        whom = ("-issuer", self.issuing, "-cert", self._pem("leaf", der))
        said = openssl("ocsp", *whom, "-url", f"{self.address}/ocsp/public", "-CAfile", self.root,
                       "-verify_other", self.issuing)  # fmt: skip
        assert "Response verify OK" in said
        assert "WARNING" not in said, "the nonce did not come back"
        return said

    def verifies(self, der: bytes, *, status: int = 0) -> str:
        """Verify a certificate with the published lists of its issuer and of the root."""
        self.fetches_the_lists()
        lists = ("-CRLfile", self.folder / "public.crl", "-CRLfile", self.folder / "public-root.crl")
        return openssl(
            "verify", "-x509_strict", "-crl_check_all", *lists, "-purpose", "sslclient", "-trusted", self.root,
            "-untrusted", self.issuing, self._pem("leaf", der), status=status,
        )  # fmt: skip

    def fetches_the_lists(self) -> None:
        """Fetch the newest list of the issuer and of the root, and check who signed them."""
        for name in ("public", "public-root"):
            crl = self._fetch(f"/crl/{name}.crl", "application/pkix-crl")
            openssl("crl", "-inform", "DER", "-out", self.folder / f"{name}.crl", given=crl)
            openssl("crl", "-in", self.folder / f"{name}.crl", "-noout", "-CAfile", self._ca_file())

    def reads_the_list(self) -> str:
        """Give the list that was fetched last in words."""
        return openssl("crl", "-in", self.folder / "public.crl", "-noout", "-text")

    def _ca_file(self) -> Path:
        both = self.folder / "both.pem"
        both.write_bytes(self.root.read_bytes() + self.issuing.read_bytes())
        return both
