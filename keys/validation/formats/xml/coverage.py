"""What the signatures of a document cover and what they do not, and whether something poses as what was signed.

A signature says nothing about content that it does not cover, and a reader of the document does not see the difference
(McIntosh and Austel 2005, Somorovsky et al. 2012: signature wrapping). Uncovered content is therefore always named, and
an uncovered element that looks like a signed one makes the signature malformed.
"""

from collections.abc import Iterator, Sequence

from lxml import etree

from keys.validation.formats.xml import names
from keys.validation.formats.xml.document import Document, children, identifier, local_name, namespace, within
from keys.validation.formats.xml.nodeset import NodeSet
from keys.validation.formats.xml.references import Outcome
from keys.validation.formats.xml.signature import Analysis
from keys.validation.model import Integrity, Scope

MAX_NAMED = 20
"""How many uncovered parts are named."""

_XSI = "{http://www.w3.org/2001/XMLSchema-instance}"


def scopes(analysis: Analysis) -> tuple[Scope, ...]:
    """What one signature covers: the document, an element, an object, a file."""
    found = [_scope(outcome) for outcome in (*analysis.roles.content, *analysis.roles.countersigned)]
    for _, entries in analysis.roles.manifests:
        found += [_scope(entry) for entry in entries]
    return tuple(found)


def _scope(outcome: Outcome) -> Scope:
    if outcome.is_external:
        name = outcome.content.name if outcome.content else outcome.uri or ""
        if outcome.integrity is Integrity.CONTENT_MISSING:
            return Scope(name, "NONE", "not given")
        return Scope(name, "PARTIAL" if _drops_content(outcome.nodes) else "FULL")
    if outcome.target is None:
        return Scope(outcome.uri or "", "NONE", outcome.problem)
    name = outcome.uri or ""
    if outcome.target.getparent() is None:
        return Scope(name, "PARTIAL" if _drops_content(outcome.nodes) else "FULL", "the document")
    if outcome.target.tag == names.OBJECT:
        return Scope(name, "FULL", "an object inside the signature")
    return Scope(name, "PARTIAL", f"the element {local_name(outcome.target)}")


def _drops_content(nodes: NodeSet | None) -> bool:
    """Whether XPath filters leave out anything but signatures."""
    if nodes is None or not nodes.filters:
        return False
    left_out = (each for each in nodes.top.iter(etree.Element) if not nodes.holds(each))
    return any(each.tag != names.SIGNATURE and not _inside_signature(each) for each in left_out)


def _inside_signature(element: etree._Element) -> bool:
    return next(element.iterancestors(names.SIGNATURE), None) is not None


class Coverage:
    """The content of one document that its signatures cover together."""

    def __init__(self, document: Document, analyses: Sequence[Analysis]) -> None:
        self._document = document
        self._parts = [part for analysis in analyses for part in _covered(analysis)]
        self._whole = [part for part in self._parts if part.whole_document and not part.filters]
        self._tops = {part.top for part in self._parts if part.is_plain}
        self._given = _uncovered_contents(analyses)

    def uncovered(self) -> tuple[str, ...]:
        """The parts of the document and of its contents that no signature covers, each named; empty if there are none."""
        found = list(self._given)
        for element in self._uncovered(self._document.root):
            found.append(_said(element))
            if len(found) == MAX_NAMED:
                found.append("and more")
                break
        return tuple(found)

    def refuse_impostors(self, analysis: Analysis) -> None:
        """Find elements that no signature covers beside a signed one of the same name."""
        for outcome in analysis.roles.content:
            target = outcome.target
            if target is None or outcome.uri in {"", None} or target.tag == names.OBJECT or self._whole:
                continue
            for twin in self._document.all(str(target.tag)):
                if twin is not target and not self._covers(twin) and not _is_machinery(twin):
                    sentence = f"an element {local_name(target)} that nobody signed stands beside the signed one"
                    analysis.findings.add(Integrity.MALFORMED, sentence)
                    return

    def _covers(self, element: etree._Element) -> bool:
        if any(within(element, top) for top in self._tops):
            return True
        return any(part.holds(element) for part in self._parts if not part.is_plain)

    def _uncovered(self, element: etree._Element) -> Iterator[etree._Element]:
        if element.tag == names.SIGNATURE:
            yield from self._uncovered_objects(element)
        elif element in self._tops:
            return
        elif self._whole:
            # Only what the enveloped transform took away can be uncovered: the signatures.
            for signature in self._document.all(names.SIGNATURE):
                yield from self._uncovered_objects(signature)
        else:
            yield from self._uncovered_parts(element)

    def _uncovered_parts(self, element: etree._Element) -> Iterator[etree._Element]:
        inside = children(element)
        covered = self._covers(element)
        if not covered and not any(self._touches(each) for each in inside):
            yield element
            return
        if not covered and _has_content(element):
            yield element
        for each in inside:
            yield from self._uncovered(each)

    def _touches(self, element: etree._Element) -> bool:
        """Whether a signature, or something signed, stands at or below the element."""
        if self._covers(element) or next(element.iter(names.SIGNATURE), None) is not None:
            return True
        return any(within(part.top, element) for part in self._parts)

    def _uncovered_objects(self, signature: etree._Element) -> Iterator[etree._Element]:
        for holder in signature.findall(names.OBJECT):
            if self._covers(holder):
                continue
            properties = [each for each in children(holder) if _is_properties(each)]
            parts = [each for each in children(holder) if each not in properties]
            # The place of the properties is unsigned; what stands there beside them is as uncovered as anywhere.
            beside = any(map(_holds_more, properties)) or any(not self._touches(each) for each in parts)
            if beside or _has_text(holder):
                yield holder


def _covered(analysis: Analysis) -> Iterator[NodeSet]:
    """The parts of the document itself that the signature's references cover, as they were before becoming octets."""
    outcomes = [
        *analysis.roles.content,
        *analysis.roles.other,
        *(entry for _, entries in analysis.roles.manifests for entry in entries),
    ]
    for outcome in outcomes:
        stands = outcome.integrity is Integrity.INTACT and not outcome.is_external
        if outcome.nodes is not None and stands and not _is_signed_as_text(outcome):
            yield outcome.nodes
    for manifest, _ in analysis.roles.manifests:
        if manifest.nodes is not None:
            yield manifest.nodes


def _is_signed_as_text(outcome: Outcome) -> bool:
    """Whether only the text of an element is signed, as base64, while its attributes say something."""
    decoded = isinstance(outcome.data, bytes) and any(
        str(each.get("Algorithm")) == names.TRANSFORM_BASE64 for each in outcome.element.iter(names.TRANSFORM)
    )
    target = outcome.target
    return decoded and target is not None and target.tag != names.OBJECT and _has_attributes(target)


def _uncovered_contents(analyses: Sequence[Analysis]) -> list[str]:
    """Detached contents that no signature refers to, or of which a filter leaves out a part."""
    given = {content.name: None for analysis in analyses for content in analysis.contents.given}
    used = {name for analysis in analyses for name in analysis.contents.used}
    partly = [scope.name for analysis in analyses for scope in _external_scopes(analysis) if scope.covered == "PARTIAL"]
    return [*(name for name in given if name not in used), *partly]


def _external_scopes(analysis: Analysis) -> Iterator[Scope]:
    return (_scope(outcome) for outcome in analysis.roles.content if outcome.is_external)


def _is_machinery(element: etree._Element) -> bool:
    """Whether the element belongs to the signatures themselves: a property, a key, never content."""
    up: etree._Element | None = element
    while up is not None:
        if local_name(up) == "QualifyingProperties" and namespace(up) in names.XADES:
            return True
        if up.tag in {names.SIGNED_INFO, names.KEY_INFO, names.SIGNATURE_VALUE}:
            return True
        up = up.getparent()
    return element.tag == names.SIGNATURE


_PROPERTIES = {"SignedProperties", "UnsignedProperties"}


def _is_properties(element: etree._Element) -> bool:
    return local_name(element) == "QualifyingProperties" and namespace(element) in names.XADES


def _holds_more(properties: etree._Element) -> bool:
    """Whether a QualifyingProperties holds anything that does not belong there."""
    return _has_text(properties) or any(local_name(each) not in _PROPERTIES for each in children(properties))


def _has_text(element: etree._Element) -> bool:
    """Whether character data stands directly in an element."""
    return any(text and text.strip() for text in (element.text, *(child.tail for child in element)))


def _has_content(element: etree._Element) -> bool:
    """Whether an element says something by itself: text, or attributes other than its Id and schema location."""
    return _has_text(element) or _has_attributes(element)


def _has_attributes(element: etree._Element) -> bool:
    return any(
        not str(name).startswith((f"{{{names.XML}}}", _XSI)) and str(name).rpartition("}")[2].lower() != "id"
        for name in element.attrib
    )


def _said(element: etree._Element) -> str:
    name = identifier(element)
    return f"element {local_name(element)}{f' (Id {name})' if name else ''}"
