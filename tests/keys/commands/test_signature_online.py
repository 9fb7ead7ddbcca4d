"""``motcua signature verify`` with a network: what a status lacks is fetched, unless ``--offline`` forbids it."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import wsgi
from keys.commands.signature import signature
from keys.validation import facade, intake
from keys.validation.revocation.online import LookUp, NotFetched
from tests.support.documents import jades
from tests.support.publishing import PublishedWorld, Publisher, publisher
from tests.support.stories import CLOCK

NOW = CLOCK["now"]


@pytest.fixture
def place() -> Iterator[Publisher]:
    with publisher() as published:
        yield published


@pytest.fixture
def files(tmp_path: Path, place: Publisher, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A document whose signer's status is published, and all else that is needed, given."""
    monkeypatch.setattr(facade, "_default_parser", lambda: intake.parse)
    known = PublishedWorld("good", "p256", place.address("/citizens.crl"))
    place.answers["/citizens.crl"] = known.fresh_crls("now")[1]
    (tmp_path / "đơn.json").write_bytes(jades(known, "B"))
    (tmp_path / "root.pem").write_bytes(known.root.pem)
    (tmp_path / "root.crl").write_bytes(known.fresh_crls("now")[0])
    return tmp_path


def verify(files: Path, *more: str, fetch: Any = None) -> tuple[int, dict[str, Any]]:
    given = [str(files / "đơn.json"), "--anchor", str(files / "root.pem"), "--crl", str(files / "root.crl")]
    arguments = ["verify", *given, "--at", NOW.isoformat(), "--json", *more]
    run = CliRunner().invoke(signature, arguments, obj=fetch)
    (found,) = json.loads(run.stdout)["validationReport"]["validationConclusion"]["signatures"]
    return run.exit_code, found


def guarded(monkeypatch: pytest.MonkeyPatch, *networks: str) -> Any:
    """The way out that the whole command has."""
    monkeypatch.setenv("MOTCUA_ALLOWED_FETCH_NETWORKS", ",".join(networks))
    return wsgi.signature_command().context_settings["obj"]


def test_what_is_lacking_is_fetched(files: Path, place: Publisher, monkeypatch: pytest.MonkeyPatch):
    assert verify(files, fetch=guarded(monkeypatch, "127.0.0.0/8"))[0] == 0
    assert [path for _, path, _ in place.asked] == ["/citizens.crl"]


def test_offline_nothing_is(files: Path, place: Publisher, monkeypatch: pytest.MonkeyPatch):
    status, found = verify(files, "--offline", fetch=guarded(monkeypatch, "127.0.0.0/8"))

    assert (status, found["subIndication"]) == (2, "TRY_LATER")
    assert place.asked == []


def test_an_inner_network_is_not_reached_unless_the_operator_says_so(
    files: Path, place: Publisher, monkeypatch: pytest.MonkeyPatch
):
    status, found = verify(files, fetch=guarded(monkeypatch))

    assert (status, found["subIndication"]) == (2, "TRY_LATER")
    assert place.asked == []


def test_a_place_that_does_not_answer_leaves_it_undetermined(files: Path):
    def fetch(place: LookUp) -> bytes:
        raise NotFetched(place.address)

    assert verify(files, fetch=fetch)[1]["subIndication"] == "TRY_LATER"


def test_live_wants_a_status_of_today(files: Path, place: Publisher, monkeypatch: pytest.MonkeyPatch):
    fetch = guarded(monkeypatch, "127.0.0.0/8")
    assert verify(files, "--mode", "live", fetch=fetch)[0] == 0
    assert verify(files, "--mode", "live", "--offline", fetch=fetch)[0] == 2
