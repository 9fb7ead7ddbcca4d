"""A portal's engineer asks what is wrong, and is told how to mend it."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from werkzeug.wrappers import Response

from clients.kit.commands import site_commands
from clients.kit.records.tables import database_of
from clients.kit.self_test import self_test
from clients.kit.settings import Settings
from migrations.runner import upgrade
from tests.support.clock import StoppedClock
from tests.support.fake_provider import FakeProvider

ALL = ["settings", "database", "discovery", "keys", "client", "redirect_uri", "ended"]


@pytest.fixture
def ready(settings: Callable[..., Settings], provider: FakeProvider) -> Settings:
    """A portal with nothing wrong."""
    known = settings()
    upgrade(database_of(known))
    provider.twist["/authorize"] = sending_to("http://localhost:8001/callback?error=login_required&state=x")
    return known


def sending_to(address: str, status: int = 303) -> Callable[[Any], Response]:
    return lambda _: Response(status=status, headers={"Location": address})


def found(settings: Settings, clock: StoppedClock) -> dict[str, str]:
    return {finding.check: finding.remedy for finding in self_test(settings, clock)}


def test_where_nothing_is_wrong_every_check_says_so(ready: Settings, clock: StoppedClock) -> None:
    assert found(ready, clock) == dict.fromkeys(ALL, "")


def token_error(error: str) -> Callable[[Any], Response]:
    return lambda _: Response(json.dumps({"error": error}), 400)


FAULTS: dict[str, tuple[str, str, Callable[[Any], Any]]] = {
    "another issuer": ("discovery", "discovery", lambda document: {**document, "issuer": "https://evil.example"}),
    "no keys": ("keys", "keys", lambda _: {"keys": []}),
    "keys away": ("keys", "/jwks", lambda _: Response("", 500)),
    "a wrong secret": ("client", "/token", token_error("invalid_client")),
    "a grant that is not registered": ("client", "/token", token_error("unauthorized_client")),
    "a scope that is not registered": ("client", "/token", token_error("invalid_scope")),
    "a redirect URI that is not registered": ("redirect_uri", "/authorize", lambda _: Response("error page", 400)),
    "another redirect": (
        "redirect_uri",
        "/authorize",
        sending_to("https://evil.example/callback?error=login_required"),
    ),
    "a refused request": (
        "redirect_uri",
        "/authorize",
        sending_to("http://localhost:8001/callback?error=invalid_scope"),
    ),
    "no list of what has ended": ("ended", "/api/ended", lambda _: Response("", 403)),
}


@pytest.mark.parametrize(("check", "twist", "change"), FAULTS.values(), ids=FAULTS)
def test_each_fault_is_found_by_its_check(
    ready: Settings,
    provider: FakeProvider,
    clock: StoppedClock,
    check: str,
    twist: str,
    change: Callable[[Any], Any],
) -> None:
    provider.twist[twist] = change

    assert found(ready, clock)[check]


def test_a_database_that_was_not_migrated(settings: Callable[..., Settings], clock: StoppedClock) -> None:
    assert found(settings(), clock)["database"] == "motcua db upgrade --database national"


def test_a_database_that_cannot_be_read(settings: Callable[..., Settings], clock: StoppedClock, tmp_path: Path) -> None:
    (tmp_path / "broken.sqlite").write_text("this is no database, and long enough to be seen as none" * 20)

    assert "server" in found(settings(database_url=f"sqlite:///{tmp_path / 'broken.sqlite'}"), clock)["database"]


def test_unsafe_settings_are_said_and_nothing_is_sent(
    settings: Callable[..., Settings], provider: FakeProvider, clock: StoppedClock
) -> None:
    findings = list(self_test(settings(demo=False), clock))

    assert [finding.check for finding in findings] == ["settings", "database"]
    assert "must be https" in findings[0].problem
    assert provider.asked == []


def test_a_portal_without_apis_need_not_follow_the_list(
    ready: Settings, provider: FakeProvider, clock: StoppedClock, settings: Callable[..., Settings]
) -> None:
    provider.twist["/api/ended"] = lambda _: Response("", 403)

    assert found(settings(follow_ended=False), clock)["ended"] == ""


def test_the_command_says_what_was_found(ready: Settings, provider: FakeProvider) -> None:
    command = site_commands(["national"], lambda _: ready)
    well = CliRunner().invoke(command, ["check", "national", "--json"])
    assert well.exit_code == 0, well.output
    assert [finding["check"] for finding in json.loads(well.output)] == ALL
    provider.twist["/token"] = token_error("invalid_client")

    ill = CliRunner().invoke(command, ["check", "national"])

    assert ill.exit_code == 1
    assert (
        "client: the provider answers invalid_client\n  to mend it: see that portal-national is registered"
        in ill.output
    )


def test_the_command_lists_who_there_is(ready: Settings) -> None:
    listed = CliRunner().invoke(site_commands(["national"], lambda _: ready), ["list", "--json"])

    assert json.loads(listed.output) == [
        {"site": "national", "url": "http://localhost:8001", "client_id": "portal-national"}
    ]


def test_mistaken_settings_end_in_a_sentence(settings: Callable[..., Settings]) -> None:
    command = site_commands(["national"], lambda _: settings(url="ftp://secret@x"))

    answer = CliRunner().invoke(command, ["check", "national"])

    assert answer.exit_code == 1
    assert "MOTCUA_SITE_NATIONAL_URL must be an http or https address" in answer.output
