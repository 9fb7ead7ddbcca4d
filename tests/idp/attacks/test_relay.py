"""Real-time relay: a page that looks like ours passes on whatever its visitor types, shows or signs, from another browser
at another address. For each factor: the most that it yields at a portal. Never ``:phr``, and never a change of authenticators.
"""

import json
from collections.abc import Callable
from urllib.parse import parse_qs, quote, urlsplit

import pyotp
import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from idp.domain.authenticators import password, recovery_codes
from tests.idp.attacks.people import NEW, OFFICE, SEED, Person, Post, code_in
from tests.idp.certificates.guest import Guest
from tests.idp.http.pages.conftest import PASSWORD, PHONE
from tests.idp.http.pages.test_passkeys import adds, answer
from tests.idp.http.pages.test_phone import ASK, GO_ON, LOOK, approves, number_on, shows
from tests.idp.http.pages.test_recovery import own
from tests.support.authenticator import Authenticator
from tests.support.certificates import Office, Owner, prove
from tests.support.clock import StoppedClock
from tests.support.provider import Portal, Provider, claims_of

ORIGIN, LOOKALIKE = "http://localhost:8000", "https://motcua-dangnhap.example"
ONE, MFA, PHR = "urn:vn:eid:loa2", "urn:vn:eid:loa2:mfa", "urn:vn:eid:loa2:phr"


class Scene:
    """Minh Khai, who owns one of everything, and a thief who sits between her and the provider."""

    def __init__(self, provider: Provider, office: Office, post: Post, clock: StoppedClock) -> None:
        self.provider, self.office, self.post, self.clock = provider, office, post, clock
        self.account = office.account(phone="+84912345678", email="khai@thu.example")
        services = provider.services
        with services.database.write() as connection:
            password.keep(
                connection, services.sealer, self.account, services.passwords.hash(PASSWORD), at=services.now()
            )
        self.victim, self.thief = Person(provider, "198.51.100.4"), Person(provider, "203.0.113.7")

    def application(self) -> pyotp.TOTP:
        own(self.provider, self.account, SEED)
        return pyotp.TOTP(SEED)

    def passkey(self) -> Authenticator:
        device = Authenticator(ORIGIN)
        adds(self.victim.enters(), device)
        return device

    def phone(self, *kinds: str) -> Person:
        """Her phone, signed in by these."""
        return Person(self.provider, browser=self.provider.signed_in(self.account, *kinds))


def by_password(scene: Scene) -> None:
    scene.thief.enters()


def by_password_and_application(scene: Scene) -> None:
    application = scene.application()
    scene.thief.enters().shows(application)


def by_password_and_paper(scene: Scene) -> None:
    paper = recovery_codes.make(scene.provider.services, scene.account)
    scene.thief.enters().open("/step-up/recovery-code?next=/account").press("Xác nhận", code=paper[0])


def by_message(scene: Scene) -> None:
    """The visitor reads the code of the message out: it sets a new password."""
    scene.post()
    scene.thief.open("/recovery").press("Gửi mã", username=PHONE)
    scene.thief.press("Xác nhận", code=code_in(scene.post())).press("Đặt mật khẩu", password=NEW)


def by_message_and_application(scene: Scene) -> None:
    application = scene.application()
    scene.post()
    scene.thief.open("/recovery").press("Gửi mã", username=PHONE).press("Xác nhận", code=code_in(scene.post()))
    scene.thief.press("Đặt mật khẩu", password=NEW, code=application.at(int(scene.clock())))


def by_phone(scene: Scene) -> None:
    approves(scene.phone("password"), shows(scene.thief), number_on(scene.thief))
    scene.thief.follow(LOOK).press(GO_ON)


def by_phone_with_a_passkey(scene: Scene) -> None:
    approves(scene.phone("password", "passkey"), shows(scene.thief), number_on(scene.thief))
    scene.thief.follow(LOOK).press(GO_ON)


def by_phone_and_password(scene: Scene) -> None:
    by_phone_with_a_passkey(scene)
    scene.thief.open("/step-up/password").press("Xác nhận", password=PASSWORD)


def by_passkey(scene: Scene) -> None:
    """A browser offers the look-alike none of ours; even one that did would sign the look-alike's own origin."""
    elsewhere = Authenticator(LOOKALIKE, credentials=scene.passkey().credentials)
    thief = scene.thief.open("/signin")
    thief.press("Dùng khóa truy cập (passkey)", credential=answer(elsewhere.get, thief))


def by_passkey_signed_at_our_own_page(scene: Scene) -> None:
    """The thief has a way to read what the owner's browser signed for our own page, and is faster."""
    device, fresh = scene.passkey(), Person(scene.provider, "198.51.100.4")
    signed = answer(device.get, fresh.open("/signin"))
    scene.thief.open("/signin").press("Dùng khóa truy cập (passkey)", credential=signed)


def by_key_file(scene: Scene) -> None:
    """A key in a file can be opened on any page: the thief has it for good."""
    Guest(scene.provider, scene.thief.browser).signs_in(scene.office.owner(scene.account, key_place="file"))


def by_key_file_and_password(scene: Scene) -> None:
    by_key_file(scene)
    scene.thief.open("/step-up/password").press("Xác nhận", password=PASSWORD)


def by_key_of_the_browser(scene: Scene) -> None:
    """It signs at our own origin alone, what our page fetched there; sent from elsewhere that is worth nothing."""
    owner = scene.office.owner(scene.account)
    signed = prove(owner, Guest(scene.provider, scene.victim.browser).challenge())
    Guest(scene.provider, scene.thief.browser).opens().shows(signed)


def by_certificate_in_tls(scene: Scene) -> None:
    """The thief begins and has the owner's browser sent on: it shows its certificate unasked, and takes the voucher along."""
    ticket = ticket_for(scene.thief)
    voucher = shown(scene.victim, ticket, scene.office.owner(scene.account, key_place="file"))
    assert scene.victim.open(f"/signin/mtls/done?voucher={voucher}").response.status_code == 403
    assert not scene.victim.is_in
    scene.thief.open(f"/signin/mtls/done?voucher={voucher}")


def by_voucher_for_another_browser(scene: Scene) -> None:
    """The owner begins; the thief has read the voucher on its way back, and is faster."""
    ticket = ticket_for(scene.victim)
    voucher = shown(scene.victim, ticket, scene.office.owner(scene.account, key_place="file"))
    scene.thief.open(f"/signin/mtls/done?voucher={voucher}")


def ticket_for(person: Person) -> str:
    begun = person.browser.get("/signin/mtls")
    return parse_qs(urlsplit(begun.headers["Location"]).query)["ticket"][0]


def shown(person: Person, ticket: str, owner: Owner) -> str:
    """What the terminator of TLS passes on for this browser; gives the voucher."""
    pem = owner.certificate.public_bytes(Encoding.PEM).decode()
    headers = {"X-Client-Certificate": quote(pem), "X-Motcua-Mtls-Secret": OFFICE}
    sent = person.browser.get("/signin/mtls/show", query_string={"ticket": ticket}, headers=headers)
    return parse_qs(urlsplit(sent.headers["Location"]).query)["voucher"][0]


RELAYS: dict[Callable[[Scene], None], str] = {
    by_password: ONE,
    by_password_and_application: MFA,
    by_password_and_paper: ONE,
    by_message: ONE,
    by_message_and_application: ONE,
    by_phone: ONE,
    by_phone_with_a_passkey: MFA,
    by_phone_and_password: MFA,
    by_passkey: "",
    by_passkey_signed_at_our_own_page: "",
    by_key_file: ONE,
    by_key_file_and_password: MFA,
    by_key_of_the_browser: "",
    by_certificate_in_tls: "",
    by_voucher_for_another_browser: "",
}
"""Each relay and the highest ``acr`` that the thief's browser comes to; empty where it is not even signed in."""


@pytest.fixture
def scene(provider: Provider, office: Office, post: Post, clock: StoppedClock) -> Scene:
    return Scene(provider, office, post, clock)


@pytest.mark.parametrize(("relay", "most"), RELAYS.items(), ids=[each.__name__ for each in RELAYS])
def test_what_a_relay_yields(scene: Scene, portal: Portal, relay: Callable[[Scene], None], most: str) -> None:
    relay(scene)
    scene.clock.advance(1)

    assert scene.thief.is_in == bool(most)
    assert scene.thief.acr_at(portal) == most
    assert scene.thief.acr_at(portal, acr_values=PHR) == ""
    essential = json.dumps({"id_token": {"acr": {"essential": True, "value": PHR}}})
    assert scene.thief.acr_at(portal, claims=essential) == ""


@pytest.mark.parametrize("relay", [by_phone_with_a_passkey, by_phone], ids=lambda relay: relay.__name__)
@pytest.mark.parametrize(
    "page", ["totp", "recovery-codes", "passkeys/add", "password", "/account/certificates/new", "/account/close"]
)
def test_a_phone_changes_nothing(scene: Scene, relay: Callable[[Scene], None], page: str) -> None:
    """Nor with a code on paper: what was passed on is no password."""
    paper = recovery_codes.make(scene.provider.services, scene.account)
    relay(scene)
    address = page if page.startswith("/") else f"/account/authenticators/{page}"
    scene.thief.open(f"/step-up/recovery-code?next={address}").press("Xác nhận", code=paper[0])

    assert scene.thief.open(address).path.startswith("/step-up")
    token = scene.thief.open("/logout").fields["csrf_token"]
    sent = scene.thief.browser.post(address, data={"csrf_token": token, "password": NEW, "code": "1", "sure": "y"})
    assert sent.headers["Location"].startswith("/step-up")


def test_a_phone_neither_recovers_nor_trusts_the_computer(scene: Scene, clock: StoppedClock) -> None:
    """A computer that was signed in by phone gets no tries of its own for the codes of an application."""
    application = scene.application()
    by_phone(scene)
    for _ in range(6):
        scene.thief.open("/step-up/code").press("Xác nhận", code="000000")
    assert scene.thief.response.status_code in (403, 429)
    other = Person(scene.provider, "192.0.2.9").enters()

    other.open("/step-up/code").press("Xác nhận", code=application.at(int(clock())))

    assert other.response.status_code == 429, "tries are the account's, whichever browser a phone vouched for"


def test_a_picture_shown_for_one_portal_enters_no_other(scene: Scene, portal: Portal) -> None:
    """The phone names the portal: what was confirmed for none, or for another, is no answer to this request."""
    strict = scene.provider.portal(first_party=True, client_name="Kho bạc")
    victim = scene.phone("password", "totp")
    scene.clock.advance(600)
    scene.thief.open("/authorize", **strict.request(prompt="login"))
    waiting = parse_qs(urlsplit(scene.thief.path).query)["pending"][0]
    approves(victim, shows(scene.thief.open("/signin/phone")), number_on(scene.thief))
    ticket = urlsplit(scene.thief.path).path
    scene.thief.open(f"{ticket}?pending={waiting}").press(GO_ON)

    assert scene.thief.response.status_code == 410
    assert not scene.thief.is_in


def test_a_code_that_was_relayed_is_used_up(scene: Scene, portal: Portal) -> None:
    """The owner, who typed it into the look-alike, is told that it was used: the first sign that something is wrong."""
    application = scene.application()
    scene.thief.enters().shows(application)
    scene.victim.enters().shows(application)

    assert scene.victim.response.status_code == 403
    assert "đã dùng rồi" in scene.victim.text


def test_the_owner_is_told_of_the_new_browser(scene: Scene) -> None:
    scene.victim.enters()
    scene.post()
    by_password(scene)

    told = [message for message in scene.post() if "/freeze/" in message.body]

    assert {message.recipient.channel for message in told} == {"phone", "email"}


def test_nobody_else_is_believed_about_a_certificate(scene: Scene) -> None:
    """The header of the terminator, sent by the thief."""
    owner = scene.office.owner(scene.account, key_place="file")
    pem = quote(owner.certificate.public_bytes(Encoding.PEM).decode())
    for secret in ({}, {"X-Motcua-Mtls-Secret": ""}, {"X-Motcua-Mtls-Secret": "t" * 40}):
        headers = {"X-Client-Certificate": pem, **secret}
        sent = scene.thief.browser.get(
            "/signin/mtls/show", query_string={"ticket": ticket_for(scene.thief)}, headers=headers
        )
        assert sent.status_code == 404


def test_asking_for_a_picture_is_no_way_round_the_console(scene: Scene) -> None:
    """Begun for no portal, finished for the console."""
    console = scene.provider.portal(scope="openid profile client:read", client_name="Bảng điều hành")
    approves(scene.phone("password", "passkey"), shows(scene.thief), number_on(scene.thief))
    scene.thief.follow(LOOK).press(GO_ON)

    assert scene.thief.acr_at(console, scope="openid client:read") == ""
    assert ASK not in scene.thief.response.text


def test_the_paper_alone_signs_nobody_in(scene: Scene) -> None:
    recovery_codes.make(scene.provider.services, scene.account)
    scene.thief.open("/step-up/recovery-code?next=/account")

    assert scene.thief.path.startswith("/signin")


def test_a_phone_is_no_newer_sign_in_for_the_console(scene: Scene, clock: StoppedClock) -> None:
    """An administrator's browser left open, two factors an hour ago; a thief adds a phone: neither strength nor time."""
    console = scene.provider.portal(scope="openid profile client:read", client_name="Bảng điều hành")
    left_open = Person(scene.provider, browser=scene.provider.signed_in(scene.account, "password", "totp"))
    began = scene.provider.services.now()
    clock.advance(900)
    approves(scene.phone("password", "passkey"), shows(left_open.open("/signin/phone")), number_on(left_open))
    left_open.follow(LOOK).press(GO_ON)

    assert left_open.acr_at(console, max_age="60", scope="openid client:read") == ""
    left_open.open("/authorize", **console.request(scope="openid client:read"))
    claims = claims_of(console.redeem(left_open.answer["code"]).json["id_token"])
    assert (claims["acr"], claims["auth_time"], claims["amr"]) == (MFA, began, ["pwd", "otp", "mfa"])
