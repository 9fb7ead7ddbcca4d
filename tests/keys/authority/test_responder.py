"""OCSP answers (RFC 6960): good only for what was issued, the nonce as it came, rubbish with the right refusal."""

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA1, SHA256, SHA512, HashAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from hypothesis import given, settings
from hypothesis import strategies as st

from keys.authority import certificate, responder
from keys.authority.certificate import Issuer
from keys.authority.reasons import Reason
from keys.authority.responder import Responder
from keys.authority.standing import Standing, Status
from tests.keys.authority.conftest import NOW, Issue, new_key

GOOD = Standing(Status.GOOD)


@pytest.fixture(scope="session")
def answering(issuers: dict[str, Issuer]) -> Responder:
    """The responder of the public authority."""
    key = new_key()
    made = certificate.make_responder(key.public_key(), issuers["public"], NOW)
    return Responder(issuers["public"].authority, made, key)


def question(
    of: x509.Certificate, issuer: x509.Certificate, nonce: bytes | None = None, digest: HashAlgorithm | None = None
) -> bytes:
    builder = ocsp.OCSPRequestBuilder().add_certificate(of, issuer, digest or SHA256())
    if nonce is not None:
        builder = builder.add_extension(x509.OCSPNonce(nonce), critical=False)
    return builder.build().public_bytes(Encoding.DER)


def said(answering: Responder, asked: bytes, standing: Standing | None = GOOD) -> ocsp.OCSPResponse:
    return ocsp.load_der_ocsp_response(responder.answer(answering, asked, lambda _serial: standing, NOW))


@pytest.mark.parametrize("digest", [SHA1(), SHA256(), SHA512()], ids=lambda digest: digest.name)
def test_good_by_each_digest(answering: Responder, issue: Issue, digest: HashAlgorithm) -> None:
    answer = said(answering, question(issue(), answering.authority.certificate, digest=digest))
    assert answer.certificate_status is ocsp.OCSPCertStatus.GOOD
    assert answer.this_update_utc.timestamp() == NOW
    assert answer.next_update_utc is not None
    assert answer.next_update_utc.timestamp() == NOW + 600


@pytest.mark.parametrize(
    ("standing", "reason"),
    [
        (Standing(Status.REVOKED, NOW - 60, Reason.KEY_COMPROMISE), x509.ReasonFlags.key_compromise),
        (Standing(Status.REVOKED, NOW - 60, Reason.UNSPECIFIED), None),
        (Standing(Status.ON_HOLD, NOW - 60, Reason.CERTIFICATE_HOLD), x509.ReasonFlags.certificate_hold),
    ],
)
def test_revoked_since_when_and_why(
    answering: Responder, issue: Issue, standing: Standing, reason: x509.ReasonFlags | None
) -> None:
    answer = said(answering, question(issue(), answering.authority.certificate), standing)
    assert answer.certificate_status is ocsp.OCSPCertStatus.REVOKED
    assert answer.revocation_time_utc is not None
    assert answer.revocation_time_utc.timestamp() == NOW - 60
    assert answer.revocation_reason is reason


def test_what_was_never_issued_is_unknown(answering: Responder, issue: Issue) -> None:
    answer = said(answering, question(issue(), answering.authority.certificate), None)
    assert answer.certificate_status is ocsp.OCSPCertStatus.UNKNOWN


def test_another_authority_s_certificate_is_unknown_and_not_looked_up(
    answering: Responder, issue: Issue, issuers: dict[str, Issuer]
) -> None:
    asked = question(issue("official"), issuers["government"].authority.certificate)
    assert said(answering, asked).certificate_status is ocsp.OCSPCertStatus.UNKNOWN


def test_the_name_alone_does_not_make_the_issuer(answering: Responder, issue: Issue) -> None:
    """The hash of the key must be right too."""
    asked = bytearray(question(issue(), answering.authority.certificate))
    key_hash = ocsp.load_der_ocsp_request(bytes(asked)).issuer_key_hash
    place = bytes(asked).index(key_hash)
    asked[place] ^= 1
    assert said(answering, bytes(asked)).certificate_status is ocsp.OCSPCertStatus.UNKNOWN


def test_the_nonce_comes_back(answering: Responder, issue: Issue) -> None:
    answer = said(answering, question(issue(), answering.authority.certificate, b"n" * 32))
    assert answer.extensions.get_extension_for_class(x509.OCSPNonce).value.nonce == b"n" * 32
    without = said(answering, question(issue(), answering.authority.certificate))
    assert not list(without.extensions)


@pytest.mark.parametrize("length", [0, 129])
def test_a_nonce_of_the_wrong_length_is_malformed(answering: Responder, issue: Issue, length: int) -> None:
    answer = said(answering, question(issue(), answering.authority.certificate, b"n" * length))
    assert answer.response_status is ocsp.OCSPResponseStatus.MALFORMED_REQUEST


def test_the_answer_is_signed_by_a_key_made_for_it(answering: Responder, issue: Issue) -> None:
    answer = said(answering, question(issue(), answering.authority.certificate))
    (signer,) = answer.certificates
    signer.verify_directly_issued_by(answering.authority.certificate)
    assert signer.extensions.get_extension_for_class(x509.OCSPNoCheck)
    purposes = signer.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert [each.dotted_string for each in purposes] == ["1.3.6.1.5.5.7.3.9"]
    assert (signer.not_valid_after_utc - signer.not_valid_before_utc).days == 7


@pytest.mark.parametrize("rubbish", [b"", b"0", b"\x30\x80", b"\x30\x03\x02\x01\x00", b"x" * 5000, b"\x00" * 64])
def test_rubbish_is_malformed(answering: Responder, rubbish: bytes) -> None:
    assert said(answering, rubbish).response_status is ocsp.OCSPResponseStatus.MALFORMED_REQUEST


def test_a_digest_that_nobody_uses_any_more(answering: Responder, issue: Issue) -> None:
    asked = question(issue(), answering.authority.certificate)
    sha256, md5 = bytes.fromhex("0609608648016503040201"), bytes.fromhex("06082a864886f70d0205")
    assert sha256 in asked
    answer = said(answering, asked.replace(sha256, md5 + b"\x05"))
    assert answer.response_status is not ocsp.OCSPResponseStatus.SUCCESSFUL


@given(st.binary(max_size=300))
@settings(max_examples=200, deadline=None)
def test_whatever_is_asked_there_is_an_answer(asked: bytes) -> None:
    answer = responder.answer(_ANSWERING["one"], asked, lambda _serial: None, NOW)
    assert ocsp.load_der_ocsp_response(answer).response_status is not ocsp.OCSPResponseStatus.INTERNAL_ERROR


_ANSWERING: dict[str, Responder] = {}


@pytest.fixture(autouse=True)
def _for_hypothesis(answering: Responder) -> None:
    _ANSWERING["one"] = answering


@given(data=st.data())
@settings(max_examples=150, deadline=None)
def test_a_question_with_a_changed_byte(data: st.DataObject) -> None:
    one = _ANSWERING["one"]
    serial = ocsp.OCSPRequestBuilder().add_certificate_by_hash(b"a" * 32, b"b" * 32, 7, SHA256())
    asked = bytearray(
        serial.add_extension(x509.OCSPNonce(b"n" * 16), critical=False).build().public_bytes(Encoding.DER)
    )
    asked[data.draw(st.integers(0, len(asked) - 1))] = data.draw(st.integers(0, 255))
    answer = ocsp.load_der_ocsp_response(responder.answer(one, bytes(asked), lambda _serial: None, NOW))
    assert answer.response_status is not ocsp.OCSPResponseStatus.INTERNAL_ERROR


def test_a_question_about_a_negative_serial_number(answering: Responder) -> None:
    asked = ocsp.OCSPRequestBuilder().add_certificate_by_hash(b"a" * 32, b"b" * 32, 7, SHA256()).build()
    negative = asked.public_bytes(Encoding.DER).replace(b"\x02\x01\x07", b"\x02\x01\x87")
    answer = ocsp.load_der_ocsp_response(responder.answer(answering, negative, lambda _serial: None, NOW))
    assert answer.response_status is ocsp.OCSPResponseStatus.MALFORMED_REQUEST
