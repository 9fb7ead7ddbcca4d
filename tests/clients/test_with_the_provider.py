"""The kit against the real provider: what both sides of each specification say fits together."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from clients.kit.extension import EXTENSION, RelyingParty
from clients.kit.settings import Settings
from clients.kit.web.access_tokens import access_token
from clients.kit.web.guard import access_token as presented
from clients.kit.web.guard import guarded_blueprint, needs
from clients.kit.web.neighbours import Neighbour
from clients.kit.web.step_up import requires
from idp.domain import consents, sessions
from idp.protocol.back_channel_logout import logout_token
from tests.support.clock import StoppedClock
from tests.support.provider import Portal, Provider, make_provider
from tests.support.walking import Person, Serving

SITES = {"national": ("http://localhost:8001", "G22"), "province": ("http://localhost:8003", "H49")}
SCOPE = "openid profile citizen dossier:read"


@pytest.fixture
def served() -> Iterator[Callable[[], Serving]]:
    """Serves applications until the test ends."""
    started: list[Serving] = []

    def serve() -> Serving:
        started.append(Serving())
        return started[-1]

    yield serve
    for one in started:
        one.stop()


@pytest.fixture
def real(tmp_path: Path, clock: StoppedClock, served: Callable[[], Serving]) -> Iterator[Provider]:
    """The real provider, answering HTTP on loopback."""
    serving = served()
    database = f"sqlite:///{tmp_path / 'idp.sqlite'}"
    made = make_provider(tmp_path / "idp", clock, database, issuer=serving.address)
    serving.app = made.application
    yield made
    made.services.database.dispose()


@pytest.fixture
def register(real: Provider, make_portal: Callable[..., Flask], tmp_path: Path) -> Callable[..., tuple[Flask, Portal]]:
    """Registers a site at the provider and makes its portal."""

    def make(site: str, address: str = "", **metadata: Any) -> tuple[Flask, Portal]:
        usual, agency = SITES[site]
        url = address or usual
        client = real.portal(
            agency=agency,
            redirect_uris=[f"{url}/callback"],
            post_logout_redirect_uris=[f"{url}/logged-out"],
            backchannel_logout_uri=f"{url}/backchannel-logout",
            grant_types=["authorization_code", "refresh_token", "client_credentials"],
            scope=metadata.pop("scope", f"{SCOPE} ended:read"),
            **metadata,
        )
        secret = tmp_path / f"{site}.secret"
        secret.write_text(client.secret or "")
        given = {"client_id": client.id, "client_secret_file": secret, "url": url}
        app = make_portal(site, issuer=real.services.settings.issuer, follow_ended=False, scope=SCOPE, **given)
        return app, client

    return make


def test_a_citizen_signs_in_once_and_is_known_at_the_next_portal(
    real: Provider, register: Callable[..., tuple[Flask, Portal]]
) -> None:
    (national, _), (province, _) = register("national"), register("province")
    person = Person(real, name="Nguyễn Thị Hồng Ánh")
    person.enter(national)
    person.enter(province)

    first = person.open("http://localhost:8001/me")
    second = person.open("http://localhost:8003/")

    assert "Nguyễn Thị Hồng Ánh" in first.text
    assert "Mức 2" in first.text
    assert "Nguyễn Thị Hồng Ánh" in second.text
    assert subject(person, "http://localhost:8001") != subject(person, "http://localhost:8003")


def subject(person: Person, address: str) -> str:
    page = person.open(f"{address}/me").text
    return page.partition("Mã của bạn tại cơ quan này</dt><dd>")[2].partition("<")[0]


def test_somebody_unknown_at_the_provider_is_not_asked_by_silent_sign_on(
    real: Provider, register: Callable[..., tuple[Flask, Portal]]
) -> None:
    app, _ = register("national")
    person = Person(real)
    person.at_provider = real.browser()
    person.enter(app)

    assert person.open("http://localhost:8001/").request.path == "/"


def test_the_access_token_is_refreshed(
    real: Provider, register: Callable[..., tuple[Flask, Portal]], clock: StoppedClock
) -> None:
    app, _ = register("national")
    app.add_url_rule("/token", "portal.token", requires()(access_token))
    person = Person(real)
    person.enter(app)
    first = person.open("http://localhost:8001/token").text
    clock.advance(290)

    second = person.open("http://localhost:8001/token").text

    assert second != first
    assert second.count(".") == 2


def test_an_api_of_another_agency_is_called_and_knows_the_person_by_its_own_number(
    real: Provider, register: Callable[..., tuple[Flask, Portal]], served: Callable[[], Serving]
) -> None:
    serving = served()
    province, _ = register("province", serving.address, resources=[serving.address])
    serving.app = with_api(province)
    national, _ = register("national")
    national.add_url_rule(
        "/dossiers", "portal.dossiers", requires()(lambda: Neighbour(serving.address).get("/api/dossiers/"))
    )
    person = Person(real)
    person.enter(national)

    answer = person.open("http://localhost:8001/dossiers")

    assert answer.status_code == 200, answer.text
    assert answer.json is not None
    assert answer.json["of"] not in ("", subject(person, "http://localhost:8001"))


def with_api(app: Flask) -> Flask:
    api = guarded_blueprint("dossiers_api", __name__, "/api/dossiers")
    api.get("/")(needs("dossier:read")(lambda: {"of": presented().subject}))
    app.register_blueprint(api)
    return app


def test_a_session_ended_at_the_provider_ends_here_and_at_the_api(
    real: Provider, register: Callable[..., tuple[Flask, Portal]]
) -> None:
    app, client = register("national", resources=["http://localhost:8001"])
    with_api(app)
    app.add_url_rule("/token", "portal.token", requires()(lambda: access_token("http://localhost:8001")))
    person = Person(real)
    person.enter(app)
    token = person.open("http://localhost:8001/token").text
    party: RelyingParty = app.extensions[EXTENSION]
    party.ended.read()
    assert call(app, token).status_code == 200
    told = end_session(real, client, person)

    party.ended.read()
    answer = app.test_client().post("/backchannel-logout", data={"logout_token": told})

    assert call(app, token).status_code == 401
    assert answer.status_code == 200, answer.text
    assert person.step("http://localhost:8001/me").status_code == 303


def call(app: Flask, token: str) -> TestResponse:
    return app.test_client().get("/api/dossiers/", headers={"Authorization": f"Bearer {token}"})


def end_session(real: Provider, client: Portal, person: Person) -> str:
    """End the person's session as the account page does; gives the logout token that the portal is sent."""
    cookie = person.at_provider.get_cookie("motcua_idp_session")
    assert cookie
    session = sessions.read_session(real.services, cookie.value)
    assert session
    sessions.end_session(real.services, session.sid, "signed_out")
    sub = real.services.subjects.of(person.account, client.client.subject_sector)
    return logout_token(real.services, client.client, session.sid, sub)


def test_signing_out_ends_at_our_own_page(real: Provider, register: Callable[..., tuple[Flask, Portal]]) -> None:
    app, _ = register("national")
    person = Person(real)
    person.enter(app)
    page = person.open("http://localhost:8001/me")
    token = page.text.partition('name="csrf_token" value="')[2].partition('"')[0]

    answer = person.at_portals["http://localhost:8001"].post("/logout", data={"csrf_token": token})
    ended = person.step(answer.location)

    assert ended.status_code in (200, 303), ended.text
    assert "http://localhost:8001/logged-out" in (ended.location or ended.text)


def test_every_endpoint_of_the_kit_is_discovered(
    real: Provider, register: Callable[..., tuple[Flask, Portal]], settings: Callable[..., Settings]
) -> None:
    app, _ = register("national")
    party: RelyingParty = app.extensions[EXTENSION]

    provider = party.discovery()

    assert provider.sends_issuer
    assert provider.takes_claims
    assert provider.introspection_endpoint.startswith(real.services.settings.issuer)
    assert provider.end_session_endpoint.startswith(real.services.settings.issuer)


def test_what_was_granted_for_while_somebody_is_away_opens_the_api_after_their_sign_out(
    real: Provider, register: Callable[..., tuple[Flask, Portal]]
) -> None:
    """The guard follows the list of what has ended: it must agree with the refresh that the provider still gives."""
    scope = f"{SCOPE} offline_access ended:read"
    app, client = register("national", resources=["http://localhost:8001"], scope=scope)
    with_api(app)
    party: RelyingParty = app.extensions[EXTENSION]
    person = Person(real)
    wanted = ("openid", "dossier:read", "offline_access")
    consents.agree(real.services, person.account, client.client, wanted, ())
    tokens = client.tokens(person.at_provider, scope=" ".join(wanted), resource="http://localhost:8001")
    end_session(real, client, person)
    party.ended.read()

    refreshed = dict(client.refresh(tokens["refresh_token"]).json or {})

    assert call(app, tokens["access_token"]).status_code == 401
    assert call(app, refreshed["access_token"]).status_code == 200
    client.token(grant_type="refresh_token", refresh_token=tokens["refresh_token"])
    party.ended.read()
    assert call(app, refreshed["access_token"]).status_code == 401, "a reuse ends the grant, and the guard knows it"
