"""References that sign less than they seem to: filters, pointers, text for markup, contents that are not the signed ones.

XML-Signature 1.1 §4.4.3, §6.6 and §8.1.
"""

import pytest
from lxml import etree

from keys.validation.formats import xml
from keys.validation.model import Content, Integrity, SignatureObject
from tests.keys.validation.making.people import person
from tests.keys.validation.making.xml import (
    BASE64,
    DS,
    ENVELOPED,
    EXCLUSIVE,
    Recipe,
    Reference,
    b64,
    build,
    detached,
    enveloped,
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
