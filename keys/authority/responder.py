"""Answers questions about the status of certificates (OCSP, RFC 6960), from the status table and signed on demand.

A certificate is *good* only when the authority issued it; of any other serial number, and of other issuers, nothing is
known. A nonce comes back as it was sent (RFC 9654). The answer is signed by a short-lived key of its own; where the
statuses come from is the caller's affair.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA1, SHA256, SHA384, SHA512, Hash, HashAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509 import ocsp

from keys.authority.certificate import Authority
from keys.authority.reasons import FLAGS, Reason
from keys.authority.standing import Standing, Status

FRESH_FOR = {"public": 600, "government": 60}
"""Seconds for which an answer may be believed (``nextUpdate``), by hierarchy; the table itself is always asked."""
LONGEST = 4096
"""Octets of the longest question that is read."""
_DIGESTS = (SHA1, SHA256, SHA384, SHA512)


@dataclass(frozen=True)
class Responder:
    """What a web process needs to answer for one authority: its certificate, and a key made for answering alone."""

    authority: Authority
    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey


LookUp = Callable[[int], Standing | None]
"""Gives what the table says of a serial number, None for what the authority never issued."""


def answer(responder: Responder, question: bytes, look_up: LookUp, now: int) -> bytes:
    """Give the DER of the response; whatever the question is, there is one (RFC 6960 §2.3)."""
    if not 0 < len(question) <= LONGEST:
        return _refusal(ocsp.OCSPResponseStatus.MALFORMED_REQUEST)
    try:
        asked = ocsp.load_der_ocsp_request(question)
    except NotImplementedError:  # several questions at once: this responder answers one (RFC 5019 §2.1.1)
        return _refusal(ocsp.OCSPResponseStatus.UNAUTHORIZED)
    except (ValueError, TypeError):
        return _refusal(ocsp.OCSPResponseStatus.MALFORMED_REQUEST)
    try:
        nonce = _nonce(asked)
        digest = asked.hash_algorithm
        _check_serial(asked.serial_number)
    except (ValueError, TypeError, UnsupportedAlgorithm, x509.DuplicateExtension):
        return _refusal(ocsp.OCSPResponseStatus.MALFORMED_REQUEST)
    mine = _is_about(asked, digest, responder.authority)
    standing = look_up(asked.serial_number) if mine else None
    return _signed(responder, asked, digest, standing, nonce, now)


def _refusal(status: ocsp.OCSPResponseStatus) -> bytes:
    return ocsp.OCSPResponseBuilder.build_unsuccessful(status).public_bytes(Encoding.DER)


def _nonce(asked: ocsp.OCSPRequest) -> bytes | None:
    """Give the nonce of the question; one of no length or beyond 128 octets makes it malformed (RFC 9654 §2.1)."""
    for extension in asked.extensions:
        if isinstance(extension.value, x509.OCSPNonce):
            if not 1 <= len(extension.value.nonce) <= 128:
                raise ValueError("a nonce has 1 to 128 octets")
            return extension.value.nonce
        if extension.critical:
            raise ValueError("a critical extension that is not known here")
    return None


def _check_serial(serial: int) -> None:
    """A serial number is positive (RFC 5280 §4.1.2.2); an answer could not even name another."""
    if serial < 0:
        raise ValueError("a serial number is positive")


def _is_about(asked: ocsp.OCSPRequest, digest: HashAlgorithm, authority: Authority) -> bool:
    """Tell whether the question names this authority: the hash of its name, and of its key's bits (§4.1.1)."""
    if not isinstance(digest, _DIGESTS):
        return False
    key = authority.certificate.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    name = authority.certificate.subject.public_bytes()
    return asked.issuer_name_hash == _hash(digest, name) and asked.issuer_key_hash == _hash(digest, key)


def _hash(digest: HashAlgorithm, data: bytes) -> bytes:
    hashing = Hash(digest)
    hashing.update(data)
    return hashing.finalize()


def _signed(
    responder: Responder,
    asked: ocsp.OCSPRequest,
    digest: HashAlgorithm,
    standing: Standing | None,
    nonce: bytes | None,
    now: int,
) -> bytes:
    if not isinstance(digest, _DIGESTS):
        return _refusal(ocsp.OCSPResponseStatus.UNAUTHORIZED)
    revoked = standing is not None and standing.status is not Status.GOOD
    this_update = datetime.fromtimestamp(now, UTC)
    builder = ocsp.OCSPResponseBuilder().add_response_by_hash(
        asked.issuer_name_hash,
        asked.issuer_key_hash,
        asked.serial_number,
        digest,
        _status(standing),
        this_update,
        this_update + timedelta(seconds=FRESH_FOR[responder.authority.hierarchy]),
        datetime.fromtimestamp(int(standing.since or 0), UTC) if revoked and standing else None,
        FLAGS[standing.reason] if revoked and standing and standing.reason not in (None, Reason.UNSPECIFIED) else None,
    )
    builder = builder.responder_id(ocsp.OCSPResponderEncoding.HASH, responder.certificate)
    builder = builder.certificates([responder.certificate])
    if nonce is not None:
        builder = builder.add_extension(x509.OCSPNonce(nonce), critical=False)
    return builder.sign(responder.key, SHA256()).public_bytes(Encoding.DER)


def _status(standing: Standing | None) -> ocsp.OCSPCertStatus:
    if standing is None:
        return ocsp.OCSPCertStatus.UNKNOWN
    return ocsp.OCSPCertStatus.GOOD if standing.status is Status.GOOD else ocsp.OCSPCertStatus.REVOKED
