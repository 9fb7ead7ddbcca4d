"""Other portals file and follow dossiers with a person's token: which tokens open it, and what they open."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, update
from werkzeug.test import TestResponse

from clients.dossiers.records.copies import CopiedPage
from clients.dossiers.records.dossiers import Dossier
from clients.kit.records.database import reading, writing
from tests.clients.dossiers.people import EXTRACT, MARRIAGE, RECORD, Citizen
from tests.support.fake_provider import FakeProvider

HERE = "http://localhost:8003"
KEY = "a-key-made-for-this-one-form"


@pytest.fixture
def token(provider: FakeProvider) -> Callable[..., str]:
    """Makes a good token for the province's API; what is given stands above."""

    def make(**changes: Any) -> str:
        usual = {"aud": HERE, "sub": "h49-dat", "scope": "openid dossier:read dossier:submit"}
        return provider.jwt_access_token(**{**usual, **changes})

    return make


def ask(province: Flask, path: str = "", token: str = "", **more: Any) -> TestResponse:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return province.test_client().get(f"/api/dossiers{path}", headers=headers, **more)


def send(province: Flask, token: str, content: Any = None, *, key: str = KEY, **members: Any) -> TestResponse:
    body = {"procedure": EXTRACT, "content": RECORD if content is None else content, **members}
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": key, "Accept-Language": "vi"}
    return province.test_client().post("/api/dossiers", json=body, headers=headers)


def filed(province: Flask) -> int:
    with province.app_context(), reading() as work:
        return work.scalar(select(func.count()).select_from(Dossier)) or 0


def test_a_persons_dossiers_are_listed_and_told_with_their_history(
    province: Flask, citizen: Callable[..., Citizen], token: Callable[..., str]
) -> None:
    code = citizen().code_of(citizen().files(EXTRACT))

    listed, whole = ask(province, token=token()).json, ask(province, f"/{code}", token()).json
    assert listed is not None
    assert whole is not None

    assert [it["code"] for it in listed["dossiers"]] == [code]
    assert listed["next"] is None
    assert whole["state"]["code"] == 1
    assert whole["state"]["name"] == {"vi": "Mới đăng ký", "en": "Filed"}
    assert [(it["act"], it["by"]) for it in whole["history"]] == [("submit", "Trần Quốc Đạt")]
    assert whole["page"] == f"{HERE}/dossiers/{code}"
    assert "content" not in whole


def test_another_citizens_dossier_is_not_there(
    province: Flask, citizen: Callable[..., Citizen], token: Callable[..., str]
) -> None:
    code = citizen().code_of(citizen().files(EXTRACT))
    other = token(sub="h49-duong")

    theirs, nobodys = ask(province, f"/{code}", other), ask(province, "/H49.61-260302-9999", other)

    assert theirs.status_code == nobodys.status_code == 404
    assert theirs.data == nobodys.data
    listed = ask(province, token=other).json
    assert listed is not None
    assert listed["dossiers"] == []


@pytest.mark.parametrize(
    ("changes", "status", "error"),
    [
        ({"aud": "http://localhost:8001"}, 401, "invalid_token"),
        ({"aud": f"{HERE}/"}, 401, "invalid_token"),
        ({"aud": "portal-province"}, 401, "invalid_token"),
        ({"iss": "https://evil.example"}, 401, "invalid_token"),
        ({"exp": 1}, 401, "invalid_token"),
        ({"cnf": {"jkt": "x"}}, 401, "invalid_token"),
        ({"scope": "openid"}, 403, "insufficient_scope"),
        ({"scope": "dossier:submit"}, 403, "insufficient_scope"),
        ({"scope": "dossier:reader"}, 403, "insufficient_scope"),
        ({"scope": ["dossier:read"]}, 403, "insufficient_scope"),
        ({"sub": None}, 401, "invalid_token"),
    ],
    ids=str,
)
def test_only_a_token_for_this_very_agency_with_the_scope_opens_it(
    province: Flask, token: Callable[..., str], changes: dict[str, Any], status: int, error: str
) -> None:
    for path in ("", "/H49.61-260302-0001"):
        answer = ask(province, path, token(**changes))
        assert answer.status_code == status
        assert f'error="{error}"' in answer.headers["WWW-Authenticate"]


def test_without_a_token_there_is_only_a_challenge_and_cookies_open_nothing(
    province: Flask, citizen: Callable[..., Citizen]
) -> None:
    person = citizen()
    person.files(EXTRACT)

    for answer in (ask(province), person.client.get("/api/dossiers"), person.client.post("/api/dossiers", json={})):
        assert answer.status_code == 401
        assert "error=" not in answer.headers["WWW-Authenticate"]


def test_a_session_that_has_ended_opens_nothing(
    province: Flask, token: Callable[..., str], provider: FakeProvider
) -> None:
    good = token()
    assert ask(province, token=good).status_code == 200
    provider.end("sid", "sid-1")
    province.extensions["motcua_relying_party"].ended.read()

    assert ask(province, token=good).status_code == 401


def test_filing_gives_the_dossier_and_repeating_it_the_same(
    province: Flask, token: Callable[..., str], clock: Any
) -> None:
    first = send(province, token())
    clock.advance(2)
    again = send(province, token())
    assert first.json is not None
    assert again.json is not None

    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json["code"] == again.json["code"] == "H49.61-260302-0001"
    assert first.headers["Location"] == f"{HERE}/api/dossiers/H49.61-260302-0001"
    assert filed(province) == 1


def test_a_key_that_was_used_for_other_content_is_refused(province: Flask, token: Callable[..., str]) -> None:
    send(province, token())

    assert send(province, token(), {**RECORD, "copies": "3"}).status_code == 409
    assert send(province, token(sub="h49-duong"), {**RECORD, "copies": "3"}).status_code == 201
    assert filed(province) == 2


def test_a_reading_token_files_nothing(province: Flask, token: Callable[..., str]) -> None:
    assert send(province, token(scope="dossier:read")).status_code == 403
    assert filed(province) == 0


def test_a_procedure_that_asks_for_more_than_the_sign_in_answers_how_much(
    province: Flask, token: Callable[..., str]
) -> None:
    """RFC 9470 §3: the challenge names the level, so that the portal can send the person to step-up."""
    answer = send(province, token(), procedure=MARRIAGE)

    assert answer.status_code == 401
    assert 'error="insufficient_user_authentication"' in answer.headers["WWW-Authenticate"]
    assert 'acr_values="urn:vn:eid:loa2:mfa"' in answer.headers["WWW-Authenticate"]
    assert send(province, token(acr="urn:vn:eid:loa2:phr"), procedure=MARRIAGE).status_code == 422


@pytest.mark.parametrize(
    ("content", "wrong"),
    [
        ({**RECORD, "copies": 0}, "copies"),
        ({**RECORD, "copies": True}, "copies"),
        ({**RECORD, "copies": 1.5}, "copies"),
        ({**RECORD, "copies": 10**5000}, "copies"),
        ({**RECORD, "full_name": ["x"]}, "full_name"),
        ({**RECORD, "full_name": {"x": "y"}}, "full_name"),
        ({**RECORD, "full_name": None}, "full_name"),
        ({**RECORD, "full_name": "\ud800"}, "full_name"),
        ({**RECORD, "full_name": "\0"}, "full_name"),
        ({**RECORD, "record_kind": "divorce"}, "record_kind"),
        ({**RECORD, "state": "returned"}, "state"),
        ({**RECORD, "csrf_token": "x"}, "csrf_token"),
        ({}, "full_name"),
    ],
    ids=lambda value: str(value)[:40] if isinstance(value, str) else "",
)
def test_what_makes_no_sense_is_named(
    province: Flask, token: Callable[..., str], content: dict[str, Any], wrong: str
) -> None:
    try:
        answer = send(province, token(), content)
    except ValueError:  # Python itself refuses to write so long a number
        return

    assert answer.status_code == 422, answer.text
    assert answer.json is not None
    assert wrong in answer.json["errors"]
    assert answer.content_type == "application/problem+json"
    assert filed(province) == 0


@pytest.mark.parametrize(
    ("body", "typed", "status"),
    [
        (b"", "application/json", 400),
        (b"{", "application/json", 400),
        (b"[]", "application/json", 400),
        (b'{"content": []}', "application/json", 400),
        (b'{"procedure": 3, "content": {}}', "application/json", 422),
        (b'{"procedure": "\xff", "content": {}}', "application/json", 400),
        (b"[" * 60_000, "application/json", 400),
        (b" " * 70_000, "application/json", 413),
        (b'{"content": {}}', "text/plain", 415),
        (b"content=x", "application/x-www-form-urlencoded", 415),
    ],
)
def test_what_is_no_such_request_is_refused_before_it_is_looked_at(
    province: Flask, token: Callable[..., str], body: bytes, typed: str, status: int
) -> None:
    headers = {"Authorization": f"Bearer {token()}", "Idempotency-Key": KEY}

    answer = province.test_client().post("/api/dossiers", data=body, content_type=typed, headers=headers)

    assert answer.status_code == status
    assert filed(province) == 0


@pytest.mark.parametrize("key", ["", "short", "x" * 65, "with space in the middle", "ghi-chú-không-phải-ascii"])
def test_without_a_good_key_nothing_is_filed(province: Flask, token: Callable[..., str], key: str) -> None:
    answer = send(province, token(), key=key.encode().decode("latin-1"))

    assert answer.status_code == 400
    assert filed(province) == 0


class NotToBeUsed:
    """What no API handler may touch."""

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"a handler calls out: {name}")


def test_a_handler_calls_nobody_even_where_the_copy_is_old(
    province: Flask, token: Callable[..., str], clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Design: an API handler never makes a call; the copy is what it is."""
    good = token()
    assert ask(province, token=good).status_code == 200
    monkeypatch.setattr(province.extensions["motcua_relying_party"], "fetcher", NotToBeUsed())
    with province.app_context(), writing() as work:
        work.execute(update(CopiedPage).values(read_at=0))

    assert send(province, good).status_code == 201
    assert ask(province, token=good).status_code == 200


def test_pages_of_a_long_list_follow_one_another(province: Flask, token: Callable[..., str], clock: Any) -> None:
    for number in range(60):
        if number % 15 == 0:
            clock.advance(90_000)
            province.extensions["motcua_relying_party"].ended.read()
        assert send(province, token(), key=f"key-of-form-number-{number:02}").status_code == 201

    first, second = ask(province, token=token()).json, ask(province, "?page=2", token()).json
    assert first is not None
    assert second is not None
    codes = [it["code"] for it in (*first["dossiers"], *second["dossiers"])]

    assert (len(first["dossiers"]), first["next"]) == (50, 2)
    assert (len(second["dossiers"]), second["next"]) == (10, None)
    assert len(set(codes)) == 60
    for odd in ("0", "x", "-1", "99999"):
        assert ask(province, f"?page={odd}", token()).status_code == 400
