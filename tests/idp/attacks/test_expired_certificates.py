"""A certificate that has expired opens nothing, guards nothing and counts as no way in; until then it does all three.

Or whoever let it expire could never again add a factor, nor ask for the next certificate, as the refusal tells them to.
"""

import pytest

from idp.domain import certificates, identity_level, password_recovery
from idp.domain.authenticators import life
from idp.domain.authenticators.passkeys import kept
from idp.errors import Refusal
from idp.store import accounts as accounts_store
from idp.store.accounts import AuthenticatorRow
from tests.idp.attacks.people import Post, code_in
from tests.idp.attacks.test_relay import ORIGIN, PHR, Scene
from tests.idp.http.pages.conftest import PHONE
from tests.idp.http.pages.test_passkeys import adds
from tests.support.authenticator import Authenticator
from tests.support.certificates import Office, Owner
from tests.support.clock import StoppedClock
from tests.support.provider import Portal, Provider

CHANGES = ["/account/certificates/new", "/account/authenticators/password", "/account/authenticators/totp"]
PLACES = pytest.mark.parametrize("key_place", ["browser", "file"])


@pytest.fixture
def scene(provider: Provider, office: Office, post: Post, clock: StoppedClock) -> Scene:
    return Scene(provider, office, post, clock)


def to_the_end_of(owner: Owner, clock: StoppedClock) -> None:
    """To its last second."""
    clock.advance(owner.row.not_after - clock())


@pytest.mark.parametrize("page", CHANGES)
@PLACES
def test_it_guards_every_change_to_its_last_second_and_none_after(
    scene: Scene, clock: StoppedClock, page: str, key_place: str
) -> None:
    owner = scene.office.owner(scene.account, key_place=key_place)
    to_the_end_of(owner, clock)
    assert scene.victim.enters().open(page).path.startswith("/signin/certificate?")

    clock.advance(1)

    assert scene.victim.open(page).path == page


def test_one_that_was_suspended_until_it_expired_guards_nothing_either(scene: Scene, clock: StoppedClock) -> None:
    """Nobody can show it any more, the owner as little as whoever has a copy."""
    owner = scene.office.owner(scene.account)
    certificates.hold(scene.provider.services, owner.serial, actor=("account", scene.account))
    to_the_end_of(owner, clock)
    assert scene.victim.enters().open(CHANGES[0]).path.startswith("/step-up")

    clock.advance(1)

    assert scene.victim.open(CHANGES[0]).path == CHANGES[0]


def test_what_else_the_account_has_still_guards_it(scene: Scene, clock: StoppedClock) -> None:
    owner, application = scene.office.owner(scene.account), scene.application()
    to_the_end_of(owner, clock)
    clock.advance(1)

    assert scene.victim.enters().open(CHANGES[0]).path.startswith("/step-up")
    assert scene.victim.shows(application).open(CHANGES[0]).path == CHANGES[0]


def test_it_is_offered_to_nobody_who_has_to_prove_more(scene: Scene, portal: Portal, clock: StoppedClock) -> None:
    owner = scene.office.owner(scene.account)
    scene.victim.enters().open("/authorize", **portal.request(acr_values=PHR))
    assert "/signin/certificate" in scene.victim.response.text
    to_the_end_of(owner, clock)
    clock.advance(1)

    scene.victim.enters().open("/authorize", **portal.request(acr_values=PHR))

    assert "/signin/certificate" not in scene.victim.response.text


def test_the_page_of_the_identity_level_does_not_promise_what_it_opened(scene: Scene, clock: StoppedClock) -> None:
    owner = scene.office.owner(scene.account)
    services = scene.provider.services
    assert identity_level.standing(services, scene.account).phishing_resistant
    to_the_end_of(owner, clock)
    clock.advance(1)

    assert not identity_level.standing(services, scene.account).two_factors


def test_a_forgotten_password_asks_for_no_factor_that_nobody_has(scene: Scene, clock: StoppedClock) -> None:
    owner = scene.office.owner(scene.account)
    to_the_end_of(owner, clock)
    assert recovery(scene).needs_more

    clock.advance(3600)

    assert not recovery(scene).needs_more


def recovery(scene: Scene) -> password_recovery.Open:
    """What a recovery asks for once its code was given."""
    services = scene.provider.services
    scene.post()
    begun = password_recovery.begin(services, PHONE, address="198.51.100.4")
    found = password_recovery.opened(services, password_recovery.redeem(services, begun, code_in(scene.post())))
    assert found is not None
    return found


def test_it_is_not_the_way_in_that_may_be_left_as_the_last(scene: Scene, clock: StoppedClock) -> None:
    """The last passkey stays while nothing but an expired certificate is beside it."""
    services, device = scene.provider.services, Authenticator(ORIGIN)
    adds(scene.victim.enters(), device)
    owner = scene.office.owner(scene.account)
    (passkey,) = _rows(scene, "passkey")
    for row in _rows(scene, "password"):
        with services.database.write() as connection:
            accounts_store.remove_authenticator(connection, row.id)
    others = [row for row in _rows(scene) if row.id != passkey.id]
    to_the_end_of(owner, clock)
    clock.advance(1)

    with pytest.raises(Refusal, match="last way"):
        kept.remove(services, scene.account, passkey.id)
    with pytest.raises(Refusal, match="last way"):
        life.check_removable(AuthenticatorRow("x", scene.account, "totp", 0), others, services.now())
    life.check_removable(AuthenticatorRow("x", scene.account, "totp", 0), others, owner.row.not_after)


def _rows(scene: Scene, *kinds: str) -> list[AuthenticatorRow]:
    with scene.provider.services.database.read() as connection:
        rows = accounts_store.authenticators_of(connection, scene.account)
    return [row for row in rows if not kinds or row.kind in kinds]
