"""Which certificate signed: named by digest, proved by its key, and never guessed (EN 319 102-1 §5.2.3)."""

from collections.abc import Callable
from hashlib import sha256

import pytest

from keys.validation import crypto
from keys.validation.formats.binding import MAX_CANDIDATES, identify
from keys.validation.formats.evidence import Evidence
from keys.validation.formats.findings import Findings
from keys.validation.model import Integrity, TimestampKind
from keys.validation.signer import CertificateReference
from tests.keys.validation.making import cms
from tests.keys.validation.making.people import Person, authority, make, person, stranger


def reference(whom: Person, *, serial: int | None = None, issuer: bytes | None = None) -> CertificateReference:
    return CertificateReference("sha256", sha256(whom.certificate).digest(), issuer, serial)


def key_of(whom: Person) -> Callable[[crypto.PublicKey], bool]:
    """The test that a value made by this person passes."""
    return lambda key: key.public_numbers() == whom.key.public_key().public_numbers()  # type: ignore[union-attr]


def never(_: crypto.PublicKey) -> bool:
    return False


def unsupported(_: crypto.PublicKey) -> bool:
    raise crypto.UnsupportedAlgorithm("digest md2")


def test_the_named_certificate_whose_key_verifies_is_the_signer() -> None:
    findings = Findings()
    several = [stranger().certificate, person().certificate]
    named = [reference(person()), reference(stranger())]
    assert identify(named, several, key_of(person()), findings) == person().certificate
    assert findings.integrity is Integrity.INTACT


def test_of_two_named_certificates_with_one_key_the_first_named_is_the_signer() -> None:
    double = make("Người khác", person().key, issuer=authority())
    several = [double.certificate, person().certificate]
    assert (
        identify([reference(person()), reference(double)], several, key_of(person()), Findings())
        == person().certificate
    )


def test_without_names_the_key_alone_tells() -> None:
    findings = Findings()
    several = [stranger().certificate, person().certificate]
    assert identify((), several, key_of(person()), findings) == person().certificate
    assert identify((), several, never, findings) == stranger().certificate
    assert findings.integrity is Integrity.SIGNATURE_BROKEN


@pytest.mark.parametrize("candidates", [[], [b"khong phai chung thu"]])
def test_without_certificates_nobody_signed(candidates: list[bytes]) -> None:
    findings = Findings()
    assert identify([reference(person())], candidates, never, findings) is None
    assert findings.integrity is Integrity.NO_SIGNER


def test_a_certificate_that_is_not_named_is_not_the_signer_though_its_key_verifies() -> None:
    findings = Findings()
    double = make("Kẻ Gian", person().key, issuer=authority())
    assert identify([reference(person())], [double.certificate], key_of(person()), findings) is None
    assert findings.integrity is Integrity.NO_SIGNER


def test_names_that_disagree_with_their_digest_are_remarked() -> None:
    for odd in (reference(person(), serial=1), reference(person(), serial=None, issuer=b"0\x00")):
        findings = Findings()
        assert identify([odd], [person().certificate], key_of(person()), findings) == person().certificate
        assert len(findings.warnings) == 1
    findings = Findings()
    right = reference(person(), serial=person().x509.serial_number, issuer=person().x509.issuer.public_bytes())
    assert identify([right], [person().certificate], key_of(person()), findings) == person().certificate
    assert findings.warnings == []


def test_what_cannot_be_computed_is_neither_broken_nor_whole() -> None:
    findings = Findings()
    assert identify((), [person().certificate], unsupported, findings) == person().certificate
    assert findings.integrity is Integrity.UNSUPPORTED
    findings = Findings()
    odd = CertificateReference("md2", b"", None, None)
    assert identify([odd], [person().certificate], unsupported, findings) is None
    assert findings.integrity is Integrity.UNSUPPORTED


def test_a_bare_key_that_cannot_be_tried_proves_nothing() -> None:
    findings = Findings()
    bare = crypto.public_key(person().spki)
    assert identify((), [], unsupported, findings, bare) is None
    assert findings.integrity is Integrity.NO_SIGNER


def test_no_more_candidates_are_tried_than_any_honest_signature_carries() -> None:
    tried = []

    def verifies(key: crypto.PublicKey) -> bool:
        tried.append(key)
        return False

    made = [
        make(f"Người {number}", person().key, issuer=authority()).certificate for number in range(MAX_CANDIDATES + 5)
    ]
    identify((), made, verifies, Findings())
    assert len(tried) == MAX_CANDIDATES


def test_the_gravest_finding_decides_and_its_sentence_comes_first() -> None:
    findings = Findings()
    for integrity, sentence in (
        (Integrity.NO_SIGNER, "ai?"),
        (Integrity.HASH_MISMATCH, "đổi"),
        (Integrity.CONTENT_MISSING, "thiếu"),
        (Integrity.HASH_MISMATCH, "đổi"),
    ):
        findings.add(integrity, sentence)
    assert (findings.integrity, findings.problems) == (Integrity.HASH_MISMATCH, ("đổi", "thiếu", "ai?"))


def test_both_dresses_of_an_ocsp_answer_are_kept_as_one() -> None:
    evidence = Evidence()
    whole = b"0\x03\x0a\x01\x00"
    for der in (whole, whole, b"0\x06\x30\x04\x30\x02\x05\x00", b"khong phai DER"):
        evidence.add_ocsp(der)
    assert next(iter(evidence.ocsp_responses)) == whole
    assert len(evidence.ocsp_responses) == 3
    assert list(evidence.ocsp_responses)[1] != b"0\x06\x30\x04\x30\x02\x05\x00"


def test_values_are_found_by_any_digest_that_can_be_computed() -> None:
    evidence = Evidence(certificates={person().certificate: None}, crls={b"crl": None})
    digests = [("sha256", sha256(b"crl").digest()), ("md2", b"x")]
    assert evidence.with_digests(digests) == {sha256(b"crl").hexdigest()}


def test_a_stamp_whose_digest_cannot_be_computed_is_not_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    evidence = Evidence()
    monkeypatch.setattr(crypto, "digest", lambda name, data: unsupported(crypto.public_key(person().spki)))
    evidence.add_timestamp(TimestampKind.SIGNATURE, cms.token(b"x"), lambda: (b"x",), ())
    assert evidence.timestamps[0].imprint_matches in {None, False}
