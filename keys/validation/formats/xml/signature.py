"""One ds:Signature from its element to the facts about it: structure, references, value, signer, properties.

XML-Signature 1.1 §3.2 (core validation) and EN 319 132-1. The order of the checks does not matter: every broken rule is
a finding and the gravest decides. What no signature covers is found afterwards, in ``coverage``.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from lxml import etree

from keys.validation import crypto
from keys.validation.algorithms import SignatureAlgorithm
from keys.validation.formats.binding import identify
from keys.validation.formats.contents import Contents
from keys.validation.formats.evidence import Evidence, TooMuch
from keys.validation.formats.findings import Findings
from keys.validation.formats.xml import c14n, keyinfo, names, properties, roles, unsigned
from keys.validation.formats.xml.algorithm import signature_algorithm
from keys.validation.formats.xml.document import Document, children
from keys.validation.formats.xml.properties import Qualifying, SignedProperties
from keys.validation.formats.xml.references import Outcome, Refused, Resolver, decoded
from keys.validation.formats.xml.roles import Roles
from keys.validation.model import Content, Integrity

_CHILDREN = {names.SIGNED_INFO, names.SIGNATURE_VALUE, names.KEY_INFO, names.OBJECT}


@dataclass
class Analysis:
    """What was found of one signature, before the document is looked at as a whole."""

    element: etree._Element
    parent: etree._Element | None
    """The signature whose CounterSignature property this one stands in."""
    findings: Findings = field(default_factory=Findings)
    evidence: Evidence = field(default_factory=Evidence)
    roles: Roles = field(default_factory=Roles)
    outcomes: list[Outcome] = field(default_factory=list)
    contents: Contents = field(default_factory=lambda: Contents(()))
    qualifying: Qualifying | None = None
    properties: SignedProperties | None = None
    """What the signed properties say; None where there are none that the signature vouches for."""
    value: bytes = b""
    algorithm: SignatureAlgorithm | None = None
    signer: bytes | None = None
    evidence_records: int = 0


def analyse(
    document: Document, element: etree._Element, contents: Sequence[Content], *, in_container: bool
) -> Analysis:
    """Everything about the signature at ``element``. Never raises for what stands in the document."""
    analysis = Analysis(element, _countersigned_parent(element), contents=Contents(contents, by_name_only=in_container))
    for step in (_structure, _references, _qualify, _sign, _collect):
        try:
            step(analysis, document)
        except Refused as refused:
            analysis.findings.add(refused.integrity, refused.sentence)
        except TooMuch as error:
            analysis.findings.add(Integrity.MALFORMED, str(error))
        except (c14n.UnsupportedCanonicalization, crypto.UnsupportedAlgorithm) as error:
            analysis.findings.add(Integrity.UNSUPPORTED, f"the signature uses {error}")
    return analysis


def signed_info(element: etree._Element) -> etree._Element:
    """The SignedInfo of a signature; Refused unless there is exactly one."""
    found = element.findall(names.SIGNED_INFO)
    if len(found) != 1:
        raise Refused(Integrity.MALFORMED, "a signature needs one SignedInfo")
    return found[0]


def _structure(analysis: Analysis, _: Document) -> None:
    """The schema of XML-Signature §4.2, as far as anything else in its place could deceive."""
    element, findings = analysis.element, analysis.findings
    if any(each.tag not in _CHILDREN for each in children(element)):
        findings.add(Integrity.MALFORMED, "the signature holds an element that does not belong there")
    if any(text and text.strip() for text in (element.text, *(child.tail for child in element))):
        findings.add(Integrity.MALFORMED, "the signature holds text that does not belong there")
    if len(element.findall(names.KEY_INFO)) > 1:
        findings.add(Integrity.MALFORMED, "the signature has more than one KeyInfo")
    info = signed_info(element)
    expected = (names.CANONICALIZATION_METHOD, names.SIGNATURE_METHOD)
    tags = [each.tag for each in children(info)]
    if tuple(tags[:2]) != expected or any(tag != names.REFERENCE for tag in tags[2:]):
        findings.add(Integrity.MALFORMED, "SignedInfo is not built as it must be")
    values = element.findall(names.SIGNATURE_VALUE)
    if len(values) != 1:
        raise Refused(Integrity.MALFORMED, "a signature needs one SignatureValue")
    analysis.value = decoded(values[0])


def _references(analysis: Analysis, document: Document) -> None:
    references = signed_info(analysis.element).findall(names.REFERENCE)
    if len(references) > roles.MAX_REFERENCES:
        raise Refused(Integrity.MALFORMED, f"more than {roles.MAX_REFERENCES} references")
    resolver = Resolver(document, analysis.element, analysis.contents)
    outside = roles.externals(references)
    analysis.outcomes = [resolver.follow(each, externals=outside) for each in references]
    analysis.qualifying = properties.qualifying(analysis.element)
    signed = analysis.qualifying.signed if analysis.qualifying else None
    analysis.roles = roles.sort(analysis.outcomes, analysis.element, signed, resolver, analysis.findings)
    _digests(analysis)
    if not analysis.roles.signs_something:
        analysis.findings.add(Integrity.CONTENT_MISSING, "the signature signs no content")
    _countersigned(analysis)


def _digests(analysis: Analysis) -> None:
    for outcome in analysis.outcomes:
        _report(outcome, analysis)
    for _, entries in analysis.roles.manifests:
        given = [each for each in entries if each.integrity is not Integrity.CONTENT_MISSING]
        for entry in given:
            _report(entry, analysis)
        if len(given) < len(entries):
            # The signature vouches for the list; its entries may lie elsewhere, as long as those at hand match.
            missing = len(entries) - len(given)
            analysis.findings.warn(
                f"{missing} of {len(entries)} contents that the signed manifest lists were not given"
            )
    missing_here = any(each.integrity is Integrity.CONTENT_MISSING and each.is_external for each in _all(analysis))
    if missing_here and analysis.contents.unused() and not analysis.contents.by_name_only:
        # What was given matches nothing that was signed, by name or by digest: it is the wrong content.
        analysis.findings.add(Integrity.HASH_MISMATCH, "the content given is not what was signed")


def _all(analysis: Analysis) -> list[Outcome]:
    return [*analysis.outcomes, *(entry for _, entries in analysis.roles.manifests for entry in entries)]


def _report(outcome: Outcome, analysis: Analysis) -> None:
    if outcome.integrity is not Integrity.INTACT:
        analysis.findings.add(outcome.integrity, outcome.problem)
    if outcome.warning:
        analysis.findings.warn(outcome.warning)


def _countersigned(analysis: Analysis) -> None:
    """A counter-signature must cover the very value it stands with (EN 319 132-1 clause 5.2.7.2)."""
    for outcome in analysis.roles.countersigned:
        if outcome.target is not None and outcome.target.tag != names.SIGNATURE_VALUE:
            analysis.findings.add(Integrity.HASH_MISMATCH, "what is said to be counter-signed is no signature value")
        if not all(str(each.get("Algorithm")) in c14n.METHODS for each in outcome.element.iter(names.TRANSFORM)):
            analysis.findings.add(Integrity.MALFORMED, "a transform changes the counter-signed value")
    if analysis.parent is None:
        return
    value = analysis.parent.find(names.SIGNATURE_VALUE)
    if value is None or not any(outcome.target is value for outcome in analysis.roles.countersigned):
        sentence = "the counter-signature does not cover the value of the signature it stands in"
        analysis.findings.add(Integrity.HASH_MISMATCH, sentence)


def _qualify(analysis: Analysis, _: Document) -> None:
    if analysis.qualifying is None or analysis.qualifying.signed is None:
        return
    warning = properties.check_target(analysis.qualifying, analysis.element)
    if warning:
        analysis.findings.warn(warning)
    if not analysis.roles.signed_properties:
        if not any(outcome.type in names.TYPES_SIGNED_PROPERTIES for outcome in analysis.outcomes):
            analysis.findings.add(Integrity.MALFORMED, "the signed properties are not signed")
        return
    if len(analysis.roles.signed_properties) > 1:
        analysis.findings.add(Integrity.MALFORMED, "the signed properties are referenced more than once")
    analysis.properties = properties.read(analysis.qualifying.signed)
    for sentence in analysis.properties.warnings:
        analysis.findings.warn(sentence)


def _sign(analysis: Analysis, _: Document) -> None:
    element, info = analysis.element, signed_info(analysis.element)
    for certificate in keyinfo.certificates(element):
        analysis.evidence.certificates[certificate] = None
    analysis.algorithm = algorithm = signature_algorithm(info)
    method = info.find(names.CANONICALIZATION_METHOD)
    if method is None:
        raise Refused(Integrity.MALFORMED, "a signature needs one CanonicalizationMethod")
    octets = c14n.canonicalize(info, c14n.method_of(method))
    candidates = [*analysis.evidence.certificates, *_embedded(analysis)]
    analysis.signer = identify(
        analysis.properties.certificates if analysis.properties else (),
        candidates,
        lambda key: crypto.verify(key, algorithm, analysis.value, octets),
        analysis.findings,
        keyinfo.bare_key(element),
    )


def _embedded(analysis: Analysis) -> list[bytes]:
    """Certificates among the unsigned properties, for a signer whose KeyInfo holds none."""
    values = Evidence()
    if analysis.properties and analysis.properties.certificates and analysis.qualifying:
        for each in analysis.qualifying.unsigned:
            unsigned.add_values(each, values, Findings())
    return list(values.certificates)


def _collect(analysis: Analysis, _: Document) -> None:
    found, said = analysis.qualifying, analysis.properties
    if found is None:
        return
    for each in said.content_timestamps if said else ():
        unsigned.content_timestamp(each, analysis.outcomes, analysis.evidence, analysis.findings)
    signed = unsigned.Signed(
        analysis.element,
        analysis.value,
        analysis.outcomes,
        found.unsigned,
        [(each.algorithm, each.digest) for each in said.certificates] if said else [],
    )
    analysis.evidence_records = unsigned.collect(signed, analysis.evidence, analysis.findings)


def _countersigned_parent(element: etree._Element) -> etree._Element | None:
    """The signature that a signature inside a CounterSignature property belongs to (EN 319 132-1 clause 5.2.7.2)."""
    parent = element.getparent()
    if parent is None or not str(parent.tag).endswith("}CounterSignature"):
        return None
    return next(parent.iterancestors(names.SIGNATURE), None)
