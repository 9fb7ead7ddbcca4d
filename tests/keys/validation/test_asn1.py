"""Reading ASN.1: bounded, exact about what was written, strict about what DER is (X.690)."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keys.validation import asn1
from keys.validation.asn1 import MalformedEncoding
from tests.keys.validation.making.cms import context, integer, octets, oid, seq, set_of, utf8


def test_every_element_knows_its_own_bytes() -> None:
    data = seq(integer(5), octets(b"abc"), context(0, oid("1.2.840.113549")))
    root = asn1.read(data)
    number, text, tagged = root.children
    assert (number.integer, text.octets, tagged.children[0].oid) == (5, b"abc", "1.2.840.113549")
    assert b"".join(child.raw for child in root.children) == root.contents
    assert root.raw == data


@pytest.mark.parametrize("dotted", ["0.4.0.19122.1.5", "1.2.840.113549.1.7.2", "2.5.4.3", "2.999.1", "2.16.840.1.101"])
def test_object_identifiers_both_ways(dotted: str) -> None:
    assert asn1.read(oid(dotted)).oid == dotted


def test_indefinite_lengths_end_where_they_say() -> None:
    inner = b"\x24\x80" + octets(b"ab") + octets(b"c") + b"\0\0"
    root = asn1.read(b"\x30\x80" + inner + b"\0\0")
    assert root.children[0].octets == b"abc"
    assert asn1.der(root) == seq(octets(b"abc"))
    assert not asn1.is_der(root)


@pytest.mark.parametrize(
    ("written", "distinguished"),
    [
        (b"\x30\x81\x03" + integer(1), seq(integer(1))),
        (b"\x02\x02\x00\x05", integer(5)),
        (b"\x02\x02\xff\xff", b"\x02\x01\xff"),
        (b"\x01\x01\x01", b"\x01\x01\xff"),
        (b"\x01\x01\x00", b"\x01\x01\x00"),
        (b"\x31\x06\x02\x01\x02\x02\x01\x01", set_of(integer(1), integer(2))),
        (b"\x23\x08\x03\x02\x00\xab\x03\x02\x04\xc0", b"\x03\x03\x04\xab\xc0"),
        (b"\x23\x00", b"\x03\x01\x00"),
        (b"\xbf\x81\x01\x03" + integer(7), b"\xbf\x81\x01\x03" + integer(7)),
        (b"\xa0\x81\x03" + integer(7), context(0, integer(7))),
    ],
)
def test_the_distinguished_encoding(written: bytes, distinguished: bytes) -> None:
    element = asn1.read(written)
    assert asn1.der(element) == distinguished
    assert asn1.is_der(element) == (written == distinguished)


def test_an_implicit_set_is_ordered_as_a_set() -> None:
    ordered, unordered = context(0, integer(1), integer(2)), context(0, integer(2), integer(1))
    assert asn1.is_der(asn1.read(ordered), as_tag=asn1.SET)
    assert not asn1.is_der(asn1.read(unordered), as_tag=asn1.SET)
    assert asn1.der(asn1.read(unordered), as_tag=asn1.SET) == set_of(integer(1), integer(2))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x30",
        b"\x30\x05\x02",
        b"\x30\x80\x02\x01\x01",
        b"\x04\x80\x00\x00",
        b"\x30\x89" + b"\xff" * 9,
        b"\x1f",
        b"\x1f\xff\xff\xff\xff\xff\x01\x00",
        integer(1) + b"\0",
        b"\x30\x80" * 60 + b"\0\0" * 60,
    ],
)
def test_what_is_no_encoding_is_refused(data: bytes) -> None:
    with pytest.raises(MalformedEncoding):
        asn1.read(data)


def test_depth_has_an_end() -> None:
    data = b""
    for _ in range(asn1.MAX_DEPTH + 5):
        data = seq(data)
    with pytest.raises(MalformedEncoding):
        asn1.der(asn1.read(data))


def test_a_value_of_another_type_is_refused() -> None:
    element = asn1.read(integer(5))
    for read in (
        lambda: element.oid,
        lambda: element.octets,
        lambda: element.time,
        lambda: element.children,
        element.members,
        lambda: asn1.read(b"\x02\x00").integer,
        lambda: asn1.read(b"\x06\x01\x80").oid,
        lambda: asn1.read(b"\x06\x00").oid,
        lambda: asn1.read(utf8("a")).integer,
        lambda: asn1.read(b"\x24\x03" + integer(1)).octets,
        lambda: asn1.read(seq()).members(minimum=1),
    ):
        with pytest.raises(MalformedEncoding):
            read()


def test_two_digit_years_turn_over_in_fifty() -> None:
    assert asn1.read(b"\x17\x0d490101000000Z").time.year == 2049
    assert asn1.read(b"\x17\x0d500101000000Z").time.year == 1950
    assert asn1.read(b"\x17\x0b4901010000Z").time.year == 2049


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=200))
def test_noise_is_read_or_refused_and_der_is_stable(noise: bytes) -> None:
    try:
        element = asn1.read(noise, trailing=True)
        encoded = asn1.der(element)
    except MalformedEncoding:
        return
    assert asn1.der(asn1.read(encoded)) == encoded
    assert asn1.is_der(asn1.read(encoded))
