"""Time-stamp validation (§5.4) and the proofs of existence that follow from it (§5.6.2.3).

Tokens are taken from the newest to the oldest, because a newer one can prove that an older one existed while its
authority's certificate was still good. A token that does not stand proves nothing and is left out.
"""

from collections.abc import Iterable
from datetime import datetime

from keys.validation import timestamps
from keys.validation.model import Indication, Integrity, SubIndication, Timestamp, TimestampKind
from keys.validation.pkix import MalformedCertificate, load
from keys.validation.process import certificate, constraints
from keys.validation.process.context import Context, digest_of
from keys.validation.timestamps import TimestampToken
from keys.validation.verdict import CertificateVerdict, Conclusion, TimestampVerdict, failed, indeterminate

_INTEGRITY = {
    Integrity.HASH_MISMATCH: (Indication.TOTAL_FAILED, SubIndication.HASH_FAILURE),
    Integrity.SIGNATURE_BROKEN: (Indication.TOTAL_FAILED, SubIndication.SIG_CRYPTO_FAILURE),
    Integrity.MALFORMED: (Indication.TOTAL_FAILED, SubIndication.FORMAT_FAILURE),
    Integrity.CONTENT_MISSING: (Indication.INDETERMINATE, SubIndication.SIGNED_DATA_NOT_FOUND),
    Integrity.NO_SIGNER: (Indication.INDETERMINATE, SubIndication.NO_SIGNING_CERTIFICATE_FOUND),
    Integrity.UNSUPPORTED: (Indication.INDETERMINATE, SubIndication.CRYPTO_CONSTRAINTS_FAILURE),
}


def integrity_conclusion(integrity: Integrity, problems: Iterable[str]) -> Conclusion | None:
    """What the parser's finding means for the verdict (§5.2.2, §5.2.3, §5.2.7); None where it is intact."""
    if integrity is Integrity.INTACT:
        return None
    return Conclusion(*_INTEGRITY[integrity], next(iter(problems), integrity.value))


def judge_all(
    found: Iterable[Timestamp], tokens: dict[bytes, TimestampToken], context: Context
) -> list[TimestampVerdict]:
    """Every time-stamp judged, newest first, each adding its proofs of existence before the next is judged."""
    judged = []
    for timestamp in sorted(found, key=lambda t: _age(t, tokens[t.token], context), reverse=True):
        verdict = judge(timestamp, tokens[timestamp.token], context)
        judged.append(verdict)
        if verdict.conclusion.passed and verdict.time is not None and timestamp.kind is not TimestampKind.CONTENT:
            context.proofs.add(timestamp.covers, verdict.time)
    return judged


def _age(timestamp: Timestamp, token: TimestampToken, context: Context) -> tuple[datetime, int]:
    """Of two tokens in the same second the one that covers more is taken first."""
    return token.generated or context.at, len(timestamp.covers)


def read_tokens(found: Iterable[Timestamp], certificates: tuple[bytes, ...]) -> dict[bytes, TimestampToken]:
    """Each distinct token read once; certificates of the document may complete what a token lacks."""
    return {token: timestamps.parse(token, certificates) for token in dict.fromkeys(t.token for t in found)}


def judge(timestamp: Timestamp, token: TimestampToken, context: Context) -> TimestampVerdict:
    """One token: its integrity, its imprint, its authority as of the time by which the token itself existed."""
    broken = integrity_conclusion(token.integrity, token.problems) or _imprint(timestamp) or _ahead(token, context)
    if broken is not None:
        return TimestampVerdict(timestamp, token, broken)
    try:
        authority = load(token.signer or b"")
    except MalformedCertificate as error:
        conclusion = indeterminate(SubIndication.NO_SIGNING_CERTIFICATE_FOUND, str(error))
        return TimestampVerdict(timestamp, token, conclusion)
    existed = context.proofs.earliest(digest_of(timestamp.token))
    use = certificate.Use(certificate.TIME_STAMP, existed, proven=existed < context.at)
    verdict = certificate.judge(authority, use, context)
    conclusion = verdict.conclusion
    if conclusion.passed:
        conclusion = constraints.conclude([constraints.of_token(token, authority, existed, context)])
    if conclusion.passed:
        conclusion = _within_life(token, verdict)
    return TimestampVerdict(timestamp, token, conclusion, verdict)


def _imprint(timestamp: Timestamp) -> Conclusion | None:
    if timestamp.imprint_matches is False:
        return failed(SubIndication.HASH_FAILURE, "the time-stamp is over other data")
    if timestamp.imprint_matches is None:
        return indeterminate(SubIndication.SIGNED_DATA_NOT_FOUND, "what the time-stamp is over cannot be computed")
    return None


def _ahead(token: TimestampToken, context: Context) -> Conclusion | None:
    if token.generated is None or token.generated > context.at + context.policy.skew:
        return indeterminate(SubIndication.TIMESTAMP_ORDER_FAILURE, "the time-stamp is of a time that has not come")
    return None


def _within_life(token: TimestampToken, verdict: CertificateVerdict) -> Conclusion:
    """An authority speaks for times at which its certificate was valid, whatever it writes into a token."""
    target = verdict.path.target if verdict.path else None
    if token.generated is None or target is None or not target.valid_at(token.generated):
        return indeterminate(SubIndication.OUT_OF_BOUNDS_NO_POE, "the time-stamp is of a time outside its certificate")
    return verdict.conclusion
