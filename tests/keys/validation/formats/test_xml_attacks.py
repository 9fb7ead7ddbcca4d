"""XML signatures that deceive: every known shape of wrapping, and every rule that something hides behind.

McIntosh and Austel 2005, Somorovsky et al. 2012 ("On Breaking SAML", XSW 1 to 8), XML-Signature 1.1 §8 and §12.
"""

from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from keys.validation.formats import xml
from keys.validation.model import Content, Integrity, ParsedDocument, SignatureObject
from tests.keys.validation.formats.test_xml_signature import countersigned
from tests.keys.validation.making.people import authority, person, stranger
from tests.keys.validation.making.xml import (
    BASE64,
    COUNTERSIGNED,
    DS,
    ENVELOPED,
    EXCLUSIVE,
    SIGNED_PROPERTIES,
    Recipe,
    Reference,
    b64,
    build,
    canonical,
    detached,
    enveloped,
    enveloping,
    to_element,
    to_file,
    transform,
)

NS = {"ds": DS, "x": "http://uri.etsi.org/01903/v1.3.2#"}
XPATH = "http://www.w3.org/TR/1999/REC-xpath-19991116"
FILTER2 = "http://www.w3.org/2002/06/xmldsig-filter2"


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


# -- wrapping ---------------------------------------------------------------------------------------------------------

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


# -- signed properties ------------------------------------------------------------------------------------------------


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


# -- references -------------------------------------------------------------------------------------------------------


def test_a_signature_over_nothing_but_its_own_parts_is_refused() -> None:
    assert only(enveloped(Recipe(references=[]))).integrity is Integrity.CONTENT_MISSING
    key = Recipe(references=[to_element("key")])
    key.key_info = (
        f'<ds:KeyInfo Id="key"><ds:X509Data><ds:X509Certificate>{b64(person().certificate)}'
        "</ds:X509Certificate></ds:X509Data></ds:KeyInfo>"
    )
    assert only(enveloped(key)).integrity is Integrity.CONTENT_MISSING


def test_a_filter_that_leaves_nothing_is_refused() -> None:
    nothing = transform(XPATH, f'<ds:XPath xmlns:ds="{DS}">ancestor-or-self::ds:Nothing</ds:XPath>')
    recipe = Recipe(references=[Reference("", (nothing, transform(EXCLUSIVE)), octets=b"")])
    signature = only(enveloped(recipe))
    assert signature.integrity is Integrity.MALFORMED
    assert "leave nothing" in signature.problems[0]


def test_a_part_of_the_signature_taken_away_as_enveloped_is_refused() -> None:
    recipe = Recipe(objects='<ds:Object Id="o"><a/></ds:Object>')
    recipe.references = [Reference("#o", (transform(ENVELOPED), transform(EXCLUSIVE)), octets=b"")]
    assert only(build(recipe)).integrity is Integrity.MALFORMED


def test_what_a_filter_drops_is_named_as_uncovered() -> None:
    drop = transform(
        XPATH, f'<ds:XPath xmlns:ds="{DS}">not(ancestor-or-self::ds:Signature or ancestor-or-self::xấu)</ds:XPath>'
    )
    octets = "<hs><a>một</a></hs>".encode()
    recipe = Recipe(references=[Reference("", (drop, transform(EXCLUSIVE)), octets=octets)])
    document = xml.parse(build(recipe, "<hs><a>một</a><xấu>Kẻ Gian</xấu>{}</hs>".format))
    assert document.signatures[0].integrity is Integrity.INTACT
    assert document.signatures[0].scopes[0].covered == "PARTIAL"
    assert document.uncovered == ("element xấu",)


@pytest.mark.parametrize(
    "step",
    [
        transform("http://www.w3.org/TR/1999/REC-xslt-19991116", "<x/>"),
        transform("http://www.w3.org/2002/07/decrypt#XML"),
        transform("urn:unknown"),
        transform(XPATH, "<ds:XPath>self::node()</ds:XPath>"),
        transform(XPATH, "<ds:XPath>not(self::họTên)</ds:XPath>"),
        transform(XPATH, "<ds:XPath>position() &lt; 10</ds:XPath>"),
        transform(XPATH, "<ds:XPath>1</ds:XPath>"),
        transform(XPATH, "<ds:XPath>not(//ancestor-or-self::a)</ds:XPath>"),
        transform(XPATH, "<ds:XPath>string-length(string(/)) > 3</ds:XPath>"),
        transform(XPATH, "<ds:XPath>not(ancestor-or-self::node())</ds:XPath>"),
        transform(XPATH, "<ds:XPath>true()</ds:XPath><ds:XPath>true()</ds:XPath>"),
        transform(XPATH, "<ds:XPath>not(ancestor-or-self::khong:Co)</ds:XPath>"),
        transform(XPATH, "<ds:XPath>not(ancestor-or-self::a</ds:XPath>"),
        transform(XPATH),
        transform(FILTER2),
        transform(FILTER2, f'<XPath xmlns="{FILTER2}" Filter="xor">/</XPath>'),
        transform(FILTER2, f'<XPath xmlns="{FILTER2}" Filter="subtract">//text()</XPath>'),
        transform(FILTER2, f'<XPath xmlns="{FILTER2}" Filter="subtract">//a[position() > 2]</XPath>'),
        transform(FILTER2, f'<XPath xmlns="{FILTER2}" Filter="subtract">//@Id</XPath>'),
        transform(FILTER2, f'<XPath xmlns="{FILTER2}" Filter="subtract">document("file:///etc/passwd")</XPath>'),
        transform("http://www.w3.org/2010/xml-c14n2"),
    ],
)
def test_a_transform_whose_effect_is_not_known_is_not_judged(step: str) -> None:
    recipe = Recipe(references=[Reference("", (transform(ENVELOPED), step, transform(EXCLUSIVE)), octets=b"x")])
    signature = only(enveloped(recipe))
    assert signature.integrity is Integrity.UNSUPPORTED


@pytest.mark.parametrize(
    ("uri", "expected"),
    [
        ("#khôngCó", Integrity.CONTENT_MISSING),
        ("#xpointer(//*[@authenticated='true'])", Integrity.UNSUPPORTED),
        ("#xpointer(id('a')/range-to(id('b')))", Integrity.UNSUPPORTED),
        ("#", Integrity.UNSUPPORTED),
        ("file:///etc/passwd", Integrity.CONTENT_MISSING),
        ("http://127.0.0.1:1/a.xml", Integrity.CONTENT_MISSING),
        ("../../etc/passwd", Integrity.CONTENT_MISSING),
    ],
)
def test_a_reference_is_followed_to_the_document_and_to_what_was_given_only(uri: str, expected: Integrity) -> None:
    recipe = Recipe(references=[Reference(uri, (), octets=b"x")])
    assert only(enveloped(recipe)).integrity is expected


@pytest.mark.parametrize("uri", ["#xpointer(/)", "#xpointer(id('c'))"])
def test_pointers_of_the_two_known_forms_take_comments_along(uri: str) -> None:
    with_comments = transform(f"{EXCLUSIVE}WithComments")
    content = '<c Id="c">một<!--hai--></c>'
    if uri == "#xpointer(/)":
        text = f"<hs>{content}{{}}</hs>"
        octets = f"<hs>{content}</hs>".encode()
        recipe = Recipe(references=[Reference(uri, (transform(ENVELOPED), with_comments), octets=octets)])
    else:
        text = f"<hs>{content}{{}}</hs>"
        recipe = Recipe(references=[Reference(uri, (with_comments,), octets=content.encode())])
    document = build(recipe, text.format)
    assert only(document).integrity is Integrity.INTACT
    assert only(document.replace(b"<!--hai-->", b"<!--ba-->")).integrity is Integrity.HASH_MISMATCH


def test_comments_are_no_content_but_never_split_a_value() -> None:
    """A comment inside a signed value changes nothing that was signed; readers that stop at it are warned by none."""
    document = enveloped().replace("Nguyễn".encode(), "Ngu<!-- -->yễn".encode())
    assert only(document).integrity is Integrity.INTACT


def test_a_value_split_by_comments_is_read_whole() -> None:
    """Readers that stop at a comment inside a value see less than what was signed (SAML, 2018); ours does not."""
    from keys.validation.formats.xml.document import text

    assert text(etree.fromstring("<v>AB<!--x-->CD<e>EF</e>GH<?pi z?>IJ</v>")) == "ABCDEFGHIJ"


def signed_as_text(written: str) -> Recipe:
    recipe = Recipe(references=[Reference("#o", (transform(BASE64),), octets=b"1234")])
    recipe.objects = f'<ds:Object Id="o">{written}</ds:Object>'
    return recipe


def test_an_element_added_to_what_is_signed_as_text_is_seen() -> None:
    """The base64 transform signs the text alone: markup that leaves it unchanged would be in nobody's digest."""
    value = b64(b"1234")
    assert only(build(signed_as_text(value))).integrity is Integrity.INTACT
    assert only(build(signed_as_text(f"{value}<evil/>"))).integrity is Integrity.MALFORMED


def test_attributes_of_what_is_signed_as_text_are_named_as_uncovered() -> None:
    recipe = Recipe(references=[Reference("#o", (transform(BASE64),), octets=b"1234")])
    around = f'<hs><a Id="o"{{}}>{b64(b"1234")}</a>[]</hs>'
    plain = xml.parse(build(recipe, lambda text: around.replace("{}", "").replace("[]", text)))
    assert (plain.signatures[0].integrity, plain.uncovered) == (Integrity.INTACT, ())
    dressed = xml.parse(build(recipe, lambda text: around.replace("{}", ' cho="Ke Gian"').replace("[]", text)))
    assert (dressed.signatures[0].integrity, dressed.uncovered) == (Integrity.INTACT, ("element a (Id o)",))


def test_a_filter_after_canonicalization_is_not_judged() -> None:
    """What it drops could no longer be told from what was signed."""
    drop = transform(XPATH, f'<ds:XPath xmlns:ds="{DS}">not(ancestor-or-self::xấu)</ds:XPath>')
    steps = (transform(ENVELOPED), transform(EXCLUSIVE), drop, transform(EXCLUSIVE))
    recipe = Recipe(references=[Reference("", steps, octets="<hs><a>một</a></hs>".encode())])
    document = build(recipe, "<hs><a>một</a><xấu>Kẻ Gian</xấu>{}</hs>".format)
    assert only(document).integrity is Integrity.UNSUPPORTED


def test_what_a_filter_drops_of_detached_content_is_named_as_uncovered() -> None:
    drop = transform(XPATH, f'<ds:XPath xmlns:ds="{DS}">not(ancestor-or-self::xấu)</ds:XPath>')
    recipe = Recipe(
        references=[Reference("a.xml", (drop, transform(EXCLUSIVE)), octets="<hs><a>một</a></hs>".encode())]
    )
    content = Content("a.xml", "<hs><a>một</a><xấu>Kẻ Gian</xấu></hs>".encode())
    parsed = xml.parse(build(recipe), [content])
    assert parsed.signatures[0].integrity is Integrity.INTACT
    assert parsed.signatures[0].scopes[0].covered == "PARTIAL"
    assert parsed.uncovered == ("a.xml",)


def test_content_that_was_given_and_nobody_signed_is_named() -> None:
    contents = [Content("a.txt", b"1"), Content("thêm.txt", b"?")]
    assert xml.parse(detached({"a.txt": b"1"}), contents).uncovered == ("thêm.txt",)
    assert xml.parse(enveloped(), contents).uncovered == ("a.txt", "thêm.txt")


def test_an_enveloped_transform_on_detached_content_takes_nothing_away() -> None:
    recipe = Recipe(references=[Reference("a.xml", (transform(ENVELOPED), transform(EXCLUSIVE)), octets=b"<a></a>")])
    signature = only(build(recipe), [Content("a.xml", b"<a/>")])
    assert signature.integrity is Integrity.INTACT
    assert signature.warnings == ("an enveloped-signature transform had nothing to take away",)


def test_a_reference_that_claims_an_object_must_lead_to_one_of_its_own() -> None:
    recipe = Recipe(references=[to_element("ngoài", f"{DS}Object")])
    document = build(recipe, '<hs><a Id="ngoài">một</a>{}</hs>'.format)
    assert only(document).integrity is Integrity.CONTENT_MISSING


def test_a_reference_that_claims_a_manifest_must_lead_to_one_of_its_own() -> None:
    manifest = f'<ds:Manifest xmlns:ds="{DS}" Id="m">{to_file("a", b"1").text("x", None)}</ds:Manifest>'
    recipe = Recipe(references=[to_element("m", f"{DS}Manifest")])
    document = build(recipe, f"<hs>{manifest}{{}}</hs>".format)
    assert only(document, [Content("a", b"1")]).integrity is Integrity.CONTENT_MISSING


def test_a_manifest_changed_after_signing_is_seen() -> None:
    entry = to_file("a", b"1").text("x", None)
    recipe = Recipe(objects=f'<ds:Object><ds:Manifest Id="m">{entry}</ds:Manifest></ds:Object>')
    recipe.references = [to_element("m", f"{DS}Manifest")]
    other = to_file("a", b"2").text("x", None)
    document = build(recipe).decode().replace(entry, other).encode()
    assert only(document, [Content("a", b"2")]).integrity is Integrity.HASH_MISMATCH


def test_malformed_references_are_refused() -> None:
    for change in ("<ds:DigestValue>", "</ds:DigestValue>"):
        document = enveloped().replace(
            change.encode(), f"{change}!".encode() if "/" not in change else b"!</ds:DigestValue>"
        )
        assert only(document).integrity is Integrity.MALFORMED
    many = (transform(EXCLUSIVE),) * 11
    recipe = Recipe(references=[Reference("", many, octets=b"x")])
    assert only(enveloped(recipe)).integrity is Integrity.MALFORMED


def test_content_that_must_be_xml_and_is_not_does_not_match() -> None:
    recipe = Recipe(references=[Reference("a", (transform(EXCLUSIVE),), octets=b"<a></a>")])
    assert only(build(recipe), [Content("a", b"%PDF")]).integrity is Integrity.HASH_MISMATCH
    recipe = Recipe(references=[Reference("a", (transform(BASE64),), octets=b"a")])
    assert only(build(recipe), [Content("a", b"\xff!")]).integrity is Integrity.MALFORMED


# -- counter-signatures -----------------------------------------------------------------------------------------------


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


# -- the signer -------------------------------------------------------------------------------------------------------


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


# -- structure --------------------------------------------------------------------------------------------------------


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


# -- anything at all --------------------------------------------------------------------------------------------------

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
