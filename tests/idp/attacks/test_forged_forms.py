"""Enrolment and every other act by a form that another site sends, by a stolen cookie, by a cookie that was chosen for somebody,
by a sign-in that was prepared for them.
"""

from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from werkzeug.routing import Rule

from idp.domain.authenticators import recovery_codes
from tests.idp.attacks.people import NEW, Person
from tests.idp.attacks.test_relay import ORIGIN, Post, Scene, shown, ticket_for
from tests.idp.certificates.guest import Guest
from tests.idp.http.pages.conftest import PASSWORD, PHONE, Enrol
from tests.idp.http.pages.test_passkeys import adds, answer, uses
from tests.idp.http.pages.test_phone import GO_ON, LOOK, approves, number_on, shows
from tests.idp.http.pages.test_recovery import code_in
from tests.support.authenticator import Authenticator
from tests.support.certificates import Office
from tests.support.clock import StoppedClock
from tests.support.provider import Portal, Provider

KNOWN = {
    "ticket": "x",
    "token": "x",
    "passkey_id": "x",
    "authenticator_id": "x",
    "serial": "00",
    "filename": "x",
    "channel": "email",
}
EXPIRED = "This form is no longer valid"


@pytest.fixture
def scene(provider: Provider, office: Office, post: Post, clock: StoppedClock) -> Scene:
    return Scene(provider, office, post, clock)


def pages_of(provider: Provider) -> Flask:
    """The pages behind the front."""
    from idp.http import application

    found: list[Flask] = []
    real = application.Pages

    class Seen(real):  # type: ignore[misc, valid-type]
        def __init__(self, *given: object, **named: object) -> None:
            super().__init__(*given, **named)
            found.append(self)

    application.Pages = Seen  # type: ignore[misc]
    try:
        from idp.http.provider import provider_application

        provider_application(provider.services)
    finally:
        application.Pages = real  # type: ignore[misc]
    return found[0]


def posted(app: Flask) -> Iterator[tuple[Rule, str]]:
    """Every page that takes a form, with an address of it."""
    for rule in app.url_map.iter_rules():
        if "POST" in (rule.methods or ()):
            with app.test_request_context():
                from flask import url_for

                yield rule, url_for(rule.endpoint, **{name: KNOWN[name] for name in rule.arguments})


def test_no_page_takes_a_form_that_is_not_ours(provider: Provider, khai: str, somebody: Callable[..., Person]) -> None:
    """All of them, those that are added one day too: without the token, with another browser's, from another site."""
    app, victim = pages_of(provider), somebody().enters()
    foreign = somebody().open("/signin").fields["csrf_token"]
    own = victim.open("/logout").fields["csrf_token"]
    forged = [({}, {}), ({"csrf_token": foreign}, {}), ({"csrf_token": own}, {"Sec-Fetch-Site": "cross-site"}),
              ({"csrf_token": own}, {"Sec-Fetch-Site": "same-site"})]  # fmt: skip
    taken = []
    for rule, address in posted(app):
        for form, headers in forged:
            said = {"Accept-Language": "en", **headers}
            answer = victim.browser.post(address, data={"x": "1", **form}, headers=said)
            # A page that looked at the form and found a field missing answers 400 too, and has taken it.
            refused = answer.status_code == 400 and EXPIRED in answer.text
            taken += [] if refused else [(rule.endpoint, answer.status_code, sorted(form), headers)]

    assert {endpoint for endpoint, *_ in taken} <= {"authorize.authorize_by_form", "logout.logout"}, taken
    assert len(list(posted(app))) > 25
    assert victim.is_in


ENROLLING = [
    "/account/authenticators/totp",
    "/account/authenticators/recovery-codes",
    "/account/authenticators/passkeys/add",
    "/account/authenticators/password",
    "/account/certificates/new",
    "/account/close",
]


@pytest.mark.parametrize("address", ENROLLING)
def test_a_stolen_cookie_enrols_nothing(
    provider: Provider, office: Office, khai: str, somebody: Callable[..., Person], clock: StoppedClock, address: str
) -> None:
    victim = somebody("198.51.100.4").enters()
    clock.advance(301)
    thief = somebody().takes(victim.cookie)

    assert thief.open(address).path.startswith("/step-up/password?")
    token = thief.fields["csrf_token"]
    sent = thief.browser.post(address, data={"csrf_token": token, "password": NEW, "code": "1", "sure": "y"})

    assert sent.headers["Location"].startswith("/step-up")


@pytest.mark.parametrize("address", ENROLLING)
def test_nor_with_a_code_on_paper(
    provider: Provider, office: Office, khai: str, somebody: Callable[..., Person], clock: StoppedClock, address: str
) -> None:
    paper = recovery_codes.make(provider.services, khai)
    victim = somebody("198.51.100.4").enters()
    clock.advance(301)
    thief = somebody().takes(victim.cookie)
    thief.open(f"/step-up/recovery-code?next={address}").press("Xác nhận", code=paper[0])

    assert thief.open(address).path.startswith("/step-up")


def test_paper_is_no_newer_sign_in_for_a_portal(
    provider: Provider, khai: str, portal: Portal, somebody: Callable[..., Person], clock: StoppedClock
) -> None:
    """``max_age`` asks for who is there now; a code on paper does not say it."""
    paper = recovery_codes.make(provider.services, khai)
    thief = somebody().enters()
    clock.advance(600)
    thief.open("/step-up/recovery-code?next=/account").press("Xác nhận", code=paper[0])

    assert thief.acr_at(portal, max_age="60") == ""
    assert thief.path.startswith("/signin")


def by_password(scene: Scene, person: Person) -> None:
    person.open("/signin").press("Đăng nhập", username=PHONE, password=PASSWORD)


def by_passkey(scene: Scene, person: Person) -> None:
    device = Authenticator(ORIGIN)
    adds(scene.victim.enters(), device)
    uses(person.open("/signin?next=/account&other=1"), device)


def by_phone(scene: Scene, person: Person) -> None:
    approves(scene.phone("password"), shows(person.open("/signin/phone")), number_on(person))
    person.follow(LOOK).press(GO_ON)


def by_key(scene: Scene, person: Person) -> None:
    Guest(scene.provider, person.browser).signs_in(scene.office.owner(scene.account))


def by_tls(scene: Scene, person: Person) -> None:
    voucher = shown(person, ticket_for(person), scene.office.owner(scene.account, key_place="file"))
    person.open(f"/signin/mtls/done?voucher={voucher}")


def by_recovery(scene: Scene, person: Person) -> None:
    scene.post()
    person.open("/recovery").press("Gửi mã", username=PHONE)
    person.press("Xác nhận", code=code_in(scene.post())).press("Đặt mật khẩu", password=NEW)


WAYS_IN = [by_password, by_passkey, by_phone, by_key, by_tls, by_recovery]


@pytest.mark.parametrize("way_in", WAYS_IN, ids=lambda each: each.__name__)
def test_a_cookie_that_was_chosen_for_somebody_opens_nothing(
    scene: Scene, way_in: Callable[[Scene, Person], None]
) -> None:
    """Session fixation (OWASP ASVS 3.2.1): whatever name a browser brought, it leaves with another."""
    chosen = "a-name-that-the-thief-chose"
    person = Person(scene.provider, "198.51.100.4").takes(chosen)
    way_in(scene, person)

    assert person.is_in
    assert person.cookie not in ("", chosen)
    assert not Person(scene.provider).takes(chosen).is_in


@pytest.mark.parametrize("way_in", WAYS_IN, ids=lambda each: each.__name__)
def test_the_thiefs_own_session_does_not_become_the_victims(
    scene: Scene, enrol: Enrol, way_in: Callable[[Scene, Person], None]
) -> None:
    """A browser in which the thief is signed in: who signs in there is somebody else, and that session ends."""
    enrol("Trần Đức Bình", phone="+84987654321")
    thief = Person(scene.provider).enters("0987654321")
    planted = thief.cookie
    person = Person(scene.provider, "198.51.100.4").takes(planted)
    if way_in is by_password or way_in is by_passkey:
        # Somebody is signed in here, so the page is asked for on purpose.
        person.open("/logout").press("Đăng xuất khỏi mọi nơi")
    way_in(scene, person)

    if way_in is by_key:
        # A key signs for whoever is signed in already, or for nobody.
        assert "Đức Bình" in person.open("/account").text
        return
    assert person.cookie != planted
    assert "Minh Khai" in person.open("/account").text
    assert not thief.is_in, "the one who was signed in here before is signed out"


@pytest.mark.parametrize("step", ["password", "code", "paper", "change"])
def test_a_copy_of_the_cookie_is_void_after_every_proof(
    provider: Provider, khai: str, application: object, somebody: Callable[..., Person], clock: StoppedClock, step: str
) -> None:
    import pyotp

    from tests.idp.attacks.people import SEED

    paper = recovery_codes.make(provider.services, khai)
    victim = somebody("198.51.100.4").enters()
    if step == "change":
        victim.shows(pyotp.TOTP(SEED))
    thief = somebody().takes(victim.cookie)
    assert thief.is_in
    if step == "password":
        victim.open("/step-up/password").press("Xác nhận", password=PASSWORD)
    elif step == "code":
        victim.shows(pyotp.TOTP(SEED))
    elif step == "paper":
        victim.open("/step-up/recovery-code?next=/account").press("Xác nhận", code=paper[0])
    else:
        victim.open("/account/authenticators/password").press("Đổi", password=NEW)

    assert victim.is_in
    assert not thief.is_in


def test_a_sign_in_prepared_by_a_thief_ends_nowhere_else(
    provider: Provider, khai: str, portal: Portal, somebody: Callable[..., Person]
) -> None:
    """The thief begins at a portal and hands the address on: it is bound to the thief's browser."""
    thief, victim = somebody(), somebody("198.51.100.4")
    prepared = thief.open("/authorize", **portal.request()).path

    victim.open(prepared)

    assert victim.response.status_code == 400
    assert "trình duyệt khác" in victim.text
    assert not victim.is_in


def test_one_prepared_without_a_browser_is_bound_to_the_first(
    provider: Provider, khai: str, portal: Portal, somebody: Callable[..., Person]
) -> None:
    """A request posted across sites comes without a cookie; whoever opens it first has it, and nobody after them."""
    thief, victim = somebody(), somebody("198.51.100.4")
    prepared = thief.browser.post("/authorize", data=portal.request()).headers["Location"]
    victim.open(prepared.removeprefix(ORIGIN))
    victim.press("Đăng nhập", username=PHONE, password=PASSWORD)

    thief.open(prepared.removeprefix(ORIGIN))

    assert thief.response.status_code == 400
    assert not thief.is_in


def test_a_code_confirmed_by_the_victim_is_not_the_thiefs_to_use(scene: Scene, somebody: Callable[..., Person]) -> None:
    """The thief's recovery cannot be finished in the victim's browser, nor the victim's in the thief's."""
    scene.post()
    thief = somebody().open("/recovery").press("Gửi mã", username=PHONE)
    code = code_in(scene.post())
    victim = somebody("198.51.100.4").open("/recovery").press("Gửi mã", username=PHONE)
    victim.press("Xác nhận", code=code)

    assert victim.path == "/recovery/code"
    assert victim.response.status_code in (200, 400)
    assert thief.open("/recovery/password").path == "/recovery"


def test_an_answer_of_the_thiefs_passkey_signs_nobody_in_elsewhere(
    scene: Scene, enrol: Enrol, somebody: Callable[..., Person]
) -> None:
    """Sign-in CSRF: the victim is to be signed in as the thief, and to file their papers there."""
    enrol("Trần Đức Bình", phone="+84987654321")
    device, thief = Authenticator(ORIGIN), somebody().enters("0987654321")
    adds(thief, device)
    elsewhere = somebody().open("/signin")
    signed = answer(device.get, elsewhere)
    victim = somebody("198.51.100.4").open("/signin")

    victim.press("Dùng khóa truy cập (passkey)", credential=signed)

    assert not victim.is_in
