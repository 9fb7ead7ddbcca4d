"""``motcua signature verify`` on real files: whole, changed, cut short, and nothing at all. Never a traceback."""

import json
import random
import subprocess
import sys
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from keys.commands.signature import signature
from tests.support import pki
from tests.support.documents import MAKERS
from tests.support.stories import CLOCK, world

GOOD = world("good")
AT = CLOCK["now"].isoformat()


@lru_cache
def document(format_: str, level: str = "LTA") -> bytes:
    return MAKERS[format_](GOOD, level)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("signed")
    (folder / "root.pem").write_bytes(GOOD.root.pem)
    for number, crl in enumerate(GOOD.fresh_crls("now")):
        (folder / f"{number}.crl").write_bytes(crl)
    return folder


def arguments(files: Path, file: Path, *more: str) -> list[str]:
    crls = [part for number in range(3) for part in ("--crl", str(files / f"{number}.crl"))]
    return ["verify", str(file), "--anchor", str(files / "root.pem"), *crls, "--at", AT, "--offline", "--json", *more]


def verify(files: Path, content: bytes) -> tuple[int, dict[str, Any]]:
    file = files / "document"
    file.write_bytes(content)
    result = CliRunner().invoke(signature, arguments(files, file))
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    report: dict[str, Any] = json.loads(result.stdout)["validationReport"]["validationConclusion"]
    return result.exit_code, report


@pytest.mark.parametrize("level", ["B", "T", "LT", "LTA"])
@pytest.mark.parametrize("format_", sorted(MAKERS))
def test_a_good_document_passes(files: Path, format_: str, level: str) -> None:
    status, report = verify(files, document(format_, level))
    assert status == 0
    assert report["validSignaturesCount"] == report["signaturesCount"] == 1
    (found,) = report["signatures"]
    assert (found["indication"], found["signatureFormat"]) == ("TOTAL-PASSED", f"{format_}_BASELINE_{level}")
    assert found["signedBy"] == "Nguyễn Thị Hồng Ẩn"
    assert found["signatureScopes"]
    assert found["claimedSigningTime"] == "2021-03-01T09:00:00Z"
    assert ("bestSignatureTime" in found["info"]) == (level != "B")


@pytest.mark.parametrize(
    ("format_", "old", "new"),
    [
        ("CAdES", "giấy phép".encode(), "giấy phúp".encode()),
        ("XAdES", "giấy phép".encode(), "giấy phúp".encode()),
        ("JAdES", b'"payload": "', b'"payload": "A'),
        ("PAdES", b"0 0 200 200 re s", b"0 0 100 200 re s"),
    ],
)
def test_a_changed_document_fails(files: Path, format_: str, old: bytes, new: bytes) -> None:
    assert old in document(format_)
    status, report = verify(files, document(format_).replace(old, new, 1))
    assert status in {1, 3}
    assert report["validSignaturesCount"] == 0


@pytest.mark.parametrize("format_", sorted(MAKERS))
def test_a_document_cut_short_never_passes(files: Path, format_: str) -> None:
    whole = document(format_)
    for part in (0, 1, 7, 64, len(whole) // 3, len(whole) // 2, len(whole) - 40, len(whole) - 8):
        status, report = verify(files, whole[:part])
        assert status in {1, 2, 3}, part
        assert report["validSignaturesCount"] == 0


@pytest.mark.parametrize("format_", sorted(MAKERS))
def test_noise_in_a_document_is_answered(files: Path, format_: str) -> None:
    noise = random.Random(format_)
    whole = document(format_, "T")
    for _ in range(12):
        changed = bytearray(whole)
        for _ in range(noise.choice((1, 3, 30))):
            changed[noise.randrange(len(changed))] = noise.randrange(256)
        status, _ = verify(files, bytes(changed))
        assert status in {0, 1, 2, 3}


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\0" * 1000,
        b"%PDF-1.7\n",
        b"PK\x05\x06" + bytes(18),
        b"<a/>",
        b"{}",
        b"\x30\x80\0\0",
        b"eyJhbGciOiJub25lIn0.e30.",
    ],
    ids=["empty", "zeros", "pdf", "zip", "xml", "json", "der", "alg none"],
)
def test_what_holds_no_signature_is_three(files: Path, content: bytes) -> None:
    status, report = verify(files, content)
    assert status in {1, 3}
    assert report["validSignaturesCount"] == 0


def test_a_stranger_is_indeterminate_and_says_why(files: Path) -> None:
    (files / "other.pem").write_bytes(pki.root().pem)
    file = files / "document"
    file.write_bytes(document("CAdES"))
    result = CliRunner().invoke(signature, ["verify", str(file), "--anchor", str(files / "other.pem"), "--json"])
    assert result.exit_code == 2
    (found,) = json.loads(result.stdout)["validationReport"]["validationConclusion"]["signatures"]
    assert found["subIndication"] == "NO_CERTIFICATE_CHAIN_FOUND"


def test_it_runs_as_a_process_of_its_own(files: Path) -> None:
    file = files / "alone.p7m"
    file.write_bytes(document("CAdES"))
    command = [sys.executable, "-W", "error", "-m", "keys.commands.signature", *arguments(files, file)]
    run = subprocess.run(command, capture_output=True, check=False, timeout=60, cwd=Path(__file__).parents[3])
    assert run.stderr == b""
    assert run.returncode == 0
    assert json.loads(run.stdout)["validationReport"]["validationConclusion"]["validSignaturesCount"] == 1
