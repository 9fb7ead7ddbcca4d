"""Format and level of a signature by what it carries (ETSI EN 319 122, 132, 142, 182: baseline B, T, LT, LTA).

A statement about structure: a level says nothing of validity. Names are those of DSS and SiVa.
"""

from keys.validation.model import SignatureObject, TimestampKind

_NOT_ETSI = {"XMLDSig": "XML_NOT_ETSI", "CMS": "CMS_NOT_ETSI", "JWS": "JSON_NOT_ETSI"}
_SIGNATURE_PROOFS = {
    TimestampKind.SIGNATURE,
    TimestampKind.SIGNATURE_AND_REFERENCES,
    TimestampKind.DOCUMENT,
    TimestampKind.ARCHIVE,
}


def level_of(signature: SignatureObject) -> str:
    """For example ``PAdES_BASELINE_LT``, ``PKCS7_T``, ``XML_NOT_ETSI``."""
    if signature.level:
        return signature.level
    if signature.format in _NOT_ETSI:
        return _NOT_ETSI[signature.format]
    prefix = "PKCS7" if signature.format == "PKCS7" else f"{signature.format}_BASELINE"
    return f"{prefix}_{_reached(signature)}"


def _reached(signature: SignatureObject) -> str:
    kinds = {timestamp.kind for timestamp in signature.timestamps}
    if not kinds & _SIGNATURE_PROOFS:
        return "B"
    if not (signature.crls or signature.ocsp_responses):
        return "T"
    return "LTA" if _is_archived(signature) else "LT"


def _is_archived(signature: SignatureObject) -> bool:
    """A time-stamp over evidence: an archive one by its kind, a document one by coming after another proof."""
    if any(timestamp.kind is TimestampKind.ARCHIVE for timestamp in signature.timestamps):
        return True
    documents = [t for t in signature.timestamps if t.kind is TimestampKind.DOCUMENT]
    return bool(documents) and len(signature.timestamps) > 1
