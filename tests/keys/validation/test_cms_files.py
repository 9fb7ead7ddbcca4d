"""CMS files as they arrive: armoured, padded, truncated, foreign. Reading never raises and never passes by accident."""

import base64

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from keys.validation import asn1
from keys.validation.formats import cms
from keys.validation.model import Content, Integrity
from tests.keys.validation.making.cms import (
    Recipe,
    context,
    counter_signature,
    integer,
    octets,
    oid,
    seq,
    signature_timestamp,
    signed_data,
    signing_time,
    token,
)
from tests.keys.validation.making.people import person, stranger

LETTER = "Công văn số 88/BTP-CĐS".encode()
PLAIN = Recipe(person(), LETTER, attributes=(signing_time(),))
RICH = PLAIN.with_unsigned(signature_timestamp(PLAIN), counter_signature(PLAIN, stranger()))
FILE = signed_data(RICH, certificates=[person().certificate, stranger().certificate])
DETACHED = signed_data(RICH, detached=True, certificates=[person().certificate, stranger().certificate])


@pytest.mark.parametrize(
    "wrapped",
    [
        FILE,
        FILE + bytes(20),
        FILE + b"\r\n",
        base64.b64encode(FILE),
        base64.encodebytes(FILE),
        b"-----BEGIN PKCS7-----\n" + base64.encodebytes(FILE) + b"-----END PKCS7-----\n",
        b"-----BEGIN CMS-----\r\n" + base64.encodebytes(FILE) + b"-----END CMS-----",
    ],
    ids=["der", "padded", "line", "base64", "base64-lines", "pem", "pem-cms"],
)
def test_the_same_signature_in_every_wrapping(wrapped: bytes) -> None:
    assert [s.integrity for s in cms.parse(wrapped).signatures] == [Integrity.INTACT, Integrity.INTACT]


@pytest.mark.parametrize(
    "noise",
    [
        b"",
        b"0",
        b"0\x80",
        b"\x30\x84\xff\xff\xff\xff",
        b"%PDF-1.7",
        b"-----BEGIN PKCS7-----\n!!!\n-----END PKCS7-----",
        FILE + b"appended",
        FILE[:-10],
        b"\x30\x80" * 100_000,
        seq(oid("1.2.840.113549.1.7.1"), context(0, octets(b"x"))),
        seq(oid("1.2.840.113549.1.7.2"), context(0, seq(integer(1)))),
    ],
    ids=range(11),
)
def test_what_is_no_cms_signature_is_named_as_such(noise: bytes) -> None:
    document = cms.parse(noise)
    assert document.signatures == ()
    assert document.problems


def test_certificates_alone_are_no_signature() -> None:
    empty = seq(
        oid("1.2.840.113549.1.7.2"),
        context(
            0,
            seq(
                integer(1),
                asn1.encode(asn1.SET, b"", constructed=True),
                seq(oid("1.2.840.113549.1.7.1")),
                context(0, person().certificate),
                asn1.encode(asn1.SET, b"", constructed=True),
            ),
        ),
    )
    document = cms.parse(empty)
    assert (document.format, document.signatures, document.problems) == ("CMS", (), ())


def test_more_signers_than_anybody_needs_are_refused() -> None:
    assert cms.parse(signed_data(*[PLAIN] * 201)).problems


def test_content_given_beside_enveloped_content_is_not_what_was_signed() -> None:
    document = cms.parse(FILE, [Content("khác.pdf", b"something else")])
    assert document.signatures[0].integrity is Integrity.INTACT
    assert document.uncovered == ("khác.pdf",)


def test_a_token_by_itself_is_a_time_stamp_and_no_signature() -> None:
    alone = token(LETTER)
    document = cms.parse(alone, [Content("thư", LETTER)])
    assert (document.format, document.signatures, document.uncovered) == ("TimeStampToken", (), ())
    assert document.timestamps[0].imprint_matches is True
    assert cms.parse(alone, [Content("thư", b"x")]).timestamps[0].imprint_matches is False
    assert cms.parse(alone, [Content("thư", b"x")]).uncovered == ("thư",)
    assert cms.parse(alone).timestamps[0].imprint_matches is None


POSITIONS = st.integers(0, len(FILE) - 1)
SIGNED = {PLAIN.content, PLAIN.signature, PLAIN.signed_attributes or b""}


def _judged(data: bytes) -> tuple[Integrity, bytes | None] | None:
    first = [s for s in cms.parse(data).signatures if s.counter_signature_of is None]
    return (first[0].integrity, first[0].signer) if len(first) == 1 else None


@settings(max_examples=600, deadline=None, suppress_health_check=list(HealthCheck))
@given(POSITIONS, st.integers(1, 255))
def test_no_changed_octet_keeps_changed_content_valid(position: int, mask: int) -> None:
    """Every octet under the signature is under the signature; a change elsewhere never makes another signer."""
    changed = FILE[:position] + bytes([FILE[position] ^ mask]) + FILE[position + 1 :]
    judged = _judged(changed)
    if judged is not None and judged[0] is Integrity.INTACT:
        assert all(part in changed for part in SIGNED)
        assert judged[1] == person().certificate


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(POSITIONS, POSITIONS, POSITIONS, st.sampled_from(["drop", "double", "move"]))
def test_no_cut_or_moved_piece_keeps_changed_content_valid(one: int, other: int, target: int, act: str) -> None:
    start, end = sorted((one, other))
    piece, rest = FILE[start:end], FILE[:start] + FILE[end:]
    changed = {"drop": rest, "double": FILE[:end] + piece + FILE[end:], "move": rest[:target] + piece + rest[target:]}[
        act
    ]
    judged = _judged(changed)
    if judged is not None and judged[0] is Integrity.INTACT:
        assert all(part in changed for part in SIGNED)
        assert judged[1] == person().certificate


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=300))
def test_noise_is_never_a_signature(noise: bytes) -> None:
    assert not any(s.integrity is Integrity.INTACT for s in cms.parse(noise, [Content("c", noise)]).signatures)


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=60))
def test_detached_content_must_be_exactly_the_content(noise: bytes) -> None:
    (first, *_) = cms.parse(DETACHED, [Content("c", noise)]).signatures
    assert (first.integrity is Integrity.INTACT) == (noise == LETTER)
