"""Whatever comes in is recognised by what it is, kept within limits, and answered for (no exception, no verdict)."""

import json
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keys.validation import intake
from keys.validation.model import Content, Integrity, ParsedDocument
from tests.keys.validation.making import cms
from tests.keys.validation.making.asic import ONE, xades, xades_file, zipped
from tests.keys.validation.making.jws import PAYLOAD, Recipe
from tests.keys.validation.making.people import person
from tests.keys.validation.making.xml import b64, detached, enveloped

SIGNED = cms.signed_data(cms.Recipe(person(), b"Don xin cap phep"))
DOCUMENTS = {
    "XAdES": enveloped(),
    "JAdES": Recipe().compact(),
    "ASiC-E": xades(),
    "CAdES": SIGNED,
}


@pytest.mark.parametrize("kind", DOCUMENTS)
@pytest.mark.parametrize("name", ["", "hợp đồng.pdf", "a.xml", "../../etc/passwd"])
def test_a_document_is_what_its_bytes_say_whatever_its_name(kind: str, name: str) -> None:
    parsed = intake.parse(DOCUMENTS[kind], name)
    assert (parsed.format, parsed.problems) == (kind, ())
    assert [each.integrity for each in parsed.signatures] == [Integrity.INTACT]


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"\xef\xbb\xbf" + enveloped(), "XAdES"),
        (b"\n  " + enveloped(), "XAdES"),
        (enveloped().decode().encode("utf-16"), "XAdES"),
        (Recipe().compact() + b"\n", "JAdES"),
        (Recipe().flattened(), "JAdES"),
        (b64(SIGNED).encode(), "CAdES"),
        (b"-----BEGIN PKCS7-----\n" + b64(SIGNED).encode() + b"\n-----END PKCS7-----\n", "CAdES"),
        (b"<a/>", "XML"),
    ],
)
def test_every_dress_of_a_format_is_recognised(data: bytes, kind: str) -> None:
    assert intake.parse(data).format == kind


def test_detached_content_reaches_the_parser() -> None:
    document = detached({"a.txt": b"1"})
    assert intake.parse(document, "a.xml", [Content("a.txt", b"1")]).signatures[0].integrity is Integrity.INTACT
    assert intake.parse(document, "a.xml").signatures[0].integrity is Integrity.CONTENT_MISSING
    token = Recipe(detached=True).compact()
    assert intake.parse(token, None, [Content("x", PAYLOAD)]).signatures[0].integrity is Integrity.INTACT


def test_the_name_tells_the_kind_of_a_container_that_does_not() -> None:
    container = zipped({**ONE, "META-INF/signatures.xml": xades_file(ONE)}, mimetype=None)
    assert [intake.parse(container, name).format for name in ("a.asice", "a.asics", None)] == [
        "ASiC-E",
        "ASiC-S",
        "ASiC-S",
    ]


@pytest.mark.parametrize(
    "data",
    [
        b"Xin chao",
        b"\x00" * 100,
        b"{}",
        b'{"a": 1}',
        b"GIF89a",
        b"a.b",
        b"\xff\xd8\xff\xe0",
        "Đơn xin cấp phép".encode(),
    ],
)
def test_what_cannot_be_signed_is_told(data: bytes) -> None:
    assert intake.parse(data) == ParsedDocument(None, problems=("no signature format was recognised",))


def test_limits_are_told_before_anything_is_read() -> None:
    assert intake.parse(b"").problems == ("the document is empty",)
    assert intake.parse(b"<" * (intake.MAX_SIZE + 1)).problems == ("the document is larger than 50 MB",)
    many = [Content(str(number), b"") for number in range(intake.MAX_CONTENTS + 1)]
    assert intake.parse(b"<a/>", None, many).problems == ("more than 2000 contents were given",)
    large = [Content("a", bytes(intake.MAX_CONTENTS_SIZE + 1))]
    assert intake.parse(b"<a/>", None, large).problems == ("the contents are larger than 100 MB together",)


@pytest.mark.parametrize("error", [MemoryError, RecursionError, KeyError, AssertionError, ZeroDivisionError])
def test_what_a_parser_overlooks_ends_in_a_report(monkeypatch: pytest.MonkeyPatch, error: type[Exception]) -> None:
    def fail(data: bytes, name: str, contents: Sequence[Content]) -> ParsedDocument:
        raise error

    monkeypatch.setattr(intake, "_recognise", lambda data: fail)
    parsed = intake.parse(b"<a/>")
    assert parsed.signatures == ()
    assert len(parsed.problems) == 1


@settings(max_examples=100, deadline=None)
@given(
    st.one_of(st.binary(max_size=300), st.text(max_size=200).map(str.encode), st.sampled_from(list(DOCUMENTS.values())))
)
def test_no_bytes_raise(data: bytes) -> None:
    for start in (b"", b"<", b"PK\x03\x04", b"{", b"0\x82", b"-----BEGIN PKCS7-----"):
        assert isinstance(intake.parse(start + data), ParsedDocument)


def test_deep_nesting_of_every_kind_is_told() -> None:
    deep = {
        "xml": b"<a>" * 100_000,
        "json": b'{"signature":' * 100_000 + b'"payload"',
        "json list": json.dumps({"payload": "", "signature": ""}).encode()[:-1] + b', "x": ' + b"[" * 100_000,
        "asn1": b"\x30\x80" * 100_000,
    }
    for data in deep.values():
        assert intake.parse(data).problems
