"""From the bytes of a JWS document to its signatures in the shape that all formats share."""

from collections.abc import Sequence

from keys.validation.formats.jws import header
from keys.validation.formats.jws.serialization import MalformedJws, read
from keys.validation.formats.jws.signature import Analysis, analyse
from keys.validation.model import Content, ParsedDocument, SignatureObject


def parse(data: bytes, detached: Sequence[Content] = ()) -> ParsedDocument:
    """The signatures of a JWS or JAdES document. Never raises for anything that ``data`` holds."""
    try:
        serialized = read(data)
    except MalformedJws as error:
        return ParsedDocument("JWS", problems=(str(error),))
    analyses = [analyse(each, detached) for each in serialized]
    signatures = tuple(
        shaped
        for position, analysis in enumerate(analyses, start=1)
        for shaped in _shape(analysis, f"signature-{position}", None)
    )
    is_jades = any(each.format == "JAdES" for each in signatures)
    used = {name for analysis in analyses for name in analysis.contents.used}
    uncovered = tuple(each.name for each in detached if each.name not in used)
    return ParsedDocument("JAdES" if is_jades else "JWS", signatures, uncovered=uncovered)


def _shape(analysis: Analysis, identifier: str, parent: str | None) -> list[SignatureObject]:
    """The signature and, after it, those that counter-sign it."""
    found, evidence = analysis.header, analysis.evidence
    parameters = found.parameters if found else {}
    claimed = header.signing_time(parameters, analysis.findings)
    one = SignatureObject(
        id=identifier,
        format="JAdES" if analysis.components or (found and found.is_jades) else "JWS",
        container=None,
        integrity=analysis.findings.integrity,
        problems=analysis.findings.problems,
        warnings=tuple(analysis.findings.warnings),
        signature_value=analysis.value,
        signature_algorithm=found.algorithm.family if found else "",
        digest_algorithms=_digests(analysis),
        signer=analysis.signer,
        certificates=tuple(evidence.certificates),
        crls=tuple(evidence.crls),
        ocsp_responses=tuple(evidence.ocsp_responses),
        timestamps=tuple(evidence.timestamps),
        claimed_signing_time=claimed,
        has_signing_certificate_attribute=bool(found and found.has_signing_certificate),
        policy_id=header.policy(parameters),
        commitment_types=header.commitments(parameters),
        signer_roles=header.roles(parameters),
        evidence_records=analysis.evidence_records,
        scopes=analysis.payload.scopes,
        counter_signature_of=parent,
    )
    counters = (
        shaped
        for position, counter in enumerate(analysis.counters, start=1)
        for shaped in _shape(counter, f"{identifier}-{position}", identifier)
    )
    return [one, *counters]


def _digests(analysis: Analysis) -> tuple[str, ...]:
    if analysis.header is None:
        return ()
    found = (analysis.header.algorithm.digest, *analysis.payload.digests)
    named = (each.algorithm for each in analysis.header.references if analysis.header.has_signing_certificate)
    return tuple(dict.fromkeys(each for each in (*found, *named) if each))
