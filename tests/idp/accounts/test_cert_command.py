"""``motcua cert``: each act on a certificate from the command line, for people and as JSON."""

import json
from pathlib import Path
from typing import Any

import pytest

from idp.domain import accounts
from idp.domain.accounts import NewAccount
from idp.services import Services
from tests.idp.accounts.conftest import OPERATOR, Run, Trail
from tests.support.certificates import new_key, request_for

NUMBER = "001185012345"


@pytest.fixture
def account(installation: Services) -> str:
    new = NewAccount("Nguyễn Thị Minh Khai", identity_level=2, personal_number=NUMBER, birthdate="1985-11-20")
    with installation.database.write() as connection:
        return accounts.create(connection, installation.sealer, new, at=installation.clock(), actor=OPERATOR)


@pytest.fixture
def cert(command: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """The command on an installation with an authority."""
    (tmp_path / "authority-key").write_bytes(b"a" * 32)
    monkeypatch.setenv("MOTCUA_AUTHORITY_KEY_FILE", str(tmp_path / "authority-key"))
    command("cert", "ceremony")
    return command


@pytest.fixture
def issued(cert: Run, account: str, tmp_path: Path) -> dict[str, Any]:
    request = tmp_path / "request.der"
    request.write_bytes(request_for(new_key()))
    return dict(json.loads(cert("cert", "issue", NUMBER, str(request), "--json").stdout))


def test_a_ceremony_says_what_it_made(command: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "authority-key").write_bytes(b"a" * 32)
    monkeypatch.setenv("MOTCUA_AUTHORITY_KEY_FILE", str(tmp_path / "authority-key"))
    assert len(json.loads(command("cert", "ceremony", "--json").stdout)["made"]) == 4
    assert json.loads(command("cert", "ceremony", "--json").stdout) == {"made": []}


def test_without_an_authority_it_says_how_to_get_one(command: Run) -> None:
    refused = command("cert", "ceremony", status=1)
    assert "MOTCUA_AUTHORITY_KEY_FILE" in refused.stderr


def test_issued_for_the_account_s_person(issued: dict[str, Any], account: str) -> None:
    assert issued["account"] == account
    assert issued["subject"] == "UID=CCCD:001185012345,CN=Nguyễn Thị Minh Khai,C=VN"
    assert issued["pem"].startswith("-----BEGIN CERTIFICATE-----")
    assert issued["key_place"] == "file"


def test_what_is_no_request_is_one_sentence(cert: Run, account: str, tmp_path: Path) -> None:
    for content in (b"rubbish", b"-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n"):
        (tmp_path / "request").write_bytes(content)
        refused = cert("cert", "issue", NUMBER, str(tmp_path / "request"), status=1)
        assert "request" in refused.stderr
        assert "Traceback" not in refused.stderr


def test_found_by_name_account_and_status(cert: Run, issued: dict[str, Any], account: str) -> None:
    for how in (["--subject", "nguyen thi minh khai"], ["--account", NUMBER], ["--account", account], []):
        listed = json.loads(cert("cert", "list", *how, "--json").stdout)
        assert [row["serial"] for row in listed] == [issued["serial"]]
        assert "subject" not in listed[0], "a list names nobody"
    assert json.loads(cert("cert", "list", "--status", "revoked", "--json").stdout) == []


def test_who_looked_is_recorded(cert: Run, issued: dict[str, Any], installation: Services) -> None:
    shown = cert("cert", "show", issued["serial"], "--reason", "audit")
    assert "Minh Khai" in shown.stdout
    last = Trail(installation.database).rows()[-1]
    assert (last.action, last.reason, last.actor_kind) == ("personal_data_read", "audit", "operator")


def test_held_released_and_revoked(cert: Run, issued: dict[str, Any]) -> None:
    serial = issued["serial"]
    assert json.loads(cert("cert", "hold", serial, "--json").stdout)["status"] == "on-hold"
    assert json.loads(cert("cert", "release", serial, "--json").stdout)["status"] == "good"
    revoked = json.loads(cert("cert", "revoke", serial, "--reason", "keyCompromise", "--json").stdout)
    assert (revoked["status"], revoked["reason"]) == ("revoked", "keyCompromise")
    kinds = {each["kind"]: each["state"] for each in revoked["consequences"]}
    assert kinds == {"status": "done", "ocsp": "done", "sign_in": "done", "crl": "pending"}
    assert "not suspended" in cert("cert", "release", serial, status=1).stderr
    assert json.loads(cert("cert", "show", serial, "--json").stdout)["status"] == "revoked"


@pytest.mark.parametrize("reason", ["certificateHold", "removeFromCRL", "because"])
def test_a_reason_that_is_none(cert: Run, issued: dict[str, Any], reason: str) -> None:
    assert "--reason" in cert("cert", "revoke", issued["serial"], "--reason", reason, status=2).stderr


def test_an_unknown_serial_number_is_one_sentence(cert: Run, issued: dict[str, Any]) -> None:
    refused = cert("cert", "revoke", "0a" * 16, "--reason", "superseded", status=1)
    assert refused.stderr.strip().endswith("There is no certificate of this serial number.")
