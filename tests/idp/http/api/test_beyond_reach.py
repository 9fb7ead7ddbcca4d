"""Every operation of the API, those that are added one day too: attacked with tokens that are not for it, and from an agency
that it does not belong to.
"""

from collections.abc import Callable

import pytest
from werkzeug.test import TestResponse

from idp.domain import sessions
from idp.domain.administration.administrator import ADMINISTRATOR
from idp.domain.agencies import load_built_in
from idp.http.api.operation import Operation
from idp.http.api.operations import OPERATIONS
from idp.store import sessions as sessions_store
from tests.idp.http.api.conftest import RIGHTS, Caller
from tests.support.certificates import OPERATOR, Office
from tests.support.provider import Portal, Provider, answer_of

BODIES = {
    "end_session": {"reason": "suspected_misuse"},
    "revoke_certificate": {"reason": "keyCompromise"},
    "search_accounts": {"by": "name", "value": "Hoàng Đức Thắng"},
    "search_certificates": {"by": "subject", "value": "Hoàng Đức Thắng"},
}
REACHING = [each for each in OPERATIONS if each.role == ADMINISTRATOR and "client" not in each.path]


@pytest.fixture
def ids(provider: Provider) -> dict[str, str]:
    """An official of the ministry G02 with a certificate and an open session."""
    load_built_in(provider.services, actor=OPERATOR)
    office = Office(provider.services)
    owner = office.owner(office.official())
    session, _ = sessions.open_session(
        provider.services, owner.account_id, [{"kind": "password", "at": provider.services.now()}]
    )
    return {"account_id": owner.account_id, "sid": session.sid, "serial": owner.serial, "client_id": "x"}


def calls(caller: Caller, operation: Operation, ids: dict[str, str], **options: object) -> TestResponse:
    path = operation.path.format_map({**dict.fromkeys(("recovery_id", "batch_id"), "x"), **ids})
    body = {"json": BODIES.get(operation.name, {})} if operation.method == "POST" else {}
    return caller.call(operation.method, path, **body, **options)


@pytest.fixture
def tokens(provider: Provider, console: Portal, central: Caller) -> dict[str, str]:
    """What is no access token for the API, each by what it is instead."""
    browser = provider.signed_in(central.account, "password", "totp")
    asked = {"scope": "openid client:read", "resource": provider.services.settings.api}
    held = console.tokens(browser, **asked)
    province = provider.portal(agency="H49", scope="openid dossier:read", resources=["http://localhost:8003"])
    other = province.tokens(browser, scope="openid dossier:read", resource="http://localhost:8003")
    code = answer_of(browser.get("/authorize", query_string=console.request(**asked)))["code"]
    return {
        "an ID token": held["id_token"],
        "a refresh token": held["refresh_token"],
        "a code": code,
        "another portal's": other["access_token"],
        "for UserInfo": console.tokens(browser)["access_token"],
        "unsigned": held["access_token"].rpartition(".")[0] + ".",
        "with another's signature": f"{held['access_token'].rpartition('.')[0]}.{other['access_token'].rpartition('.')[2]}",
    }


def test_nothing_but_a_token_for_it_opens_any_operation(
    provider: Provider, central: Caller, tokens: dict[str, str], ids: dict[str, str]
) -> None:
    opened = []
    for operation in OPERATIONS:
        for kind, token in tokens.items():
            answer = calls(Caller(provider, token), operation, ids)
            opened += [] if answer.status_code == 401 else [(operation.name, kind, answer.status_code)]
        bound = calls(central, operation, ids, headers={"Authorization": f"DPoP {central.token}"})
        opened += (
            [] if bound.status_code == 401 else [(operation.name, "bound to a key, without proof", bound.status_code)]
        )

    assert opened == []


def test_an_expired_one_opens_none(provider: Provider, central: Caller, ids: dict[str, str]) -> None:
    provider.clock.advance(301)

    assert {calls(central, operation, ids).status_code for operation in OPERATIONS} == {401}


def test_without_a_role_no_administrators_or_counters_operation_opens(
    enter: Callable[..., Caller], ids: dict[str, str]
) -> None:
    caller = enter("receiver")

    assert {calls(caller, each, ids).status_code for each in OPERATIONS if each.role is not None} == {403}


SCOPES = {
    "list_clients": "client:read",
    "show_client": "client:read",
    "search_accounts": "account:read",
    "show_account": "account:read",
    "list_sessions": "session:read",
    "show_session": "session:read",
    "end_session": "session:end",
    "search_certificates": "certificate:read",
    "show_certificate": "certificate:read",
    "show_consequences": "certificate:read",
    "revoke_certificate": "certificate:revoke",
    "hold_certificate": "certificate:revoke",
    "release_certificate": "certificate:revoke",
}


def test_every_administrators_operation_has_a_scope_here() -> None:
    assert SCOPES.keys() == {each.name for each in OPERATIONS if each.role == ADMINISTRATOR}


@pytest.mark.parametrize("scope", sorted(set(SCOPES.values())))
def test_without_its_own_scope_none_opens_whatever_else_the_token_may(
    enter: Callable[..., Caller], ids: dict[str, str], scope: str
) -> None:
    others = enter(scope=" ".join(each for each in RIGHTS.split() if each != scope))
    needing = [each for each in OPERATIONS if SCOPES.get(each.name) == scope]

    answers = [calls(others, each, ids) for each in needing]

    assert {answer.status_code for answer in answers} == {403}
    assert all(f'scope="{scope}"' in answer.headers["WWW-Authenticate"] for answer in answers)


@pytest.mark.parametrize("operation", REACHING, ids=lambda each: each.name)
def test_what_belongs_elsewhere_is_neither_seen_nor_touched(
    provider: Provider, enter: Callable[..., Caller], ids: dict[str, str], operation: Operation
) -> None:
    """Another province, a code that ours begins with, one below it, one beside it, and none at all."""
    for agency in ("H49", "G0", "G02.01", "G021", None):
        answer = calls(enter("administrator", agency=agency), operation, ids)

        assert answer.status_code == 404 if "{" in operation.path else not (answer.json or {})["items"]
        assert ids["serial"] not in answer.text
    with provider.services.database.read() as connection:
        row = sessions_store.by_sid(connection, ids["sid"])
    assert row is not None
    assert row.ended_at is None


@pytest.mark.parametrize("operation", REACHING, ids=lambda each: each.name)
def test_its_own_administrator_reaches_it(
    enter: Callable[..., Caller], ids: dict[str, str], operation: Operation
) -> None:
    """Or nothing above would say anything."""
    answer = calls(enter("administrator", agency="G02"), operation, ids)

    assert answer.status_code == (409 if operation.name == "release_certificate" else 200), answer.text
    assert "{" in operation.path or (answer.json or {})["items"]
