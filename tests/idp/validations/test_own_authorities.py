"""Our own authorities in the judgement: trusted, their table always current, their signers known by the caller's subject."""

import json
from dataclasses import dataclass
from typing import Any

import pytest

from idp.domain import certificates
from idp.domain.agencies import load_built_in
from idp.domain.validations.service import Question
from keys.authority.reasons import Reason
from keys.store import authorities
from keys.validation.report import simple
from tests.idp.validations.conftest import Machine, machine_of
from tests.support.certificates import OPERATOR, Office, Owner
from tests.support.documents import jades
from tests.support.pki import Issued
from tests.support.provider import Provider
from tests.support.stories import World


@dataclass(frozen=True)
class SignedBy(World):
    """A world whose signer has a certificate of ours."""

    owner: Owner | None = None
    above: tuple[bytes, ...] = ()

    @property
    def signer(self) -> Issued:  # type: ignore[override]
        assert self.owner is not None
        return Issued(self.owner.certificate, self.owner.key)

    @property
    def chain(self) -> list[bytes]:
        return list(self.above)


@pytest.fixture
def provider(plain_provider: Provider) -> Provider:
    load_built_in(plain_provider.services, actor=OPERATOR)
    return plain_provider


@pytest.fixture
def khai(office: Office) -> Owner:
    return office.owner()


def document(owner: Owner) -> bytes:
    """What she signed, with nothing but her own certificate in it."""
    return jades(SignedBy("good", "p256", owner), "B")


def signature(machine: Machine, owner: Owner, content: bytes = b"", **members: Any) -> dict[str, Any]:
    (found,) = machine.conclusion(content or document(owner), **members)["signatures"]
    return dict(found)


def test_a_signature_of_ours_passes_at_once_without_any_list(provider: Provider, khai: Owner):
    found = signature(machine_of(provider), khai)

    assert (found["indication"], found["subIndication"]) == ("TOTAL-PASSED", "")
    assert found["hierarchy"] == "public"
    assert found["signedBy"] == "Nguyễn Thị Minh Khai"


def test_the_caller_learns_the_subject_of_its_own_sector_and_no_other(provider: Provider, khai: Owner):
    ministry, province = machine_of(provider, agency="G02"), machine_of(provider, agency="H49")
    told = [signature(machine, khai)["subject"] for machine in (ministry, province)]

    assert told == [provider.services.subjects.of(khai.account_id, sector) for sector in ("agency:G02", "agency:H49")]
    assert told[0] != told[1]


def test_whose_certificate_is_only_named_is_not_told(provider: Provider, khai: Owner):
    parts = json.loads(document(khai))
    tampered = json.dumps({**parts, "payload": f"QUJD{parts['payload']}"}).encode()
    found = signature(machine_of(provider), khai, tampered)

    assert found["indication"] == "TOTAL-FAILED"
    assert "subject" not in found
    # Nor where another signature of the same document made the subject known.
    verdict = provider.services.validations.judge(Question(tampered))
    (found,) = simple(verdict, {khai.row.fingerprint: "a subject"})["validationReport"]["validationConclusion"][
        "signatures"
    ]
    assert "subject" not in found


def test_revoking_takes_effect_with_the_next_verdict(provider: Provider, khai: Owner):
    machine = machine_of(provider)
    assert signature(machine, khai)["indication"] == "TOTAL-PASSED"

    certificates.revoke(provider.services, khai.serial, Reason.KEY_COMPROMISE, actor=OPERATOR)

    assert signature(machine, khai)["subIndication"] == "REVOKED_NO_POE"


def test_held_is_undetermined_and_released_is_good_again(provider: Provider, khai: Owner):
    machine = machine_of(provider)
    certificates.hold(provider.services, khai.serial, actor=OPERATOR)
    assert signature(machine, khai)["subIndication"] == "TRY_LATER"

    certificates.release(provider.services, khai.serial, actor=OPERATOR)
    assert signature(machine, khai)["indication"] == "TOTAL-PASSED"


def test_an_official_signs_in_the_other_hierarchy(provider: Provider, office: Office):
    thang = office.owner(office.official())
    machine = machine_of(provider)

    assert signature(machine, thang)["hierarchy"] == "government"
    assert signature(machine, thang, policy="motcua-1-public")["subIndication"] == "CHAIN_CONSTRAINTS_FAILURE"


def test_whom_we_trust_is_told(provider: Provider, khai: Owner):
    answer = machine_of(provider).get("/api/signatures/trust")

    assert answer.status_code == 200
    told = (answer.json or {})["authorities"]
    with provider.services.database.read() as connection:
        roots = [row for row in authorities.every(connection) if row.issuer is None]
    assert {each["hierarchy"] for each in told} == {row.hierarchy for row in roots} == {"public", "government"}
    assert all(each["certificate"].startswith("-----BEGIN CERTIFICATE-----") for each in told)
    assert all("signature" in each["purposes"] for each in told)
