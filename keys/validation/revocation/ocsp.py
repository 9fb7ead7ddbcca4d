"""OCSP answers (RFC 6960) as a source of statements.

Owns the match of an answer to a certificate and the authority of who signed it: the issuer itself, a responder that
the issuer's own key has appointed, or one that the trust store names. Asking a responder is left to whoever may fetch.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime

from keys.validation import asn1, crypto, path
from keys.validation.algorithm_identifier import digest_name
from keys.validation.path import Path
from keys.validation.pkix import OCSP_SIGNING, Certificate
from keys.validation.revocation.ocsp_answer import (
    ARCHIVE_CUTOFF,
    CERT_HASH,
    Answer,
    MalformedAnswer,
    Single,
    key_digest,
)
from keys.validation.revocation.statement import BEGINNING, Question, Statement, Status


class OcspSource:
    """Statements from a set of OCSP answers. Those that cannot be read are left out; ``unreadable`` counts them."""

    def __init__(self, answers: Iterable[bytes] = ()) -> None:
        self.unreadable = 0
        self._answers: dict[str, Answer] = {}
        for der in answers:
            self.add(der)

    def add(self, der: bytes) -> None:
        """Add one answer: an OCSPResponse, or the BasicOCSPResponse alone as CAdES embeds it."""
        try:
            answer = Answer(der)
        except MalformedAnswer:
            self.unreadable += 1
            return
        self._answers.setdefault(answer.digest, answer)

    def statements(self, question: Question) -> Iterator[Statement]:
        """Every authentic statement about the certificate in question."""
        for answer in self._answers.values():
            singles = [single for single in answer.singles if _is_about(single, question)]
            if not singles or not answer.can_be_used:
                continue
            responder = _responder(answer, question)
            if responder is not None:
                yield from (_statement(single, answer, responder, question.certificate) for single in singles)


def _responder(answer: Answer, question: Question) -> Path | None:
    """Who signed the answer, if the certificate's issuer or our trust store gave them that right (§4.2.2.2)."""
    if answer.is_signed_by(question.issuer):
        return question.issuer_path
    for anchor in question.trust.responders():
        if answer.is_signed_by(anchor.certificate):
            return Path((), anchor)
    for certificate in dict.fromkeys((*answer.certificates, *question.pool)):
        if _is_appointed(certificate, question.issuer) and answer.is_signed_by(certificate):
            appointed = path.below(question.issuer_path, certificate)
            return appointed if appointed.fault is None else None
    return None


def _is_appointed(certificate: Certificate, issuer: Certificate) -> bool:
    """The purpose OCSPSigning, given by the very key that issued the certificate in question."""
    if OCSP_SIGNING not in (certificate.extended_key_usage or ()) or not certificate.may("digital_signature"):
        return False
    return bool(certificate.issuer_id == issuer.subject_id) and certificate.is_signed_by(issuer)


def _is_about(single: Single, question: Question) -> bool:
    """Whether the CertID is that of the certificate: issuer's name and key, and serial number (§4.1.1)."""
    if single.serial != question.certificate.serial:
        return False
    name = crypto.digest(single.digest, question.issuer.subject.dump())
    return single.issuer_name_hash == name and single.issuer_key_hash == key_digest(question.issuer, single.digest)


def _statement(single: Single, answer: Answer, responder: Path, certificate: Certificate) -> Statement:
    hash_fits = _certificate_hash_fits(single, certificate)
    trusted = single.can_be_used and hash_fits is not False
    return Statement(
        status=_status(single) if trusted else Status.UNKNOWN,
        kind="OCSP",
        this_update=single.this_update,
        next_update=single.next_update,
        revoked_at=single.revoked_at,
        reason=single.reason,
        knows_expired_since=BEGINNING if hash_fits else _archive_cutoff(single),
        signer=responder,
        evidence=(answer.digest,),
        algorithm=answer.algorithm.family if answer.algorithm else "",
        digest_algorithm=(answer.algorithm.digest or "") if answer.algorithm else "",
    )


def _status(single: Single) -> Status:
    if single.status == "revoked":
        return Status.ON_HOLD if single.reason == "certificate_hold" else Status.REVOKED
    return Status.GOOD if single.status == "good" else Status.UNKNOWN


def _certificate_hash_fits(single: Single, certificate: Certificate) -> bool | None:
    """Whether CertHash is the digest of the certificate; None where the answer carries none."""
    if CERT_HASH not in single.extensions:
        return None
    try:
        algorithm, digest = asn1.read(single.extensions[CERT_HASH]).members()
        return crypto.digest(digest_name(algorithm), certificate.der) == digest.octets
    except (ValueError, crypto.UnsupportedAlgorithm):
        return False


def _archive_cutoff(single: Single) -> datetime | None:
    try:
        return asn1.read(single.extensions[ARCHIVE_CUTOFF]).time if ARCHIVE_CUTOFF in single.extensions else None
    except ValueError:
        return None
