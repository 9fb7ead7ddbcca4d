"""Frozen, suspended, closing and closed accounts: at every way in, and at everything that was open before."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Barrier

import pytest

from idp.domain import account_stop, accounts, certificates, closing, freeze_link, freezing, sessions
from idp.errors import Refusal
from idp.store import sessions as sessions_store
from tests.idp.attacks.people import NEW, Person
from tests.idp.attacks.test_forged_forms import by_key, by_password, by_phone, by_recovery, by_tls
from tests.idp.attacks.test_relay import ORIGIN, Post, Scene
from tests.idp.http.pages.test_passkeys import adds, answer
from tests.support.authenticator import Authenticator
from tests.support.certificates import OPERATOR, Office
from tests.support.clock import StoppedClock
from tests.support.provider import Portal, Provider

BEFORE = ["frozen", "closing", "closed"]
Way = Callable[[Scene, Person], None]


@pytest.fixture
def scene(provider: Provider, office: Office, post: Post, clock: StoppedClock) -> Scene:
    return Scene(provider, office, post, clock)


def stop(scene: Scene, state: str) -> None:
    services = scene.provider.services
    if state == "frozen":
        account_stop.freeze_account(services, scene.account, actor=OPERATOR, reason="stolen")
    elif state == "closing":
        closing.begin(services, scene.account)
    elif state == "closed":
        account_stop.close_account(services, scene.account, actor=OPERATOR, reason="asked")
    else:
        assert freezing.stop_everything(services, freeze_link.make(services.sealer, scene.account, at=services.clock()))


@pytest.mark.parametrize("state", BEFORE)
@pytest.mark.parametrize("way_in", [by_password, by_key, by_tls, by_phone, by_recovery], ids=lambda each: each.__name__)
def test_no_way_in_is_left(scene: Scene, way_in: Way, state: str) -> None:
    """What the way needs is made before; then the account is stopped in the middle of it, at the last step."""
    owner = scene.office.owner(scene.account)
    device = scene.office.owner(scene.account, key_place="file")
    scene.office.owner = lambda *_, key_place="browser", **__: owner if key_place == "browser" else device  # type: ignore[method-assign]
    person, phone = Person(scene.provider, "198.51.100.4"), scene.phone("password")
    person.open("/signin")
    stop(scene, state)
    scene.phone = lambda *kinds: phone  # type: ignore[method-assign]

    # A page without the next button, or an address without a voucher, is a refusal like any other.
    with suppress(IndexError, KeyError, ValueError):
        way_in(scene, person)
    assert not person.is_in
    with scene.provider.services.database.read() as connection:
        assert sessions_store.live_of_account(connection, scene.account, scene.provider.services.now()) == []


@pytest.mark.parametrize("state", BEFORE)
def test_a_passkey_opens_nothing(scene: Scene, state: str) -> None:
    device, person = Authenticator(ORIGIN), Person(scene.provider, "198.51.100.4")
    adds(scene.victim.enters(), device)
    person.open("/signin")
    stop(scene, state)

    person.press("Dùng khóa truy cập (passkey)", credential=answer(device.get, person))

    assert person.response.status_code in (403, 404)
    assert not person.is_in


@pytest.mark.parametrize("state", [*BEFORE, "stopped by the owner"])
def test_everything_that_was_open_is_shut(scene: Scene, portal: Portal, state: str) -> None:
    """The session, the tokens of its portals, those that may come without the person, and a code on its way."""
    scene.victim.enters()
    asked = {"scope": "openid profile offline_access"}
    scene.victim.open("/authorize", **portal.request(**asked)).press("Đồng ý và tiếp tục")
    held = portal.redeem(scene.victim.answer["code"]).json
    scene.victim.open("/authorize", **portal.request(**asked))
    on_its_way = scene.victim.answer["code"]

    stop(scene, state)

    assert not scene.victim.is_in
    bearer = {"Authorization": f"Bearer {held['access_token']}"}
    assert scene.provider.browser().get("/userinfo", headers=bearer).status_code == 401
    assert scene.provider.browser().post("/userinfo", headers=bearer).status_code == 401
    assert portal.introspect(held["access_token"]) == {"active": False}
    assert portal.introspect(held["refresh_token"]) == {"active": False}
    assert portal.refresh(held["refresh_token"]).json["error"] == "invalid_grant"
    assert portal.redeem(on_its_way).json["error"] == "invalid_grant"
    scene.victim.open("/authorize", **portal.request(prompt="none"))
    assert scene.victim.answer["error"] == "login_required"


@pytest.mark.parametrize("state", ["frozen", "closing"])
def test_who_signs_in_while_it_is_stopped_is_not_in_once_it_is_open_again(scene: Scene, state: str) -> None:
    """Between the proof and the session: the stop has not seen that session, so it must not come to be."""
    services = scene.provider.services
    factor = {"kind": "password", "at": services.now()}
    stop(scene, state)

    with pytest.raises(Refusal):
        sessions.open_session(services, scene.account, [factor])

    with services.database.write() as connection:
        accounts.thaw(connection, services.sealer, scene.account, at=services.clock(), actor=OPERATOR, reason="found")
    with services.database.read() as connection:
        assert sessions_store.live_of_account(connection, scene.account, services.now()) == []


def test_nor_is_a_session_strengthened(scene: Scene) -> None:
    services = scene.provider.services
    opened, _ = sessions.open_session(services, scene.account, [{"kind": "password", "at": services.now()}])
    stop(scene, "frozen")

    with pytest.raises(Refusal):
        sessions.strengthen(services, opened, [{"kind": "totp", "at": services.now()}])


def test_freezing_and_signing_in_at_once_leave_no_session(scene: Scene) -> None:
    services, start = scene.provider.services, Barrier(2)

    def signs_in() -> None:
        start.wait(timeout=10)
        scene.thief.enters()

    def freezes() -> None:
        start.wait(timeout=10)
        stop(scene, "frozen")

    with ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(signs_in), pool.submit(freezes)]:
            done.result(timeout=30)

    assert not scene.thief.is_in
    with services.database.read() as connection:
        assert sessions_store.live_of_account(connection, scene.account, services.now()) == []


def test_the_owners_link_shuts_nobody_out_for_good(scene: Scene, clock: StoppedClock) -> None:
    """Whoever finds one presses it: a fresh sign-in is all that it costs, and pressing it again costs nothing."""
    services = scene.provider.services
    link = freeze_link.make(services.sealer, scene.account, at=services.clock())
    for _ in range(3):
        Person(scene.provider).open(f"/freeze/{link}").press("Dừng mọi việc")
    clock.advance(1)

    assert scene.victim.enters().is_in
    Person(scene.provider).open(f"/freeze/{link}").press("Dừng mọi việc")
    assert scene.victim.is_in


def test_closing_by_a_thief_is_stopped_by_the_owner_and_nothing_is_lost(scene: Scene, clock: StoppedClock) -> None:
    stop(scene, "closing")
    services = scene.provider.services
    assert not scene.victim.enters().is_in

    stop(scene, "stopped by the owner")
    clock.advance(closing.WAIT + 10)
    closing.finish(services, scene.account)

    assert scene.victim.enters().is_in


class TestASuspendedCertificate:
    def test_the_password_alone_does_not_release_it(self, scene: Scene) -> None:
        """It was suspended because somebody may have the key; who also has the password must not undo that."""
        owner, services = scene.office.owner(scene.account), scene.provider.services
        certificates.hold(services, owner.serial, actor=("account", scene.account))
        thief = scene.thief.enters()

        token = thief.open("/account").open("/logout").fields["csrf_token"]
        sent = thief.browser.post(f"/account/certificates/{owner.serial}/release", data={"csrf_token": token})

        assert sent.headers["Location"].startswith("/step-up")
        assert certificates.get(services, owner.serial).status == "on-hold"

    def test_nor_does_it_change_anything_else(self, scene: Scene) -> None:
        owner = scene.office.owner(scene.account)
        certificates.hold(scene.provider.services, owner.serial, actor=("account", scene.account))

        assert scene.thief.enters().open("/account/authenticators/password").path.startswith("/step-up")
        assert scene.thief.open("/account/authenticators/totp").path.startswith("/step-up")

    def test_a_passkey_releases_it(self, scene: Scene) -> None:
        owner, device = scene.office.owner(scene.account), Authenticator(ORIGIN)
        by_key(scene, scene.victim)
        adds(scene.victim, device)
        certificates.hold(scene.provider.services, owner.serial, actor=("account", scene.account))
        person = Person(scene.provider, "198.51.100.4").open("/signin")
        person.press("Dùng khóa truy cập (passkey)", credential=answer(device.get, person))
        token = person.open("/logout").fields["csrf_token"]
        person.browser.post(f"/account/certificates/{owner.serial}/release", data={"csrf_token": token})

        assert certificates.get(scene.provider.services, owner.serial).status == "good"

    def test_a_revoked_one_guards_nothing(self, scene: Scene) -> None:
        """Or whoever lost their only one could never get another."""
        owner = scene.office.owner(scene.account)
        certificates.revoke(scene.provider.services, owner.serial, "keyCompromise", actor=OPERATOR)

        assert scene.victim.enters().open("/account/certificates/new").path == "/account/certificates/new"


def test_a_removed_authenticator_that_was_just_shown_opens_nothing(scene: Scene, clock: StoppedClock) -> None:
    """The owner removes it between a thief's proof and the thief's session."""
    from idp.domain.authenticators import life, totp

    services = scene.provider.services
    application = scene.application()
    opened, _ = sessions.open_session(services, scene.account, [{"kind": "password", "at": services.now()}])
    shown = totp.prove(services, scene.account, application.at(int(clock())), device=None)
    life.remove(services, scene.account, str(shown.factor["authenticator"]))

    with pytest.raises(Refusal):
        sessions.strengthen(services, opened, [shown.factor])


def test_a_password_that_was_just_replaced_opens_nothing(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """The owner sets another between the thief's proof and the thief's session."""
    from idp.domain.authenticators import password_change
    from idp.http import entry

    services, real = scene.provider.services, entry.open_session

    def later(*given: object, **named: object) -> object:
        password_change.change(services, scene.account, NEW, kept="")
        return real(*given, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(entry, "open_session", later)
    scene.thief.enters()

    assert scene.thief.response.status_code == 403
    assert not scene.thief.is_in
