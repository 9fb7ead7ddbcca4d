"""The labelled documents of the European reference implementation: XAdES, JAdES and both kinds of ASiC.

They lie outside this repository and never enter it; where they are not at hand these tests say so and are left out.
No invalid document may be taken for intact, whatever else. A label that we doubt stands in ``DOUBTED`` with the reason.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from keys.validation import intake
from keys.validation.model import Content, Integrity, ParsedDocument

CORPUS = Path(__file__).resolve().parents[4] / "shared" / "corpus"
FORMATS = {"XAdES", "JAdES", "ASiC-XAdES", "ASiC-CAdES"}
DOUBTED: dict[str, str] = {}
"""File name to reason."""
MEANS = {
    ("TOTAL_FAILED", "FORMAT_FAILURE"): {Integrity.MALFORMED},
    ("TOTAL_FAILED", "HASH_FAILURE"): {Integrity.HASH_MISMATCH},
    ("TOTAL_FAILED", "SIG_CRYPTO_FAILURE"): {Integrity.SIGNATURE_BROKEN},
    ("INDETERMINATE", "SIGNED_DATA_NOT_FOUND"): {Integrity.CONTENT_MISSING},
    ("INDETERMINATE", "NO_SIGNING_CERTIFICATE_FOUND"): {Integrity.NO_SIGNER},
}

pytestmark = pytest.mark.skipif(not CORPUS.is_dir(), reason="the labelled documents are not at hand")


def labels() -> list[dict[str, Any]]:
    if not CORPUS.is_dir():
        return []
    entries: list[dict[str, Any]] = json.loads((CORPUS / "labels.json").read_text("utf-8"))
    return [entry for entry in entries if entry["format"] in FORMATS]


def parsed(entry: dict[str, Any]) -> ParsedDocument:
    read = lambda name: (CORPUS / "documents" / name).read_bytes()  # noqa: E731
    contents = [Content(name, read(name)) for name in entry["detached"]]
    return intake.parse(read(entry["file"]), entry["file"], contents)


def worst(document: ParsedDocument) -> Integrity:
    """The first finding that is neither intact nor only a missing certificate."""
    found = [each.integrity for each in document.signatures]
    if document.problems:
        return Integrity.MALFORMED
    return next((each for each in found if each not in {Integrity.INTACT, Integrity.NO_SIGNER}), Integrity.INTACT)


@pytest.mark.parametrize("entry", labels(), ids=lambda entry: str(entry["file"])[:60])
def test_every_label_is_met(entry: dict[str, Any]) -> None:
    document = parsed(entry)
    found = worst(document)
    if not entry["technically_valid"]:
        assert found is not Integrity.INTACT
    elif entry["file"] not in DOUBTED:
        assert found is Integrity.INTACT, [each.problems for each in document.signatures]
    verdict = ((entry["indication"] or [None])[0], (entry["sub_indication"] or [None])[0])
    if verdict in MEANS and entry["file"] not in DOUBTED:
        assert any(each.integrity in MEANS[verdict] for each in document.signatures)
    if entry["signatures"] is not None:
        assert len(document.signatures) == entry["signatures"]


def test_most_time_stamps_are_over_what_they_should_be() -> None:
    """The exceptions are the stamps that were copied or broken on purpose, as their documents' names say."""
    stamps = [
        (entry["file"], stamp.imprint_matches)
        for entry in labels()
        if entry["technically_valid"]
        for each in parsed(entry).signatures
        for stamp in each.timestamps
    ]
    on_purpose = ("Copied", "Broken", "Wrong", "Invalid", "Additional")
    unexpected = [file for file, matches in stamps if not matches and not any(word in file for word in on_purpose)]
    assert unexpected == []
    assert sum(bool(matches) for _, matches in stamps) > 50
