"""XML signatures that deceive: counter-signatures of something else, foreign keys, odd builds, hostile documents.

XML-Signature 1.1 §8 and §12, EN 319 132-1 clause 5.2.7.
"""

from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from keys.validation.formats import xml
from keys.validation.model import Content, Integrity, SignatureObject
from tests.keys.validation.formats.test_xml_signature import countersigned
from tests.keys.validation.making.people import authority, person, stranger
from tests.keys.validation.making.xml import (
    BASE64,
    COUNTERSIGNED,
    DS,
    EXCLUSIVE,
    Recipe,
    Reference,
    b64,
    canonical,
    detached,
    enveloped,
    enveloping,
    to_element,
    transform,
)

NS = {"ds": DS, "x": "http://uri.etsi.org/01903/v1.3.2#"}
XPATH = "http://www.w3.org/TR/1999/REC-xpath-19991116"


def only(data: bytes, contents: list[Content] | None = None) -> SignatureObject:
    (signature,) = xml.parse(data, contents or []).signatures
    return signature


def changed(data: bytes, change: Callable[[etree._Element], None]) -> bytes:
    root = etree.fromstring(data)
    change(root)
    return etree.tostring(root, encoding="utf-8")


def one(root: etree._Element, path: str) -> etree._Element:
    (found,) = root.xpath(path, namespaces=NS)
    return found


# -- counter-signatures ------------------------------------------------------------------------------------------------


def test_a_counter_signature_of_something_else_is_refused() -> None:
    own = Reference("#o", (transform(BASE64),), COUNTERSIGNED, octets=b"1234")
    document = xml.parse(countersigned(references=[own], objects=f'<ds:Object Id="o">{b64(b"1234")}</ds:Object>'))
    assert document.signatures[1].integrity is not Integrity.INTACT
    document = xml.parse(countersigned(references=[to_element("sig-props")]))
    assert document.signatures[1].integrity is Integrity.HASH_MISMATCH


def test_a_counter_signature_moved_to_another_signature_is_refused() -> None:
    """It stands and its reference resolves, but it covers another signature's value than the one it is shown with."""

    def change(root: etree._Element) -> None:
        first = one(root, "ds:Signature")
        other = etree.fromstring(
            enveloped(Recipe(id="other", signer=person("rsa"), unsigned="<xades:CounterSignature/>"))
        )
        second = one(other, "ds:Signature")
        counter = one(first, ".//x:CounterSignature")
        counter.getparent().remove(counter)
        place = one(second, ".//x:CounterSignature")
        place.getparent().replace(place, counter)
        root.append(second)

    document = xml.parse(changed(countersigned(), change))
    moved = next(each for each in document.signatures if each.id == "counter")
    assert moved.integrity is Integrity.HASH_MISMATCH


def test_a_counter_signature_survives_no_change_of_the_signature() -> None:
    text = countersigned().decode()
    start = text.index('<ds:SignatureValue Id="sig-value">') + len('<ds:SignatureValue Id="sig-value">')
    other = "B" if text[start] != "B" else "C"
    document = xml.parse((text[:start] + other + text[start + 1 :]).encode())
    assert document.signatures[0].integrity is Integrity.SIGNATURE_BROKEN
    assert document.signatures[1].integrity is Integrity.HASH_MISMATCH


def test_a_filter_on_the_counter_signed_value_is_refused() -> None:
    keep = transform(XPATH, f'<ds:XPath xmlns:ds="{DS}">ancestor-or-self::ds:SignatureValue</ds:XPath>')
    reference = to_element("sig-value", COUNTERSIGNED)
    reference.transforms = (keep, transform(EXCLUSIVE))
    assert xml.parse(countersigned(references=[reference])).signatures[1].integrity is Integrity.MALFORMED


# -- the signer --------------------------------------------------------------------------------------------------------


def test_another_certificate_in_the_key_info_does_not_become_the_signer() -> None:
    """The same key certified for somebody else: the signed properties hold the digest of the first certificate."""
    from tests.keys.validation.making.people import make

    double = make("Kẻ Gian", person().key, issuer=authority())
    text = enveloped().decode().replace(b64(person().certificate), b64(double.certificate))
    signature = only(text.encode())
    assert (signature.integrity, signature.signer) == (Integrity.NO_SIGNER, None)


def test_a_signature_by_another_key_is_broken() -> None:
    assert only(enveloped(Recipe(sign=stranger().sign))).integrity is Integrity.SIGNATURE_BROKEN
    forged = Recipe(sign=lambda data: bytes(64))
    assert only(enveloped(forged)).integrity is Integrity.SIGNATURE_BROKEN


def test_a_named_certificate_that_is_not_there_breaks_with_a_foreign_one() -> None:
    certificate = f"<ds:X509Certificate>{b64(stranger().certificate)}</ds:X509Certificate>"
    recipe = Recipe(key_info=f"<ds:KeyInfo><ds:X509Data>{certificate}</ds:X509Data></ds:KeyInfo>")
    assert only(enveloped(recipe)).integrity is Integrity.SIGNATURE_BROKEN


@pytest.mark.parametrize(
    "method",
    [
        f"{DS}hmac-sha1",
        "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256",
        "urn:none",
        "",
    ],
)
def test_a_mac_or_an_unknown_algorithm_is_no_signature(method: str) -> None:
    recipe = Recipe(method=f'<ds:SignatureMethod Algorithm="{method}"/>', sign=lambda data: bytes(32))
    assert only(enveloped(recipe)).integrity is Integrity.UNSUPPORTED


def test_an_algorithm_of_another_kind_of_key_never_verifies() -> None:
    recipe = Recipe(method="http://www.w3.org/2001/04/xmldsig-more#rsa-sha256")
    assert only(enveloped(recipe)).integrity is Integrity.SIGNATURE_BROKEN


# -- structure ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace("</ds:SignedInfo>", "</ds:SignedInfo><ds:SignedInfo/>"),
        lambda text: text.replace("<ds:KeyInfo>", "<ds:KeyInfo/><ds:KeyInfo>"),
        lambda text: text.replace("<ds:KeyInfo>", "<ds:SignatureValue/><ds:KeyInfo>"),
        lambda text: text.replace("<ds:KeyInfo>", "<lạ/><ds:KeyInfo>"),
        lambda text: text.replace("<ds:SignedInfo>", "<ds:SignedInfo><lạ/>"),
        lambda text: text.replace("<ds:SignedInfo>", "<ds:Khác>").replace("</ds:SignedInfo>", "</ds:Khác>"),
        lambda text: text.replace("<ds:SignatureValue", "<ds:Không").replace("</ds:SignatureValue", "</ds:Không"),
    ],
)
def test_a_signature_of_another_build_is_malformed(change: Callable[[str], str]) -> None:
    assert only(change(enveloped().decode()).encode()).integrity is Integrity.MALFORMED


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "empty"),
        (b" \n", "empty"),
        (b"<a>", "not well-formed"),
        (b"<!DOCTYPE a><a/>", "document type"),
        (b'<!DOCTYPE a SYSTEM "http://127.0.0.1:1/evil.dtd"><a/>', "document type"),
        (b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>', "document type"),
        ('<!DOCTYPE a [<!ENTITY b "x">]><a/>'.encode("utf-16"), "document type"),
        (b'<?xml version="1.0" encoding="no-such"?><a/>', "not well-formed"),
        (b"<a>&undefined;</a>", "not well-formed"),
        (b"<a>" * 257 + b"</a>" * 257, "not well-formed"),
        (b"<a>" * 300 + b"</a>" * 300, "not well-formed"),
        (b"\xff\xfe\x00", "not well-formed"),
    ],
)
def test_hostile_or_broken_documents_are_told_and_not_read(data: bytes, said: str) -> None:
    parsed = xml.parse(data)
    assert parsed.signatures == ()
    assert said in parsed.problems[0]


def test_a_billion_laughs_are_not_expanded() -> None:
    entities = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    bomb = f'<!DOCTYPE a [<!ENTITY l0 "ha">{entities}]><a b="&l9;">&l9;</a>'
    assert xml.parse(bomb.encode()).problems


def test_a_large_text_is_read_where_no_entity_can_hide() -> None:
    document = enveloping("A" * 11_000_000)
    assert only(document).integrity is Integrity.INTACT


def test_too_many_signatures_are_not_judged() -> None:
    many = f"<a>{f'<ds:Signature xmlns:ds={chr(34)}{DS}{chr(34)}/>' * 201}</a>"
    assert xml.parse(many.encode()).problems == ("more than 200 signatures",)


# -- anything at all ---------------------------------------------------------------------------------------------------

VALID = {
    "enveloped": enveloped(),
    "enveloping": enveloping(),
    "countersigned": countersigned(),
    "detached": detached({"a.txt": b"1"}),
}


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_no_change_of_bytes_crashes_and_none_goes_unseen(data: st.DataObject) -> None:
    """Flip, drop, double or overwrite bytes: what still stands says of the signed content exactly what was signed."""
    original = VALID[data.draw(st.sampled_from(sorted(VALID)))]
    mutant = bytearray(original)
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(mutant) - 1))
        length = data.draw(st.integers(0, 40))
        mutant[at : at + length] = data.draw(
            st.one_of(st.binary(max_size=8), st.just(bytes(mutant[at : at + length]) * 2))
        )
    parsed = xml.parse(bytes(mutant), [Content("a.txt", b"1")])
    before = xml.parse(original, [Content("a.txt", b"1")])
    if parsed.signatures and all(each.integrity is Integrity.INTACT for each in parsed.signatures):
        assert signed_text(bytes(mutant)) == signed_text(original) or parsed.uncovered != before.uncovered


def signed_text(document: bytes) -> list[str]:
    """What a reader sees outside of signatures' own machinery, and in their objects."""
    root = etree.fromstring(document)
    for machinery in root.xpath(
        "//ds:SignedInfo | //ds:SignatureValue | //ds:KeyInfo | //x:UnsignedProperties", namespaces=NS
    ):
        machinery.getparent().remove(machinery)
    return [
        canonical(element).decode()
        for element in root.xpath("//ds:Object | /*[not(self::ds:Signature)]/*[1]", namespaces=NS)
    ]


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_no_change_of_elements_goes_unseen(data: st.DataObject) -> None:
    """Move, double, drop, rename, wrap or dress elements: what stands and is covered reads as it did when signed."""
    original = VALID[data.draw(st.sampled_from(sorted(VALID)))]
    root = etree.fromstring(original)
    for _ in range(data.draw(st.integers(1, 2))):
        elements = list(root.iter(etree.Element))
        disturb(data.draw(st.sampled_from(elements)), data.draw(st.sampled_from(elements)), data)
    mutant = etree.tostring(root, encoding="utf-8")
    contents = [Content("a.txt", b"1")]
    parsed, before = xml.parse(mutant, contents), xml.parse(original, contents)
    stands = parsed.signatures and all(each.integrity is Integrity.INTACT for each in parsed.signatures)
    if stands and set(parsed.uncovered) <= set(before.uncovered):
        assert as_read(mutant) == as_read(original)


def disturb(one_: etree._Element, other: etree._Element, data: st.DataObject) -> None:
    parent = one_.getparent()
    match data.draw(st.sampled_from(("move", "double", "drop", "say", "dress", "rename", "wrap"))):
        case "move" if parent is not None and other not in list(one_.iter()):
            other.insert(0, one_)
        case "double" if parent is not None:
            other.append(etree.fromstring(etree.tostring(one_, encoding="utf-8", with_tail=False)))
        case "drop" if parent is not None:
            parent.remove(one_)
        case "say":
            one_.text = f"{one_.text or ''}khac"
        case "dress":
            one_.set("cho", "Ke Gian")
        case "rename":
            one_.tag = "{urn:khac}khac"
        case "wrap" if parent is not None:
            wrapper = etree.Element("{urn:khac}ngoai")
            parent.replace(one_, wrapper)
            wrapper.append(one_)


def as_read(document: bytes) -> tuple[bytes, list[bytes]]:
    """The document without its signatures, whose place nobody signs, and the objects that they hold."""
    root = etree.fromstring(document)
    objects = root.xpath("//ds:Object[not(x:QualifyingProperties)]", namespaces=NS)
    held = []
    for found in objects:
        found.attrib.clear()
        found.tail = None
        held.append(canonical(found))
    for signature in root.xpath("//ds:Signature[not(ancestor::ds:Signature)]", namespaces=NS):
        if signature is root:
            return b"", sorted(held)
        # The text behind it stays where it is.
        signature.addprevious(etree.Comment("signature"))
        signature.getprevious().tail, signature.tail = signature.tail, None
        signature.getparent().remove(signature)
    return canonical(root), sorted(held)
