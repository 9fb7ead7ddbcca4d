"""One call from bytes to a verdict: parse in the sandbox, judge here.

Owns how the parts are put together, and that nothing a stranger sends leaves as an exception. Parsing is ``intake``,
deciding is ``process``; fetching revocation information is left to the caller, who hands in what is known.
"""

import logging
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from hashlib import sha256

from keys.validation.model import Content, ParsedDocument
from keys.validation.policy import DEFAULT_POLICY, Policy
from keys.validation.process import conclude, judge_document
from keys.validation.revocation import Crl, CrlSource, OcspSource, Source
from keys.validation.trust import TrustStore, from_certificates
from keys.validation.verdict import Verdict

Parser = Callable[[bytes, str, Sequence[Content]], ParsedDocument]
_log = logging.getLogger(__name__)


class FutureTime(ValueError):
    """The moment of judgement lies ahead of the clock, or has no time zone."""


def validate(
    document: bytes,
    *,
    name: str = "",
    contents: Sequence[Content] = (),
    trust: TrustStore | None = None,
    anchors: Iterable[bytes] = (),
    certificates: Iterable[bytes] = (),
    crls: Iterable[bytes | Crl] = (),
    ocsps: Iterable[bytes] = (),
    sources: Iterable[Source] = (),
    at: datetime | None = None,
    now: datetime | None = None,
    policy: Policy = DEFAULT_POLICY,
    parse: Parser | None = None,
) -> Verdict:
    """Whether ``document`` is really signed, as of ``at`` (default: now).

    :param contents: detached signed contents, or digests of them.
    :param trust: whom to trust; ``anchors`` (PEM or DER) are added in no hierarchy, trusted for everything.
    :param certificates: further untrusted certificates, DER.
    :param crls: CRLs, DER, or read before (a ``Crl`` that is kept is verified and indexed only once).
    :param sources: revocation sources that the caller keeps, such as the own status table.
    :param now: what the clock says; nothing dated later is believed.
    :param parse: how the bytes are read: ``sandbox.parse`` unless said otherwise, ``intake.parse`` where they are ours.

    Never raises for anything in the document. FutureTime if ``at`` is later than ``now`` or naive; TrustStoreError for
    anchors that are no certificates.
    """
    clock = now or datetime.now(UTC)
    moment = (at or clock).astimezone(UTC)
    if (at or clock).tzinfo is None or moment > clock:
        raise FutureTime("the moment of judgement needs a time zone and may not lie ahead")
    added = from_certificates(anchors)
    store = (trust or TrustStore()) | added if added.anchors else trust or TrustStore()
    parsed = _parsed(parse or _default_parser(), document, name, contents)
    known: tuple[Source, ...] = (CrlSource(crls), OcspSource(ocsps), *sources)
    try:
        signatures, timestamps = judge_document(
            parsed, trust=store, sources=known, certificates=certificates, at=moment, now=clock, policy=policy
        )
    except Exception:
        # Certificates and lists inside a document are a stranger's too: what they break must not become a 500.
        _log.exception("a document could not be judged")
        parsed = ParsedDocument(format=parsed.format, problems=("the signatures could not be judged",))
        signatures, timestamps = (), ()
    return Verdict(
        document_name=name,
        document_digest=sha256(document).hexdigest(),
        document_size=len(document),
        format=parsed.format,
        at=moment,
        policy=policy,
        trust_digest=store.digest,
        conclusion=conclude(signatures, timestamps, parsed),
        signatures=signatures,
        timestamps=timestamps,
        problems=parsed.problems or _nothing_to_judge(parsed),
        uncovered=parsed.uncovered,
        evidence_records=parsed.evidence_records + sum(s.evidence_records for s in parsed.signatures),
    )


def _parsed(parse: Parser, document: bytes, name: str, contents: Sequence[Content]) -> ParsedDocument:
    try:
        return parse(document, name, contents)
    except Exception:
        # The parsers answer for bad input themselves; what they overlook must still end in a report, never a 500.
        _log.exception("a parser failed")
        return ParsedDocument(format=None, problems=("the document could not be read",))


def _nothing_to_judge(parsed: ParsedDocument) -> tuple[str, ...]:
    """Name what a file holds in place of signatures (ETSI EN 319 162-1: containers of evidence alone are no signatures)."""
    if parsed.signatures:
        return ()
    if parsed.timestamps:
        return ("the document holds time-stamps and no signature",)
    if parsed.evidence_records:
        return ("the document holds evidence records, which are not judged, and no signature",)
    return ()


def _default_parser() -> Parser:
    """Documents are strangers' until somebody says otherwise, so they are read behind the wall."""
    from keys.validation import sandbox

    return sandbox.parse
