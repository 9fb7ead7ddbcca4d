"""JWS that deceive: algorithm confusion, critical parameters, two readings of one document (RFC 7515 §10, RFC 8725)."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keys.validation.formats import jws
from keys.validation.model import Content, Integrity, SignatureObject
from tests.keys.validation.formats.test_jws import countersigned, http_message
from tests.keys.validation.making.jws import Recipe, b64, b64u, by_hash, encoded, general
from tests.keys.validation.making.people import authority, make, person, stranger


def only(data: bytes, contents: list[Content] | None = None) -> SignatureObject:
    (signature,) = jws.parse(data, contents or []).signatures
    return signature


@pytest.mark.parametrize("name", ["none", "None", "NONE", None, 5, ""])
def test_a_document_that_names_no_algorithm_is_not_signed(name: object) -> None:
    recipe = Recipe(protected={"alg": name}, sign=lambda data: b"")
    assert only(recipe.compact()).integrity is Integrity.MALFORMED


@pytest.mark.parametrize("name", ["HS256", "HS512", "RSA-OAEP", "dir", "ES256K", "rs256"])
def test_a_mac_or_an_unknown_algorithm_is_no_signature(name: str) -> None:
    import hmac

    recipe = Recipe(protected={"alg": name}, sign=lambda data: hmac.digest(person().spki, data, "sha256"))
    assert only(recipe.compact()).integrity is Integrity.UNSUPPORTED


@pytest.mark.parametrize("name", ["RS256", "PS256", "ES384", "ES512", "EdDSA"])
def test_an_algorithm_of_another_kind_of_key_never_verifies(name: str) -> None:
    assert only(Recipe(protected={"alg": name}).compact()).integrity in {
        Integrity.SIGNATURE_BROKEN,
        Integrity.UNSUPPORTED,
    }


@pytest.mark.parametrize(
    ("crit", "expected"),
    [
        ([], Integrity.MALFORMED),
        ("sigT", Integrity.MALFORMED),
        ({"sigT": True}, Integrity.MALFORMED),
        ([5], Integrity.MALFORMED),
        ([""], Integrity.MALFORMED),
        (["sigT", "sigT"], Integrity.MALFORMED),
        (["alg"], Integrity.MALFORMED),
        (["vắng"], Integrity.MALFORMED),
        (["urn:vn:la"], Integrity.UNSUPPORTED),
    ],
)
def test_critical_parameters_must_be_there_and_understood(crit: object, expected: Integrity) -> None:
    recipe = Recipe(protected={"crit": crit, "urn:vn:la": True})
    assert only(recipe.compact()).integrity is expected


def test_the_unsigned_part_may_be_critical_and_is_never_protected_by_it() -> None:
    """RFC 7515 §4.1.11: ``etsiU`` is understood, so listing it refuses nothing; inside the header it proves nothing."""
    listed = {"crit": ["sigT", "etsiU"]}
    for header in ({}, {"etsiU": []}):
        signature = only(Recipe(protected=listed, header=header).flattened())
        assert signature.integrity is Integrity.INTACT
        assert any("etsiU" in sentence for sentence in signature.warnings)
    assert only(Recipe(protected={"crit": ["etsiU", "etsiU"]}).flattened()).integrity is Integrity.MALFORMED


def test_what_must_be_protected_is_not_believed_elsewhere() -> None:
    for name, value in (("alg", "RS256"), ("crit", ["x"]), ("b64", False)):
        assert only(Recipe(header={name: value}).flattened()).integrity is Integrity.MALFORMED
    assert only(Recipe(header={"sigT": "2020-01-01T00:00:00Z"}).flattened()).integrity is Integrity.MALFORMED


def test_a_certificate_in_the_unprotected_header_is_nobodys() -> None:
    recipe = Recipe(
        signer=stranger(), protected={"x5c": None, "x5t#S256": None}, header={"x5c": [b64(person().certificate)]}
    )
    assert only(recipe.flattened()).integrity is Integrity.NO_SIGNER


def test_unencoded_payloads_must_be_announced() -> None:
    bare = Recipe(payload=b"abc", protected={"b64": False})
    assert only(bare.compact()).integrity is Integrity.MALFORMED
    assert only(Recipe(protected={"b64": "false", "crit": ["sigT", "b64"]}).compact()).integrity is Integrity.MALFORMED


def test_another_certificate_of_the_same_key_does_not_become_the_signer() -> None:
    double = make("Kẻ Gian", person().key, issuer=authority())
    signature = only(Recipe(protected={"x5c": [b64(double.certificate)]}).compact())
    assert (signature.integrity, signature.signer) == (Integrity.NO_SIGNER, None)


@pytest.mark.parametrize("chain", ["string", [], [5], ["!"], {"0": "x"}])
def test_a_chain_that_is_no_array_of_certificates_is_refused(chain: object) -> None:
    assert only(Recipe(protected={"x5c": chain}).compact()).integrity is Integrity.MALFORMED


@pytest.mark.parametrize(
    "binding", [{"x5t#S256": "!"}, {"x5t#S256": 5}, {"x5t#o": "S256"}, {"x5t#o": {"digAlg": "S256"}}]
)
def test_a_binding_that_cannot_be_read_is_refused(binding: dict[str, Any]) -> None:
    assert only(Recipe(protected=binding).compact()).integrity is Integrity.MALFORMED


def test_a_binding_with_an_unknown_digest_is_not_judged() -> None:
    assert (
        only(Recipe(protected={"x5t#o": {"digAlg": "MD2", "digVal": "AA"}}).compact()).integrity
        is Integrity.UNSUPPORTED
    )


def test_changed_parts_are_seen() -> None:
    head, payload, value = Recipe().compact().decode().split(".")
    other = Recipe(payload=b'{"t": "Ke Gian"}').compact().decode().split(".")[1]
    assert only(f"{head}.{other}.{value}".encode()).integrity is Integrity.SIGNATURE_BROKEN
    late = Recipe(protected={"sigT": "2020-01-01T00:00:00Z"}).head
    assert only(f"{late}.{payload}.{value}".encode()).integrity is Integrity.SIGNATURE_BROKEN
    assert only(f"{head}.{payload}.".encode()).integrity is Integrity.SIGNATURE_BROKEN


@pytest.mark.parametrize(
    "header",
    [
        '{"alg":"ES256","alg":"none"}',
        '{"alg":"ES256",}',
        '["alg"]',
        "null",
        '{"alg":NaN}',
        '{"a":' * 100 + "1" + "}" * 100,
        '{"a":' * 100_000,
        "\ud800".encode("utf-8", "surrogatepass").decode("latin-1"),
    ],
)
def test_a_protected_header_of_two_readings_is_refused(header: str) -> None:
    assert only(Recipe(written_header=header).compact()).integrity is Integrity.MALFORMED


@pytest.mark.parametrize(
    ("document", "said"),
    [
        (b"", "neither"),
        (b"a.b", "neither"),
        (b"a.b.c.d", "neither"),
        (b"a=.b.c", "neither"),
        (b"{}", "not built"),
        (b"[]", "neither"),
        (b'{"payload": 5, "signature": ""}', "no string"),
        (b'{"payload": "", "signatures": []}', "between one"),
        (b'{"payload": "", "signatures": [5]}', "no JSON object"),
        (b'{"payload": "", "signature": 5}', "not built"),
        (b'{"payload": "", "signature": "", "signature": ""}', "twice"),
        (b'{"payload": "\xff", "signature": ""}', "UTF-8"),
        (b'{"payload": "", "signature": "", "signatures": []}', "at once"),
        (b'{"a":' * 5000 + b"1" + b"}" * 5000, "nests"),
        (json.dumps({"payload": "", "signatures": [{"signature": ""}] * 201}).encode(), "between one"),
    ],
)
def test_documents_of_no_or_two_readings_are_told_and_not_read(document: bytes, said: str) -> None:
    parsed = jws.parse(document)
    assert parsed.signatures == ()
    assert said in parsed.problems[0]


def test_padding_and_white_space_in_base64url_are_refused() -> None:
    document = json.loads(Recipe().flattened())
    for part in ("payload", "signature", "protected"):
        for change in (lambda text: text + "=", lambda text: text[:4] + "\n" + text[4:], lambda text: text + "+"):
            parsed = jws.parse(json.dumps({**document, part: change(document[part])}).encode())
            assert parsed.signatures[0].integrity is Integrity.MALFORMED


# -- detached content -------------------------------------------------------------------------------------------------


def test_content_that_is_said_to_be_detached_and_is_not_is_refused() -> None:
    recipe = Recipe(protected={"sigD": {"mId": "http://uri.etsi.org/19182/ObjectIdByURI", "pars": ["a"]}})
    assert only(recipe.compact()).integrity is Integrity.MALFORMED


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"hashV": []}, Integrity.MALFORMED),
        ({"hashV": "AA"}, Integrity.MALFORMED),
        ({"hashV": ["!"]}, Integrity.MALFORMED),
        ({"pars": []}, Integrity.MALFORMED),
        ({"pars": [5]}, Integrity.MALFORMED),
        ({"pars": ["a", "a"], "hashV": ["AA", "AA"]}, Integrity.MALFORMED),
        ({"hashM": "MD2"}, Integrity.UNSUPPORTED),
        ({"hashM": None}, Integrity.UNSUPPORTED),
        ({"mId": "urn:khac"}, Integrity.UNSUPPORTED),
    ],
)
def test_malformed_lists_of_detached_content_are_refused(change: dict[str, Any], expected: Integrity) -> None:
    assert only(by_hash({"a": b"1"}, **change).compact(), [Content("a", b"1")]).integrity is expected


def test_a_list_of_detached_content_that_is_no_object_is_refused() -> None:
    recipe = Recipe(payload=None, protected={"sigD": "a", "crit": ["sigT", "sigD"]})
    assert only(recipe.compact()).integrity is Integrity.MALFORMED


def test_content_that_was_given_and_nobody_signed_is_named() -> None:
    contents = [Content("a", b"1"), Content("thêm", b"?")]
    assert jws.parse(by_hash({"a": b"1"}).compact(), contents).uncovered == ("thêm",)
    assert jws.parse(Recipe().compact(), contents).uncovered == ("a", "thêm")
    assert jws.parse(Recipe().compact(), [Content("payload", b"khac")]).uncovered == ("payload",)
    recipe, fields = http_message()
    assert jws.parse(recipe.compact(), [*fields, Content("body", b"{}")]).uncovered == ()
    unsigned = Recipe(payload=b"host: a", detached=True, protected=HOST_ONLY)
    assert jws.parse(unsigned.compact(), [Content("Host", b"a"), Content("body", b"{}")]).uncovered == ("body",)


HOST_ONLY = {
    "sigD": {"mId": "http://uri.etsi.org/19182/HttpHeaders", "pars": ["host"]},
    "b64": False,
    "crit": ["sigT", "sigD", "b64"],
}


# -- counter-signatures -----------------------------------------------------------------------------------------------


def test_a_counter_signature_of_another_value_is_refused() -> None:
    other = Recipe(signer=stranger(), payload=Recipe(signer=person("rsa")).value)
    parsed = jws.parse(countersigned(other).flattened())
    assert [each.integrity for each in parsed.signatures] == [Integrity.INTACT, Integrity.HASH_MISMATCH]
    detached = Recipe(signer=stranger(), payload=Recipe(signer=person("rsa")).value, detached=True)
    assert jws.parse(countersigned(detached).flattened()).signatures[1].integrity is Integrity.SIGNATURE_BROKEN


def test_a_counter_signature_moved_to_another_signature_is_refused() -> None:
    moved = countersigned().header
    second = Recipe(signer=person("rsa"))
    second.header = moved
    parsed = jws.parse(general(Recipe(), second))
    assert [each.integrity for each in parsed.signatures].count(Integrity.SIGNATURE_BROKEN) == 1


def test_a_counter_signature_that_is_none_is_refused() -> None:
    for value in ("x", 5, {"payload": ""}, {"payload": "", "signatures": []}):
        parsed = jws.parse(Recipe().with_unsigned({"cSig": value}).flattened())
        assert parsed.signatures[0].integrity is Integrity.MALFORMED


def test_counter_signatures_cannot_nest_without_end() -> None:
    inner = Recipe(signer=stranger(), payload=b"x", detached=True)
    for _ in range(15):
        outer = Recipe(signer=stranger(), payload=b"x", detached=True)
        inner = outer.with_unsigned({"cSig": {"payload": "", **inner.entry()}})
    parsed = jws.parse(Recipe().with_unsigned({"cSig": {"payload": "", **inner.entry()}}).flattened())
    assert len(parsed.signatures) < 15
    assert any(each.integrity is Integrity.MALFORMED for each in parsed.signatures)


def test_an_unsigned_part_of_another_build_is_refused() -> None:
    assert only(Recipe(header={"etsiU": {"a": 1}}).flattened()).integrity is Integrity.MALFORMED
    many = [encoded({"x": 1})] * 501
    assert only(Recipe(header={"etsiU": many}).flattened()).integrity is Integrity.MALFORMED


def test_more_time_stamps_than_any_honest_signature_has_are_refused() -> None:
    stamps = {"sigTst": {"tstTokens": [{"val": "AA=="}] * 300}}
    assert only(Recipe().with_unsigned(stamps).flattened()).integrity is Integrity.MALFORMED


# -- anything at all --------------------------------------------------------------------------------------------------

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.just("AAAA"),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["val", "id", "digAlg", "x"]), inner, max_size=3)
    ),
    max_leaves=6,
)
PARAMETERS = (
    *("alg", "crit", "b64", "x5c", "x5t#S256", "x5t#o", "sigX5ts", "kid", "sigT", "iat", "exp", "sigPId", "srCms"),
    *("srAts", "sigD", "adoTst", "typ", "cty", "sigPl"),
)
COMPONENTS = (
    "sigTst",
    "sigRTst",
    "rfsTst",
    "arcTst",
    "xVals",
    "rVals",
    "axVals",
    "arVals",
    "xRefs",
    "rRefs",
    "tstVD",
    "cSig",
)


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(PARAMETERS), JSON, st.sampled_from(COMPONENTS), JSON, st.booleans())
def test_no_value_of_any_parameter_crashes(name: str, value: Any, component: str, inner: Any, clear: bool) -> None:
    recipe = Recipe(protected={name: value}, sign=lambda data: bytes(64)).with_unsigned({component: inner}, clear=clear)
    parsed = jws.parse(recipe.flattened(), [Content("a", b"1")])
    assert parsed.problems or all(each.integrity is not Integrity.INTACT for each in parsed.signatures)


@pytest.mark.parametrize("text", ["\\ud800", "\\uDFFF", "a\\udc00b"])
def test_half_a_character_is_refused(text: str) -> None:
    document = Recipe().flattened().decode().replace('"payload"', f'"x": "{text}", "payload"')
    assert jws.parse(document.encode()).problems == ("the JSON holds half a character",)
    whole = document.replace(text, "\\ud83d\\ude00")
    assert jws.parse(whole.encode()).signatures[0].integrity is Integrity.INTACT
    assert only(Recipe(written_header=f'{{"alg":"ES256","a":"{text}"}}').compact()).integrity is Integrity.MALFORMED


VALID = {
    "compact": Recipe().compact(),
    "flattened": countersigned().flattened(),
    "general": general(Recipe(), Recipe(signer=person("rsa"))),
    "detached": by_hash({"a": b"1"}).flattened(),
}


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_no_change_of_bytes_crashes_and_none_goes_unseen(data: st.DataObject) -> None:
    """Flip, drop, double or overwrite bytes: what still stands has the very header and payload that were signed."""
    name = data.draw(st.sampled_from(sorted(VALID)))
    mutant = bytearray(VALID[name])
    for _ in range(data.draw(st.integers(1, 3))):
        at, length = data.draw(st.integers(0, len(mutant) - 1)), data.draw(st.integers(0, 40))
        mutant[at : at + length] = data.draw(
            st.one_of(st.binary(max_size=8), st.just(bytes(mutant[at : at + length]) * 2))
        )
    contents = [Content("a", b"1")]
    parsed = jws.parse(bytes(mutant), contents)
    if parsed.signatures and all(each.integrity is Integrity.INTACT for each in parsed.signatures):
        assert signed_parts(bytes(mutant)) <= signed_parts(VALID[name])


def signed_parts(document: bytes) -> set[tuple[str, str]]:
    if document.strip()[:1] != b"{":
        head, payload, _ = document.strip().decode().split(".")
        return {(head, payload)}
    found = json.loads(document)
    return {(each.get("protected", ""), found.get("payload", "")) for each in found.get("signatures", [found])}


def test_a_string_of_dots_is_no_jws() -> None:
    assert jws.looks_like_jws(Recipe().compact())
    assert jws.looks_like_jws(Recipe().flattened())
    for data in (b"", b"...", b"1.2", b"{}", b"Xin chao. Day la van ban. Het.", b"%PDF-1.7", b64u(b"x").encode()):
        assert not jws.looks_like_jws(data)
