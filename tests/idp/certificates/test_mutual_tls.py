"""Signing in by TLS through a real nginx: its word is believed with the shared secret, anybody else's never."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest
import requests
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from idp.domain import certificates
from idp.domain.agencies import load_built_in
from idp.settings import Settings
from idp.store import sessions as sessions_store
from tests.support import pki
from tests.support.certificates import OPERATOR, Office, Owner, RealClock, listening
from tests.support.processes import free_port
from tests.support.provider import Provider, make_provider
from tests.support.proxy import asking_server, nginx, tls_folder

SECRET = "s" * 40


class House:
    """A provider behind nginx: the issuer at one address, the one that asks for certificates at another."""

    def __init__(self, provider: Provider, folder: Path, port: int) -> None:
        self.provider, self.folder = provider, folder
        self.issuer, self.mtls = f"https://localhost:{port}", f"https://127.0.0.2:{port}"
        self.office = Office(provider.services)

    def guest(self, owner: Owner | None = None) -> "Guest":
        """Somebody whose device has the owner's certificate."""
        guest = Guest(self)
        if owner is not None:
            guest.session.cert = self.files(owner)
        return guest

    def files(self, owner: Owner) -> tuple[str, str]:
        paths = [self.folder / f"{owner.serial}.{kind}.pem" for kind in ("cer", "key")]
        paths[0].write_bytes(owner.certificate.public_bytes(Encoding.PEM))
        paths[1].write_bytes(owner.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        return str(paths[0]), str(paths[1])


class Guest:
    """A browser that follows redirects by itself and keeps its cookies for each host."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.verify = str(house.folder / "ca.pem")
        self.session.headers["Accept-Language"] = "en"

    def open(self, address: str, **options: object) -> requests.Response:
        return self.session.get(address, timeout=10, **options)  # type: ignore[arg-type]

    def signs_in(self) -> requests.Response:
        return self.open(f"{self.house.issuer}/signin/mtls")

    @property
    def is_in(self) -> bool:
        return self.open(f"{self.house.issuer}/account", allow_redirects=False).status_code == 200


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    port, secret = free_port(), tmp_path / "mtls-secret"
    secret.write_text(SECRET)
    addresses = {"issuer": f"https://localhost:{port}", "mtls_url": f"https://127.0.0.2:{port}"}
    made = make_provider(tmp_path, RealClock(), mtls_secret_file=secret, **addresses)  # type: ignore[arg-type]
    load_built_in(made.services, actor=OPERATOR)
    with tls_folder(["localhost", "127.0.0.1", "127.0.0.2"]) as folder, listening(made.application) as upstream:
        house, behind = House(made, folder, port), urlsplit(upstream).port or 0
        known = made.services.authorities.get().authorities.values()
        roots = b"".join(each.certificate.public_bytes(Encoding.PEM) for each in known)
        more = asking_server(folder, "127.0.0.2", port, behind, SECRET, roots)
        with nginx(folder, port, {"127.0.0.1": behind}, more=more):
            yield house
    made.services.database.dispose()


def test_the_certificate_of_the_device_signs_in(house: House) -> None:
    owner = house.office.owner(key_place="file")
    guest = house.guest(owner)
    arrived = guest.signs_in()
    assert arrived.url == f"{house.issuer}/account"
    assert "Minh Khai" in arrived.text
    with house.provider.services.database.read() as connection:
        (session,) = sessions_store.of_account(connection, owner.account_id)
    assert [(each["kind"], each["serial"]) for each in session.factors] == [("certificate", owner.serial)]

    certificates.revoke(house.provider.services, owner.serial, "keyCompromise", actor=OPERATOR)
    assert not guest.is_in
    refused = guest.signs_in()
    assert (refused.status_code, "has been revoked" in refused.text) == (403, True)


def test_without_a_certificate_the_page_says_what_to_do(house: House) -> None:
    guest = house.guest()
    page = guest.signs_in()
    assert page.status_code == 403
    assert "showed no certificate" in page.text
    assert not guest.is_in


def test_a_stranger_s_authority_is_not_believed(house: House, tmp_path: Path) -> None:
    """TLS shows anything whose key is there; who issued it is judged here."""
    key = pki.new_key()
    made = pki.certificate("Motcua Public Issuing CA 1", key, issuer=None, ca=True, usages=pki.CA_USAGES)
    root = pki.Authority(made, key)
    stranger = root.issue("Nguyễn Thị Minh Khai", life=(-pki.DAY, 20 * pki.YEAR))
    guest = house.guest()
    files = [tmp_path / "stranger.cer.pem", tmp_path / "stranger.key.pem"]
    files[0].write_bytes(stranger.pem)
    files[1].write_bytes(stranger.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    guest.session.cert = (str(files[0]), str(files[1]))
    page = guest.signs_in()
    assert page.status_code == 403
    assert "not issued by an authority that is known here" in page.text


@pytest.mark.parametrize("secret", [None, "", "wrong" * 8, SECRET[:-1]])
def test_a_header_from_anybody_else_is_worth_nothing(house: House, secret: str | None) -> None:
    """At the issuer's own address, where nginx passes on what the browser sends."""
    owner = house.office.owner(key_place="file")
    guest = house.guest()
    ticket = _ticket(guest)
    headers = {"X-Client-Certificate": quote(owner.certificate.public_bytes(Encoding.PEM).decode())}
    headers |= {} if secret is None else {"X-Motcua-Mtls-Secret": secret}
    answer = guest.open(f"{house.issuer}/signin/mtls/show", params={"ticket": ticket}, headers=headers)
    assert answer.status_code == 404
    assert not guest.is_in


def test_nginx_does_not_pass_on_a_certificate_that_was_only_written(house: House) -> None:
    owner = house.office.owner(key_place="file")
    guest = house.guest()
    headers = {"X-Client-Certificate": quote(owner.certificate.public_bytes(Encoding.PEM).decode())}
    answer = guest.open(f"{house.mtls}/signin/mtls/show", params={"ticket": _ticket(guest)}, headers=headers)
    assert answer.status_code == 403
    assert "showed no certificate" in answer.text


def test_a_ticket_that_was_given_to_somebody_else(house: House) -> None:
    """The thief's ticket, the owner's certificate: neither browser is let in."""
    owner = house.office.owner(key_place="file")
    thief, victim = house.guest(), house.guest(owner)
    lured = victim.open(f"{house.mtls}/signin/mtls/show", params={"ticket": _ticket(thief)})
    assert lured.status_code == 403
    assert "another browser" in lured.text
    assert not thief.is_in
    assert not victim.is_in


def test_a_voucher_is_good_once(house: House) -> None:
    owner = house.office.owner(key_place="file")
    guest = house.guest(owner)
    shown = guest.open(f"{house.mtls}/signin/mtls/show", params={"ticket": _ticket(guest)}, allow_redirects=False)
    back = shown.headers["Location"]
    assert guest.open(back).url == f"{house.issuer}/account"
    assert "used already" in guest.open(back).text


def test_the_settings_are_checked_together(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="MOTCUA_MTLS_SECRET_FILE"):
        Settings(home=tmp_path, mtls_url="https://the.example")
    short = tmp_path / "short"
    short.write_text("x" * 31)
    with pytest.raises(ValueError, match="fewer than 32"):
        Settings(home=tmp_path, mtls_url="https://the.example", mtls_secret_file=short).mtls_secret()


def _ticket(guest: Guest) -> str:
    begun = guest.open(f"{guest.house.issuer}/signin/mtls", allow_redirects=False)
    return begun.headers["Location"].split("ticket=")[1]
