"""One dossier from the national portal to the province and back, at the real provider: who is known to whom by what.

Every token that passes is looked into: no two agencies know the person by the same number, and none of them holds the
personal number (design §5; RFC 9068 §6; OpenID Connect Core §8.1).
"""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from clients.kit.web.access_tokens import access_token
from clients.kit.web.modules import Place
from clients.kit.web.modules import Portal as Neighbour
from clients.kit.web.step_up import requires
from clients.procedures import catalogue
from idp.domain import accounts
from idp.domain.accounts import NewAccount
from tests.clients.dossiers.people import EXTRACT, RECORD
from tests.support.browser import NAVIGATION
from tests.support.clock import StoppedClock
from tests.support.provider import Portal, Provider, claims_of, make_provider
from tests.support.walking import Person, Serving, origin

NUMBER = "022090023456"
SCOPES = {
    "national": "openid profile citizen dossier:read dossier:submit ended:read",
    "ministry": "openid profile citizen dossier:read ended:read",
    "province": "openid profile phone address citizen official ended:read",
}
AGENCIES = {"national": "G22", "ministry": "G02", "province": "H49"}
OWNER = {"vi": "Ủy ban nhân dân tỉnh Quảng Ninh", "en": "People's Committee of Quảng Ninh Province"}


@dataclass
class Watch:
    """Stands before an application and remembers what passes: answers of the provider, tokens that APIs are shown."""

    app: Any
    tokens: list[str] = field(default_factory=list)
    presented: list[str] = field(default_factory=list)
    bodies: list[str] = field(default_factory=list)

    def __call__(self, environ: Any, start_response: Any) -> Any:
        authorization = environ.get("HTTP_AUTHORIZATION", "")
        if environ["PATH_INFO"].startswith("/api/dossiers") and authorization.startswith("Bearer "):
            self.presented.append(authorization.removeprefix("Bearer "))
        body = b"".join(self.app(environ, start_response))
        if environ["PATH_INFO"] == "/token":
            given = json.loads(body)
            self.tokens += [given[name] for name in ("access_token", "id_token", "refresh_token") if name in given]
        if environ["PATH_INFO"] == "/introspect":
            self.bodies.append(body.decode())
        return [body]


@dataclass
class Country:
    """The provider and three portals, each on a port of its own."""

    real: Provider
    apps: dict[str, Flask]
    urls: dict[str, str]
    clients: dict[str, Portal]
    provider_watch: Watch
    province_watch: Watch

    def subject(self, account: str, site: str) -> str:
        """Who an account is at a site, as the provider keeps it."""
        return self.real.services.subjects.of(account, self.clients[site].client.subject_sector)


@pytest.fixture
def country(tmp_path: Path, clock: StoppedClock, make_portal: Callable[..., Flask]) -> Iterator[Country]:
    """The country, its catalogue published on the national portal."""
    serving = {name: Serving() for name in ("provider", *AGENCIES)}
    urls = {name: one.address for name, one in serving.items()}
    database = f"sqlite:///{tmp_path / 'idp.sqlite'}"
    real = make_provider(tmp_path / "idp", clock, database, issuer=urls["provider"])
    clients = {site: register(real, site, urls[site]) for site in AGENCIES}
    receivers = {"H49": Neighbour(urls["province"], OWNER)}
    apps = {}
    for site, client in clients.items():
        secret = tmp_path / f"{site}.secret"
        secret.write_text(client.secret or "")
        given = {"issuer": urls["provider"], "client_id": client.id, "client_secret_file": secret, "url": urls[site]}
        scope = SCOPES[site].replace(" ended:read", "").replace(" official", "")
        where = Place(AGENCIES[site], "" if site == "national" else urls["national"], receivers)
        database = f"sqlite:///{tmp_path / f'{site}.sqlite'}"
        apps[site] = make_portal(
            site, with_modules=True, where=where, scope=scope, follow_ended=False, database_url=database, **given
        )
    with apps["national"].app_context():
        catalogue.load(catalogue.built_in())
    watch = Country(real, apps, urls, clients, Watch(real.application), Watch(apps["province"]))
    serving["provider"].app, serving["province"].app = watch.provider_watch, watch.province_watch
    serving["national"].app, serving["ministry"].app = apps["national"], apps["ministry"]
    yield watch
    for one in serving.values():
        one.stop()
    real.services.database.dispose()


def register(real: Provider, site: str, url: str) -> Portal:
    return real.portal(
        agency=AGENCIES[site],
        redirect_uris=[f"{url}/callback"],
        post_logout_redirect_uris=[f"{url}/logged-out"],
        grant_types=["authorization_code", "refresh_token", "client_credentials"],
        scope=SCOPES[site],
        legal_basis="274/QĐ-TTg",
        **({"resources": [url]} if site == "province" else {}),
    )


class Walker(Person):
    """A citizen with a proofed number who walks between the portals and sends forms."""

    def __init__(self, country: Country, number: str = NUMBER, name: str = "Trần Quốc Đạt") -> None:
        real = country.real
        new = NewAccount(name=name, identity_level=2, personal_number=number, birthdate="1990-04-30", gender="male")
        with real.services.database.write() as connection:
            sealer = real.services.sealer
            self.account = accounts.create(connection, sealer, new, at=real.services.clock(), actor=("system", "test"))
        self.real = real
        self.at_provider = real.signed_in(self.account)
        self.at_portals = {}
        for app in country.apps.values():
            self.enter(app)

    def send(self, page: TestResponse, where: str, /, **fields: str) -> TestResponse:
        """Send a form of ``page`` and follow where it leads."""
        hidden = dict(re.findall(r'type="hidden"[^>]*name="([^"]+)"[^>]*value="([^"]*)"', page.text))
        hidden |= dict(re.findall(r'name="(submission)" value="([^"]*)"', page.text))
        client = self.at_portals[origin(where)]
        headers = {**NAVIGATION, "Sec-Fetch-Site": "same-origin"}
        answer = client.post(urlsplit(where).path, data={**hidden, **fields}, headers=headers)
        return self.open(f"{origin(where)}{answer.location}") if answer.status_code == 303 else answer


def files(country: Country, walker: Walker) -> str:
    """From the catalogue to the province's form and its dossier; gives the code."""
    found = walker.open(f"{country.urls['national']}/procedures?q=trich+luc+ho+tich")
    assert f"/procedures/{EXTRACT}" in found.text
    procedure = walker.open(f"{country.urls['national']}/procedures/{EXTRACT}").text
    way = re.search(rf'href="([^"]+/dossiers/new/{EXTRACT})"', procedure)
    assert way
    form = walker.open(way[1])
    assert form.request.path == f"/dossiers/new/{EXTRACT}", form.text
    filed = walker.send(form, way[1], **RECORD)
    code = re.search(r"H49\.61-\d{6}-\d{4}", filed.text)
    assert code, filed.text
    return code[0]


def test_a_citizen_files_at_the_province_and_follows_from_the_national_portal(country: Country) -> None:
    walker = Walker(country)
    code = files(country, walker)

    listed = walker.open(f"{country.urls['national']}/dossiers")
    told = walker.open(f"{country.urls['national']}/dossiers/H49/{code}")

    assert code in listed.text
    assert OWNER["vi"] in listed.text
    assert "Mới đăng ký" in told.text
    assert f'href="{country.urls["province"]}/dossiers/{code}"' in told.text


def test_each_agency_knows_the_person_by_a_number_of_its_own(country: Country) -> None:
    """The token that the national portal shows the province names the person as the province knows them."""
    walker = Walker(country)
    files(country, walker)
    walker.open(f"{country.urls['national']}/dossiers")
    walker.open(f"{country.urls['ministry']}/me")
    known = {site: country.subject(walker.account, site) for site in AGENCIES}

    in_id_tokens = {
        claims["aud"]: claims["sub"]
        for claims in map(claims_or_none, country.provider_watch.tokens)
        if claims.get("nonce")
    }
    shown = [about(country, token) for token in country.province_watch.presented]

    assert len({*known.values(), walker.account}) == 4
    assert in_id_tokens == {country.clients[site].id: known[site] for site in AGENCIES}
    assert shown
    assert {claims["sub"] for claims in shown} == {known["province"]}
    assert all(claims["client_id"] == country.clients["national"].id for claims in shown)
    assert known["national"] not in json.dumps(shown)


def test_no_token_holds_a_personal_number(country: Country) -> None:
    """UserInfo gave it to the portals that may have it; what passes between them does not."""
    walker = Walker(country)
    files(country, walker)
    walker.open(f"{country.urls['national']}/dossiers")
    assert NUMBER in walker.open(f"{country.urls['national']}/me").text

    everything = [*country.provider_watch.tokens, *country.province_watch.presented]
    decoded = [json.dumps(claims_or_none(token)) for token in everything]

    assert len([text for text in decoded if text != "{}"]) >= 4
    for text in (*everything, *decoded, *country.provider_watch.bodies):
        assert NUMBER not in text
        assert "personal_number" not in text
        assert walker.account not in text


def claims_or_none(token: str) -> dict[str, Any]:
    """What a token says by itself; nothing for an opaque one."""
    return claims_of(token) if token.count(".") == 2 else {}


def about(country: Country, token: str) -> dict[str, Any]:
    """What a token says to the province: by itself, or by introspection where it is opaque."""
    return claims_or_none(token) or country.clients["province"].introspect(token)


def test_another_citizen_finds_neither_list_nor_dossier(country: Country) -> None:
    code = files(country, Walker(country))
    other = Walker(country, "001185012345", "Nguyễn Thị Minh Khai")

    assert code not in other.open(f"{country.urls['national']}/dossiers").text
    assert other.open(f"{country.urls['national']}/dossiers/H49/{code}").status_code == 404
    assert other.open(f"{country.urls['province']}/dossiers/{code}").status_code == 404


@pytest.mark.parametrize("code", ["H49.61-260302-9999", "..%2f..%2fended", "x%3Fpage=2", "%00", "a b"])
def test_a_code_that_somebody_made_up_reaches_nothing_else(country: Country, code: str) -> None:
    walker = Walker(country)

    assert walker.open(f"{country.urls['national']}/dossiers/H49/{code}").status_code in (404, 502)
    assert walker.open(f"{country.urls['national']}/dossiers/H99/{code}").status_code == 404


def test_a_token_for_another_agency_or_without_the_scope_opens_nothing(country: Country) -> None:
    """The national portal's own token is not for the province; a portal without ``dossier:read`` gets none that opens it."""
    country.apps["national"].add_url_rule("/own-token", "portal.own_token", requires()(access_token))
    walker = Walker(country)
    code = files(country, walker)
    own = walker.open(f"{country.urls['national']}/own-token").text
    weak = country.clients["province"].tokens(
        walker.at_provider, scope="openid profile", resource=country.urls["province"]
    )

    for token, statuses in ((own, (401,)), (weak["access_token"], (401, 403))):
        for path in ("/api/dossiers", f"/api/dossiers/{code}"):
            answer = country.apps["province"].test_client().get(path, headers={"Authorization": f"Bearer {token}"})
            assert answer.status_code in statuses


def test_an_agency_that_does_not_answer_is_said_so_beside_the_others(country: Country) -> None:
    walker = Walker(country)
    walker.open(f"{country.urls['national']}/dossiers")

    def broken(_environ: Any, start_response: Any) -> list[bytes]:
        start_response("503 Service Unavailable", [])
        return [b""]

    country.province_watch.app = broken
    page = walker.open(f"{country.urls['national']}/dossiers")

    assert page.status_code == 200
    assert "Cơ quan này hiện chưa trả lời" in page.text


def test_the_province_goes_on_with_its_copy_while_the_catalogue_is_away(country: Country, clock: StoppedClock) -> None:
    walker = Walker(country)
    files(country, walker)
    clock.advance(301)
    country.apps["national"].wsgi_app = lambda _e, start: [start("500 Broken", []), b""][1:]  # type: ignore[method-assign]

    assert walker.open(f"{country.urls['province']}/dossiers/new/{EXTRACT}").status_code == 200
