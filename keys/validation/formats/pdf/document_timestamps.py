"""Document time-stamps of a PDF: tokens over a whole revision (ISO 32000-2 §12.8.5, EN 319 142-1 §5.4.3).

Owns checking that a token is over the bytes its field names, and saying what stood in them: earlier signatures and
tokens, and the security store. A document time-stamp is never a signature.
"""

from keys.validation import asn1, crypto, timestamps
from keys.validation.asn1 import MalformedEncoding
from keys.validation.formats.cms.placed import covered_by_token, fingerprint, timestamps_of
from keys.validation.formats.pdf.security_store import SecurityStore
from keys.validation.formats.pdf.signature import Located
from keys.validation.model import Timestamp, TimestampKind
from keys.validation.signed_data import read_signed_data
from keys.validation.validation_data import ValidationData, of_signer


def document_timestamp(stamp: Located, others: list[Located], store: SecurityStore) -> Timestamp:
    """The time-stamp of one field; it proves nothing where the rules of its byte range are broken.

    What was changed later takes nothing from the proof that the stamped bytes existed.
    """
    value = _token(stamp.value)
    matches = _matches(stamp, value)
    covers: set[str] = set()
    if matches and stamp.range is not None and stamp.revision is not None:
        covers |= _fingerprints(store.until(stamp.revision))
        for other in others:
            if other.range is not None and other.range.end <= stamp.range.before:
                covers |= _covered_by(other)
    return Timestamp(TimestampKind.DOCUMENT, value, matches, frozenset(covers))


def _token(value: bytes) -> bytes:
    """The token without the zeros that pad its place."""
    try:
        return asn1.read(value, trailing=True).raw
    except MalformedEncoding:
        return value


def _matches(stamp: Located, value: bytes) -> bool:
    token = timestamps.parse(value)
    if stamp.problems or stamp.range is None or token.generated is None:
        return False
    try:
        return token.is_over(stamp.covered)
    except crypto.UnsupportedAlgorithm:
        return False


def _covered_by(other: Located) -> set[str]:
    """What exists with an earlier signature or time-stamp: its value, its certificates, its own tokens."""
    if other.is_time_stamp:
        value = _token(other.value)
        return covered_by_token(value, timestamps.parse(value))
    try:
        structure = read_signed_data(other.value, padded=True)
    except MalformedEncoding:
        return set()
    found = _fingerprints(ValidationData(structure.certificates, structure.crls, structure.ocsp_responses))
    for info in structure.signers:
        found |= {fingerprint(info.signature)} | _fingerprints(of_signer(info))
        stamps, tokens, _ = timestamps_of(info, structure, None, None)
        for stamp, (_, token) in zip(stamps, tokens, strict=True):
            found |= covered_by_token(stamp.token, token)
    return found


def _fingerprints(data: ValidationData) -> set[str]:
    return {fingerprint(value) for value in (*data.certificates, *data.crls, *data.ocsp_responses)}
