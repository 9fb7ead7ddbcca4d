"""OCSP answers: about the right certificate, by who may give them, current, and understood (RFC 6960)."""

import datetime as dt
from collections.abc import Sequence
from hashlib import sha256
from typing import Any

import pytest
from asn1crypto import core, tsp
from asn1crypto import ocsp as asn1_ocsp
from cryptography import x509
from cryptography.x509 import ocsp

from keys.validation.model import SubIndication
from keys.validation.pkix import load
from keys.validation.revocation import OcspSource
from keys.validation.trust import Anchor, Purpose, TrustStore
from keys.validation.verdict import SignatureVerdict
from tests.support import pki, tsa
from tests.support.abstract import judged, signature
from tests.support.pki import DAY, HOUR, OCSP_SIGNING, T0

AT = T0 + DAY
ROOT = pki.root()
CITIZENS = ROOT.authority("CA công dân")
SIGNER = CITIZENS.issue("Nguyễn Văn An")
OTHER = CITIZENS.issue("Trần Thị Bình")
NO_CHECK = (x509.OCSPNoCheck(), False)
RESPONDER = CITIZENS.issue("OCSP", purposes=[OCSP_SIGNING], usages=("digital_signature",), extensions=[NO_CHECK])
UNKNOWN = SubIndication.TRY_LATER


def verdict(*answers: bytes, at: dt.datetime = AT, **options: Any) -> SignatureVerdict:
    found = signature(SIGNER, certificates=(SIGNER.der, CITIZENS.der, *options.pop("certificates", ())))
    options.setdefault("anchors", [ROOT.der])
    return judged(found, at, crls=[ROOT.crl(at - HOUR), *options.pop("crls", ())], ocsps=answers, **options)


def test_the_issuer_itself_may_answer() -> None:
    assert verdict(CITIZENS.ocsp(SIGNER, AT - HOUR)).conclusion.passed


def test_a_responder_that_the_issuer_appointed_may_answer() -> None:
    assert verdict(CITIZENS.ocsp(SIGNER, AT - HOUR, responder=RESPONDER)).conclusion.passed


def test_the_responder_may_be_found_in_the_document() -> None:
    answer = CITIZENS.ocsp(SIGNER, AT - HOUR, responder=RESPONDER, embed=False)
    assert verdict(answer).conclusion.sub_indication == UNKNOWN
    assert verdict(answer, certificates=[RESPONDER.der]).conclusion.passed


@pytest.mark.parametrize(
    "responder",
    [
        CITIZENS.issue("Một công dân", extensions=[NO_CHECK]),
        CITIZENS.issue("Một máy chủ", purposes=[x509.ExtendedKeyUsageOID.SERVER_AUTH], extensions=[NO_CHECK]),
        CITIZENS.issue("OCSP", purposes=[OCSP_SIGNING], usages=("key_encipherment",), extensions=[NO_CHECK]),
        ROOT.issue("OCSP của gốc", purposes=[OCSP_SIGNING], usages=("digital_signature",), extensions=[NO_CHECK]),
        pki.root().issue("OCSP lạ", purposes=[OCSP_SIGNING], usages=("digital_signature",), extensions=[NO_CHECK]),
        pki.root("CA công dân").issue("OCSP giả", purposes=[OCSP_SIGNING], extensions=[NO_CHECK]),
    ],
    ids=[
        "a citizen",
        "a server",
        "a key that may not sign",
        "appointed by another authority",
        "of strangers",
        "of an authority of the same name",
    ],
)
def test_nobody_else_may_answer(responder: pki.Issued) -> None:
    answer = CITIZENS.ocsp(SIGNER, AT - HOUR, responder=responder)
    assert verdict(answer).conclusion.sub_indication == UNKNOWN


def test_a_responder_that_the_trust_store_names_may_answer_for_others() -> None:
    foreign = pki.root().issue("OCSP quốc gia", purposes=[OCSP_SIGNING], usages=("digital_signature",))
    answer = CITIZENS.ocsp(SIGNER, AT - HOUR, responder=foreign)
    for purpose, expected in ((Purpose.OCSP, None), (Purpose.LOGIN, UNKNOWN)):
        trust = TrustStore((Anchor(load(foreign.der), purposes=frozenset({purpose})),))
        assert verdict(answer, trust=trust).conclusion.sub_indication == expected


def test_a_responder_without_no_check_must_be_known_good_itself() -> None:
    checked = CITIZENS.issue("OCSP", purposes=[OCSP_SIGNING], usages=("digital_signature",))
    answer = CITIZENS.ocsp(SIGNER, AT - HOUR, responder=checked)
    own = CITIZENS.ocsp(checked, AT - HOUR, responder=checked)
    good = CITIZENS.crl(AT - HOUR)
    revoked = CITIZENS.crl(AT - HOUR, entries=[pki.Entry(checked.serial, T0)])
    assert verdict(answer).conclusion.sub_indication == UNKNOWN
    assert verdict(answer, own).conclusion.sub_indication == UNKNOWN, "it cannot vouch for itself"
    assert verdict(answer, crls=[good]).conclusion.passed
    assert verdict(CITIZENS.ocsp(SIGNER, AT - HOUR, responder=checked), crls=[revoked]).conclusion.passed, (
        "the list itself says that the signer is good"
    )


def test_an_answer_of_a_revoked_responder_is_not_used() -> None:
    checked = CITIZENS.issue("OCSP", purposes=[OCSP_SIGNING], usages=("digital_signature",))
    elsewhere = CITIZENS.ocsp(checked, AT - HOUR, revoked_at=T0)
    answer = CITIZENS.ocsp(SIGNER, AT - HOUR, responder=checked)
    assert verdict(answer, elsewhere).conclusion.sub_indication == UNKNOWN


def test_an_answer_about_another_certificate_says_nothing() -> None:
    assert verdict(CITIZENS.ocsp(OTHER, AT - HOUR)).conclusion.sub_indication == UNKNOWN


def test_an_answer_about_the_same_number_of_another_authority_says_nothing() -> None:
    other = ROOT.authority("CA doanh nghiệp")
    namesake = other.issue("Công ty Sao Mai", serial=SIGNER.serial)
    assert verdict(other.ocsp(namesake, AT - HOUR)).conclusion.sub_indication == UNKNOWN
    by_the_right_hand = CITIZENS.ocsp(namesake, AT - HOUR, issuer=other)
    assert verdict(by_the_right_hand).conclusion.sub_indication == UNKNOWN


def test_an_answer_that_names_another_responder_than_its_signer_is_not_used() -> None:
    renamed = CITIZENS.issue("OCSP khác", key=RESPONDER.key)
    right = CITIZENS.ocsp(SIGNER, AT - HOUR, responder=RESPONDER, named=RESPONDER, embed=False)
    wrong = CITIZENS.ocsp(SIGNER, AT - HOUR, responder=RESPONDER, named=renamed, embed=False)
    assert verdict(right, certificates=[RESPONDER.der]).conclusion.passed
    assert verdict(wrong, certificates=[RESPONDER.der]).conclusion.sub_indication == UNKNOWN


def test_a_changed_answer_says_nothing() -> None:
    answer = bytearray(CITIZENS.ocsp(SIGNER, AT - HOUR))
    answer[-1] ^= 1
    assert verdict(bytes(answer)).conclusion.sub_indication == UNKNOWN


def test_unknown_is_not_good() -> None:
    answer = CITIZENS.ocsp(SIGNER, AT - HOUR, status=ocsp.OCSPCertStatus.UNKNOWN)
    assert verdict(answer).conclusion.sub_indication == UNKNOWN


def test_a_stale_answer_does_not_count_now() -> None:
    assert verdict(CITIZENS.ocsp(SIGNER, AT - 2 * DAY, AT - DAY)).conclusion.sub_indication == UNKNOWN


def test_an_answer_without_end_counts_for_a_day() -> None:
    for age, expected in ((2 * HOUR, None), (25 * HOUR, UNKNOWN)):
        answer = without_next_update(CITIZENS.ocsp(SIGNER, AT - age))
        assert verdict(answer).conclusion.sub_indication == expected


def test_a_nonce_that_is_no_octet_string_spoils_nothing() -> None:
    nonce = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.3.6.1.5.5.7.48.1.2"), b"\x04\x64raw bytes")
    assert verdict(CITIZENS.ocsp(SIGNER, AT - HOUR, extensions=[nonce])).conclusion.passed


def test_revoked_and_on_hold_are_told_apart() -> None:
    revoked = CITIZENS.ocsp(SIGNER, AT - HOUR, revoked_at=T0, reason=x509.ReasonFlags.key_compromise)
    held = CITIZENS.ocsp(SIGNER, AT - HOUR, revoked_at=T0, reason=x509.ReasonFlags.certificate_hold)
    assert verdict(revoked).conclusion.sub_indication == SubIndication.REVOKED_NO_POE
    assert verdict(held).conclusion.sub_indication == SubIndication.TRY_LATER
    assert "suspended" in verdict(held).conclusion.message


def test_where_a_list_says_good_and_an_answer_revoked_it_is_revoked() -> None:
    revoked = CITIZENS.ocsp(SIGNER, AT - 2 * HOUR, revoked_at=T0)
    found = verdict(revoked, crls=[CITIZENS.crl(AT - HOUR)])
    assert found.conclusion.sub_indication == SubIndication.REVOKED_NO_POE


def test_an_answer_after_expiry_counts_only_if_the_responder_still_knows_the_certificate() -> None:
    late = T0 + 4 * pki.YEAR
    text = (T0 - pki.YEAR).strftime("%Y%m%d%H%M%SZ").encode()
    cutoff = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.3.6.1.5.5.7.48.1.6"), b"\x18\x0f" + text)
    digest = sha256(SIGNER.der).digest()
    hashed = tsp.MessageImprint({"hash_algorithm": {"algorithm": "sha256"}, "hashed_message": digest}).dump()
    known = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.3.36.8.3.13"), hashed)
    wrong = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.3.36.8.3.13"), hashed[:-1] + b"\0")

    def outcome(*extensions: x509.UnrecognizedExtension) -> SubIndication | None:
        answer = with_single_extensions(CITIZENS.ocsp(SIGNER, late - HOUR), extensions)
        return verdict(answer, at=late).conclusion.sub_indication

    assert outcome() == SubIndication.OUT_OF_BOUNDS_NO_POE
    assert outcome(cutoff) == SubIndication.OUT_OF_BOUNDS_NOT_REVOKED
    assert outcome(known) == SubIndication.OUT_OF_BOUNDS_NOT_REVOKED
    assert outcome(wrong) == SubIndication.OUT_OF_BOUNDS_NO_POE


def test_an_answer_about_a_certificate_of_another_digest_is_not_used() -> None:
    hashed = tsp.MessageImprint({"hash_algorithm": {"algorithm": "sha256"}, "hashed_message": bytes(32)}).dump()
    wrong = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.3.36.8.3.13"), hashed)
    answer = with_single_extensions(CITIZENS.ocsp(SIGNER, AT - HOUR), [wrong])
    assert verdict(answer).conclusion.sub_indication == UNKNOWN


def test_a_critical_extension_that_is_not_understood_makes_an_answer_useless() -> None:
    strange = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\x05\x00")
    of_one = with_single_extensions(CITIZENS.ocsp(SIGNER, AT - HOUR), [strange], critical=True)
    of_all = CITIZENS.ocsp(SIGNER, AT - HOUR, extensions=[strange], critical=True)
    assert verdict(of_one).conclusion.sub_indication == UNKNOWN
    assert verdict(of_all).conclusion.sub_indication == UNKNOWN
    assert verdict(CITIZENS.ocsp(SIGNER, AT - HOUR, extensions=[strange])).conclusion.passed


def with_single_extensions(
    answer: bytes, extensions: Sequence[x509.UnrecognizedExtension], critical: bool = False
) -> bytes:
    """The answer with extensions of its one single response."""
    if not extensions:
        return answer
    return changed(
        answer,
        "single_extensions",
        [
            {"extn_id": e.oid.dotted_string, "critical": critical, "extn_value": core.ParsableOctetString(e.value)}
            for e in extensions
        ],
    )


def without_next_update(answer: bytes) -> bytes:
    return changed(answer, "next_update", None)


def changed(answer: bytes, member: str, value: object) -> bytes:
    """The answer with one member of its single response set anew, signed again by the authority."""
    response = asn1_ocsp.OCSPResponse.load(answer)
    data = response.basic_ocsp_response["tbs_response_data"].copy()
    single = data["responses"][0]
    if value is None:
        del single[member]
    else:
        single[member] = value
    signed = asn1_ocsp.BasicOCSPResponse(
        {
            "tbs_response_data": data,
            "signature_algorithm": {"algorithm": "sha256_ecdsa"},
            "signature": tsa.sign(CITIZENS, data.dump(force=True)),
        }
    )
    response["response_bytes"]["response"] = core.ParsableOctetString(signed.dump())
    return bytes(response.dump(force=True))


def test_an_answer_signed_by_an_expired_responder_needs_a_proof_of_its_age() -> None:
    brief = CITIZENS.issue(
        "OCSP", purposes=[OCSP_SIGNING], usages=("digital_signature",), extensions=[NO_CHECK], life=(-DAY, DAY)
    )
    answer = CITIZENS.ocsp(SIGNER, T0 + HOUR, T0 + 30 * DAY, responder=brief)
    found = verdict(answer, at=T0 + 5 * DAY)
    assert found.conclusion.sub_indication == SubIndication.REVOCATION_OUT_OF_BOUNDS_NO_POE


@pytest.mark.parametrize("content", [b"", b"junk", b"\x30\x03\x0a\x01\x06", b"\x30\x80", SIGNER.der])
def test_what_is_no_answer_is_counted_and_left_out(content: bytes) -> None:
    assert OcspSource([content]).unreadable == 1
    assert verdict(content).conclusion.sub_indication == UNKNOWN
