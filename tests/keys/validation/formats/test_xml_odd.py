"""XML signatures that say odd things: properties, algorithms and places as nobody should write them, yet some do."""

import hashlib
from datetime import UTC, datetime

import pytest

from keys.validation.formats import xml
from keys.validation.model import Content, Integrity, SignatureObject
from tests.keys.validation.making.people import person, stranger
from tests.keys.validation.making.xml import (
    COUNTERSIGNED,
    DS,
    Recipe,
    Reference,
    b64,
    build,
    enveloped,
    to_element,
    to_file,
)


def only(data: bytes, contents: list[Content] | None = None) -> SignatureObject:
    (signature,) = xml.parse(data, contents or []).signatures
    return signature


# -- properties that say odd things -----------------------------------------------------------------------------------


def with_property(written: str) -> SignatureObject:
    return only(enveloped(Recipe(signed_signature=written)))


def test_the_older_signing_certificate_property_binds_as_well() -> None:
    digest = b64(hashlib.sha256(person().certificate).digest())
    issuer = (
        "<xades:IssuerSerial><ds:X509IssuerName>CN=ai</ds:X509IssuerName><ds:X509SerialNumber>{}</ds:X509SerialNumber>"
    )
    recipe = Recipe()
    start, end = (recipe.properties.index(f"<{slash}xades:SigningCertificateV2>") for slash in ("", "/"))
    for serial, warned in ((person().x509.serial_number, False), (12, True), ("mười hai", False)):
        written = (
            "<xades:SigningCertificate><xades:Cert><xades:CertDigest><ds:DigestMethod "
            'Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/>'
            f"<ds:DigestValue>{digest}</ds:DigestValue></xades:CertDigest>{issuer.format(serial)}</xades:IssuerSerial>"
            "</xades:Cert></xades:SigningCertificate>"
        )
        after = recipe.properties[end + len("</xades:SigningCertificateV2>") :]
        signature = only(enveloped_with_properties(recipe, recipe.properties[:start] + written + after))
        assert (signature.integrity, signature.has_signing_certificate_attribute) == (Integrity.INTACT, True)
        assert bool(signature.warnings) is warned


@pytest.mark.parametrize("encoded", ["!", "AAAA", b64(b"0\x03\x02\x01\x05")])
def test_an_issuer_that_cannot_be_read_is_left_to_the_digest(encoded: str) -> None:
    digest = b64(hashlib.sha256(person().certificate).digest())
    written = (
        "<xades:SigningCertificateV2><xades:Cert><xades:CertDigest><ds:DigestMethod "
        'Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/>'
        f"<ds:DigestValue>{digest}</ds:DigestValue></xades:CertDigest>"
        f"<xades:IssuerSerialV2>{encoded}</xades:IssuerSerialV2></xades:Cert></xades:SigningCertificateV2>"
    )
    signature = with_property(written)
    assert (signature.integrity, signature.warnings) == (Integrity.INTACT, ())


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("<xades:SigningCertificate><xades:Cert/></xades:SigningCertificate>", Integrity.MALFORMED),
        (
            '<xades:SigningCertificate><xades:Cert><xades:CertDigest><ds:DigestMethod Algorithm="urn:khac"/>'
            "<ds:DigestValue>AA==</ds:DigestValue></xades:CertDigest></xades:Cert></xades:SigningCertificate>",
            Integrity.UNSUPPORTED,
        ),
    ],
)
def test_a_certificate_reference_that_cannot_be_read_is_refused(written: str, expected: Integrity) -> None:
    assert with_property(written).integrity is expected


def test_an_empty_signing_certificate_property_is_refused() -> None:
    recipe = Recipe()
    text = recipe.properties
    start, end = text.index("<xades:Cert>"), text.index("</xades:SigningCertificateV2>")
    emptied = enveloped_with_properties(recipe, text[:start] + text[end:])
    assert only(emptied).integrity is Integrity.MALFORMED


def enveloped_with_properties(recipe: Recipe, written: str) -> bytes:
    class Other(Recipe):
        @property
        def properties(self) -> str:
            return written

    return enveloped(Other(**recipe.__dict__))


def test_claimed_times_are_read_or_remarked() -> None:
    again = with_property("<xades:SigningTime>2024-01-01T00:00:00Z</xades:SigningTime>")
    assert again.claimed_signing_time == datetime(2025, 6, 2, 8, 30, tzinfo=UTC)
    assert again.warnings == ("the signature claims more than one signing time; the first is shown",)
    recipe = Recipe()
    for written, expected in (
        ("2025-06-02T08:30:00", datetime(2025, 6, 2, 8, 30, tzinfo=UTC)),
        ("hôm qua", None),
        ("0001-01-01T00:00:00+14:00", None),
    ):
        text = recipe.properties.replace("2025-06-02T15:30:00+07:00", written)
        signature = only(enveloped_with_properties(recipe, text))
        assert (signature.integrity, signature.claimed_signing_time) == (Integrity.INTACT, expected)


def test_an_implied_policy_has_no_name() -> None:
    implied = "<xades:SignaturePolicyIdentifier><xades:SignaturePolicyImplied/></xades:SignaturePolicyIdentifier>"
    assert with_property(implied).policy_id == ""


def test_two_signed_properties_in_one_place_are_refused() -> None:
    recipe = Recipe()
    twice = recipe.properties.replace(
        "</xades:QualifyingProperties>", "<xades:SignedProperties/></xades:QualifyingProperties>"
    )
    assert only(enveloped_with_properties(recipe, twice)).integrity is Integrity.MALFORMED


def test_signed_properties_referenced_twice_are_refused() -> None:
    recipe = Recipe(references=[Reference(), to_element("sig-props", "http://uri.etsi.org/01903#SignedProperties")])
    assert only(enveloped(recipe)).integrity is Integrity.MALFORMED


# -- algorithms that say odd things -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ("", Integrity.SIGNATURE_BROKEN),
        ("<p:RSAPSSParams/>", Integrity.SIGNATURE_BROKEN),
        ("<p:RSAPSSParams><p:SaltLength>nhiều</p:SaltLength></p:RSAPSSParams>", Integrity.MALFORMED),
        ('<p:RSAPSSParams><ds:DigestMethod Algorithm="urn:khac"/></p:RSAPSSParams>', Integrity.UNSUPPORTED),
        (
            '<p:RSAPSSParams><p:MaskGenerationFunction Algorithm="urn:khac"/></p:RSAPSSParams>',
            Integrity.UNSUPPORTED,
        ),
        (
            '<p:RSAPSSParams><p:MaskGenerationFunction Algorithm="http://www.w3.org/2007/05/xmldsig-more#MGF1">'
            '<ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha512"/></p:MaskGenerationFunction>'
            "</p:RSAPSSParams>",
            Integrity.SIGNATURE_BROKEN,
        ),
    ],
)
def test_parameters_of_rsa_pss_are_read_strictly(parameters: str, expected: Integrity) -> None:
    method = (
        '<ds:SignatureMethod xmlns:p="http://www.w3.org/2007/05/xmldsig-more#" '
        f'Algorithm="http://www.w3.org/2007/05/xmldsig-more#rsa-pss">{parameters}</ds:SignatureMethod>'
    )
    recipe = Recipe(signer=person("rsa"), method=method, sign=lambda data: bytes(256))
    assert only(enveloped(recipe)).integrity is expected


def test_a_signature_with_two_methods_or_none_is_refused() -> None:
    for method in ("<ds:SignatureMethod/><ds:SignatureMethod/>", "<!-- không -->"):
        assert only(enveloped(Recipe(method=method, sign=lambda data: b""))).integrity is Integrity.MALFORMED


@pytest.mark.parametrize(
    "value",
    [
        "<ds:RSAKeyValue><ds:Modulus>!</ds:Modulus><ds:Exponent>AQAB</ds:Exponent></ds:RSAKeyValue>",
        "<ds:RSAKeyValue/>",
        '<d:ECKeyValue xmlns:d="http://www.w3.org/2009/xmldsig11#"><d:NamedCurve URI="urn:oid:1.2.3"/></d:ECKeyValue>',
        "<ds:DSAKeyValue/>",
    ],
)
def test_a_bare_key_that_cannot_be_read_is_none(value: str) -> None:
    key = f"<ds:KeyInfo><ds:KeyValue>{value}</ds:KeyValue></ds:KeyInfo>"
    assert only(enveloped(Recipe(key_info=key))).integrity is Integrity.NO_SIGNER


def test_certificates_that_cannot_be_read_are_nobodys() -> None:
    odd = "<ds:KeyInfo><ds:X509Data><ds:X509Certificate>!</ds:X509Certificate></ds:X509Data></ds:KeyInfo>"
    assert only(enveloped(Recipe(key_info=odd))).integrity is Integrity.NO_SIGNER


# -- odd places -------------------------------------------------------------------------------------------------------


def test_an_enveloped_transform_of_a_signature_that_is_the_document_leaves_nothing() -> None:
    signature = only(build(Recipe(references=[Reference(octets=b"")])))
    assert signature.integrity is Integrity.MALFORMED
    assert "leave nothing" in signature.problems[0]


def test_a_manifest_elsewhere_is_content_like_any_other() -> None:
    recipe = Recipe(references=[Reference("m.xml", (), f"{DS}Manifest", octets=b"<m/>")])
    assert only(build(recipe), [Content("m.xml", b"<m/>")]).integrity is Integrity.INTACT


def test_a_signature_value_elsewhere_in_the_document_can_be_countersigned() -> None:
    first = enveloped(Recipe(id="first")).decode()
    counter = Recipe(id="second", signer=stranger(), references=[to_element("first-value", COUNTERSIGNED)])
    document = xml.parse(build(counter, lambda text: f"<hai>{first}{text}</hai>"))
    assert {each.id: each.counter_signature_of for each in document.signatures} == {"first": None, "second": "first"}


def test_signature_properties_are_signed_and_no_content() -> None:
    written = '<ds:Object><ds:SignatureProperties Id="p"><ds:SignatureProperty Target="#sig">x</ds:SignatureProperty>'
    recipe = Recipe(objects=f"{written}</ds:SignatureProperties></ds:Object>")
    recipe.references = [to_element("p")]
    assert only(build(recipe)).integrity is Integrity.CONTENT_MISSING
    recipe.references = [to_element("p"), to_element("ngoài")]
    document = xml.parse(build(recipe, '<hs><a Id="ngoài">một</a>{}</hs>'.format))
    assert (document.signatures[0].integrity, document.uncovered) == (Integrity.INTACT, ())


def test_only_the_first_of_many_uncovered_parts_are_named() -> None:
    recipe = Recipe(references=[to_element("a")])
    many = "".join(f"<b{number}>hai</b{number}>" for number in range(30))
    document = xml.parse(build(recipe, f'<hs><a Id="a">một</a>{many}{{}}</hs>'.format))
    assert len(document.uncovered) == 21
    assert document.uncovered[-1] == "and more"


def test_more_references_than_any_honest_signature_has_are_not_followed() -> None:
    entry = to_file("a", b"1").text("x", None)
    recipe = Recipe(objects=f'<ds:Object><ds:Manifest Id="m">{entry * 2001}</ds:Manifest></ds:Object>')
    recipe.references = [to_element("m", f"{DS}Manifest")]
    assert only(build(recipe), [Content("a", b"1")]).integrity is Integrity.MALFORMED
    assert (
        only(build(Recipe(references=[to_file("a", b"1")] * 2001)), [Content("a", b"1")]).integrity
        is Integrity.MALFORMED
    )


def test_a_signature_made_with_another_canonical_form_than_it_names_is_broken() -> None:
    method = '<ds:CanonicalizationMethod Algorithm="http://www.w3.org/2010/xml-c14n2"/>'
    assert only(enveloped(Recipe(c14n=method))).integrity is Integrity.UNSUPPORTED
