"""The conformance level that a PDF signature's structure reaches (ETSI EN 319 142-1 §6.3).

Owns naming, in the words of DSS and SiVa, of PAdES and of PKCS #7 signatures in PDF. What the value inside must have is
shared with CAdES; here stand the entries of the signature dictionary, the security store and document time-stamps.
"""

from keys.validation.formats.cms import names
from keys.validation.formats.cms.levels import Facts, binds_signer, is_baseline, is_complete
from keys.validation.formats.pdf.values import Value
from keys.validation.timestamps import TimestampToken

CADES = "ETSI.CAdES.detached"


def pdf_level(facts: Facts, dictionary: dict[str, Value], stamps: tuple[TimestampToken, ...], *, stored: bool) -> str:
    """For example ``PAdES_BASELINE_LT``, ``PAdES_BES``, ``PKCS7_T``, ``PDF_NOT_ETSI``.

    ``stamps`` are the document time-stamps over the signature; ``stored`` tells whether there is a security store.
    """
    sub_filter = str(dictionary.get("SubFilter") or "")
    if sub_filter == CADES and binds_signer(facts.info):
        if is_baseline(facts, signing_time=False) and _has_entries(facts, dictionary):
            return f"PAdES_BASELINE_{_reached(facts, stamps, stored)}"
        return "PAdES_EPES" if facts.info.signed(names.SIGNATURE_POLICY) else "PAdES_BES"
    if sub_filter.startswith("adbe.pkcs7."):
        return f"PKCS7_{_reached(facts, stamps, stored)}"
    return "PDF_NOT_ETSI"


def _has_entries(facts: Facts, dictionary: dict[str, Value]) -> bool:
    """The entries of the signature dictionary (§6.3, rows M, Filter, Reason with its requirements d and m)."""
    reason = dictionary.get("Reason")
    declared = facts.info.signed(names.COMMITMENT_TYPE) + facts.info.signed(names.SIGNATURE_POLICY)
    return bool(dictionary.get("M")) and bool(dictionary.get("Filter")) and not (reason and declared)


def _reached(facts: Facts, stamps: tuple[TimestampToken, ...], stored: bool) -> str:
    inner = [token for kind, token in facts.tokens if kind == names.SIGNATURE_TIMESTAMP]
    if not inner and not stamps:
        return "B"
    last = max(stamps, key=lambda token: token.generated.timestamp() if token.generated else 0.0, default=None)
    archived = last is not None and (bool(inner) or len(stamps) > 1)
    judged = tuple(("", token) for token in stamps if token is not last or not archived)
    complete = is_complete(Facts(facts.info, facts.structure, facts.signer, (), facts.tokens + judged, facts.data))
    if not stored or not complete:
        return "T"
    return "LTA" if archived else "LT"
