"""One JWS from its serialization to the facts about it: header, payload, value, signer, unsigned part.

RFC 7515 §5.2 and TS 119 182-1. Every broken rule is a finding and the gravest decides. Counter-signatures are analysed
with the signature whose value they must cover.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from keys.validation import crypto
from keys.validation.formats.binding import identify
from keys.validation.formats.contents import Contents
from keys.validation.formats.evidence import Evidence, TooMuch
from keys.validation.formats.findings import Findings
from keys.validation.formats.jws import header as headers
from keys.validation.formats.jws import payload as payloads
from keys.validation.formats.jws import unsigned
from keys.validation.formats.jws.header import Header, Refused
from keys.validation.formats.jws.payload import Payload
from keys.validation.formats.jws.serialization import MalformedJws, Serialized, base64url, read_value
from keys.validation.formats.jws.unsigned import Component
from keys.validation.model import Content, Integrity

MAX_NESTING = 10
"""How deep counter-signatures may sign one another."""


@dataclass
class Analysis:
    """What was found of one signature."""

    serialized: Serialized
    findings: Findings = field(default_factory=Findings)
    evidence: Evidence = field(default_factory=Evidence)
    header: Header | None = None
    payload: Payload = field(default_factory=lambda: Payload(None))
    value: bytes = b""
    signer: bytes | None = None
    components: tuple[Component, ...] = ()
    contents: Contents = field(default_factory=lambda: Contents(()))
    counters: list["Analysis"] = field(default_factory=list)
    evidence_records: int = 0


def analyse(serialized: Serialized, contents: Sequence[Content], depth: int = 0) -> Analysis:
    """Everything about one signature and those that counter-sign it. Never raises for what stands in the document."""
    analysis = Analysis(serialized)
    findings = analysis.findings
    for name in serialized.unknown:
        findings.warn(f"the member {name!r} means nothing in a JWS")
    steps = (_open, lambda it: _payload(it, contents), _unsigned, _sign, lambda it: _counters(it, depth))
    for step in steps:
        try:
            step(analysis)
        except Refused as refused:
            findings.add(refused.integrity, refused.sentence)
        except (MalformedJws, TooMuch) as error:
            findings.add(Integrity.MALFORMED, str(error))
        except crypto.UnsupportedAlgorithm as error:
            findings.add(Integrity.UNSUPPORTED, f"the signature uses {error}")
    return analysis


def _open(analysis: Analysis) -> None:
    analysis.value = base64url(analysis.serialized.signature)
    analysis.header = headers.read(analysis.serialized.protected, analysis.serialized.header, analysis.findings)


def _payload(analysis: Analysis, contents: Sequence[Content]) -> None:
    if analysis.header is not None:
        analysis.contents = Contents(contents)
        found = payloads.read(analysis.serialized, analysis.header, analysis.contents, analysis.findings)
        analysis.payload = found


def _unsigned(analysis: Analysis) -> None:
    if analysis.header is None:
        return
    for certificate in analysis.header.certificates:
        analysis.evidence.certificates[certificate] = None
    analysis.components = unsigned.components(analysis.serialized.header, analysis.findings)
    data = analysis.payload.stamped
    unsigned.content_timestamps(analysis.header.parameters, data, analysis.evidence, analysis.findings)
    signed = unsigned.Signed(
        analysis.serialized.protected,
        analysis.serialized.signature,
        analysis.value,
        data,
        analysis.components,
        [(each.algorithm, each.digest) for each in analysis.header.references],
    )
    unsigned.collect(signed, analysis.evidence, analysis.findings)


def _sign(analysis: Analysis) -> None:
    header, octets = analysis.header, analysis.payload.octets
    if header is None or octets is None:
        return
    signing_input = analysis.serialized.protected.encode() + b"." + octets
    algorithm = header.algorithm
    analysis.signer = identify(
        header.references,
        analysis.evidence.certificates,
        lambda key: crypto.verify(key, algorithm, analysis.value, signing_input),
        analysis.findings,
    )
    if analysis.signer and header.certificates and analysis.signer != header.certificates[0]:
        analysis.findings.warn("the signing certificate is not the first in 'x5c' (RFC 7515 §4.1.6)")


def _counters(analysis: Analysis, depth: int) -> None:
    """``cSig`` (TS 119 182-1 clause 5.3.2): its content is the signature value that it stands with, and nothing else."""
    for component in analysis.components:
        if component.name != "cSig":
            continue
        if depth >= MAX_NESTING:
            raise Refused(Integrity.MALFORMED, "counter-signatures nest deeper than any honest ones")
        counter = analyse(read_value(component.value), [Content("signature", analysis.value)], depth + 1)
        _bind(counter, analysis)
        analysis.counters.append(counter)


def _bind(counter: Analysis, analysis: Analysis) -> None:
    written = counter.serialized.payload
    if written is None:
        return
    encoded = counter.header is None or counter.header.encoded
    try:
        content = base64url(written) if encoded else written.encode()
    except MalformedJws:
        content = b""
    if content != analysis.value:
        sentence = "the counter-signature does not cover the value of the signature it stands with"
        counter.findings.add(Integrity.HASH_MISMATCH, sentence)
