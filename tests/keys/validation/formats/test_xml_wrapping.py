"""XML signatures moved, doubled and dressed up: each known shape of wrapping, and properties that are not the signed ones.

McIntosh and Austel 2005, Somorovsky et al. 2012 ("On Breaking SAML", XSW 1 to 8), XML-Signature 1.1 §8 and §12.
"""

from collections.abc import Callable

import pytest
from lxml import etree

from keys.validation.formats import xml
from keys.validation.model import Content, Integrity, ParsedDocument, SignatureObject
from tests.keys.validation.making.xml import (
    DS,
    ENVELOPED,
    EXCLUSIVE,
    SIGNED_PROPERTIES,
    Recipe,
    Reference,
    build,
    canonical,
    enveloped,
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


# -- wrapping ----------------------------------------------------------------------------------------------------------

ASSERTION = '<Phản><Chứng Id="c1"><họTên>Nguyễn Văn A</họTên>{}</Chứng></Phản>'


def signed_assertion() -> etree._Element:
    """A response whose assertion carries an enveloped signature over itself, as SAML has it."""

    def octets(root: etree._Element, signature: etree._Element) -> bytes:
        (element,) = etree.fromstring(etree.tostring(root, encoding="utf-8")).xpath("//*[@Id='c1']")
        for found in element.findall(f"{{{DS}}}Signature"):
            element.remove(found)
        return canonical(element)

    reference = Reference("#c1", (transform(ENVELOPED), transform(EXCLUSIVE)), octets=octets)
    return etree.fromstring(build(Recipe(references=[reference]), ASSERTION.format))


def evil(original: etree._Element, *, identifier: str | None = "xấu") -> etree._Element:
    """A copy of the assertion that names somebody else and carries no signature."""
    copy = etree.fromstring(etree.tostring(original, encoding="utf-8"))
    for signature in copy.findall(f"{{{DS}}}Signature"):
        copy.remove(signature)
    one(copy, "họTên").text = "Kẻ Gian"
    if identifier is None:
        del copy.attrib["Id"]
    else:
        copy.set("Id", identifier)
    return copy


def parse_tree(root: etree._Element) -> ParsedDocument:
    return xml.parse(etree.tostring(root, encoding="utf-8"))


def test_the_assertion_that_the_attacks_start_from_stands() -> None:
    document = parse_tree(signed_assertion())
    assert document.signatures[0].integrity is Integrity.INTACT
    assert document.uncovered == ()


def moved_to_object_of_its_signature(root: etree._Element) -> etree._Element:
    """XSW1, XSW5 and XSW6: the evil one takes the place, the signed one hides in an Object."""
    signed = one(root, "Chứng")
    signature = one(signed, "ds:Signature")
    bad = evil(signed)
    signed.remove(signature)
    root.replace(signed, bad)
    bad.append(signature)
    etree.SubElement(signature, f"{{{DS}}}Object").append(signed)
    return root


def beside_its_detached_signature(root: etree._Element) -> etree._Element:
    """XSW2: the signature stands between the evil one and the signed one."""
    signed = one(root, "Chứng")
    signature = one(signed, "ds:Signature")
    signed.remove(signature)
    root.insert(0, evil(signed))
    root.insert(1, signature)
    return root


def before_the_signed_one(root: etree._Element) -> etree._Element:
    """XSW3: the evil one is an elder brother."""
    root.insert(0, evil(one(root, "Chứng")))
    return root


def around_the_signed_one(root: etree._Element) -> etree._Element:
    """XSW4: the evil one is the parent."""
    signed = one(root, "Chứng")
    bad = evil(signed)
    root.replace(signed, bad)
    bad.append(signed)
    return root


def in_an_extension(root: etree._Element) -> etree._Element:
    """XSW7: the evil one stands where anything may stand."""
    etree.SubElement(root, "MởRộng").append(evil(one(root, "Chứng")))
    return root


def in_an_unsigned_object(root: etree._Element) -> etree._Element:
    """XSW8: the evil one stands in an Object of the signature that nothing refers to."""
    signed = one(root, "Chứng")
    etree.SubElement(one(signed, "ds:Signature"), f"{{{DS}}}Object").append(evil(signed))
    return root


SHAPES = [
    moved_to_object_of_its_signature,
    beside_its_detached_signature,
    before_the_signed_one,
    around_the_signed_one,
    in_an_extension,
    in_an_unsigned_object,
]


@pytest.mark.parametrize("shape", SHAPES)
def test_an_unsigned_element_that_poses_as_the_signed_one_is_refused(shape: Callable[..., etree._Element]) -> None:
    (signature,) = parse_tree(shape(signed_assertion())).signatures
    assert signature.integrity is not Integrity.INTACT


@pytest.mark.parametrize("attribute", ["Id", "ID", "id", "{http://www.w3.org/XML/1998/namespace}id", "{urn:wsu}Id"])
def test_an_id_that_two_elements_carry_is_refused_however_it_is_spelt(attribute: str) -> None:
    root = signed_assertion()
    bad = evil(one(root, "Chứng"), identifier=None)
    bad.set(attribute, "c1")
    root.insert(0, bad)
    (signature,) = parse_tree(root).signatures
    assert signature.integrity is Integrity.MALFORMED
    assert "ambiguous" in signature.problems[0]


def test_an_impostor_of_another_name_is_named_as_uncovered() -> None:
    root = signed_assertion()
    bad = evil(one(root, "Chứng"))
    bad.tag = "ChứngKhác"
    root.insert(0, bad)
    assert parse_tree(root).uncovered == ("element ChứngKhác (Id xấu)",)


def test_text_and_attributes_around_the_signed_element_are_named_as_uncovered() -> None:
    root = signed_assertion()
    root.set("ngườiNhận", "Kẻ Gian")
    assert parse_tree(root).uncovered == ("element Phản",)
    root = signed_assertion()
    one(root, "Chứng").tail = "Xin cấp cho Kẻ Gian"
    assert parse_tree(root).uncovered == ("element Phản",)


def test_the_enveloped_document_moved_into_its_own_signature_is_refused() -> None:
    """The root of an enveloped signature replaced, its old content kept aside: the digest no longer matches."""
    root = etree.fromstring(enveloped())
    signature = one(root, "ds:Signature")
    root.remove(signature)
    new = etree.fromstring("<hoSo xmlns='urn:vn:ho-so'><tờKhai>Kẻ Gian</tờKhai></hoSo>")
    new.append(signature)
    etree.SubElement(signature, f"{{{DS}}}Object").append(root)
    assert parse_tree(new).signatures[0].integrity is Integrity.HASH_MISMATCH


# -- signed properties -------------------------------------------------------------------------------------------------


def test_properties_that_nothing_refers_to_are_refused() -> None:
    """Somebody adds XAdES properties to a plain signature, so that it seems to say when and with what."""
    plain = Recipe(xades=False)
    text = enveloped(plain).decode()
    properties = Recipe().properties.replace("<ds:Object>", f'<ds:Object xmlns:ds="{DS}">', 1)
    signature = only(text.replace("</ds:Signature>", f"{properties}</ds:Signature>").encode())
    assert (signature.integrity, signature.format) == (Integrity.MALFORMED, "XMLDSig")
    assert signature.claimed_signing_time is None


def test_signed_properties_moved_away_with_others_in_their_place_are_refused() -> None:
    def change(root: etree._Element) -> None:
        signed = one(root, "//x:SignedProperties")
        fake = etree.fromstring(etree.tostring(signed, encoding="utf-8"))
        fake.set("Id", "fake")
        signed.getparent().replace(signed, fake)
        etree.SubElement(one(root, "ds:Signature"), f"{{{DS}}}Object").append(signed)

    signature = only(changed(enveloped(), change))
    assert signature.integrity is Integrity.CONTENT_MISSING
    assert "signed properties" in signature.problems[0]
    assert signature.claimed_signing_time is None


def test_content_hidden_beside_the_properties_is_named_as_uncovered() -> None:
    """Their place in the signature is unsigned: nothing else is expected there, so anything else is content."""
    place = '<ds:Object><xades:QualifyingProperties xmlns:xades="http://uri.etsi.org/01903/v1.3.2#" Target="#sig">'
    text = enveloped().decode()
    for change in (
        text.replace(place, place.replace("<ds:Object>", "<ds:Object><đơn>Ke Gian</đơn>")),
        text.replace(place, place.replace("<ds:Object>", "<ds:Object>Ke Gian")),
        text.replace(place, f"{place}<đơn/>"),
        text.replace(place, f"{place}Ke Gian"),
    ):
        parsed = xml.parse(change.encode())
        assert parsed.signatures[0].integrity is Integrity.INTACT
        assert parsed.uncovered == ("element Object",)
    inside = text.replace('Id="sig">', 'Id="sig">Ke Gian')
    assert only(inside.encode()).integrity is Integrity.MALFORMED


def test_two_sets_of_qualifying_properties_are_refused() -> None:
    def change(root: etree._Element) -> None:
        holder = one(root, "//x:QualifyingProperties").getparent()
        again = etree.fromstring(etree.tostring(holder, encoding="utf-8"))
        for element in again.iter():
            element.attrib.pop("Id", None)
        holder.addnext(again)

    assert only(changed(enveloped(), change)).integrity is Integrity.MALFORMED


def test_properties_that_belong_to_another_signature_are_refused() -> None:
    first = enveloped(Recipe(id="first")).decode()
    recipe = Recipe(id="second", target="#first")
    _, second = xml.parse(build(recipe, lambda text: first.replace("</hoSo>", f"{text}</hoSo>"))).signatures
    assert second.integrity is Integrity.MALFORMED


def test_a_target_that_names_nothing_is_only_remarked() -> None:
    signature = only(enveloped(Recipe(target="#nothing")))
    assert signature.integrity is Integrity.INTACT
    assert signature.warnings == ("the QualifyingProperties do not name the signature they stand in",)


def test_a_transform_on_the_signed_properties_is_refused() -> None:
    drop = transform(XPATH, f'<ds:XPath xmlns:ds="{DS}">not(ancestor-or-self::ds:Nothing)</ds:XPath>')
    own = to_element("sig-props", SIGNED_PROPERTIES)
    own.transforms = (drop, transform(EXCLUSIVE))
    assert only(enveloped(Recipe(properties_reference=own))).integrity is Integrity.MALFORMED


def test_a_reference_to_the_properties_of_a_wrong_type_is_refused_and_without_type_remarked() -> None:
    wrong = to_element("sig-props", f"{DS}Object")
    assert only(enveloped(Recipe(properties_reference=wrong))).integrity is Integrity.MALFORMED
    untyped = only(enveloped(Recipe(properties_reference=to_element("sig-props"))))
    assert untyped.integrity is Integrity.INTACT
    assert untyped.warnings == ("the reference to the signed properties has no type",)


def test_changed_properties_are_seen() -> None:
    late = enveloped().replace(b"2025-06-02", b"2020-06-02")
    assert only(late).integrity is Integrity.HASH_MISMATCH
