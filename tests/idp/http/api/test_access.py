"""Who may call the API: nobody but whoever brings a live token for it, with the scope, the role and a fresh enough sign-in."""

from collections.abc import Callable
from typing import Any

import pytest

from idp.domain import account_stop, ended, sessions
from idp.services import Services
from idp.store import accounts as accounts_store
from idp.store import grants as grants_store
from tests.idp.http.api.conftest import RIGHTS, Caller
from tests.support.provider import Portal, Provider, claims_of

PATH = "/api/clients"


def test_an_administrator_is_let_in(central: Caller) -> None:
    answer = central.get(PATH)

    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"


def test_the_token_is_for_the_api_alone_and_no_secret_to_its_client(central: Caller) -> None:
    assert claims_of(central.token)["aud"] == "http://localhost:8000/api"


def test_without_a_token_there_is_a_challenge_and_no_error_code(provider: Provider) -> None:
    answer = provider.browser().get(PATH)

    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="motcua"'


def test_a_cookie_opens_nothing(provider: Provider) -> None:
    signed_in = provider.signed_in(provider.person(roles=("administrator",), agency="G22"))

    assert signed_in.get(PATH).status_code == 401


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "\u0000", "a" * 5000])
def test_what_is_no_token_is_refused(provider: Provider, token: str) -> None:
    answer = Caller(provider, token.encode().decode("latin-1")).get(PATH)

    assert answer.status_code == 401


def test_a_token_in_the_query_is_refused(central: Caller) -> None:
    answer = central.provider.browser().get(f"{PATH}?access_token={central.token}")

    assert answer.status_code == 400
    assert answer.json is not None
    assert answer.json["error"] == "invalid_request"


def test_another_portals_token_is_refused(enter: Callable[..., Caller], provider: Provider) -> None:
    province = provider.portal(agency="H49", scope="openid dossier:read", resources=["http://localhost:8003"])
    caller = enter(at=province, scope="dossier:read", resource="http://localhost:8003")

    answer = caller.get(PATH)

    assert answer.status_code == 401
    assert 'error="invalid_token"' in answer.headers["WWW-Authenticate"]
    assert "resource=http://localhost:8000/api" in answer.headers["WWW-Authenticate"]


def test_the_token_for_userinfo_is_refused(enter: Callable[..., Caller]) -> None:
    assert enter(resource="").get(PATH).status_code == 401


def test_a_token_for_the_api_and_somebody_else_is_not_given(provider: Provider, console: Portal) -> None:
    provider.portal(agency="H49", resources=["http://localhost:8003"])
    both = f"{provider.services.settings.api} http://localhost:8003"
    browser = provider.signed_in(provider.person())

    answer = browser.get(
        "/authorize", query_string=[*console.request().items(), *(("resource", r) for r in both.split())]
    )

    assert "error=invalid_target" in answer.headers["Location"]


def test_a_token_without_the_scope_is_told_which(enter: Callable[..., Caller]) -> None:
    answer = enter(scope="account:read").get(PATH)

    assert answer.status_code == 403
    assert 'error="insufficient_scope"' in answer.headers["WWW-Authenticate"]
    assert 'scope="client:read"' in answer.headers["WWW-Authenticate"]


@pytest.mark.parametrize("roles", [("receiver",), ("central_administrator",), ("Administrator",)])
def test_without_the_role_nothing_opens(enter: Callable[..., Caller], roles: tuple[str, ...]) -> None:
    assert enter(*roles).get(PATH).status_code == 403


def test_a_role_that_was_withdrawn_since_opens_nothing(central: Caller) -> None:
    with central.provider.services.database.write() as connection:
        accounts_store.change(connection, central.account, roles=())

    assert central.get(PATH).status_code == 403


@pytest.mark.parametrize(
    ("role", "path"), [("administrator", PATH), ("counter_official", "/api/counter/recoveries")], ids=lambda each: each
)
def test_a_client_that_registered_itself_is_trusted_with_nobodys_rights(
    provider: Provider, enter: Callable[..., Caller], role: str, path: str
) -> None:
    stranger = provider.portal(scope=f"openid {RIGHTS}")
    assert enter(role, at=stranger).get(path).status_code == 200
    object.__setattr__(stranger.client.row, "registered_by", "dynamic")
    from idp.store import clients as clients_store
    from idp.store import versions

    with provider.services.database.write() as connection:
        clients_store.replace(connection, stranger.client.row)
        versions.bump(connection, "clients")
    provider.services.freshness.look()

    assert enter(role, at=stranger).get(path).status_code == 403


def test_a_client_acting_for_itself_may_not_administer(provider: Provider) -> None:
    machine = provider.portal(grant_types=["client_credentials"], redirect_uris=None, scope="client:read")
    given = machine.token(grant_type="client_credentials", resource=provider.services.settings.api)

    assert given.status_code == 200, given.text
    assert Caller(provider, (given.json or {})["access_token"]).get(PATH).status_code == 403


def test_a_sign_in_of_level_1_is_told_what_is_needed(provider: Provider, console: Portal) -> None:
    account = provider.person(level=1, agency="G22", roles=("administrator",))
    asked = {"scope": f"openid {RIGHTS}", "resource": provider.services.settings.api}
    token = console.tokens(provider.signed_in(account), **asked)["access_token"]

    answer = Caller(provider, token).get(PATH)

    assert answer.status_code == 401
    assert 'error="insufficient_user_authentication"' in answer.headers["WWW-Authenticate"]
    assert 'acr_values="urn:vn:eid:loa2' in answer.headers["WWW-Authenticate"]


def test_one_factor_is_not_enough(enter: Callable[..., Caller]) -> None:
    answer = enter(factors=("password",)).get(PATH)

    assert answer.status_code == 401
    assert 'acr_values="urn:vn:eid:loa2:mfa"' in answer.headers["WWW-Authenticate"]


def test_an_expired_token_is_refused(central: Caller) -> None:
    central.provider.clock.advance(301)

    assert central.get(PATH).status_code == 401


def test_a_token_whose_session_ended_is_refused_at_once(central: Caller) -> None:
    sessions.end_session(central.provider.services, claims_of(central.token)["sid"], "signed_out")

    assert central.get(PATH).status_code == 401


def test_a_frozen_administrator_is_refused_at_once(central: Caller) -> None:
    account_stop.freeze_account(
        central.provider.services, central.account, actor=("operator", "test"), reason="suspected"
    )

    assert central.get(PATH).status_code == 401


def frozen(services: Services, caller: Caller, claims: dict[str, Any]) -> None:
    with services.database.write() as connection:
        accounts_store.change(connection, caller.account, state="frozen")


def family_ended(services: Services, caller: Caller, claims: dict[str, Any]) -> None:
    with services.database.write() as connection:
        grants_store.end_families(connection, services.now(), "signed_out", gid=claims["gid"])


def listed(kind: str) -> Callable[[Services, Caller, dict[str, Any]], None]:
    def end(services: Services, caller: Caller, claims: dict[str, Any]) -> None:
        with services.database.write() as connection:
            ended.end(connection, services.settings, kind, claims[kind], services.clock())

    end.__name__ = f"{kind}_listed"
    return end


@pytest.mark.parametrize(
    "end", [frozen, family_ended, listed("sid"), listed("gid"), listed("jti")], ids=lambda each: each.__name__
)
def test_each_thing_that_a_token_rests_on_ends_it_alone(
    central: Caller, end: Callable[[Services, Caller, dict[str, Any]], None]
) -> None:
    """Ending a session or freezing an account does several of them; no act may have to remember all."""
    end(central.provider.services, central, claims_of(central.token))

    assert central.get(PATH).status_code == 401


def test_a_machines_token_that_was_revoked_opens_nothing(provider: Provider) -> None:
    machine = provider.portal(grant_types=["client_credentials"], redirect_uris=None, scope="signature:validate")
    given = machine.token(grant_type="client_credentials", resource=provider.services.settings.api)
    caller = Caller(provider, (given.json or {})["access_token"])
    assert caller.get("/api/signatures/trust").status_code == 200

    listed("jti")(provider.services, caller, claims_of(caller.token))

    assert caller.get("/api/signatures/trust").status_code == 401
