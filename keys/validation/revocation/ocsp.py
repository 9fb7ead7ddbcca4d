"""OCSP answers (RFC 6960) as a source of statements.

Owns the match of an answer to a certificate and the authority of who signed it: the issuer itself, a responder that
the issuer's own key has appointed, or one that the trust store names. Asking a responder is left to whoever may fetch.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC
from hashlib import new as new_digest
from hashlib import sha256
from typing import Any

from asn1crypto import ocsp

from keys.validation import asn1, crypto, path
from keys.validation.algorithm_identifier import digest_name
from keys.validation.algorithms import SignatureAlgorithm
from keys.validation.path import Path
from keys.validation.pkix import OCSP_SIGNING, Certificate, algorithm_of, readable, signature_holds
from keys.validation.revocation.statement import BEGINNING, Question, Statement, Status

_CERT_HASH = "1.3.36.8.3.13"
"""CertHash (Common PKI part 4 §3.1.2): the responder shows that it knows the very certificate."""
_ARCHIVE_CUTOFF = "1.3.6.1.5.5.7.48.1.6"
_KNOWN_EXTENSIONS = frozenset({_CERT_HASH, _ARCHIVE_CUTOFF, "1.3.6.1.5.5.7.48.1.2", "1.3.6.1.5.5.7.48.1.9"})


class MalformedAnswer(ValueError):
    """The bytes are no successful OCSP answer that can be read."""


class Answer:
    """One basic OCSP response. MalformedAnswer if it is none, or says only that something went wrong."""

    def __init__(self, der: bytes) -> None:
        self.digest = sha256(der).hexdigest()
        try:
            self.basic = _basic(der)
            data = self.basic["tbs_response_data"]
            self.singles: list[Any] = list(data["responses"])
            self.produced_at = data["produced_at"].native
            self._responder = data["responder_id"]
            self.certificates = readable(c.dump() for c in self.basic["certs"] or ())
            self._signed = data.dump(), self.basic["signature"].native, self.basic["signature_algorithm"].dump()
            extensions = list(data["response_extensions"] or ()) if data["response_extensions"].native else []
            self.can_be_used = _no_unknown_critical(extensions)
            _ = data.native
        except (ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError) as error:
            raise MalformedAnswer(str(error)) from error

    @property
    def algorithm(self) -> SignatureAlgorithm | None:
        """How it is signed, None where that is unknown."""
        return algorithm_of(self._signed[2])

    def is_signed_by(self, certificate: Certificate) -> bool:
        """Whether the answer names the certificate as its responder and the key made its signature."""
        data, signature, algorithm = self._signed
        return self._names(certificate) and signature_holds(signature, data, algorithm, certificate.spki)

    def _names(self, certificate: Certificate) -> bool:
        chosen = self._responder.chosen
        if self._responder.name == "by_name":
            return bool(chosen.hashable == certificate.subject_id)
        # RFC 6960 §4.2.1: the key hash of a responder is always SHA-1, a name and no proof.
        return bool(chosen.native == _key_digest(certificate, "sha1"))


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


def _is_about(single: Any, question: Question) -> bool:
    """Whether the CertID is that of the certificate: issuer's name and key, and serial number (§4.1.1)."""
    asked = single["cert_id"]
    algorithm = asked["hash_algorithm"]["algorithm"].native
    if asked["serial_number"].native != question.certificate.serial:
        return False
    try:
        name = new_digest(algorithm, question.issuer.subject.dump(), usedforsecurity=False).digest()
        key = _key_digest(question.issuer, algorithm)
    except (ValueError, TypeError):
        return False
    return bool(asked["issuer_name_hash"].native == name and asked["issuer_key_hash"].native == key)


def _key_digest(certificate: Certificate, algorithm: str) -> bytes:
    bits = certificate.asn1.public_key["public_key"].contents[1:]
    return new_digest(algorithm, bits, usedforsecurity=False).digest()


def _statement(single: Any, answer: Answer, responder: Path, certificate: Certificate) -> Statement:
    choice = single["cert_status"]
    extensions = list(single["single_extensions"] or ()) if single["single_extensions"].native else []
    revoked = choice.chosen if choice.name == "revoked" else None
    reason = revoked["revocation_reason"].native if revoked is not None else None
    hash_fits = _certificate_hash_fits(extensions, certificate)
    trusted = _no_unknown_critical(extensions) and hash_fits is not False
    return Statement(
        status=_status(choice.name, reason) if trusted else Status.UNKNOWN,
        kind="OCSP",
        this_update=single["this_update"].native,
        next_update=single["next_update"].native,
        revoked_at=revoked["revocation_time"].native if revoked is not None else None,
        reason=reason,
        knows_expired_since=BEGINNING if hash_fits else _archive_cutoff(extensions),
        signer=responder,
        evidence=(answer.digest,),
        algorithm=answer.algorithm.family if answer.algorithm else "",
        digest_algorithm=(answer.algorithm.digest or "") if answer.algorithm else "",
    )


def _status(name: str, reason: str | None) -> Status:
    if name == "revoked":
        return Status.ON_HOLD if reason == "certificate_hold" else Status.REVOKED
    return Status.GOOD if name == "good" else Status.UNKNOWN


def _certificate_hash_fits(extensions: list[Any], certificate: Certificate) -> bool | None:
    """Whether CertHash is the digest of the certificate; None where the answer carries none."""
    for extension in extensions:
        if extension["extn_id"].dotted == _CERT_HASH:
            try:
                algorithm, digest = asn1.read(extension["extn_value"].contents).members()
                return crypto.digest(digest_name(algorithm), certificate.der) == digest.octets
            except (ValueError, crypto.UnsupportedAlgorithm):
                return False
    return None


def _archive_cutoff(extensions: list[Any]) -> Any:
    for extension in extensions:
        if extension["extn_id"].dotted == _ARCHIVE_CUTOFF:
            return extension["extn_value"].parsed.native.astimezone(UTC)
    return None


def _no_unknown_critical(extensions: list[Any]) -> bool:
    return not any(e["critical"].native and e["extn_id"].dotted not in _KNOWN_EXTENSIONS for e in extensions)


def _basic(der: bytes) -> Any:
    try:
        response = ocsp.OCSPResponse.load(der, strict=True)
        if response["response_status"].native == "successful":
            return response.basic_ocsp_response
    except (ValueError, TypeError):
        basic = ocsp.BasicOCSPResponse.load(der, strict=True)
        _ = basic["tbs_response_data"].native
        return basic
    raise ValueError(f"the responder says {response['response_status'].native}")
