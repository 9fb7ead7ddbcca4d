"""A key that never leaves its owner: made in the browser or kept in a file, it opens every door until it is suspended.

Every request that the browser sends is watched: no key and no passphrase is ever in one.
"""

import base64
import re
from urllib.parse import unquote_to_bytes

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key
from playwright.sync_api import Request, expect

from idp.domain.certificates.demo_keys import DemoKey, demo_keys
from idp.domain.demo_people import demo_people
from tests.journeys.conftest import Invite
from tests.journeys.test_one_door import agrees_if_asked, is_known_as
from tests.support.chromium import Look, Visitor
from tests.support.demo import Demo

CITIZEN = next(person for person in demo_people() if person.key == "minh_khai")
PKCS8_P256 = bytes.fromhex("020100301306072a8648ce3d0201")
"""How every private key on P-256 begins (PKCS #8)."""
PLACES = [
    pytest.param("demo", Look("vi", 1280), id="sqlite-vi-1280"),
    pytest.param("grown_up_demo", Look("en", 360), id="postgresql-redis-en-360", marks=pytest.mark.postgresql),
]


class Wire:
    """Everything that a visitor's browser sent, undone from its encodings."""

    def __init__(self, visitor: Visitor) -> None:
        self.sent: list[bytes] = []
        visitor.context.on("request", self._hear)

    def _hear(self, request: Request) -> None:
        body = request.post_data_buffer or b""
        undone = unquote_to_bytes(body.replace(b"+", b" "))
        self.sent += [request.url.encode(), body, undone]
        for text in re.findall(rb"[A-Za-z0-9+/_-]{24,}={0,2}", body + b" " + unquote_to_bytes(body)):
            normal = text.rstrip(b"=").replace(b"-", b"+").replace(b"_", b"/")
            self.sent.append(base64.b64decode(normal[: len(normal) - (len(normal) % 4 == 1)] + b"==", validate=False))

    def never_held(self, *secrets: bytes) -> None:
        assert any(b"proof=" in each for each in self.sent), "nothing was signed, so nothing was watched"
        for secret in secrets:
            assert not [each for each in self.sent if secret in each], "a secret was sent"


@pytest.mark.parametrize(("place", "look"), PLACES)
def test_a_key_of_the_browser(place: str, look: Look, invite: Invite, request: pytest.FixtureRequest) -> None:
    demo: Demo = request.getfixturevalue(place)
    visitor = invite(look, story=f"certificate_{place}")
    wire = Wire(visitor)
    gets_a_certificate(visitor, demo)
    the_key_cannot_be_taken_out(visitor)
    signs_out(visitor, demo)
    signs_in_at_a_portal_with_it(visitor, demo)
    suspends_it_and_is_out(visitor, demo)
    is_refused_and_told_why(visitor)
    wire.never_held(b"PRIVATE KEY", PKCS8_P256)


@pytest.mark.parametrize(("place", "look"), PLACES)
def test_a_key_file(place: str, look: Look, invite: Invite, request: pytest.FixtureRequest) -> None:
    demo: Demo = request.getfixturevalue(place)
    for files in demo_keys(demo.home):
        visitor = invite(look, story=f"key_file_{place}")
        wire = Wire(visitor)
        if files.passphrase:
            chooses(visitor, demo, files, "wrong")
            visitor.sees("The passphrase of the key file is missing or wrong.")
        chooses(visitor, demo, files, files.passphrase)
        visitor.page.wait_for_url(f"{demo.issuer}/account")
        visitor.look_at_it()
        expect(visitor.page.get_by_role("heading", level=1)).to_contain_text(files.name)
        wire.never_held(*secrets_of(files))


def gets_a_certificate(visitor: Visitor, demo: Demo) -> None:
    visitor.open(f"{demo.issuer}/account/certificates")
    visitor.page.fill("#username", CITIZEN.sign_in_name)
    visitor.page.fill("#password", CITIZEN.password)
    visitor.press("Sign in")
    visitor.press("Get a certificate in this browser")
    visitor.press("Make the key and get the certificate")
    visitor.page.wait_for_url(f"{demo.issuer}/account/certificates")
    expect(visitor.page.locator("[data-here]").first).to_be_visible()
    visitor.look_at_it("certificates-with-one")


def the_key_cannot_be_taken_out(visitor: Visitor) -> None:
    said = visitor.page.evaluate(
        """async () => {
          const opened = await new Promise((done) => {
            const asked = indexedDB.open("motcua-certificates", 1); asked.onsuccess = () => done(asked.result);
          });
          const keys = await new Promise((done) => {
            const asked = opened.transaction("keys").objectStore("keys").getAll();
            asked.onsuccess = () => done(asked.result);
          });
          opened.close();
          const tries = ["pkcs8", "jwk"].map((form) => crypto.subtle.exportKey(form, keys[0].privateKey)
            .then(() => "out", (fault) => fault.name));
          return [keys.length, keys[0].privateKey.extractable, keys[0].certificate.length > 100,
            ...await Promise.all(tries)];
        }"""
    )
    assert said == [1, False, True, "InvalidAccessError", "InvalidAccessError"]


def signs_out(visitor: Visitor, demo: Demo) -> None:
    visitor.open(f"{demo.issuer}/logout")
    visitor.press("Sign out everywhere")


def signs_in_at_a_portal_with_it(visitor: Visitor, demo: Demo) -> None:
    visitor.open(f"{demo.sites['national']}/")
    visitor.press("Sign in")
    visitor.press("Use a certificate")
    uses_the_key_of_the_browser(visitor)
    visitor.page.wait_for_url(re.compile(f"{re.escape(demo.sites['national'])}|{re.escape(demo.issuer)}/consent"))
    agrees_if_asked(visitor, demo)
    is_known_as(visitor, CITIZEN)


def uses_the_key_of_the_browser(visitor: Visitor) -> None:
    visitor.page.locator("#own-keys button").click()


def suspends_it_and_is_out(visitor: Visitor, demo: Demo) -> None:
    visitor.open(f"{demo.issuer}/account/certificates")
    visitor.page.get_by_text(visitor.say("Suspend or revoke"), exact=True).first.click()
    visitor.look_at_it()
    visitor.press("Do it")
    visitor.sees("You were signed out: the certificate that you signed in with is suspended. Sign in another way.")
    for _ in range(50):
        visitor.page.goto(f"{demo.sites['national']}/")
        if visitor.page.get_by_role("banner").get_by_text(CITIZEN.name).count() == 0:
            break
        visitor.page.wait_for_timeout(100)
    expect(visitor.page.get_by_role("banner").get_by_text(CITIZEN.name)).to_have_count(0)
    visitor.press("Sign in")
    visitor.sees("You were signed out: the certificate that you signed in with is suspended. Sign in another way.")


def is_refused_and_told_why(visitor: Visitor) -> None:
    visitor.press("Use a certificate")
    uses_the_key_of_the_browser(visitor)
    visitor.sees("This certificate does not sign you in")
    visitor.sees(
        "This certificate is suspended. Sign in another way; whoever suspended it, or a one-stop desk, can release it."
    )
    visitor.look_at_it("refused")


def chooses(visitor: Visitor, demo: Demo, files: DemoKey, passphrase: str) -> None:
    visitor.open(f"{demo.issuer}/signin/certificate")
    visitor.page.set_input_files("#key-file", files.key_file)
    visitor.page.set_input_files("#certificate-file", files.certificate_file)
    visitor.page.fill("#passphrase", passphrase)
    visitor.page.keyboard.press("Enter")


def secrets_of(files: DemoKey) -> list[bytes]:
    key = load_pem_private_key(files.key_file.read_bytes(), files.passphrase.encode() or None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    number = key.private_numbers().private_value.to_bytes(32)
    pkcs8 = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    body = b"".join(files.key_file.read_bytes().splitlines()[1:-1])
    typed = [files.passphrase.encode()] if files.passphrase else []
    return [number, number.hex().encode(), pkcs8, body, b"PRIVATE KEY", PKCS8_P256, *typed]
