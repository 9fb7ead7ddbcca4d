"""JWS and JAdES signatures that stand, and what is said of them (RFC 7515, RFC 7797, TS 119 182-1)."""

import hashlib
import json
from datetime import UTC, datetime

import pytest

from keys.validation.formats import jws
from keys.validation.model import Content, Integrity, Scope, SignatureObject, TimestampKind
from tests.keys.validation.making.cms import token
from tests.keys.validation.making.jws import PAYLOAD, Recipe, b64, b64u, by_hash, encoded, general, raw
from tests.keys.validation.making.people import authority, person, stranger, time_stamper

FILES = {"đơn.txt": "Đơn xin cấp phép".encode(), "bản vẽ.pdf": b"%PDF-1.7"}
CONTENTS = [Content(name, data) for name, data in FILES.items()]
AT = datetime(2025, 6, 3, tzinfo=UTC)


def only(data: bytes, contents: list[Content] | None = None) -> SignatureObject:
    (signature,) = jws.parse(data, contents or []).signatures
    return signature


@pytest.mark.parametrize("kind", ["ec", "rsa", "ed25519"])
@pytest.mark.parametrize("form", ["compact", "flattened"])
def test_a_signature_stands_with_every_kind_of_key(kind: str, form: str) -> None:
    signature = only(getattr(Recipe(signer=person(kind)), form)())
    assert (signature.integrity, signature.problems, signature.warnings) == (Integrity.INTACT, (), ())
    assert signature.signer == person(kind).certificate
    assert signature.format == "JAdES"
    assert signature.claimed_signing_time == datetime(2025, 6, 2, 8, 30, tzinfo=UTC)
    assert signature.has_signing_certificate_attribute
    assert signature.scopes == (Scope("payload", "FULL"),)


def test_several_signatures_over_one_payload_each_stand() -> None:
    parsed = jws.parse(general(Recipe(), Recipe(signer=person("rsa"))))
    assert [each.integrity for each in parsed.signatures] == [Integrity.INTACT] * 2
    assert [each.id for each in parsed.signatures] == ["signature-1", "signature-2"]
    assert parsed.format == "JAdES"


def test_a_plain_jws_is_told_from_jades() -> None:
    signature = only(Recipe(protected={"sigT": None, "crit": None, "x5t#S256": None}).compact())
    assert (signature.integrity, signature.format) == (Integrity.INTACT, "JWS")
    assert not signature.has_signing_certificate_attribute


def test_the_signed_parameters_are_told() -> None:
    more = {
        "iat": 1748853000,
        "sigT": None,
        "sigPId": {"id": {"id": "urn:oid:1.2.3"}},
        "srCms": [{"commId": {"id": "http://uri.etsi.org/01903/v1.2.2#ProofOfApproval"}}],
        "srAts": {"claimed": [{"mediaType": "text/plain", "qVals": ["Chủ tịch"]}]},
        "crit": ["sigPId", "srCms", "srAts"],
    }
    signature = only(Recipe(protected=more).compact())
    assert (signature.integrity, signature.warnings) == (Integrity.INTACT, ())
    assert signature.claimed_signing_time == datetime(2025, 6, 2, 8, 30, tzinfo=UTC)
    assert signature.policy_id == "urn:oid:1.2.3"
    assert signature.commitment_types == ("http://uri.etsi.org/01903/v1.2.2#ProofOfApproval",)
    assert signature.signer_roles == ("Chủ tịch",)


@pytest.mark.parametrize(
    "times",
    [{"iat": 1, "sigT": "2025-06-02T08:30:00Z"}, {"sigT": "hôm qua"}, {"iat": 10**30, "sigT": None}, {"sigT": 5}],
)
def test_a_time_that_cannot_be_read_is_remarked(times: dict[str, object]) -> None:
    signature = only(Recipe(protected={**times, "crit": None}).compact())
    assert signature.integrity is Integrity.INTACT
    assert signature.claimed_signing_time is None
    assert any("time" in sentence for sentence in signature.warnings)


@pytest.mark.parametrize(
    "binding",
    [
        {"x5t#o": {"digAlg": "S512", "digVal": b64u(hashlib.sha512(person().certificate).digest())}},
        {
            "sigX5ts": [
                {"digAlg": "S256", "digVal": b64u(hashlib.sha256(each.certificate).digest())}
                for each in (person(), authority())
            ]
        },
        {"x5t#o": {"digAlg": "S3-256", "digVal": b64u(hashlib.sha3_256(person().certificate).digest())}},
    ],
)
def test_every_way_of_naming_the_certificate_binds_it(binding: dict[str, object]) -> None:
    protected = {"x5t#S256": None, "crit": ["sigT", *binding], **binding}
    signature = only(Recipe(protected=protected).compact())
    assert (signature.integrity, signature.has_signing_certificate_attribute) == (Integrity.INTACT, True)
    other = {**protected, "x5c": [b64(stranger().certificate)]}
    assert only(Recipe(protected=other).compact()).integrity is Integrity.SIGNATURE_BROKEN


def test_an_unencoded_payload_is_signed_as_it_is() -> None:
    """RFC 7797 §4: in JSON as text, in the compact form only without dots, else detached."""
    bare = Recipe(payload=b"$.02", protected={"b64": False, "crit": ["sigT", "b64"]}, detached=True)
    assert only(bare.compact(), [Content("x", b"$.02")]).integrity is Integrity.INTACT
    assert only(bare.compact(), [Content("x", b"$.03")]).integrity is Integrity.SIGNATURE_BROKEN
    shown = Recipe(payload="Đơn".encode(), protected={"b64": False, "crit": ["sigT", "b64"]})
    assert only(shown.flattened()).integrity is Integrity.INTACT


def test_detached_content_without_name_is_the_one_that_was_given() -> None:
    document = Recipe(detached=True).compact()
    assert only(document, [Content("gì cũng được", PAYLOAD)]).integrity is Integrity.INTACT
    assert only(document, [Content("x", b"khac")]).integrity is Integrity.SIGNATURE_BROKEN
    assert only(document).integrity is Integrity.CONTENT_MISSING
    assert only(document, [Content("a", PAYLOAD), Content("b", b"")]).integrity is Integrity.CONTENT_MISSING


def test_files_are_signed_by_their_digests() -> None:
    document = by_hash(FILES).compact()
    assert only(document, CONTENTS).integrity is Integrity.INTACT
    assert only(document, CONTENTS[::-1]).integrity is Integrity.INTACT
    renamed = [Content(f"tải-{number}", content.data) for number, content in enumerate(CONTENTS)]
    assert only(document, renamed).integrity is Integrity.INTACT
    assert only(document).integrity is Integrity.CONTENT_MISSING
    assert only(document, CONTENTS[:1]).integrity is Integrity.CONTENT_MISSING
    changed = [CONTENTS[0], Content(CONTENTS[1].name, b"khac")]
    assert only(document, changed).integrity is Integrity.HASH_MISMATCH
    assert only(document, [CONTENTS[0], Content("khác", b"khac")]).integrity is Integrity.HASH_MISMATCH
    assert [scope.covered for scope in only(document, CONTENTS[:1]).scopes] == ["FULL", "NONE"]


def test_digests_stand_for_files_where_the_signature_is_over_the_bytes_themselves() -> None:
    data = FILES["đơn.txt"]
    recipe = by_hash({"đơn.txt": data}, hashV=[b64u(hashlib.sha256(data).digest())])
    recipe.protected |= {"b64": False, "crit": ["sigT", "sigD", "b64"]}
    right = Content("đơn.txt", digests={"sha256": hashlib.sha256(data).digest()})
    assert only(recipe.compact(), [right]).integrity is Integrity.INTACT
    wrong = Content("đơn.txt", digests={"sha256": bytes(32)})
    assert only(recipe.compact(), [wrong]).integrity is Integrity.HASH_MISMATCH
    other = Content("đơn.txt", digests={"sha512": bytes(64)})
    assert only(recipe.compact(), [other]).integrity is Integrity.CONTENT_MISSING
    # Over the base64url form, a digest of the bytes says nothing.
    assert only(by_hash({"đơn.txt": data}).compact(), [right]).integrity is Integrity.CONTENT_MISSING


def test_files_are_signed_one_after_the_other() -> None:
    names = {"mId": "http://uri.etsi.org/19182/ObjectIdByURI", "pars": list(FILES)}
    joined = "".join(b64u(data) for data in FILES.values())
    recipe = Recipe(payload=None, protected={"sigD": names, "crit": ["sigT", "sigD"]})
    recipe.sign = lambda data: raw(person(), data + joined.encode())
    assert only(recipe.compact(), CONTENTS).integrity is Integrity.INTACT
    assert only(recipe.compact(), CONTENTS[:1]).integrity is Integrity.CONTENT_MISSING
    assert (
        only(recipe.compact(), [CONTENTS[0], Content(CONTENTS[1].name, b"x")]).integrity is Integrity.SIGNATURE_BROKEN
    )


def http_message(body: bytes = b"{}") -> tuple[Recipe, list[Content]]:
    digest = f"SHA-256={b64(hashlib.sha256(body).digest())}".encode()
    fields = [
        Content("(request-target)", b"post /ho-so"),
        Content("Content-Type", b" application/json "),
        Content("Digest", digest),
    ]
    signed = b"(request-target): post /ho-so\ncontent-type: application/json\ndigest: " + digest
    names = {"mId": "http://uri.etsi.org/19182/HttpHeaders", "pars": ["(request-target)", "content-type", "digest"]}
    protected = {"sigD": names, "b64": False, "crit": ["sigT", "sigD", "b64"]}
    return Recipe(payload=signed, detached=True, protected=protected), fields


def test_http_headers_are_signed_and_the_body_through_its_digest() -> None:
    recipe, fields = http_message()
    alone = only(recipe.compact(), fields)
    assert alone.integrity is Integrity.INTACT
    assert alone.warnings == ("the HTTP body was not given; only the headers were checked",)
    with_body = only(recipe.compact(), [*fields, Content("body", b"{}")])
    assert (with_body.integrity, with_body.warnings) == (Integrity.INTACT, ())
    assert only(recipe.compact(), [*fields, Content("body", b"[]")]).integrity is Integrity.HASH_MISMATCH
    assert only(recipe.compact(), fields[:2]).integrity is Integrity.CONTENT_MISSING
    changed = [fields[0], Content("content-type", b"text/html"), fields[2]]
    assert only(recipe.compact(), changed).integrity is Integrity.SIGNATURE_BROKEN


def test_a_body_whose_digest_nobody_signed_is_named_as_not_covered() -> None:
    names = {"mId": "http://uri.etsi.org/19182/HttpHeaders", "pars": ["host"]}
    protected = {"sigD": names, "b64": False, "crit": ["sigT", "sigD", "b64"]}
    recipe = Recipe(payload=b"host: dvc.gov.vn", detached=True, protected=protected)
    signature = only(recipe.compact(), [Content("Host", b"dvc.gov.vn"), Content("body", b"{}")])
    assert signature.integrity is Integrity.INTACT
    assert Scope("body", "NONE", "the HTTP body is not signed") in signature.scopes


def countersigned(counter: Recipe | None = None) -> Recipe:
    outer = Recipe()
    inner = counter or Recipe(signer=stranger(), payload=outer.value, detached=True)
    return outer.with_unsigned({"cSig": inner.compact().decode()})


def test_a_counter_signature_covers_the_value_that_it_stands_with() -> None:
    first, second = jws.parse(countersigned().flattened()).signatures
    assert [first.integrity, second.integrity] == [Integrity.INTACT] * 2
    assert (second.counter_signature_of, second.signer) == (first.id, stranger().certificate)
    attached = Recipe(signer=stranger(), payload=Recipe().value)
    assert jws.parse(countersigned(attached).flattened()).signatures[1].integrity is Integrity.INTACT


def test_a_counter_signature_may_be_a_flattened_object() -> None:
    outer = Recipe()
    inner = Recipe(signer=stranger(), payload=outer.value, detached=True)
    outer.with_unsigned({"cSig": {"payload": "", **inner.entry()}})
    assert jws.parse(outer.flattened()).signatures[1].integrity is Integrity.INTACT


# -- time-stamps and validation data ----------------------------------------------------------------------------------


def stamp(data: bytes) -> dict[str, object]:
    return {"tstTokens": [{"val": b64(token(data, at=AT))}]}


def fingerprint(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def test_a_signature_time_stamp_is_over_the_encoded_value() -> None:
    recipe = Recipe()
    signature = only(recipe.with_unsigned({"sigTst": stamp(b64u(recipe.value).encode())}).flattened())
    (found,) = signature.timestamps
    assert (found.kind, found.imprint_matches) == (TimestampKind.SIGNATURE, True)
    assert found.covers == {fingerprint(recipe.value), fingerprint(person().certificate)}
    other = only(Recipe().with_unsigned({"sigTst": stamp(b"khac")}).flattened())
    assert (other.integrity, other.timestamps[0].imprint_matches) == (Integrity.INTACT, False)


def test_an_archive_time_stamp_is_over_all_that_stands_before_it() -> None:
    recipe = Recipe()
    value = b64u(recipe.value)
    first = {"sigTst": stamp(value.encode())}
    values = {"xVals": [{"x509Cert": {"val": b64(authority().certificate)}}]}
    revocations = {"rVals": {"crlVals": [{"val": b64(b"crl")}], "ocspVals": [{"val": b64(b"0\x03\x0a\x01\x00")}]}}
    before = "".join(encoded(each) for each in (first, values, revocations))
    covered = f"{b64u(PAYLOAD)}.{recipe.head}.{value}.{before}".encode()
    archive = {"arcTst": stamp(covered)}
    signature = only(recipe.with_unsigned(first, values, revocations, archive).flattened())
    signature_stamp, archive_stamp = signature.timestamps
    assert (archive_stamp.kind, archive_stamp.imprint_matches) == (TimestampKind.ARCHIVE, True)
    assert signature.crls == (b"crl",)
    assert signature.ocsp_responses == (b"0\x03\x0a\x01\x00",)
    assert authority().certificate in signature.certificates
    wanted = {authority().certificate, b"crl", b"0\x03\x0a\x01\x00", recipe.value, time_stamper().certificate}
    assert {fingerprint(each) for each in (*wanted, signature_stamp.token)} <= archive_stamp.covers


def test_time_stamps_over_references_prove_what_the_references_name() -> None:
    recipe = Recipe()
    value = b64u(recipe.value).encode()
    certificate = authority().certificate
    references = {"xRefs": [{"digAlg": "S256", "digVal": b64u(hashlib.sha256(certificate).digest())}]}
    first = {"sigTst": stamp(value)}
    both = {"sigRTst": stamp(value + b"." + (encoded(first) + encoded(references)).encode())}
    alone = {"rfsTst": stamp(encoded(references).encode())}
    values = {"xVals": [{"x509Cert": {"val": b64(certificate)}}]}
    signature = only(recipe.with_unsigned(first, references, both, alone, values).flattened())
    assert [each.imprint_matches for each in signature.timestamps] == [True] * 3
    _, over_both, over_references = signature.timestamps
    assert over_references.covers == {fingerprint(certificate)}
    assert {fingerprint(certificate), fingerprint(recipe.value)} < over_both.covers


def test_a_content_time_stamp_is_over_the_payload() -> None:
    recipe = Recipe(protected={"adoTst": stamp(b64u(PAYLOAD).encode()), "crit": ["sigT", "adoTst"]})
    (found,) = only(recipe.compact()).timestamps
    assert (found.kind, found.imprint_matches) == (TimestampKind.CONTENT, True)


def test_of_clear_components_the_stamped_octets_are_not_guessed() -> None:
    recipe = Recipe()
    components = ({"sigTst": stamp(b64u(recipe.value).encode())}, {"arcTst": stamp(b"?")})
    signature = only(recipe.with_unsigned(*components, clear=True).flattened())
    assert [each.imprint_matches for each in signature.timestamps] == [True, None]


def test_validation_data_of_time_stamps_is_found() -> None:
    values = {
        "xVals": [{"x509Cert": {"val": b64(authority().certificate)}}],
        "rVals": {"crlVals": [{"val": b64(b"c")}]},
    }
    signature = only(Recipe().with_unsigned({"tstVD": values}).flattened())
    assert authority().certificate in signature.certificates
    assert signature.crls == (b"c",)


def test_unsigned_components_that_cannot_be_read_are_remarked() -> None:
    recipe = Recipe(header={"etsiU": ["!", 5, {"a": 1, "b": 2}, encoded({"sigTst": {"tstTokens": [{"val": 7}]}})]})
    signature = only(recipe.flattened())
    assert signature.integrity is Integrity.INTACT
    assert "a component of the unsigned part cannot be read" in signature.warnings
    assert "a time-stamp cannot be read" in signature.warnings


def test_members_of_no_meaning_are_remarked() -> None:
    document = json.loads(Recipe().flattened())
    signature = only(json.dumps({**document, "lạ": "gì đó"}).encode())
    assert signature.integrity is Integrity.INTACT
    assert signature.warnings == ("the member 'lạ' means nothing in a JWS",)
