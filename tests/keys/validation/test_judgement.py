"""The decision about one signature: order of steps, purposes, hierarchies, algorithms at their time, and time-stamps."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes

from keys.validation import facade
from keys.validation.model import (
    Indication,
    Integrity,
    ParsedDocument,
    Scope,
    SignatureObject,
    SubIndication,
    Timestamp,
    TimestampKind,
)
from keys.validation.pkix import load
from keys.validation.policy import DEFAULT_POLICY, AlgorithmTable, Mode
from keys.validation.process.context import ProofsOfExistence
from keys.validation.revocation import Row, Status, StatusTableSource
from keys.validation.trust import Anchor, Hierarchy, Purpose, TrustStore
from keys.validation.verdict import CheckStatus, SignatureVerdict
from tests.support import pki
from tests.support.abstract import Parser, judged, signature, stamped
from tests.support.pki import DAY, HOUR, T0, TIME_STAMPING, YEAR
from tests.support.tsa import TimestampUnit

AT = T0 + DAY
ROOT = pki.root()
SIGNER = ROOT.issue("Nguyễn Văn An")
TSA = TimestampUnit(ROOT.issue("Dấu thời gian", purposes=[TIME_STAMPING], usages=("digital_signature",)))
CRL = ROOT.crl(AT - HOUR)


def verdict(found: SignatureObject | None = None, **options: Any) -> SignatureVerdict:
    options.setdefault("anchors", [ROOT.der])
    options.setdefault("crls", [CRL])
    return judged(found or signature(SIGNER), options.pop("at", AT), **options)


def outcome(*arguments: Any, **options: Any) -> tuple[Indication, SubIndication | None]:
    conclusion = verdict(*arguments, **options).conclusion
    return conclusion.indication, conclusion.sub_indication


PASSED = Indication.TOTAL_PASSED, None


def indeterminate(sub_indication: SubIndication) -> tuple[Indication, SubIndication | None]:
    return Indication.INDETERMINATE, sub_indication


@pytest.mark.parametrize(
    ("integrity", "indication", "sub_indication"),
    [
        (Integrity.MALFORMED, Indication.TOTAL_FAILED, SubIndication.FORMAT_FAILURE),
        (Integrity.NO_SIGNER, Indication.INDETERMINATE, SubIndication.NO_SIGNING_CERTIFICATE_FOUND),
        (Integrity.HASH_MISMATCH, Indication.TOTAL_FAILED, SubIndication.HASH_FAILURE),
        (Integrity.SIGNATURE_BROKEN, Indication.TOTAL_FAILED, SubIndication.SIG_CRYPTO_FAILURE),
        (Integrity.CONTENT_MISSING, Indication.INDETERMINATE, SubIndication.SIGNED_DATA_NOT_FOUND),
        (Integrity.UNSUPPORTED, Indication.INDETERMINATE, SubIndication.CRYPTO_CONSTRAINTS_FAILURE),
    ],
)
@pytest.mark.parametrize("anchored", [True, False])
def test_integrity_decides_before_any_certificate_does(
    integrity: Integrity, indication: Indication, sub_indication: SubIndication, anchored: bool
) -> None:
    found = verdict(
        signature(SIGNER, integrity=integrity, problems=("what the parser saw",)),
        anchors=[ROOT.der] if anchored else [],
    )
    assert (found.conclusion.indication, found.conclusion.sub_indication) == (indication, sub_indication)
    assert found.conclusion.message == "what the parser saw"
    assert found.certificate is None
    assert not found.technically_valid


def test_without_an_anchor_nothing_failed_and_nothing_passed() -> None:
    found = verdict(anchors=[])
    assert found.conclusion.indication == Indication.INDETERMINATE
    assert found.conclusion.sub_indication == SubIndication.NO_CERTIFICATE_CHAIN_FOUND
    assert found.technically_valid


@pytest.mark.parametrize("signer", [None, b"", b"junk", b"\x30\x03\x02\x01\x01"])
def test_a_signer_that_is_no_certificate_is_not_found(signer: bytes | None) -> None:
    assert outcome(signature(SIGNER, signer=signer)) == indeterminate(SubIndication.NO_SIGNING_CERTIFICATE_FOUND)


def test_a_certificate_trusted_by_itself_needs_no_chain_and_no_status() -> None:
    assert outcome(anchors=[SIGNER.der], crls=[]) == PASSED


def test_an_unsound_chain_is_told_apart_from_a_missing_one() -> None:
    citizen = pki.Authority(SIGNER.certificate, SIGNER.key)
    forged = citizen.issue("Bộ trưởng")
    found = signature(forged, certificates=(forged.der, SIGNER.der))
    assert outcome(found) == indeterminate(SubIndication.CERTIFICATE_CHAIN_GENERAL_FAILURE)


class TestPurpose:
    """What a certificate and its authority are for."""

    def trust(self, **members: Any) -> TrustStore:
        return TrustStore((Anchor(load(ROOT.der), **members),))

    def test_an_authority_for_sign_in_alone_vouches_for_no_document(self) -> None:
        login = self.trust(purposes=frozenset({Purpose.LOGIN}))
        assert outcome(anchors=[], trust=login) == indeterminate(SubIndication.CHAIN_CONSTRAINTS_FAILURE)

    def test_an_authority_for_seals_vouches_for_documents(self) -> None:
        assert outcome(anchors=[], trust=self.trust(purposes=frozenset({Purpose.SEAL}))) == PASSED

    def test_the_hierarchy_is_the_anchors_and_may_be_demanded(self) -> None:
        public = self.trust(hierarchy=Hierarchy.PUBLIC)
        government_only = replace(DEFAULT_POLICY, hierarchies=frozenset({Hierarchy.GOVERNMENT}))
        found = verdict(anchors=[], trust=public)
        assert found.certificate is not None
        assert found.certificate.hierarchy == "public"
        refused = outcome(anchors=[], trust=public, policy=government_only)
        assert refused == indeterminate(SubIndication.CHAIN_CONSTRAINTS_FAILURE)
        assert outcome(policy=government_only) == indeterminate(SubIndication.CHAIN_CONSTRAINTS_FAILURE)

    @pytest.mark.parametrize(
        "options",
        [
            {"usages": ("key_encipherment",)},
            {"usages": ("key_cert_sign", "crl_sign"), "ca": True},
            {"purposes": [x509.ExtendedKeyUsageOID.SERVER_AUTH]},
            {"purposes": [x509.ExtendedKeyUsageOID.OCSP_SIGNING]},
            {"purposes": [TIME_STAMPING]},
        ],
        ids=["encryption", "authority", "server", "ocsp", "time-stamps"],
    )
    def test_a_certificate_made_for_something_else_signs_no_document(self, options: dict[str, Any]) -> None:
        other = ROOT.issue("Khác", **options)
        assert outcome(signature(other)) == indeterminate(SubIndication.CHAIN_CONSTRAINTS_FAILURE)

    @pytest.mark.parametrize(
        "options",
        [
            {"usages": None},
            {"usages": ("content_commitment",)},
            {"purposes": [x509.ExtendedKeyUsageOID.EMAIL_PROTECTION]},
            {"purposes": [x509.ExtendedKeyUsageOID.SERVER_AUTH, x509.ExtendedKeyUsageOID.CLIENT_AUTH]},
        ],
    )
    def test_what_may_sign_may(self, options: dict[str, Any]) -> None:
        assert outcome(signature(ROOT.issue("Trần Thị Bình", **options))) == PASSED

    def test_trust_that_has_ended_counts_for_what_is_proven_older(self) -> None:
        ended = self.trust(trusted_until=T0 + HOUR)
        stamping = pki.root("Gốc dấu thời gian")
        unit = TimestampUnit(stamping.issue("TSA", purposes=[TIME_STAMPING], usages=("digital_signature",)))
        trust = ended | TrustStore((Anchor(load(stamping.der)),))
        then, crls = ROOT.crl(T0 - HOUR), [CRL, stamping.crl(AT - HOUR)]
        over_both = signature(SIGNER, timestamps=(stamped(unit, T0, then),), crls=(then,))
        over_signature = signature(SIGNER, timestamps=(stamped(unit, T0),), crls=(then,))
        too_late = signature(SIGNER, timestamps=(stamped(unit, T0 + 2 * HOUR, then),), crls=(then,))
        no_trust = indeterminate(SubIndication.NO_CERTIFICATE_CHAIN_FOUND_NO_POE)

        assert outcome(anchors=[], trust=ended) == no_trust
        assert outcome(over_both, anchors=[], trust=trust, crls=crls) == PASSED
        assert outcome(too_late, anchors=[], trust=trust, crls=crls) == no_trust
        unproven = outcome(over_signature, anchors=[], trust=trust, crls=crls)
        assert unproven == indeterminate(SubIndication.TRY_LATER), "who has lost trust may have written the list since"


class TestAlgorithms:
    """What was strong enough when."""

    def test_a_weak_digest_fails_now(self) -> None:
        weak = signature(SIGNER, digest_algorithms=("sha256", "sha1"))
        assert outcome(weak) == indeterminate(SubIndication.CRYPTO_CONSTRAINTS_FAILURE_NO_POE)

    @pytest.mark.parametrize("digests", [("md2",), ()])
    def test_an_unknown_digest_fails_whatever_the_time(self, digests: tuple[str, ...]) -> None:
        unknown = signature(SIGNER, digest_algorithms=digests)
        assert outcome(unknown) == indeterminate(SubIndication.CRYPTO_CONSTRAINTS_FAILURE)

    def test_a_short_key_fails(self) -> None:
        short = ROOT.issue("Khóa ngắn", kind="rsa1024")
        found = signature(short, signature_algorithm="RSA-PKCS1")
        assert outcome(found) == indeterminate(SubIndication.CRYPTO_CONSTRAINTS_FAILURE_NO_POE)

    def test_rsa_2048_and_ed25519_pass(self) -> None:
        rsa, edwards = ROOT.issue("RSA", kind="rsa2048"), ROOT.issue("Ed25519", kind="ed25519")
        assert outcome(signature(rsa, signature_algorithm="RSA-PSS")) == PASSED
        assert outcome(signature(edwards, signature_algorithm="EdDSA", digest_algorithms=())) == PASSED

    def test_a_digest_that_ended_since_counts_for_what_is_proven_older(self) -> None:
        ended = AlgorithmTable(digests=DEFAULT_POLICY.algorithms.digests | {"sha384": T0 + HOUR})
        policy = replace(DEFAULT_POLICY, algorithms=ended)
        bare = signature(SIGNER, digest_algorithms=("sha384",))
        proven = replace(bare, timestamps=(stamped(TSA, T0),))
        too_late = replace(bare, timestamps=(stamped(TSA, T0 + 2 * HOUR),))
        failure = indeterminate(SubIndication.CRYPTO_CONSTRAINTS_FAILURE_NO_POE)
        assert outcome(bare, policy=policy) == failure
        assert outcome(proven, policy=policy) == PASSED
        assert outcome(too_late, policy=policy) == failure

    def test_a_content_time_stamp_after_the_end_proves_the_worse(self) -> None:
        ended = AlgorithmTable(digests=DEFAULT_POLICY.algorithms.digests | {"sha384": T0})
        late = stamped(TSA, T0 + HOUR, kind=TimestampKind.CONTENT)
        found = signature(SIGNER, digest_algorithms=("sha384",), timestamps=(late,))
        policy = replace(DEFAULT_POLICY, algorithms=ended)
        assert outcome(found, policy=policy) == indeterminate(SubIndication.CRYPTO_CONSTRAINTS_FAILURE)

    def test_a_certificate_signed_weakly_fails_unless_it_is_proven_older(self) -> None:
        ended = AlgorithmTable(digests=DEFAULT_POLICY.algorithms.digests | {"sha384": T0 + HOUR})
        policy = replace(DEFAULT_POLICY, algorithms=ended)
        authority = ROOT.authority("CA cũ", digest=hashes.SHA384())
        signer = authority.issue("Nguyễn Văn An")
        crls = [CRL, authority.crl(AT - HOUR)]
        bare = signature(signer, certificates=(signer.der, authority.der))
        stamp = replace(bare, timestamps=(stamped(TSA, T0),))
        archived = replace(bare, timestamps=(stamped(TSA, T0, authority.der, kind=TimestampKind.ARCHIVE),))
        failure = indeterminate(SubIndication.CRYPTO_CONSTRAINTS_FAILURE_NO_POE)
        assert outcome(bare, policy=policy, crls=crls) == failure
        assert outcome(stamp, policy=policy, crls=crls) == failure, "the time-stamp says nothing of the authority"
        assert outcome(archived, policy=policy, crls=crls) == PASSED

    def test_a_signature_that_names_its_certificate_proves_how_old_that_is(self) -> None:
        ended = AlgorithmTable(digests=DEFAULT_POLICY.algorithms.digests | {"sha384": T0 + HOUR})
        policy = replace(DEFAULT_POLICY, algorithms=ended)
        weakly = ROOT.issue("Nguyễn Văn An", digest=hashes.SHA384())
        named = signature(weakly, timestamps=(stamped(TSA, T0),))
        failure = indeterminate(SubIndication.CRYPTO_CONSTRAINTS_FAILURE_NO_POE)
        assert outcome(named, policy=policy) == PASSED
        assert outcome(replace(named, timestamps=()), policy=policy) == failure
        assert outcome(replace(named, has_signing_certificate_attribute=False), policy=policy) == failure


class TestTimestamps:
    """Which time-stamps prove anything."""

    revoked = ROOT.crl(AT - HOUR, entries=[pki.Entry(SIGNER.serial, T0 + HOUR)])
    no_proof = indeterminate(SubIndication.REVOKED_NO_POE)

    def outcome(self, *stamps: Timestamp, **options: Any) -> tuple[Indication, SubIndication | None]:
        options.setdefault("crls", [self.revoked])
        return outcome(signature(SIGNER, timestamps=stamps), **options)

    def test_a_good_one_proves_that_the_signature_is_older_than_the_revocation(self) -> None:
        assert self.outcome() == self.no_proof
        assert self.outcome(stamped(TSA, T0)) == PASSED

    def test_the_moment_of_the_revocation_is_too_late(self) -> None:
        assert self.outcome(stamped(TSA, T0 + HOUR)) == self.no_proof
        assert self.outcome(stamped(TSA, T0 + HOUR - timedelta(seconds=1))) == PASSED

    def test_one_of_an_authority_that_is_not_trusted_proves_nothing(self) -> None:
        stranger = pki.root("Dấu thời gian lạ").issue("TSA", purposes=[TIME_STAMPING])
        assert self.outcome(stamped(TimestampUnit(stranger), T0)) == self.no_proof

    def test_one_of_an_authority_trusted_for_signatures_alone_proves_nothing(self) -> None:
        trust = TrustStore((Anchor(load(ROOT.der), purposes=frozenset({Purpose.SIGNATURE})),))
        assert self.outcome(stamped(TSA, T0), anchors=[], trust=trust) == self.no_proof

    def test_one_signed_by_a_citizen_proves_nothing(self) -> None:
        assert self.outcome(stamped(TimestampUnit(SIGNER), T0)) == self.no_proof

    @pytest.mark.parametrize("matches", [False, None])
    def test_one_over_other_data_proves_nothing(self, matches: bool | None) -> None:
        assert self.outcome(replace(stamped(TSA, T0), imprint_matches=matches)) == self.no_proof

    def test_one_that_was_changed_proves_nothing(self) -> None:
        stamp = stamped(TSA, T0)
        assert self.outcome(replace(stamp, token=stamp.token[:-1] + b"\0")) == self.no_proof

    def test_one_of_a_revoked_unit_proves_nothing(self) -> None:
        entries = [pki.Entry(SIGNER.serial, T0 + HOUR), pki.Entry(TSA.signer.serial, T0 + 2 * HOUR)]
        assert self.outcome(stamped(TSA, T0), crls=[ROOT.crl(AT - HOUR, entries=entries)]) == self.no_proof

    def test_one_of_a_time_outside_the_units_certificate_proves_nothing(self) -> None:
        young = ROOT.issue("TSA", purposes=[TIME_STAMPING], usages=("digital_signature",), life=(HOUR, YEAR))
        assert self.outcome(stamped(TimestampUnit(young), T0)) == self.no_proof

    def test_one_of_the_future_proves_nothing(self) -> None:
        found = verdict(signature(SIGNER, timestamps=(stamped(TSA, AT + HOUR),)))
        assert found.conclusion.passed
        assert not found.time_is_proven
        assert any("has not come" in warning for warning in found.warnings)

    def test_one_over_the_content_proves_nothing_of_the_signature(self) -> None:
        assert self.outcome(stamped(TSA, T0, kind=TimestampKind.CONTENT)) == self.no_proof

    def test_a_newer_one_keeps_an_older_one_alive(self) -> None:
        """The older one's unit has expired; revocation fell between the two, so only the older one saves the signature."""
        brief = ROOT.issue("TSA", purposes=[TIME_STAMPING], usages=("digital_signature",), life=(-DAY, 2 * HOUR))
        then = ROOT.crl(T0 + HOUR, entries=[pki.Entry(SIGNER.serial, T0 + HOUR / 2)])
        first = stamped(TimestampUnit(brief), T0)
        over_signature = stamped(TSA, T0 + 1.5 * HOUR, kind=TimestampKind.ARCHIVE)
        over_all = stamped(TSA, T0 + 1.5 * HOUR, first.token, brief.der, then, kind=TimestampKind.ARCHIVE)

        def judged_with(archive: Timestamp) -> tuple[Indication, SubIndication | None]:
            return outcome(signature(SIGNER, timestamps=(first, archive), crls=(then,)), crls=[self.revoked])

        assert judged_with(over_all) == PASSED
        assert judged_with(over_signature) == self.no_proof

    def test_a_content_time_stamp_is_as_old_as_the_signature_over_it(self) -> None:
        """Its unit has expired, but the signature that covers it is proven to be from before."""
        brief = ROOT.issue("TSA", purposes=[TIME_STAMPING], usages=("digital_signature",), life=(-DAY, 2 * HOUR))
        content = stamped(TimestampUnit(brief), T0, kind=TimestampKind.CONTENT)
        crls = [ROOT.crl(AT - HOUR, entries=[pki.Entry(SIGNER.serial, T0 - HOUR)]), ROOT.crl(T0 + HOUR)]
        proven = self.outcome(content, stamped(TSA, T0 + HOUR), crls=crls)
        assert proven == (Indication.TOTAL_FAILED, SubIndication.REVOKED)
        assert self.outcome(content, crls=crls) == self.no_proof

    def test_one_over_references_alone_proves_nothing_of_the_signature(self) -> None:
        stamp = Timestamp(TimestampKind.REFERENCES_ONLY, TSA.token(b"references", T0), True, frozenset({"00" * 32}))
        assert self.outcome(stamp) == self.no_proof

    def test_the_earliest_good_one_counts(self) -> None:
        found = verdict(signature(SIGNER, timestamps=(stamped(TSA, T0 + HOUR), stamped(TSA, T0))))
        assert found.best_signature_time == T0
        assert found.time_is_proven

    def test_a_content_time_stamp_after_the_signature_is_an_impossible_order(self) -> None:
        late = stamped(TSA, T0 + 2 * HOUR, kind=TimestampKind.CONTENT)
        found = outcome(signature(SIGNER, timestamps=(late, stamped(TSA, T0))))
        assert found == indeterminate(SubIndication.TIMESTAMP_ORDER_FAILURE)

    def test_a_rsa_unit_and_one_with_another_digest_count_as_well(self) -> None:
        options = {"purposes": [TIME_STAMPING], "usages": ("digital_signature",)}
        for kind, digest in (("rsa2048", "sha256"), ("p384", "sha512")):
            unit = TimestampUnit(ROOT.issue("TSA", kind=kind, **options), digest=digest)
            assert self.outcome(stamped(unit, T0)) == PASSED

    def test_a_delay_that_the_policy_sets_is_kept(self) -> None:
        policy = replace(DEFAULT_POLICY, timestamp_delay=timedelta(minutes=5))
        prompt, late = stamped(TSA, T0 + timedelta(minutes=1)), stamped(TSA, T0 + HOUR)
        failure = indeterminate(SubIndication.SIG_CONSTRAINTS_FAILURE)
        assert outcome(signature(SIGNER, timestamps=(prompt,)), policy=policy) == PASSED
        assert outcome(signature(SIGNER, timestamps=(late,)), policy=policy) == failure
        unclaimed = signature(SIGNER, timestamps=(prompt,), claimed_signing_time=None)
        assert outcome(unclaimed, policy=policy) == failure


def test_of_several_proofs_of_existence_the_earliest_counts() -> None:
    proofs = ProofsOfExistence(AT)
    assert proofs.earliest("a") == AT
    for moment in (T0 + HOUR, T0, T0 + 2 * HOUR, AT + DAY):
        proofs.add(["a"], moment)
    assert proofs.earliest("a") == T0
    assert proofs.latest_of(["a", "b"]) == proofs.latest_of([]) == AT


class TestModes:
    """Live asks now; long-term takes what was current then."""

    then = ROOT.crl(T0, T0 + 2 * HOUR)

    def test_long_term_takes_the_answer_of_then_and_live_does_not(self) -> None:
        trusted = TrustStore((Anchor(load(ROOT.der)), Anchor(load(TSA.signer.der))))
        found = signature(SIGNER, timestamps=(stamped(TSA, T0 + HOUR),), crls=(self.then,))
        live = replace(DEFAULT_POLICY, mode=Mode.LIVE)
        assert outcome(found, anchors=[], trust=trusted, crls=[]) == PASSED
        later = outcome(found, anchors=[], trust=trusted, crls=[], policy=live)
        assert later == indeterminate(SubIndication.TRY_LATER)
        assert outcome(found, anchors=[], trust=trusted, policy=live) == PASSED

    def test_a_policy_may_say_how_old_a_status_may_be(self) -> None:
        for hours, expected in ((2, PASSED), (0.5, indeterminate(SubIndication.TRY_LATER))):
            policy = replace(DEFAULT_POLICY, maximum_freshness=timedelta(hours=hours))
            assert outcome(policy=policy) == expected


class TestOwnStatusTable:
    """Our own authorities' table answers at once and never forgets."""

    def source(self, row: Row | None) -> StatusTableSource:
        return StatusTableSource(lambda issuer, serial: row if serial == SIGNER.serial else None, AT)

    @pytest.mark.parametrize(
        ("row", "expected"),
        [
            (Row(Status.GOOD), PASSED),
            (Row(Status.REVOKED, T0, "key_compromise"), indeterminate(SubIndication.REVOKED_NO_POE)),
            (Row(Status.REVOKED), indeterminate(SubIndication.REVOKED_NO_POE)),
            (Row(Status.ON_HOLD, T0), indeterminate(SubIndication.TRY_LATER)),
            (Row(Status.UNKNOWN), indeterminate(SubIndication.TRY_LATER)),
            (None, indeterminate(SubIndication.TRY_LATER)),
        ],
    )
    def test_its_word_decides(self, row: Row | None, expected: tuple[Indication, SubIndication | None]) -> None:
        assert outcome(crls=[], sources=[self.source(row)]) == expected

    def test_it_knows_certificates_that_have_expired(self) -> None:
        old = ROOT.issue("Hết hạn", life=(-YEAR, HOUR))
        source = StatusTableSource(lambda issuer, serial: Row(Status.GOOD), AT)
        found = signature(old, timestamps=(stamped(TSA, T0),))
        assert outcome(found, crls=[], sources=[source]) == PASSED
        assert outcome(signature(old), crls=[], sources=[source]) == indeterminate(
            SubIndication.OUT_OF_BOUNDS_NOT_REVOKED
        )


@pytest.mark.parametrize("oid", ["2.5.29.56", "0.4.0.194121.2.1"])
def test_a_short_lived_certificate_promises_that_it_needs_no_status(oid: str) -> None:
    promise = x509.UnrecognizedExtension(x509.ObjectIdentifier(oid), b"\x05\x00")
    brief = ROOT.issue("Hệ thống", extensions=[(promise, False)])
    found = verdict(signature(brief), crls=[])
    assert found.conclusion.passed
    assert found.certificate is not None
    assert found.certificate.findings[0].needs_none


def test_the_worst_signature_decides_for_the_document() -> None:
    good, broken = signature(SIGNER), signature(SIGNER, id="S-2", integrity=Integrity.SIGNATURE_BROKEN)
    other = pki.root().issue("Người lạ")
    unknown = signature(other, id="S-3")
    for found, expected in (
        ((good,), Indication.TOTAL_PASSED),
        ((good, unknown), Indication.INDETERMINATE),
        ((good, unknown, broken), Indication.TOTAL_FAILED),
        ((), None),
    ):
        assert _document(ParsedDocument("CAdES", found)).indication == expected


def test_content_that_no_signature_covers_keeps_a_document_from_passing() -> None:
    document = ParsedDocument("ASiC-E", (signature(SIGNER),), uncovered=("phụ lục.pdf",))
    found = _document(document)
    assert found.signatures[0].conclusion.passed
    assert found.conclusion is not None
    assert found.conclusion.sub_indication == SubIndication.SIG_CONSTRAINTS_FAILURE
    assert "phụ lục.pdf" in found.conclusion.message


def test_time_stamps_of_the_document_prove_for_its_signatures_but_are_none() -> None:
    stamp = stamped(TSA, T0, kind=TimestampKind.DOCUMENT)
    alone = _document(ParsedDocument("ASiC-S", (), timestamps=(stamp,)))
    assert alone.conclusion is None
    assert alone.timestamps[0].conclusion.passed
    both = _document(ParsedDocument("PAdES", (signature(SIGNER),), timestamps=(stamp,)))
    assert both.signatures[0].best_signature_time == T0


def test_a_parser_that_fails_ends_in_a_report_without_signatures() -> None:
    def broken(data: bytes, name: str, detached: object) -> ParsedDocument:
        raise RuntimeError("deep inside")

    found = facade.validate(b"junk", at=AT, now=AT, parse=broken)
    assert found.conclusion is None
    assert found.problems == ("the document could not be read",)


@pytest.mark.parametrize("at", [AT + DAY, AT.replace(tzinfo=None)])
def test_the_moment_of_judgement_has_a_zone_and_has_come(at: Any) -> None:
    with pytest.raises(facade.FutureTime):
        facade.validate(b"", at=at, now=AT, parse=Parser(ParsedDocument("CAdES")))


def test_what_is_worth_a_word_is_a_warning() -> None:
    found = verdict(
        signature(
            SIGNER,
            warnings=("from the parser",),
            has_signing_certificate_attribute=False,
            policy_id="1.2.3",
            evidence_records=2,
            claimed_signing_time=AT + DAY,
            scopes=(Scope("a", "PARTIAL"),),
        )
    )
    assert found.conclusion.passed
    assert len(found.warnings) == 5


def test_every_step_is_told_with_its_clause() -> None:
    found = verdict()
    assert [check.name for check in found.checks] == [
        "FORMAT",
        "SIGNING_CERTIFICATE",
        "CRYPTOGRAPHIC_VERIFICATION",
        "CERTIFICATE_CHAIN",
        "CERTIFICATE_PURPOSE",
        "TRUST_ANCHOR",
        "CERTIFICATE_STATUS",
        "CERTIFICATE_ALGORITHMS",
        "SIGNATURE_ALGORITHMS",
        "TIMESTAMP_ORDER",
        "TIMESTAMP_DELAY",
    ]
    assert all(check.status is CheckStatus.OK and check.clause for check in found.checks)


def _document(document: ParsedDocument) -> Any:
    return facade.validate(b"whatever", anchors=[ROOT.der], crls=[CRL], at=AT, now=AT, parse=Parser(document))
