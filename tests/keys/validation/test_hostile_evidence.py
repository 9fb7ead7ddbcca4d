"""Certificates, lists and answers that strangers have bent: always a verdict, never an exception, never trust."""

import random

import pytest
from asn1crypto import crl, ocsp
from cryptography import x509

from keys.validation import facade
from keys.validation.model import ParsedDocument, Timestamp, TimestampKind
from keys.validation.report import Kind, render
from keys.validation.verdict import Verdict
from tests.support import pki
from tests.support.abstract import Parser, signature
from tests.support.pki import DAY, HOUR, OCSP_SIGNING, T0

AT = T0 + DAY
ROOT = pki.root()
CITIZENS = ROOT.authority("CA công dân")
ADDRESS = [x509.UniformResourceIdentifier("http://crl.example.vn/1.crl")]
POINT = x509.DistributionPoint(
    ADDRESS,
    None,
    frozenset({x509.ReasonFlags.key_compromise}),
    [x509.DirectoryName(CITIZENS.certificate.subject)],
)
POLICY = x509.CertificatePolicies([x509.PolicyInformation(x509.ObjectIdentifier("1.2.3"), None)])
SIGNER = CITIZENS.issue("Nguyễn Văn An", extensions=[(x509.CRLDistributionPoints([POINT]), False), (POLICY, False)])
RESPONDER = CITIZENS.issue(
    "OCSP", purposes=[OCSP_SIGNING], usages=("digital_signature",), extensions=[(x509.OCSPNoCheck(), False)]
)
SCOPE = x509.IssuingDistributionPoint(ADDRESS, None, False, False, None, True, False)
WHOSE = x509.CertificateIssuer([x509.DirectoryName(CITIZENS.certificate.subject)])
EVIDENCE = {
    "list": CITIZENS.crl(
        AT - HOUR, entries=[pki.Entry(5, T0)], extensions=[(SCOPE, True)], entry_extensions=[(WHOSE, True)]
    ),
    "answer": CITIZENS.ocsp(SIGNER, AT - HOUR, responder=RESPONDER),
    "signer": SIGNER.der,
    "authority": CITIZENS.der,
    "responder": RESPONDER.der,
}


def verdict(**evidence: bytes) -> Verdict:
    all_ = EVIDENCE | evidence
    found = signature(
        SIGNER,
        signer=all_["signer"],
        certificates=(all_["signer"], all_["authority"], all_["responder"]),
        crls=(all_["list"],),
        ocsp_responses=(all_["answer"],),
        timestamps=(Timestamp(TimestampKind.SIGNATURE, all_["answer"], True),),
    )
    parser = Parser(ParsedDocument("CAdES", (found,)))
    return facade.validate(b"", anchors=[ROOT.der], crls=[ROOT.crl(AT - HOUR)], at=AT, now=AT, parse=parser)


def bent(data: bytes, choose: random.Random) -> bytes:
    """The bytes with one to five of them changed, dropped or added."""
    found = bytearray(data)
    for _ in range(choose.choice((1, 1, 2, 5))):
        place, some = choose.randrange(len(found)), choose.choice((1, 2, 8))
        match choose.randrange(4):
            case 0:
                found[place] = choose.randrange(256)
            case 1:
                found[place] ^= 1 << choose.randrange(8)
            case 2:
                del found[place : place + some]
            case _:
                found[place:place] = choose.randbytes(some)
        found = found or bytearray(b"0")
    return bytes(found)


def test_unbent_it_passes() -> None:
    assert verdict().signatures[0].conclusion.passed


@pytest.mark.parametrize("name", sorted(EVIDENCE))
def test_bent_evidence_gives_a_verdict_and_every_report(name: str) -> None:
    choose = random.Random(name)
    for _ in range(120):
        changed = bent(EVIDENCE[name], choose)
        found = verdict(**{name: changed})
        assert len(found.signatures) == 1, "the last resort was needed"
        for kind in (Kind.SIMPLE, Kind.DETAILED, Kind.ETSI):
            assert render(found, kind).content
        if name in {"signer", "authority"} and changed != EVIDENCE[name]:
            assert not found.signatures[0].conclusion.passed


def test_a_bent_list_or_answer_alone_proves_nothing() -> None:
    choose = random.Random("alone")
    answer = ocsp.OCSPResponse.load(EVIDENCE["answer"]).basic_ocsp_response["tbs_response_data"].dump()
    signed = {"list": crl.CertificateList.load(EVIDENCE["list"])["tbs_cert_list"].dump(), "answer": answer}
    for name, other in (("list", "answer"), ("answer", "list")):
        for _ in range(80):
            changed = bent(EVIDENCE[name], choose)
            # What stands around the signed part, such as certificates beside an answer, may well be bent.
            if signed[name] not in changed:
                assert not verdict(**{name: changed, other: b""}).signatures[0].conclusion.passed


def test_even_what_nobody_foresaw_ends_in_a_report(monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(facade, "judge_document", breaks)
    found = verdict()
    assert found.conclusion is None
    assert found.problems == ("the signatures could not be judged",)
