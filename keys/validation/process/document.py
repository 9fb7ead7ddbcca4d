"""The whole document: time-stamps first, then each signature, then the worst of all (§5.1.3)."""

from collections.abc import Iterable
from datetime import datetime

from keys.validation.model import ParsedDocument, SubIndication, Timestamp
from keys.validation.pkix import readable
from keys.validation.policy import Policy
from keys.validation.process import timestamp
from keys.validation.process.context import Context, ProofsOfExistence
from keys.validation.process.signature import judge_signature
from keys.validation.revocation import CrlSource, OcspSource, Source
from keys.validation.timestamps import TimestampToken
from keys.validation.trust import TrustStore
from keys.validation.verdict import Conclusion, SignatureVerdict, TimestampVerdict, indeterminate, worst


def judge_document(
    document: ParsedDocument,
    *,
    trust: TrustStore,
    sources: Iterable[Source],
    certificates: Iterable[bytes],
    at: datetime,
    now: datetime,
    policy: Policy,
) -> tuple[tuple[SignatureVerdict, ...], tuple[TimestampVerdict, ...]]:
    """Every signature and every time-stamp of the whole document, judged as of ``at``."""
    stamps = (*(t for s in document.signatures for t in s.timestamps), *document.timestamps)
    pool = tuple(dict.fromkeys(c for s in document.signatures for c in s.certificates))
    tokens = timestamp.read_tokens(stamps, pool)
    brought = (*pool, *(c for token in tokens.values() for c in token.certificates), *certificates)
    signers = (s.signer for s in document.signatures if s.signer is not None)
    context = Context(
        at=at,
        now=now,
        policy=policy,
        trust=trust,
        pool=readable((*brought, *signers)),
        sources=(*_embedded(document, tokens), *sources),
        proofs=ProofsOfExistence(at),
    )
    judged = _by_stamp(timestamp.judge_all(dict.fromkeys(stamps), tokens, context))
    signatures = tuple(judge_signature(s, [judged[t] for t in s.timestamps], context) for s in document.signatures)
    return signatures, tuple(judged[t] for t in document.timestamps)


def conclude(
    signatures: Iterable[SignatureVerdict], timestamps: Iterable[TimestampVerdict], document: ParsedDocument
) -> Conclusion | None:
    """The worst of all signatures; content that none of them covers keeps a document from passing.

    A document that holds time-stamps alone has no signature: None.
    """
    conclusion = worst(s.conclusion for s in signatures)
    if conclusion is not None and conclusion.passed and document.uncovered:
        names = ", ".join(document.uncovered[:5])
        return indeterminate(SubIndication.SIG_CONSTRAINTS_FAILURE, f"no signature covers: {names}")
    return conclusion


def _embedded(document: ParsedDocument, tokens: dict[bytes, TimestampToken]) -> tuple[Source, Source]:
    crls = [c for s in document.signatures for c in s.crls] + [c for t in tokens.values() for c in t.crls]
    answers = [o for s in document.signatures for o in s.ocsp_responses]
    answers += [o for t in tokens.values() for o in t.ocsp_responses]
    return CrlSource(dict.fromkeys(crls)), OcspSource(dict.fromkeys(answers))


def _by_stamp(judged: Iterable[TimestampVerdict]) -> dict[Timestamp, TimestampVerdict]:
    return {verdict.timestamp: verdict for verdict in judged}
