"""The labelled documents of the European reference implementation: CAdES and PAdES.

They lie outside this repository and never enter it; where they are not at hand these tests say so and are left out.
No invalid document may be taken for intact, whatever else. A label that we doubt stands in ``DOUBTED`` with the reason.
"""

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from keys.validation import intake
from keys.validation.certificates import read_certificate
from keys.validation.model import Content, Integrity, ParsedDocument, SignatureObject

CORPUS = Path(__file__).resolve().parents[4] / "shared" / "corpus"
FORMATS = {"CAdES", "PAdES"}
DOUBTED = {
    "ASN1Policy__AD-RB.pdf": "of its two signatures the second was made over attributes that are not DER; the source "
    "asserts the first alone",
    "BadEncodedCMS__BadEncodedCMS.pdf": "its attributes are not DER and their DER was not signed; the source itself "
    "finds no signature in it",
    "PAdESSpoofingAttackReplacement__pades-spoofing-replaced-reason.pdf": "the signature dictionary was replaced after "
    "signing and shows a reason that nobody signed; the source's default policy fails the format for it",
    "PAdESSpoofingAttack__pdf-spoofing-attack.pdf": "the signature dictionary was replaced after signing and shows a "
    "reason and a place that nobody signed; the source's default policy fails the format for it",
    "PAdESVRITime__test-with-vri.pdf": "a field that the signature locks (FieldMDP, All) was filled after signing: "
    "what the format forbids is never passed here, the source warns",
}
"""File name to reason: labelled valid, and refused here."""
UNREADABLE = {
    "PAdESFivesDoc__pades-5-signatures-and-1-document-timestamp.pdf": "its last /Prev leads to offset 0",
}

pytestmark = pytest.mark.skipif(not CORPUS.is_dir(), reason="the labelled documents are not at hand")


@cache
def labels() -> tuple[dict[str, Any], ...]:
    if not CORPUS.is_dir():
        return ()
    entries: list[dict[str, Any]] = json.loads((CORPUS / "labels.json").read_text("utf-8"))
    return tuple(entry for entry in entries if entry["format"] in FORMATS)


def content(name: str) -> bytes:
    return (CORPUS / "documents" / name).read_bytes()


def parsed(entry: dict[str, Any]) -> ParsedDocument:
    return _parsed(entry["file"], tuple(entry["detached"]))


@cache
def _parsed(name: str, detached: tuple[str, ...]) -> ParsedDocument:
    return intake.parse(content(name), name, [Content(each, content(each)) for each in detached])


def refused(document: ParsedDocument) -> list[str]:
    """Why some signature does not stand; a certificate that is not there is no fault of the signature."""
    bad = [s for s in document.signatures if s.integrity not in {Integrity.INTACT, Integrity.NO_SIGNER}]
    return [*document.problems, *(s.problems[0] for s in bad)]


@pytest.mark.parametrize("entry", labels(), ids=lambda entry: str(entry["file"])[:60])
def test_every_label_is_met(entry: dict[str, Any]) -> None:
    document, file = parsed(entry), entry["file"]
    if not entry["technically_valid"] or file in DOUBTED:
        assert refused(document)
    else:
        assert refused(document) == []
    if entry["signatures"] is not None:
        assert len(document.signatures) == entry["signatures"]
    if entry["sub_indication"] == ["SIGNED_DATA_NOT_FOUND"]:
        assert {s.integrity for s in document.signatures} == {Integrity.CONTENT_MISSING}
    for level in entry["level"] or ():
        assert level in {s.level for s in document.signatures}


def test_what_cannot_be_read_is_known() -> None:
    assert {entry["file"] for entry in labels() if parsed(entry).problems} == set(UNREADABLE)


def test_most_time_stamps_are_over_what_they_should_be() -> None:
    """The exceptions are stamps that were copied or broken on purpose, or that stand without their content."""
    wrong = {
        entry["file"]
        for entry in labels()
        for each in parsed(entry).signatures
        for stamp in each.timestamps
        if stamp.imprint_matches is False
    }
    assert wrong == {
        "CAdESLevelTCopiedSigTst__cades-t-copied-sigtst.p7m",
        "DSS1956__cades-dss1956.p7m",
        "DSS3507__cades-broken-sig-tst-and-ats-v3.cms",
        "PAdESTwoSigCopiedTst__pades-two-sig-copied-tst.pdf",
    }


def _mutable() -> list[str]:
    return [str(e["file"]) for e in labels() if e["technically_valid"] and e["file"] not in DOUBTED] or ["none"]


@cache
def _facts(name: str) -> tuple[bytes, frozenset[tuple[bytes | None, bytes]]]:
    data = content(name)
    found = intake.parse(data, name).signatures
    return data, frozenset(_who(s) for s in found)


def _who(signature: SignatureObject) -> tuple[bytes | None, bytes]:
    """Signer and value; where no attribute binds the certificate, only its key is under the signature."""
    signer = signature.signer
    if signer is not None and not signature.has_signing_certificate_attribute:
        signer = read_certificate(signer).spki
    return signer, signature.signature_value


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_no_mutation_makes_a_signature_that_was_not_there(data: st.DataObject) -> None:
    """Bytes are flipped, dropped, doubled, moved: what still stands is a signature that its signer made."""
    name = data.draw(st.sampled_from(_mutable()))
    original, known = _facts(name)
    positions = st.integers(0, len(original) - 1)
    start, end = sorted((data.draw(positions), data.draw(positions)))
    end = min(end, start + data.draw(st.sampled_from([1, 2, 16, 4096, len(original)])))
    piece, rest = original[start:end], original[:start] + original[end:]
    act = data.draw(st.sampled_from(["flip", "drop", "double", "move"]))
    target = data.draw(positions)
    changed = {
        "flip": original[:start] + bytes(b ^ 1 for b in piece) + original[end:],
        "drop": rest,
        "double": original[:end] + piece + original[end:],
        "move": rest[:target] + piece + rest[target:],
    }[act]
    for signature in intake.parse(changed, name).signatures:
        if signature.integrity is Integrity.INTACT:
            assert _who(signature) in known
