"""``motcua client``: registers portals on the provider's machine; a demo's folder is known for a demo by itself."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from idp.store import installation
from idp.store.database import Database
from tests.idp.commands.conftest import PutThere
from wsgi import command_line

PORTAL = ["--name", "Cổng thử", "--redirect-uri", "http://localhost:5000/callback"]


@pytest.fixture
def home(tmp_path: Path, prepared_home: PutThere, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A demo's folder, as it lies there after `make run`."""
    monkeypatch.setenv("MOTCUA_HOME", str(tmp_path / "var"))
    return prepared_home(tmp_path / "var")


def motcua(*arguments: str, given: str = "") -> Result:
    return CliRunner().invoke(command_line, ["client", *arguments], input=given)


def test_a_portal_is_added_and_its_secret_shown_once(home: Path) -> None:
    seen = motcua("add", *PORTAL, "--json")
    assert seen.exit_code == 0, seen.stderr
    added = json.loads(seen.stdout)
    assert added["redirect_uris"] == ["http://localhost:5000/callback"]
    assert len(added["client_secret"]) > 40
    listed = motcua("list", "--json")
    assert added["client_id"] in [row["client_id"] for row in json.loads(listed.stdout)]
    assert added["client_secret"] not in listed.stdout


@pytest.mark.parametrize(
    ("address", "kind"),
    [("vn.gov.app:/callback", "native"), ("http://127.0.0.1/callback", "native"), ("https://a.example/cb", "web")],
)
def test_an_application_on_the_persons_own_device_is_known_by_its_address(home: Path, address: str, kind: str) -> None:
    """RFC 8252 §7.1 and §7.3: there is no other option to say so."""
    seen = motcua("add", "--name", "Ứng dụng", "--redirect-uri", address, "--auth-method", "none", "--json")
    assert seen.exit_code == 0, seen.stderr
    assert json.loads(seen.stdout)["application_type"] == kind


def test_outside_a_demo_addresses_are_https(home: Path) -> None:
    database = Database(f"sqlite:///{home / 'idp.sqlite'}")
    with database.write() as connection:
        connection.execute(installation.installation.delete())
    database.dispose()
    seen = motcua("add", *PORTAL)
    assert seen.exit_code == 1
    assert seen.stderr.startswith("Error: redirect_uris: ")


@pytest.mark.parametrize(
    ("metadata", "error"),
    [
        ('{"redirect_uris": ["ftp://example.vn"]}', "invalid_redirect_uri"),
        ('{"redirect_uris": ["https://example.vn/callback"], "grant_types": ["magic"]}', "invalid_client_metadata"),
        ("[]", "invalid_client_metadata"),
        ("{", "invalid_client_metadata"),
    ],
)
def test_a_refused_registration_is_the_rfcs_json(home: Path, metadata: str, error: str) -> None:
    """RFC 7591 §3.2.2."""
    seen = motcua("register", "-", given=metadata)
    assert seen.exit_code == 1
    assert json.loads(seen.stdout)["error"] == error


def test_a_registration_from_a_file_is_answered_with_its_credentials(home: Path) -> None:
    seen = motcua("register", "-", given='{"redirect_uris": ["https://example.vn/callback"]}')
    assert seen.exit_code == 0
    assert {"client_id", "client_secret", "client_id_issued_at"} <= set(json.loads(seen.stdout))


def test_without_a_provider_one_sentence_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MOTCUA_HOME", str(tmp_path / "nowhere"))
    seen = motcua("list")
    assert seen.exit_code == 1
    assert seen.stderr.startswith("Error: ")
    assert "Traceback" not in seen.stderr


def test_a_scope_that_rests_on_law_has_its_basis_on_record(home: Path) -> None:
    """An operator who names none may still add the portal; that it is missing is said, and kept where it is seen."""
    without = motcua("add", *PORTAL, "--scope", "openid citizen", "--json")
    assert without.exit_code == 0, without.stderr
    assert "No --legal-basis given for scope citizen" in without.stderr
    assert json.loads(without.stdout)["legal_basis"] == "unstated"
    added = motcua("add", *PORTAL, "--scope", "openid citizen", "--legal-basis", "274/QĐ-TTg", "--json")
    assert added.exit_code == 0, added.stderr
    assert "legal-basis" not in added.stderr
    assert json.loads(added.stdout)["legal_basis"] == "274/QĐ-TTg"


def test_a_client_is_removed_and_a_stranger_is_not(home: Path) -> None:
    added = json.loads(motcua("add", *PORTAL, "--json").stdout)
    removed = motcua("remove", added["client_id"], "--json")
    assert removed.exit_code == 0, removed.stderr
    assert json.loads(removed.stdout) == {"removed": added["client_id"], "client_name": "Cổng thử"}
    assert added["client_id"] not in motcua("list", "--json").stdout
    again = motcua("remove", added["client_id"])
    assert again.exit_code == 1
    assert "there is no client" in again.stderr


def test_a_resource_that_somebody_serves_already_is_a_clear_refusal(home: Path) -> None:
    serving = ["--grant", "client_credentials", "--scope", "x:y", "--resource", "https://api.example/a"]
    assert motcua("add", "--name", "Một", *serving).exit_code == 0
    refused = motcua("add", "--name", "Hai", *serving)
    assert refused.exit_code == 1
    assert refused.stderr.startswith("Error: resources: ")
