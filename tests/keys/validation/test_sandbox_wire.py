"""What crosses the wall: everything of the model comes back as it was, and nothing else comes in."""

import json
import socket
from datetime import UTC
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keys.validation import intake
from keys.validation.model import (
    Content,
    Integrity,
    ParsedDocument,
    Scope,
    SignatureObject,
    Timestamp,
    TimestampKind,
)
from keys.validation.sandbox import wire
from tests.keys.validation.making.jws import Recipe
from tests.keys.validation.making.xml import enveloped

TEXT = st.text(max_size=8)
OCTETS = st.binary(max_size=8)
SCOPES = st.builds(Scope, TEXT, st.sampled_from(["FULL", "NONE"]), TEXT)
STAMPS = st.builds(
    Timestamp, st.sampled_from(TimestampKind), OCTETS, st.none() | st.booleans(), st.frozensets(TEXT, max_size=3)
)
SIGNATURES = st.builds(
    SignatureObject,
    id=TEXT,
    format=TEXT,
    container=st.none() | TEXT,
    integrity=st.sampled_from(Integrity),
    problems=st.lists(TEXT, max_size=2).map(tuple),
    signature_value=OCTETS,
    signer=st.none() | OCTETS,
    certificates=st.lists(OCTETS, max_size=2).map(tuple),
    timestamps=st.lists(STAMPS, max_size=2).map(tuple),
    claimed_signing_time=st.none() | st.datetimes(timezones=st.just(UTC)),
    has_signing_certificate_attribute=st.booleans(),
    evidence_records=st.integers(0, 5),
    scopes=st.lists(SCOPES, max_size=2).map(tuple),
)
PARSED = st.builds(
    ParsedDocument,
    format=st.none() | TEXT,
    signatures=st.lists(SIGNATURES, max_size=2).map(tuple),
    timestamps=st.lists(STAMPS, max_size=2).map(tuple),
    evidence_records=st.integers(0, 5),
    problems=st.lists(TEXT, max_size=2).map(tuple),
    uncovered=st.lists(TEXT, max_size=2).map(tuple),
)
CONTENTS = st.lists(st.builds(Content, TEXT, st.none() | OCTETS, st.dictionaries(TEXT, OCTETS, max_size=2)), max_size=3)


@settings(max_examples=150, deadline=None)
@given(PARSED)
def test_a_document_comes_back_as_it_was(document: ParsedDocument) -> None:
    assert wire.unpack_document(wire.pack_document(document)) == document


@settings(max_examples=100, deadline=None)
@given(OCTETS, TEXT, CONTENTS)
def test_a_request_comes_over_as_it_was(data: bytes, name: str, contents: list[Content]) -> None:
    assert wire.unpack_request(wire.pack_request(data, name, contents)) == (data, name, contents)


@pytest.mark.parametrize("document", [enveloped(), Recipe().compact(), b"Xin chao"])
def test_what_the_parsers_give_crosses(document: bytes) -> None:
    parsed = intake.parse(document)
    assert wire.unpack_document(wire.pack_document(parsed)) == parsed


def answer(**changes: Any) -> bytes:
    found = json.loads(wire.pack_document(intake.parse(enveloped())))
    signature = found["signatures"][0]
    for name, value in changes.items():
        (found if name in found else signature)[name] = value
    return json.dumps(found).encode()


@pytest.mark.parametrize(
    "change",
    [
        {"integrity": "perfect"},
        {"integrity": None},
        {"integrity": ["intact"]},
        {"signer": "không phải base64"},
        {"signer": 5},
        {"certificates": "AAAA"},
        {"certificates": [5]},
        {"certificates": {"0": "AAAA"}},
        {"evidence_records": True},
        {"evidence_records": "1"},
        {"evidence_records": 1.5},
        {"has_signing_certificate_attribute": 1},
        {"claimed_signing_time": "2025-06-02T08:30:00"},
        {"claimed_signing_time": "hôm qua"},
        {"claimed_signing_time": 5},
        {"scopes": [{"name": "a", "covered": "FULL"}]},
        {"scopes": [{"name": "a", "covered": "FULL", "detail": "", "__class__": "os.system"}]},
        {"timestamps": [[]]},
        {"lạ": 1},
        {"problems": None},
    ],
)
def test_a_value_of_another_type_is_refused(change: dict[str, Any]) -> None:
    assert wire.unpack_document(answer()) == intake.parse(enveloped())
    with pytest.raises(wire.BrokenWire):
        wire.unpack_document(answer(**change))


@pytest.mark.parametrize("data", [b"", b"null", b"5", b"[]", b"\xff", b"[" * 100_000, b"\x80\x04cos\nsystem\n."])
def test_what_is_no_document_is_refused(data: bytes) -> None:
    with pytest.raises(wire.BrokenWire):
        wire.unpack_document(data)


def test_messages_are_whole_or_none() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        wire.send(ours, b"thu")
        assert wire.receive(theirs, 10) == b"thu"
        wire.send(ours, b"dai qua")
        with pytest.raises(wire.BrokenWire):
            wire.receive(theirs, 3)
        ours.sendall(b"\x00" * 7)
        ours.close()
        with pytest.raises(wire.BrokenWire):
            wire.receive(theirs, 10)
