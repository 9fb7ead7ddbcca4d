"""pyHanko's verdict beside ours, on the same CMS and PDF signatures with the same anchors and lists.

Where both judge, they agree on what passes. The one difference is named: pyHanko judges expiry before revocation, so a
certificate revoked before signing is accepted once it has expired.
"""

import asyncio
from io import BytesIO
from typing import Any

import pytest
from asn1crypto import cms as asn1_cms
from asn1crypto import crl as asn1_crl
from asn1crypto import x509 as asn1_x509
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.ades.report import AdESStatus
from pyhanko.sign.validation.ades import ades_basic_validation, ades_with_time_validation
from pyhanko.sign.validation.policy_decl import (
    LocalKnowledge,
    RevinfoOnlineFetchingRule,
    RevocationInfoGatheringSpec,
    SignatureValidationSpec,
)
from pyhanko_certvalidator.context import CertValidationPolicySpec
from pyhanko_certvalidator.ltv.types import ValidationTimingInfo
from pyhanko_certvalidator.policy_decl import REQUIRE_REVINFO, CertRevTrustPolicy
from pyhanko_certvalidator.registry import SimpleTrustManager
from pyhanko_certvalidator.revinfo.archival import CRLContainer

from keys.validation import facade, intake
from keys.validation.model import Indication
from tests.support.documents import cades, pades
from tests.support.stories import CLOCK, World, world

STORIES = ("good", "revoked_before", "revoked_after", "held", "released", "revoked_then_expired", "good_then_expired")
ACCEPTED_BY_PYHANKO_ALONE = {
    ("T", "revoked_then_expired", "plus_400_days"),
    ("T", "good_then_expired", "plus_400_days"),
}
"""Revoked two hours before signing (a false accept), and of unknown status since expiry: pyHanko asks neither."""


def ours(document: bytes, story: World, when: str) -> Indication:
    at = CLOCK[when]
    verdict = facade.validate(
        document, anchors=[story.root.der], crls=story.fresh_crls(when), at=at, now=at, parse=intake.parse
    )
    return verdict.signatures[0].conclusion.indication


def pyhankos(signed_data: Any, raw_digest: bytes | None, story: World, when: str, level: str) -> AdESStatus:
    known = LocalKnowledge(
        known_crls=[CRLContainer(asn1_crl.CertificateList.load(der)) for der in story.fresh_crls(when)],
        known_certs=[asn1_x509.Certificate.load(der) for der in (*story.chain, story.stamping.der)],
    )
    spec = SignatureValidationSpec(
        cert_validation_policy=CertValidationPolicySpec(
            SimpleTrustManager.build(trust_roots=[asn1_x509.Certificate.load(story.root.der)]),
            CertRevTrustPolicy(REQUIRE_REVINFO),
        ),
        revinfo_gathering_policy=RevocationInfoGatheringSpec(RevinfoOnlineFetchingRule.LOCAL_ONLY),
        local_knowledge=known,
    )
    timing = ValidationTimingInfo(CLOCK[when], CLOCK[when], point_in_time_validation=True)
    validation = ades_basic_validation if level == "B" else ades_with_time_validation
    result = asyncio.run(validation(signed_data, spec, timing_info=timing, raw_digest=raw_digest))
    return result.ades_subindic.status


def cms_of(document: bytes) -> tuple[Any, bytes | None]:
    return asn1_cms.ContentInfo.load(document)["content"], None


def cms_of_pdf(document: bytes) -> tuple[Any, bytes | None]:
    (embedded,) = PdfFileReader(BytesIO(document)).embedded_regular_signatures
    return embedded.signed_data, embedded.compute_digest()


@pytest.mark.parametrize("when", ["now", "plus_400_days"])
@pytest.mark.parametrize("name", STORIES)
@pytest.mark.parametrize("level", ["B", "T"])
@pytest.mark.parametrize(("make", "unpack"), [(cades, cms_of), (pades, cms_of_pdf)], ids=["CMS", "PDF"])
def test_both_accept_the_same(make: Any, unpack: Any, level: str, name: str, when: str) -> None:
    story = world(name)
    document = make(story, level)
    accepted = ours(document, story, when) is Indication.TOTAL_PASSED
    theirs = pyhankos(*unpack(document), story, when, level) is AdESStatus.PASSED
    if (level, name, when) in ACCEPTED_BY_PYHANKO_ALONE:
        assert theirs, "the difference has gone: take it out of the list"
        assert not accepted
    else:
        assert accepted == theirs


@pytest.mark.parametrize("position", [0.4, 0.6, 0.8])
def test_both_refuse_a_changed_signature(position: float) -> None:
    story = world("good")
    document = bytearray(cades(story, "B"))
    signature = asn1_cms.ContentInfo.load(bytes(document))["content"]["signer_infos"][0]["signature"].native
    place = document.index(signature) + int(len(signature) * position)
    document[place] ^= 1
    assert ours(bytes(document), story, "now") is Indication.TOTAL_FAILED
    assert pyhankos(*cms_of(bytes(document)), story, "now", "B") is not AdESStatus.PASSED
