"""From the bytes of an XML document to its signatures.

Owns the order of the steps: read, analyse each ds:Signature, look at the document as a whole, put the result into the
shape that all formats share.
"""

from collections.abc import Sequence

from lxml import etree

from keys.validation.formats.xml import names
from keys.validation.formats.xml.coverage import Coverage, scopes
from keys.validation.formats.xml.document import Document, MalformedDocument, identifier, local_name, namespace
from keys.validation.formats.xml.signature import Analysis, analyse
from keys.validation.model import Content, ParsedDocument, SignatureObject

MAX_SIGNATURES = 200
"""Signatures in one document."""


def parse(
    data: bytes, detached: Sequence[Content] = (), *, container: str | None = None, prefix: str = ""
) -> ParsedDocument:
    """The signatures of an XML document. Never raises for anything that ``data`` holds.

    In a ``container`` (``ASiC-E``, ``ASiC-S``) detached contents are its entries and go by name only; ``prefix`` makes
    the ids of several signature files differ.
    """
    try:
        document = Document(data)
    except MalformedDocument as error:
        return ParsedDocument("XML", problems=(str(error),))
    elements = [each for each in document.all(names.SIGNATURE) if not _is_property(each)]
    if len(elements) > MAX_SIGNATURES:
        return ParsedDocument("XML", problems=(f"more than {MAX_SIGNATURES} signatures",))
    analyses = [analyse(document, each, detached, in_container=container is not None) for each in elements]
    coverage = Coverage(document, analyses)
    for analysis in analyses:
        coverage.refuse_impostors(analysis)
    signatures = _Shaper(analyses, container, prefix).all()
    return ParsedDocument(
        "XAdES" if any(each.format == "XAdES" for each in signatures) else "XMLDSig" if signatures else "XML",
        signatures,
        uncovered=coverage.uncovered() if signatures and container is None else (),
    )


def _is_property(signature: etree._Element) -> bool:
    """Whether a signature is part of another's properties: of a role's assertion or an XML time-stamp, say.

    Only a counter-signature speaks for itself there (EN 319 132-1 clause 5.2.7.2).
    """
    parent = signature.getparent()
    if parent is None or local_name(parent) == "CounterSignature":
        return False
    return any(
        local_name(each) == "QualifyingProperties" and namespace(each) in names.XADES
        for each in signature.iterancestors(etree.Element)
    )


class _Shaper:
    """Puts analyses into the shape that all formats share."""

    def __init__(self, analyses: list[Analysis], container: str | None, prefix: str) -> None:
        self._analyses, self._container, self._prefix = analyses, container, prefix
        self._ids: dict[etree._Element, str] = {}
        for position, analysis in enumerate(analyses, start=1):
            wanted = prefix + (identifier(analysis.element) or f"signature-{position}")
            taken = wanted in self._ids.values()
            self._ids[analysis.element] = f"{wanted}-{position}" if taken else wanted

    def all(self) -> tuple[SignatureObject, ...]:
        """Every signature, in document order."""
        return tuple(map(self._one, self._analyses))

    def _one(self, analysis: Analysis) -> SignatureObject:
        said, evidence = analysis.properties, analysis.evidence
        return SignatureObject(
            id=self._ids[analysis.element],
            format="XAdES" if said is not None else "XMLDSig",
            container=self._container,
            integrity=analysis.findings.integrity,
            problems=analysis.findings.problems,
            warnings=tuple(analysis.findings.warnings),
            signature_value=analysis.value,
            signature_algorithm=analysis.algorithm.family if analysis.algorithm else "",
            digest_algorithms=_digests(analysis),
            signer=analysis.signer,
            certificates=tuple(evidence.certificates),
            crls=tuple(evidence.crls),
            ocsp_responses=tuple(evidence.ocsp_responses),
            timestamps=tuple(evidence.timestamps),
            claimed_signing_time=said.signing_time if said else None,
            has_signing_certificate_attribute=bool(said and said.has_signing_certificate),
            policy_id=said.policy_id if said else None,
            commitment_types=said.commitment_types if said else (),
            signer_roles=said.signer_roles if said else (),
            evidence_records=analysis.evidence_records,
            scopes=scopes(analysis),
            counter_signature_of=self._countersigned(analysis),
        )

    def _countersigned(self, analysis: Analysis) -> str | None:
        if analysis.parent is not None:
            return self._ids.get(analysis.parent)
        for outcome in analysis.roles.countersigned:
            parent = outcome.target.getparent() if outcome.target is not None else None
            if parent is not None and parent in self._ids:
                return self._ids[parent]
        return None


def _digests(analysis: Analysis) -> tuple[str, ...]:
    found = [analysis.algorithm.digest if analysis.algorithm else None]
    found += [outcome.digest_algorithm for outcome in analysis.outcomes]
    found += [entry.digest_algorithm for _, entries in analysis.roles.manifests for entry in entries]
    found += [each.algorithm for each in analysis.properties.certificates] if analysis.properties else []
    return tuple(dict.fromkeys(each for each in found if each))
