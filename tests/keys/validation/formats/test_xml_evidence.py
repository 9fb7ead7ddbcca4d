"""What a XAdES signature carries for the long term: time-stamps with their imprints, certificates, revocation data.

EN 319 132-1 clauses 5.2.8, 5.3 to 5.5 and annex A. Expected octets are written with the library's own canonicalization.
"""

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from lxml import etree

from keys.validation.formats import xml
from keys.validation.model import Content, Integrity, SignatureObject, Timestamp, TimestampKind
from tests.keys.validation.making.cms import token
from tests.keys.validation.making.people import authority, person, time_stamper
from tests.keys.validation.making.xml import (
    DS,
    EXCLUSIVE,
    XADES,
    XADES_141,
    Recipe,
    b64,
    build,
    canonical,
    enveloped,
    enveloping,
    to_file,
)

AT = datetime(2025, 6, 3, tzinfo=UTC)
NS = {"ds": DS, "x": XADES, "y": XADES_141}
EXCLUSIVE_METHOD = f'<ds:CanonicalizationMethod Algorithm="{EXCLUSIVE}"/>'
Octets = Callable[[etree._Element], bytes]


def only(data: bytes) -> SignatureObject:
    (signature,) = xml.parse(data).signatures
    return signature


def stamped(recipe: Recipe, *stages: str | tuple[str, Octets]) -> bytes:
    """A document whose unsigned properties grow stage by stage; a stamp is over what its function makes of the last."""
    document = enveloped(recipe)
    for stage in stages:
        if isinstance(stage, str):
            recipe.unsigned += stage
        else:
            name, octets = stage
            recipe.unsigned += stamp(name, octets(etree.fromstring(document)))
        document = enveloped(recipe)
    return document


def stamp(name: str, data: bytes, method: str = EXCLUSIVE_METHOD, more: str = "") -> str:
    prefix, space = ("y", f' xmlns:y="{XADES_141}"') if name.startswith("y:") else ("xades", "")
    tag = f"{prefix}:{name.removeprefix('y:')}"
    value = b64(token(data, at=AT))
    return f"<{tag}{space}>{more}{method}<xades:EncapsulatedTimeStamp>{value}</xades:EncapsulatedTimeStamp></{tag}>"


def parts(*paths: str) -> Octets:
    def octets(root: etree._Element) -> bytes:
        return b"".join(canonical(each) for path in paths for each in root.xpath(path, namespaces=NS))

    return octets


VALUE = "//ds:SignatureValue"


def fingerprint(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def kinds(found: tuple[Timestamp, ...]) -> list[tuple[TimestampKind, bool | None]]:
    return [(each.kind, each.imprint_matches) for each in found]


def test_a_signature_time_stamp_is_over_the_value_element() -> None:
    signature = only(stamped(Recipe(), ("SignatureTimeStamp", parts(VALUE))))
    (found,) = signature.timestamps
    assert kinds(signature.timestamps) == [(TimestampKind.SIGNATURE, True)]
    assert found.covers == {fingerprint(signature.signature_value), fingerprint(person().certificate)}


def test_a_time_stamp_over_something_else_proves_nothing_and_breaks_nothing() -> None:
    signature = only(stamped(Recipe(), ("SignatureTimeStamp", lambda _: b"khac")))
    assert signature.integrity is Integrity.INTACT
    assert kinds(signature.timestamps) == [(TimestampKind.SIGNATURE, False)]


@pytest.mark.parametrize("method", ["", '<ds:CanonicalizationMethod Algorithm=""/>'])
@pytest.mark.parametrize("exclusive", [True, False])
def test_a_stamp_that_names_no_canonical_form_may_be_over_either_usual_one(method: str, exclusive: bool) -> None:
    recipe = Recipe()
    (value,) = etree.fromstring(enveloped(recipe)).xpath(VALUE, namespaces=NS)
    data = canonical(value)
    if not exclusive:
        # The inclusive form declares the inherited default namespace as well.
        data = data.replace(b"<ds:SignatureValue ", b'<ds:SignatureValue xmlns="urn:vn:ho-so" ')
    recipe.unsigned = stamp("SignatureTimeStamp", data, method)
    assert kinds(only(enveloped(recipe)).timestamps) == [(TimestampKind.SIGNATURE, True)]


def test_a_stamp_of_an_unknown_canonical_form_is_not_judged() -> None:
    method = '<ds:CanonicalizationMethod Algorithm="urn:khac"/>'
    recipe = Recipe(unsigned=stamp("SignatureTimeStamp", b"", method))
    assert kinds(only(enveloped(recipe)).timestamps) == [(TimestampKind.SIGNATURE, None)]


CERTIFICATE_VALUES = (
    "<xades:CertificateValues><xades:EncapsulatedX509Certificate>"
    f"{b64(authority().certificate)}</xades:EncapsulatedX509Certificate></xades:CertificateValues>"
)
OCSP = b"0\x03\x0a\x01\x00"
REVOCATION_VALUES = (
    "<xades:RevocationValues><xades:CRLValues><xades:EncapsulatedCRLValue>"
    f"{b64(b'crl')}</xades:EncapsulatedCRLValue></xades:CRLValues><xades:OCSPValues>"
    f"<xades:EncapsulatedOCSPValue>{b64(OCSP)}</xades:EncapsulatedOCSPValue></xades:OCSPValues></xades:RevocationValues>"
)
BEFORE = "//x:UnsignedSignatureProperties/*"


def enveloped_octets(root: etree._Element) -> bytes:
    """The octets of the references: the document less its signature, and the signed properties."""
    (properties,) = root.xpath("//x:SignedProperties", namespaces=NS)
    signed = canonical(properties)
    (signature,) = root.xpath("ds:Signature", namespaces=NS)
    root.remove(signature)
    return canonical(root) + signed


def archive(root: etree._Element) -> bytes:
    whole = parts("//ds:SignedInfo", VALUE, "//ds:KeyInfo", BEFORE, "//ds:Object[not(x:QualifyingProperties)]")(root)
    return enveloped_octets(root) + whole


@pytest.mark.parametrize("name", ["ArchiveTimeStamp", "y:ArchiveTimeStamp"])
def test_an_archive_time_stamp_is_over_everything_before_it(name: str) -> None:
    recipe = Recipe(objects='<ds:Object Id="o"><a>thêm</a></ds:Object>')
    first = ("SignatureTimeStamp", parts(VALUE))
    signature = only(stamped(recipe, first, CERTIFICATE_VALUES, REVOCATION_VALUES, (name, archive)))
    assert kinds(signature.timestamps)[1] == (TimestampKind.ARCHIVE, True)
    assert signature.crls == (b"crl",)
    assert signature.ocsp_responses == (OCSP,)
    first_token = signature.timestamps[0].token
    wanted = (authority().certificate, person().certificate, time_stamper().certificate, b"crl", OCSP, first_token)
    assert {fingerprint(each) for each in (*wanted, signature.signature_value)} <= signature.timestamps[1].covers


def test_the_older_archive_time_stamp_leaves_out_objects_that_references_cover() -> None:
    """TS 101 903 v1.3.2 §7.7 leaves them out, v1.4.1 takes them twice."""
    for name, twice in (("ArchiveTimeStamp", False), ("y:ArchiveTimeStamp", True)):

        def octets(root: etree._Element, *, twice: bool = twice) -> bytes:
            content = parts("//ds:Object[@Id='content']")(root)
            signed = parts("//x:SignedProperties", "//ds:SignedInfo", VALUE, "//ds:KeyInfo")(root)
            return content + signed + (content if twice else b"")

        document = enveloping(recipe=(recipe := Recipe()))
        recipe.unsigned = stamp(name, octets(etree.fromstring(document)))
        assert kinds(only(build(recipe)).timestamps) == [(TimestampKind.ARCHIVE, True)]


def test_an_archive_time_stamp_covers_nothing_that_came_after_it() -> None:
    signature = only(stamped(Recipe(), ("y:ArchiveTimeStamp", archive), CERTIFICATE_VALUES))
    (found,) = signature.timestamps
    assert found.imprint_matches is True
    assert fingerprint(authority().certificate) not in found.covers


def test_a_second_archive_time_stamp_is_over_the_first() -> None:
    signature = only(stamped(Recipe(), ("y:ArchiveTimeStamp", archive), ("y:ArchiveTimeStamp", archive)))
    first, second = signature.timestamps
    assert kinds(signature.timestamps) == [(TimestampKind.ARCHIVE, True)] * 2
    assert fingerprint(first.token) in second.covers


def test_time_stamps_over_references_prove_what_the_references_name() -> None:
    digest = b64(hashlib.sha256(authority().certificate).digest())
    method = '<ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/>'
    for second in (False, True):
        suffix, space, prefix = ("V2", f' xmlns:y="{XADES_141}"', "y") if second else ("", "", "xades")
        references = (
            f"<{prefix}:CompleteCertificateRefs{suffix}{space}><xades:CertRefs><xades:Cert><xades:CertDigest>{method}"
            f"<ds:DigestValue>{digest}</ds:DigestValue></xades:CertDigest></xades:Cert></xades:CertRefs>"
            f"</{prefix}:CompleteCertificateRefs{suffix}>"
        )
        name = f"//{'y' if second else 'x'}:CompleteCertificateRefs{suffix}"
        both = (f"{'y:' * second}SigAndRefsTimeStamp{suffix}", parts(VALUE, "//x:SignatureTimeStamp", name))
        alone = (f"{'y:' * second}RefsOnlyTimeStamp{suffix}", parts(name))
        first = ("SignatureTimeStamp", parts(VALUE))
        signature = only(stamped(Recipe(), first, references, both, alone, CERTIFICATE_VALUES))
        assert [each.imprint_matches for each in signature.timestamps] == [True] * 3
        _, over_both, over_references = signature.timestamps
        assert over_references.kind is TimestampKind.REFERENCES_ONLY
        assert over_references.covers == {fingerprint(authority().certificate)}
        assert {fingerprint(authority().certificate), fingerprint(signature.signature_value)} < over_both.covers


def test_the_distributed_form_of_a_stamp_is_not_judged() -> None:
    more = '<xades:Include URI="#elsewhere"/>'
    recipe = Recipe(unsigned=stamp("RefsOnlyTimeStamp", b"", more=more))
    assert kinds(only(enveloped(recipe)).timestamps) == [(TimestampKind.REFERENCES_ONLY, None)]


def content_stamp(name: str, data: bytes, more: str = "") -> Callable[[Recipe], str]:
    return lambda _: (
        f"<xades:SignedDataObjectProperties>{stamp(name, data, more=more)}</xades:SignedDataObjectProperties>"
    )


def test_a_content_time_stamp_is_over_all_that_is_signed_but_the_properties() -> None:
    recipe = Recipe(references=[to_file("a", "một".encode(), id="r1"), to_file("b", b"hai", id="r2")])
    recipe.signed_content = content_stamp("AllDataObjectsTimeStamp", "mộthai".encode())
    (signature,) = xml.parse(build(recipe), [Content("a", "một".encode()), Content("b", b"hai")]).signatures
    assert signature.integrity is Integrity.INTACT
    assert kinds(signature.timestamps) == [(TimestampKind.CONTENT, True)]
    (without,) = xml.parse(build(recipe)).signatures
    assert kinds(without.timestamps) == [(TimestampKind.CONTENT, None)]


@pytest.mark.parametrize(
    ("include", "expected"),
    [
        ('<xades:Include URI="#r2" referencedData="true"/>', True),
        ('<xades:Include URI="#r1" referencedData="true"/>', False),
        ('<xades:Include URI="#r2"/>', None),
        ('<xades:Include URI="#khác" referencedData="true"/>', None),
        ("", None),
    ],
)
def test_an_individual_content_time_stamp_is_over_what_it_includes(include: str, expected: bool | None) -> None:
    recipe = Recipe(references=[to_file("a", b"1", id="r1"), to_file("b", b"22", id="r2")])
    recipe.signed_content = content_stamp("IndividualDataObjectsTimeStamp", b"22", include)
    (signature,) = xml.parse(build(recipe), [Content("a", b"1"), Content("b", b"22")]).signatures
    assert kinds(signature.timestamps) == [(TimestampKind.CONTENT, expected)]


def test_validation_data_of_time_stamps_is_found() -> None:
    data = f'<y:TimeStampValidationData xmlns:y="{XADES_141}">{CERTIFICATE_VALUES}{REVOCATION_VALUES}</y:TimeStampValidationData>'
    signature = only(stamped(Recipe(), data))
    assert authority().certificate in signature.certificates
    assert (signature.crls, signature.ocsp_responses) == ((b"crl",), (OCSP,))


def test_a_signer_whose_certificate_stands_among_the_values_only_is_found() -> None:
    values = CERTIFICATE_VALUES.replace(b64(authority().certificate), b64(person().certificate))
    signature = only(enveloped(Recipe(key_info="", unsigned=values)))
    assert (signature.integrity, signature.signer) == (Integrity.INTACT, person().certificate)


def test_evidence_records_are_counted_and_not_judged() -> None:
    space = "http://uri.etsi.org/19132/v1.1.1#"
    record = "<e:ASN1EvidenceRecord>AA==</e:ASN1EvidenceRecord>"
    records = f'<e:SealingEvidenceRecords xmlns:e="{space}">{record}</e:SealingEvidenceRecords>'
    signature = only(stamped(Recipe(), records))
    assert (signature.integrity, signature.evidence_records) == (Integrity.INTACT, 1)


def test_values_that_cannot_be_read_are_remarked() -> None:
    odd = (
        "<xades:CertificateValues><xades:EncapsulatedX509Certificate>!</xades:EncapsulatedX509Certificate>"
        "</xades:CertificateValues><xades:RevocationValues><xades:OCSPValues><xades:EncapsulatedOCSPValue>!"
        "</xades:EncapsulatedOCSPValue></xades:OCSPValues></xades:RevocationValues>"
        "<xades:SignatureTimeStamp><xades:EncapsulatedTimeStamp>!</xades:EncapsulatedTimeStamp></xades:SignatureTimeStamp>"
    )
    signature = only(enveloped(Recipe(unsigned=odd)))
    assert signature.integrity is Integrity.INTACT
    assert signature.warnings == (
        "an embedded value is not base64",
        "an OCSP response is not base64",
        "a time-stamp is not base64",
    )


def test_a_token_that_cannot_be_read_matches_nothing() -> None:
    odd = "<xades:SignatureTimeStamp><xades:EncapsulatedTimeStamp>AAAA</xades:EncapsulatedTimeStamp></xades:SignatureTimeStamp>"
    assert kinds(only(enveloped(Recipe(unsigned=odd))).timestamps) == [(TimestampKind.SIGNATURE, False)]


def test_more_time_stamps_than_any_honest_signature_has_are_refused() -> None:
    many = "<xades:EncapsulatedTimeStamp>AAAA</xades:EncapsulatedTimeStamp>" * 300
    recipe = Recipe(unsigned=f"<xades:SignatureTimeStamp>{many}</xades:SignatureTimeStamp>")
    assert only(enveloped(recipe)).integrity is Integrity.MALFORMED
