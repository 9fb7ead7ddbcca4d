"""``motcua signature verify``: its four answers, its JSON on each of them, and what it refuses to understand."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from asn1crypto import pem
from click.testing import CliRunner, Result

from keys.commands.signature import USAGE, signature
from keys.validation import facade
from keys.validation.model import Integrity, ParsedDocument
from tests.support import abstract
from tests.support.stories import CLOCK, world

NOW = CLOCK["now"]
AT = NOW.isoformat()
GOOD = world("good")


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """A folder with a document, the root and the lists of the day."""
    (tmp_path / "đơn.p7m").write_bytes(b"document")
    (tmp_path / "root.pem").write_bytes(GOOD.root.pem)
    for number, crl in enumerate(GOOD.fresh_crls("now")):
        armoured = pem.armor("X509 CRL", crl) if number else crl
        (tmp_path / f"{number}.crl").write_bytes(armoured)
    return tmp_path


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Says what the parser finds, whatever the file holds, and records what it was given."""

    def finds(document: ParsedDocument) -> list[Any]:
        given: list[Any] = []

        def parse(data: bytes, name: str, detached: Any) -> ParsedDocument:
            given.append((data, name, detached))
            return document

        monkeypatch.setattr(facade, "_default_parser", lambda: parse)
        return given

    return finds


def run(*arguments: object) -> Result:
    return CliRunner().invoke(signature, ["verify", *map(str, arguments)])


def verify(files: Path, *more: object) -> Result:
    crls = [part for number in range(3) for part in ("--crl", files / f"{number}.crl")]
    return run(files / "đơn.p7m", "--anchor", files / "root.pem", *crls, "--offline", "--at", AT, *more)


def report(result: Result) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(result.stdout)["validationReport"]["validationConclusion"]
    return found


@pytest.mark.parametrize(
    ("document", "status", "indication"),
    [
        (abstract.document(GOOD, "LTA"), 0, "TOTAL-PASSED"),
        (
            ParsedDocument("CAdES", (abstract.signature(GOOD.signer, integrity=Integrity.HASH_MISMATCH),)),
            1,
            "TOTAL-FAILED",
        ),
        (ParsedDocument("CAdES", (abstract.signature(GOOD.signer),)), 2, "INDETERMINATE"),
    ],
)
def test_the_exit_status_is_the_verdict(
    files: Path, parsed: Any, document: ParsedDocument, status: int, indication: str
) -> None:
    parsed(document)
    result = verify(files, "--json")
    assert result.exit_code == status
    assert report(result)["signatures"][0]["indication"] == indication
    assert result.stderr == ""


@pytest.mark.parametrize("document", [ParsedDocument(None, problems=("encrypted",)), ParsedDocument("PDF")])
def test_without_a_signature_it_is_three_and_still_json(files: Path, parsed: Any, document: ParsedDocument) -> None:
    parsed(document)
    result = verify(files, "--json")
    assert result.exit_code == 3
    assert report(result)["signaturesCount"] == 0


@pytest.mark.parametrize("name", ["missing.pdf", "."])
def test_a_file_that_cannot_be_read_is_three_and_still_json(files: Path, name: str) -> None:
    result = run(files / name, "--json")
    assert result.exit_code == 3
    assert "cannot be read" in report(result)["validationWarnings"][0]["content"]


def test_detached_content_is_handed_on_under_its_name(files: Path, parsed: Any) -> None:
    (files / "phụ lục.txt").write_bytes(b"content")
    given = parsed(abstract.document(GOOD, "B"))
    verify(files, "--content", files / "phụ lục.txt", "--json")
    ((data, name, detached),) = given
    assert (data, name) == (b"document", "đơn.p7m")
    assert [(content.name, content.data) for content in detached] == [("phụ lục.txt", b"content")]


def test_a_new_home_trusts_nobody_and_a_filled_one_does(files: Path, parsed: Any) -> None:
    parsed(abstract.document(GOOD, "LTA"))
    home = files / "home"
    nobody = run(files / "đơn.p7m", "--offline", "--json", "--home", home, "--at", AT)
    assert nobody.exit_code == 2
    assert report(nobody)["signatures"][0]["subIndication"] == "NO_CERTIFICATE_CHAIN_FOUND"

    store = home / "trust" / "public" / "anchors"
    store.mkdir(parents=True)
    (store / "root.pem").write_bytes(GOOD.root.pem)
    crls = [part for number in range(3) for part in ("--crl", files / f"{number}.crl")]
    trusted = run(files / "đơn.p7m", "--offline", "--json", "--home", home, "--at", AT, *crls)
    assert trusted.exit_code == 0
    assert report(trusted)["signatures"][0]["hierarchy"] == "public"


def test_an_anchor_on_the_command_line_replaces_the_store(files: Path, parsed: Any) -> None:
    parsed(abstract.document(GOOD, "LTA"))
    store = files / "home" / "trust" / "public" / "anchors"
    store.mkdir(parents=True)
    (store / "root.pem").write_bytes(GOOD.root.pem)
    (files / "other.pem").write_bytes(world("expired").root.pem)
    result = run(files / "đơn.p7m", "--anchor", files / "other.pem", "--home", files / "home", "--json", "--at", AT)
    assert report(result)["signatures"][0]["subIndication"] == "NO_CERTIFICATE_CHAIN_FOUND"


@pytest.mark.parametrize(
    "at",
    ["yesterday", "2021-03-03", "2021-03-03T09:00:00", (datetime.now(UTC) + timedelta(days=2)).isoformat()],
    ids=["a word", "a day", "without zone", "ahead"],
)
def test_a_time_without_zone_or_ahead_is_not_understood(files: Path, at: str) -> None:
    result = run(files / "đơn.p7m", "--json", "--at", at)
    assert result.exit_code == USAGE
    assert result.stdout == ""
    assert "--at" in result.stderr


def test_zones_are_kept_apart(files: Path, parsed: Any) -> None:
    parsed(abstract.document(GOOD, "LTA"))
    result = verify(files, "--at", "2021-03-03T16:00:00+07:00", "--json")
    assert report(result)["validationTime"] == "2021-03-03T09:00:00Z"


@pytest.mark.parametrize("option", ["--anchor", "--crl", "--ocsp", "--content"])
def test_a_missing_file_is_named(files: Path, option: str) -> None:
    result = run(files / "đơn.p7m", option, files / "missing")
    assert result.exit_code == USAGE
    assert "missing" in result.stderr


@pytest.mark.parametrize("content", [b"", b"junk", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"])
def test_an_anchor_that_is_no_certificate_is_refused(files: Path, content: bytes) -> None:
    (files / "bad.pem").write_bytes(content)
    result = run(files / "đơn.p7m", "--anchor", files / "bad.pem", "--json")
    assert result.exit_code == USAGE
    assert "--anchor" in result.stderr


def test_a_broken_armour_of_a_list_is_refused(files: Path) -> None:
    (files / "bad.crl").write_bytes(b"-----BEGIN X509 CRL-----\nAAAA\n")
    assert run(files / "đơn.p7m", "--crl", files / "bad.crl").exit_code == USAGE


def test_options_that_do_not_exist_are_not_an_indeterminate_verdict(files: Path) -> None:
    assert run(files / "đơn.p7m", "--offlin").exit_code == USAGE
    assert run().exit_code == USAGE


def test_for_people_it_is_a_few_lines(files: Path, parsed: Any) -> None:
    parsed(abstract.document(GOOD, "LTA"))
    good = verify(files)
    assert good.stdout.splitlines()[0] == "The signature is valid."
    assert "signed by Nguyễn Thị Hồng Ẩn" in good.stdout

    parsed(ParsedDocument("CAdES", (abstract.signature(GOOD.signer, integrity=Integrity.NO_SIGNER, signer=None),)))
    bad = verify(files)
    assert "NO_SIGNING_CERTIFICATE_FOUND: The signer's certificate was not found." in bad.stdout
    assert "nobody known" in bad.stdout


@pytest.mark.parametrize(
    ("kind", "begins"), [("simple", b"{"), ("detailed", b"{"), ("etsi", b"<?xml"), ("pdf", b"%PDF")]
)
def test_any_report_can_be_asked_for(files: Path, parsed: Any, kind: str, begins: bytes) -> None:
    parsed(abstract.document(GOOD, "LTA"))
    result = verify(files, "--report", kind)
    assert result.exit_code == 0
    assert result.stdout_bytes.startswith(begins)


def test_help_names_the_exit_statuses() -> None:
    assert "3 no signature or unreadable" in " ".join(run("--help").stdout.split())
