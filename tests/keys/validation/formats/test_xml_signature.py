"""XML signatures that stand, and what is said of them (XML-Signature 1.1 §3.2, EN 319 132-1)."""

import hashlib
from datetime import UTC, datetime

import pytest

from keys.validation.formats import xml
from keys.validation.model import Content, Integrity, Scope, SignatureObject
from tests.keys.validation.making.people import authority, person, stranger
from tests.keys.validation.making.xml import (
    BASE64,
    COUNTERSIGNED,
    DS,
    EXCLUSIVE,
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

FILES = {"đơn.txt": "Đơn xin cấp phép".encode(), "bản vẽ.pdf": b"%PDF-1.7 b\xe1n v\xbd"}
CONTENTS = [Content(name, data) for name, data in FILES.items()]


def only(data: bytes, detached_contents: list[Content] | None = None) -> SignatureObject:
    (signature,) = xml.parse(data, detached_contents or []).signatures
    return signature


@pytest.mark.parametrize("kind", ["ec", "rsa", "ed25519"])
def test_an_enveloped_signature_stands_with_every_kind_of_key(kind: str) -> None:
    signature = only(enveloped(Recipe(signer=person(kind))))
    assert (signature.integrity, signature.problems, signature.warnings) == (Integrity.INTACT, (), ())
    assert signature.signer == person(kind).certificate
    assert signature.scopes == (Scope("", "FULL", "the document"),)


@pytest.mark.parametrize(
    "dossier", ["<hs>a{}b<c/></hs>", "<hs>\n<c/>d\n{}\n e</hs>", "<?a?><hs><!--1-->{}<!--2--></hs><?b?>"]
)
def test_what_stands_around_the_signature_is_covered(dossier: str) -> None:
    parsed = xml.parse(enveloped(dossier=dossier))
    assert (parsed.signatures[0].integrity, parsed.uncovered) == (Integrity.INTACT, ())
    changed = enveloped(dossier=dossier).replace(b"</hs>", b"them</hs>")
    assert only(changed).integrity is Integrity.HASH_MISMATCH


def test_the_signed_properties_are_told() -> None:
    more = (
        "<xades:SignaturePolicyIdentifier><xades:SignaturePolicyId><xades:SigPolicyId><xades:Identifier>"
        "urn:oid:1.2.840.1</xades:Identifier></xades:SigPolicyId></xades:SignaturePolicyId>"
        "</xades:SignaturePolicyIdentifier><xades:SignerRoleV2><xades:ClaimedRoles>"
        "<xades:ClaimedRole>Chủ tịch</xades:ClaimedRole></xades:ClaimedRoles></xades:SignerRoleV2>"
    )
    content = (
        "<xades:SignedDataObjectProperties><xades:CommitmentTypeIndication><xades:CommitmentTypeId><xades:Identifier>"
        "http://uri.etsi.org/01903/v1.2.2#ProofOfApproval</xades:Identifier></xades:CommitmentTypeId>"
        "</xades:CommitmentTypeIndication></xades:SignedDataObjectProperties>"
    )
    signature = only(enveloped(Recipe(signed_signature=more, signed_content=lambda _: content)))
    assert signature.integrity is Integrity.INTACT
    assert signature.format == "XAdES"
    assert signature.has_signing_certificate_attribute
    assert signature.claimed_signing_time == datetime(2025, 6, 2, 8, 30, tzinfo=UTC)
    assert signature.policy_id == "urn:oid:1.2.840.1"
    assert signature.signer_roles == ("Chủ tịch",)
    assert signature.commitment_types == ("http://uri.etsi.org/01903/v1.2.2#ProofOfApproval",)
    assert (signature.signature_algorithm, signature.digest_algorithms) == ("ECDSA", ("sha256",))


def test_a_signature_without_properties_is_plain_xmldsig() -> None:
    signature = only(enveloped(Recipe(xades=False)))
    assert (signature.integrity, signature.format) == (Integrity.INTACT, "XMLDSig")
    assert not signature.has_signing_certificate_attribute


def test_an_enveloping_signature_covers_its_object() -> None:
    signature = only(enveloping())
    assert signature.integrity is Integrity.INTACT
    assert signature.scopes == (Scope("#content", "FULL", "an object inside the signature"),)


def test_an_object_can_be_signed_as_the_base64_it_holds() -> None:
    data = "Bản vẽ".encode()
    recipe = Recipe(objects=f'<ds:Object Id="o">{b64(data)}</ds:Object>')
    recipe.references = [Reference("#o", (transform(BASE64),), octets=data)]
    assert only(build(recipe)).integrity is Integrity.INTACT


def test_detached_files_are_found_by_name_whatever_their_order() -> None:
    document = detached(FILES)
    assert only(document, CONTENTS[::-1]).integrity is Integrity.INTACT
    assert [scope.name for scope in only(document, CONTENTS).scopes] == list(FILES)


def test_detached_files_are_found_by_digest_whatever_their_names() -> None:
    renamed = [Content(f"tải xuống ({number})", content.data) for number, content in enumerate(CONTENTS)]
    assert only(detached(FILES), renamed).integrity is Integrity.INTACT


def test_names_may_be_percent_encoded() -> None:
    recipe = Recipe(references=[to_file("%C4%91%C6%A1n.txt", b"1"), to_file("hai", b"2")])
    contents = [Content("đơn.txt", b"1"), Content("hai", b"2")]
    assert only(build(recipe), contents).integrity is Integrity.INTACT
    assert only(build(recipe), [Content("đơn.txt", b"3"), contents[1]]).integrity is Integrity.HASH_MISMATCH


def test_a_single_content_needs_no_name() -> None:
    assert only(detached({"a.txt": b"1"}), [Content("khác.txt", b"1")]).integrity is Integrity.INTACT
    nameless = build(Recipe(references=[Reference(None, (), octets=b"1")]))
    assert only(nameless, [Content("a.txt", b"1")]).integrity is Integrity.INTACT
    assert only(nameless).integrity is Integrity.CONTENT_MISSING


def test_digests_stand_for_the_content() -> None:
    digests = [Content(name, digests={"sha256": hashlib.sha256(data).digest()}) for name, data in FILES.items()]
    assert only(detached(FILES), digests).integrity is Integrity.INTACT
    wrong = [digests[0], Content(digests[1].name, digests={"sha256": bytes(32)})]
    assert only(detached(FILES), wrong).integrity is Integrity.HASH_MISMATCH
    of_another_kind = [digests[0], Content(digests[1].name, digests={"sha1": bytes(20)})]
    assert only(detached(FILES), of_another_kind).integrity is Integrity.CONTENT_MISSING


def test_a_digest_cannot_stand_for_content_that_is_transformed_first() -> None:
    octets = canonical_of("<a/>")
    recipe = Recipe(references=[Reference("a.xml", (transform(EXCLUSIVE),), octets=octets)])
    assert only(build(recipe), [Content("a.xml", b"<a/>")]).integrity is Integrity.INTACT
    digest = Content("a.xml", digests={"sha256": hashlib.sha256(octets).digest()})
    assert only(build(recipe), [digest]).integrity is Integrity.CONTENT_MISSING


def canonical_of(text: str) -> bytes:
    from lxml import etree

    return canonical(etree.fromstring(text))


def test_content_that_was_not_given_is_missing_and_wrong_content_is_wrong() -> None:
    assert only(detached(FILES)).integrity is Integrity.CONTENT_MISSING
    assert only(detached(FILES), CONTENTS[:1]).integrity is Integrity.CONTENT_MISSING
    wrong = [CONTENTS[0], Content(CONTENTS[1].name, b"khac")]
    assert only(detached(FILES), wrong).integrity is Integrity.HASH_MISMATCH
    renamed = [CONTENTS[0], Content("khác", b"khac")]
    assert only(detached(FILES), renamed).integrity is Integrity.HASH_MISMATCH


def test_two_signatures_side_by_side_both_stand() -> None:
    first = enveloped(Recipe(id="first")).decode()
    recipe = Recipe(id="second", signer=person("rsa"))
    both = build(recipe, lambda text: first.replace("</hoSo>", f"{text}</hoSo>"))
    one, two = xml.parse(both).signatures
    # The first covers the document as it was before the second was added.
    assert (one.id, one.integrity) == ("first", Integrity.HASH_MISMATCH)
    assert (two.id, two.integrity) == ("second", Integrity.INTACT)


def test_parallel_signatures_over_their_own_elements_leave_nothing_uncovered() -> None:
    parts = '<hs><a Id="a">một</a><b Id="b">hai</b>{}</hs>'
    first = build(Recipe(id="first", references=[to_element("a")]), parts.format)
    recipe = Recipe(id="second", references=[to_element("b")])
    document = xml.parse(build(recipe, lambda text: first.decode().replace("</hs>", f"{text}</hs>")))
    assert [each.integrity for each in document.signatures] == [Integrity.INTACT] * 2
    assert document.uncovered == ()
    assert xml.parse(first).uncovered == ("element b (Id b)",)


def test_an_xpath_filter_that_takes_all_signatures_away_lets_several_stand() -> None:
    leave = transform(
        "http://www.w3.org/TR/1999/REC-xpath-19991116",
        f'<ds:XPath xmlns:ds="{DS}">not(ancestor-or-self::ds:Signature)</ds:XPath>',
    )
    bare = canonical_of("<hs><a>một</a></hs>")
    around = "<hs><a>một</a>{}</hs>"
    first = build(
        Recipe(id="1st", references=[Reference("", (leave, transform(EXCLUSIVE)), octets=bare)]), around.format
    )
    recipe = Recipe(id="2nd", references=[Reference("", (leave, transform(EXCLUSIVE)), octets=bare)])
    document = xml.parse(build(recipe, lambda text: first.decode().replace("</hs>", f"{text}</hs>")))
    assert [each.integrity for each in document.signatures] == [Integrity.INTACT] * 2
    assert document.uncovered == ()


@pytest.mark.parametrize(
    ("selection", "octets"),
    [
        ('<f:XPath Filter="subtract">/descendant::ds:Signature</f:XPath>', "<hs><a>một</a><b>hai</b></hs>"),
        ('<f:XPath Filter="subtract">here()/ancestor::ds:Signature[1]</f:XPath>', "<hs><a>một</a><b>hai</b></hs>"),
        ('<f:XPath Filter="intersect">/hs/a</f:XPath>', "<a>một</a>"),
        (
            '<f:XPath Filter="intersect">/hs/a | /hs/b</f:XPath><f:XPath Filter="subtract">/hs/b</f:XPath>',
            "<a>một</a>",
        ),
    ],
)
def test_the_second_xpath_filter_is_followed(selection: str, octets: str) -> None:
    inner = selection.replace(
        "<f:XPath", f'<f:XPath xmlns:f="http://www.w3.org/2002/06/xmldsig-filter2" xmlns:ds="{DS}"'
    )
    chain = (transform("http://www.w3.org/2002/06/xmldsig-filter2", inner), transform(EXCLUSIVE))
    recipe = Recipe(references=[Reference("", chain, octets=octets.encode())])
    document = xml.parse(build(recipe, "<hs><a>một</a><b>hai</b>{}</hs>".format))
    assert document.signatures[0].integrity is Integrity.INTACT
    assert document.uncovered == (("element b",) if "intersect" in selection else ())


def test_the_formula_for_enveloped_signatures_is_understood() -> None:
    """XML-Signature 1.1 §6.6.4 gives it; some signers write it out."""
    formula = (
        f'<ds:XPath xmlns:ds="{DS}">count(ancestor-or-self::ds:Signature | here()/ancestor::ds:Signature[1])'
        " &gt; count(ancestor-or-self::ds:Signature)</ds:XPath>"
    )
    chain = (transform("http://www.w3.org/TR/1999/REC-xpath-19991116", formula), transform(EXCLUSIVE))
    document = xml.parse(enveloped(Recipe(references=[Reference("", chain)])))
    assert (document.signatures[0].integrity, document.uncovered) == (Integrity.INTACT, ())


def test_a_counter_signature_belongs_to_the_signature_whose_value_it_covers() -> None:
    document = xml.parse(countersigned())
    first, second = document.signatures
    assert [each.integrity for each in document.signatures] == [Integrity.INTACT] * 2
    assert (first.counter_signature_of, second.counter_signature_of) == (None, "sig")
    assert second.signer == stranger().certificate


def countersigned(**changes: object) -> bytes:
    """A signature with a counter-signature among its unsigned properties."""
    outer = Recipe(unsigned="<xades:CounterSignature>{}</xades:CounterSignature>")
    text = enveloped(outer).decode()
    counter = Recipe(id="counter", signer=stranger(), references=[to_element("sig-value", COUNTERSIGNED)])
    for name, value in changes.items():
        setattr(counter, name, value)
    return build(counter, lambda signature: text.replace("{}", signature))


def test_a_signature_inside_a_signed_role_is_no_signature_of_the_document() -> None:
    """A role may be vouched for by an assertion that somebody else signed; that one is judged by whoever reads roles."""
    assertion = Recipe(id="assertion", signer=stranger(), xades=False, sign=lambda data: bytes(64))
    role = (
        f"<xades:SignerRoleV2><xades:SignedAssertions>{assertion.text()}</xades:SignedAssertions></xades:SignerRoleV2>"
    )
    assert only(enveloped(Recipe(signed_signature=role))).integrity is Integrity.INTACT


def test_a_counter_signature_needs_no_type() -> None:
    document = xml.parse(countersigned(references=[to_element("sig-value")]))
    assert [each.integrity for each in document.signatures] == [Integrity.INTACT] * 2


def test_a_manifest_is_checked_entry_by_entry() -> None:
    entries = "".join(to_file(name, data).text("given", None) for name, data in FILES.items())
    recipe = Recipe(objects=f'<ds:Object><ds:Manifest Id="m">{entries}</ds:Manifest></ds:Object>')
    recipe.references = [to_element("m", f"{DS}Manifest")]
    document = build(recipe)
    assert only(document, CONTENTS).integrity is Integrity.INTACT
    changed = [CONTENTS[0], Content(CONTENTS[1].name, b"khac")]
    assert only(document, changed).integrity is Integrity.HASH_MISMATCH
    partly = only(document, CONTENTS[:1])
    assert partly.integrity is Integrity.INTACT
    assert partly.warnings == ("1 of 2 contents that the signed manifest lists were not given",)
    assert [scope.covered for scope in partly.scopes] == ["FULL", "NONE"]
    assert only(document, [Content("khác", b"?")]).integrity is Integrity.HASH_MISMATCH


def test_the_signer_is_found_among_several_certificates() -> None:
    certificates = "".join(
        f"<ds:X509Certificate>{b64(each.certificate)}</ds:X509Certificate>"
        for each in (authority(), stranger(), person())
    )
    signature = only(enveloped(Recipe(key_info=f"<ds:KeyInfo><ds:X509Data>{certificates}</ds:X509Data></ds:KeyInfo>")))
    assert (signature.integrity, signature.signer) == (Integrity.INTACT, person().certificate)
    assert len(signature.certificates) == 3


def test_a_certificate_that_nobody_gave_leaves_the_signer_unknown() -> None:
    signature = only(enveloped(Recipe(key_info="")))
    assert (signature.integrity, signature.signer) == (Integrity.NO_SIGNER, None)


@pytest.mark.parametrize("kind", ["rsa", "ec"])
def test_a_bare_key_can_break_a_signature_but_never_prove_a_signer(kind: str) -> None:
    values = {}
    for who in (person(kind), stranger()):
        numbers = who.key.public_key().public_numbers()
        if hasattr(numbers, "n"):
            parts = (numbers.n.to_bytes(256, "big"), numbers.e.to_bytes(3, "big"))
            value = (
                f"<ds:RSAKeyValue><ds:Modulus>{b64(parts[0])}</ds:Modulus><ds:Exponent>{b64(parts[1])}</ds:Exponent>"
            )
            values[who] = f"<ds:KeyInfo><ds:KeyValue>{value}</ds:RSAKeyValue></ds:KeyValue></ds:KeyInfo>"
        else:
            point = b64(b"\4" + numbers.x.to_bytes(32, "big") + numbers.y.to_bytes(32, "big"))
            value = (
                '<d:ECKeyValue xmlns:d="http://www.w3.org/2009/xmldsig11#"><d:NamedCurve '
                f'URI="urn:oid:1.2.840.10045.3.1.7"/><d:PublicKey>{point}</d:PublicKey></d:ECKeyValue>'
            )
            values[who] = f"<ds:KeyInfo><ds:KeyValue>{value}</ds:KeyValue></ds:KeyInfo>"
    own, other = values.values()
    assert only(enveloped(Recipe(signer=person(kind), key_info=own))).integrity is Integrity.NO_SIGNER
    assert only(enveloped(Recipe(signer=person(kind), key_info=other))).integrity is Integrity.SIGNATURE_BROKEN


def test_rsa_pss_takes_its_parameters_from_the_document() -> None:
    method = (
        '<ds:SignatureMethod Algorithm="http://www.w3.org/2007/05/xmldsig-more#rsa-pss">'
        '<p:RSAPSSParams xmlns:p="http://www.w3.org/2007/05/xmldsig-more#">'
        '<ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha512"/>'
        "<p:SaltLength>20</p:SaltLength></p:RSAPSSParams></ds:SignatureMethod>"
    )
    signer = person("rsa")
    good = Recipe(signer=signer, method=method, sign=lambda data: signer.sign(data, "sha512", pss_salt=20))
    assert only(enveloped(good)).integrity is Integrity.INTACT
    bad = Recipe(signer=signer, method=method, sign=lambda data: signer.sign(data, "sha512", pss_salt=32))
    assert only(enveloped(bad)).integrity is Integrity.SIGNATURE_BROKEN


def test_a_document_without_signatures_has_none() -> None:
    parsed = xml.parse("<hồSơ>không ký</hồSơ>".encode())
    assert (parsed.format, parsed.signatures, parsed.problems, parsed.uncovered) == ("XML", (), (), ())
