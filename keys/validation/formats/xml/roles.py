"""What each reference of a signature means for it, and the rules of its role.

XML-Signature 1.1 §4.4.3.1 (Type), EN 319 132-1 clauses 4.3 and 5.2.7.1. A Type that SignedInfo claims must fit the
place that the URI leads to, or else a signature could vouch for properties or content that are not its own.
"""

from dataclasses import dataclass, field

from lxml import etree

from keys.validation.formats.findings import Findings
from keys.validation.formats.xml import c14n, names
from keys.validation.formats.xml.document import local_name, namespace, within
from keys.validation.formats.xml.references import Outcome, Resolver
from keys.validation.model import Integrity

MAX_REFERENCES = 2_000
"""References in one signature or manifest."""


@dataclass
class Roles:
    """The references of one signature, sorted by what they sign."""

    signed_properties: list[Outcome] = field(default_factory=list)
    content: list[Outcome] = field(default_factory=list)
    countersigned: list[Outcome] = field(default_factory=list)
    manifests: list[tuple[Outcome, list[Outcome]]] = field(default_factory=list)
    """Each manifest with the outcomes of its own references."""
    other: list[Outcome] = field(default_factory=list)
    """KeyInfo, SignatureProperties: signed, but no content."""

    @property
    def signs_something(self) -> bool:
        """Whether there is any content, and not only the signature's own parts."""
        return bool(self.content or self.countersigned or self.manifests)


def sort(
    outcomes: list[Outcome],
    signature: etree._Element,
    properties: etree._Element | None,
    resolver: Resolver,
    findings: Findings,
) -> Roles:
    """Sort the references and apply the rules of each role; ``properties`` is the SignedProperties at its one place."""
    roles = Roles()
    for outcome in outcomes:
        target = outcome.target
        if outcome.type in names.TYPES_SIGNED_PROPERTIES or (target is not None and target is properties):
            _signed_properties(outcome, properties, roles, findings)
        elif outcome.type == names.TYPE_COUNTERSIGNED:
            roles.countersigned.append(outcome)
        elif outcome.type == names.TYPE_MANIFEST:
            _manifest(outcome, signature, resolver, roles, findings)
        elif target is not None and not outcome.type and target.tag == names.SIGNATURE_VALUE:
            roles.countersigned.append(outcome)
        elif target is not None and outcome.uri and _is_own_part(target, signature):
            roles.other.append(outcome)
        else:
            _content(outcome, signature, roles, findings)
    return roles


def _signed_properties(outcome: Outcome, properties: etree._Element | None, roles: Roles, findings: Findings) -> None:
    if outcome.target is None or outcome.target is not properties:
        # Whatever else the URI leads to, the properties that were signed are not where a reader looks for them.
        sentence = "the signed properties are not at the place that the signature refers to"
        findings.add(Integrity.CONTENT_MISSING, sentence)
        return
    if outcome.type not in names.TYPES_SIGNED_PROPERTIES:
        if outcome.type:
            findings.add(Integrity.MALFORMED, "the reference to the signed properties has another type")
        findings.warn("the reference to the signed properties has no type")
    if not all(str(each.get("Algorithm")) in c14n.METHODS for each in outcome.element.iter(names.TRANSFORM)):
        findings.add(Integrity.MALFORMED, "a transform changes the signed properties before they are signed")
    roles.signed_properties.append(outcome)


def _manifest(
    outcome: Outcome, signature: etree._Element, resolver: Resolver, roles: Roles, findings: Findings
) -> None:
    """A ds:Manifest (§5.1): the signature vouches for the list, so each entry of it is checked as well."""
    target = outcome.target
    if outcome.is_external:
        roles.content.append(outcome)
        return
    if target is None or target.tag != names.MANIFEST or not _in_own_object(target, signature):
        findings.add(Integrity.CONTENT_MISSING, "the manifest is not where the signature refers to")
        return
    entries = target.findall(names.REFERENCE)
    if len(entries) > MAX_REFERENCES:
        findings.add(Integrity.MALFORMED, f"more than {MAX_REFERENCES} references in a manifest")
        return
    outside = externals(entries)
    roles.manifests.append((outcome, [resolver.follow(each, externals=outside) for each in entries]))


def _content(outcome: Outcome, signature: etree._Element, roles: Roles, findings: Findings) -> None:
    if outcome.type == names.TYPE_OBJECT and outcome.uri and not outcome.is_external:
        target = outcome.target
        if target is not None and not (target.tag == names.OBJECT and target.getparent() is signature):
            findings.add(Integrity.CONTENT_MISSING, "the signed object is not one of the signature's own")
            return
    roles.content.append(outcome)


def _points_outside(reference: etree._Element) -> bool:
    uri = reference.get("URI")
    return uri is None or not (uri == "" or str(uri).startswith("#"))


def externals(references: list[etree._Element]) -> int:
    """How many of the references point outside the document."""
    return sum(1 for each in references if _points_outside(each))


def _in_own_object(element: etree._Element, signature: etree._Element) -> bool:
    parent = element.getparent()
    return parent is not None and parent.tag == names.OBJECT and parent.getparent() is signature


def _is_own_part(target: etree._Element, signature: etree._Element) -> bool:
    """Whether the target is a part of the signature that is no content of anybody's."""
    if not within(target, signature) or target is signature:
        return False
    for part in signature:
        if within(target, part) and part.tag != names.OBJECT:
            return True
    up: etree._Element | None = target
    while up is not None and up is not signature:
        if local_name(up) in {"SignatureProperties", "SignatureProperty"} and namespace(up) == names.DS:
            return True
        if local_name(up) == "QualifyingProperties" and namespace(up) in names.XADES:
            return True
        up = up.getparent()
    return False
