"""Judging the two XPath filter transforms where their effect can be told exactly, refusing them elsewhere.

XPath Filtering (XML-Signature 1.1 §6.6.3) tests every node by itself; XPath Filter 2.0 selects subtrees once. A filter
decides what is signed, so only expressions whose effect on attributes, namespaces and text follows from that on their
element are computed. The node-set becomes bytes in ``references``.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from lxml import etree

from keys.validation.formats.xml import names
from keys.validation.formats.xml.c14n import Keep

MAX_LENGTH = 2_000
"""Characters in one expression."""

_QNAME = r"(?:[A-Za-z_][\w.-]*:)?(?:[A-Za-z_][\w.-]*|\*)"
_LITERAL = r"(?:\"[^\"]*\"|'[^']*')"
_ATOM: Final = re.compile(
    rf"ancestor-or-self\s*::\s*{_QNAME}(?:\s*\[\s*@{_QNAME}\s*=\s*{_LITERAL}\s*\])?(?![\w.:(-]|\s*\()"
)
_CONNECTIVES: Final = re.compile(r"(?:\s|\(|\)|\bnot\b|\band\b|\bor\b|T)*")
_ENVELOPED: Final = re.compile(
    r"count\(ancestor-or-self::(?P<n>\w+:Signature)\|here\(\)/ancestor::(?P=n)\[1\]\)"
    r">count\(ancestor-or-self::(?P=n)\)"
)
_SELECTION: Final = re.compile(
    rf"(?:\s|\d|/|\||\[|\]|\(|\)|=|@|\.\.?|{_LITERAL}|here\(\)|not\(|and\b|or\b"
    rf"|(?:ancestor|ancestor-or-self|child|self|parent|descendant|descendant-or-self|attribute)\s*::|{_QNAME})*"
)


class UnsupportedFilter(ValueError):
    """An XPath expression whose effect this version does not tell for sure."""


@dataclass(frozen=True)
class Filter:
    """One ``Filter`` of XPath Filter 2.0: which operation, and the roots of the selected subtrees."""

    operation: str
    roots: frozenset[etree._Element]
    whole_document: bool = False

    def holds(self, element: etree._Element) -> bool:
        """Whether the element stands in one of the selected subtrees."""
        return self.whole_document or element in self.roots or any(up in self.roots for up in element.iterancestors())


def is_enveloped_signature(transform: etree._Element) -> bool:
    """Whether an XPath transform is the formula that XML-Signature 1.1 §6.6.4 gives for enveloped-signature."""
    source = re.sub(r"\s", "", _only(transform).text or "").replace("&gt;", ">")
    match = _ENVELOPED.fullmatch(source)
    return match is not None and _only(transform).nsmap.get(match["n"].partition(":")[0]) == names.DS


def filtering(transform: etree._Element, root: etree._Element) -> Keep:
    """The elements that an XPath 1.0 filter transform keeps; UnsupportedFilter if that cannot be told.

    The expression may only ask for ancestors-or-self by element name and attribute: then an attribute, a namespace
    or a piece of text is kept exactly when its element is.
    """
    expression = _only(transform)
    source = (expression.text or "").strip()
    if len(source) > MAX_LENGTH or not source or not _CONNECTIVES.fullmatch(_ATOM.sub("T", source)):
        raise UnsupportedFilter(f"the XPath filter {source[:80]!r}")
    compiled = _compile(source, expression)
    beside = (*root.itersiblings(), *root.itersiblings(preceding=True))
    return {node for node in (*root.iter(etree.Element), *beside) if _evaluate(compiled, node)}.__contains__


def filters(transform: etree._Element, tree: etree._ElementTree) -> Keep:
    """The elements that an XPath Filter 2.0 transform keeps of a document; UnsupportedFilter if it cannot be told."""
    parts = tuple(_filter(expression, tree) for expression in transform.iterchildren(etree.Element))
    if not parts:
        raise UnsupportedFilter("an XPath Filter 2.0 transform without filter")

    def keep(element: etree._Element) -> bool:
        inside = True
        for part in parts:
            inside = _OPERATIONS[part.operation](inside, part.holds(element))
        return inside

    return keep


_OPERATIONS: Final[dict[str, Callable[[bool, bool], bool]]] = {
    "intersect": lambda inside, holds: inside and holds,
    "subtract": lambda inside, holds: inside and not holds,
    "union": lambda inside, holds: inside or holds,
}


def _filter(expression: etree._Element, tree: etree._ElementTree) -> Filter:
    operation, source = str(expression.get("Filter", "")), (expression.text or "").strip()
    if expression.tag != f"{{{names.FILTER2}}}XPath" or operation not in _OPERATIONS:
        raise UnsupportedFilter("an unknown operation in an XPath Filter 2.0 transform")
    if source == "/":
        return Filter(operation, frozenset(), whole_document=True)
    if len(source) > MAX_LENGTH or not source or not _SELECTION.fullmatch(source):
        raise UnsupportedFilter(f"the XPath selection {source[:80]!r}")
    selected = _evaluate(_compile(source, expression), tree)
    if not isinstance(selected, list) or not all(isinstance(node, etree._Element) for node in selected):
        raise UnsupportedFilter(f"the XPath selection {source[:80]!r} names something else than elements")
    return Filter(operation, frozenset(selected))


def _compile(source: str, expression: etree._Element) -> etree.XPath:
    scope = {str(prefix): str(uri) for prefix, uri in expression.nsmap.items() if prefix}
    here = {(None, "here"): lambda _: [expression]}
    try:
        return etree.XPath(source, namespaces=scope, extensions=here, regexp=False, smart_strings=False)
    except etree.XPathError as error:
        raise UnsupportedFilter(f"the XPath expression {source[:80]!r}: {error}") from error


def _evaluate(compiled: etree.XPath, context: etree._Element | etree._ElementTree) -> object:
    try:
        return compiled(context)
    except etree.XPathError as error:
        raise UnsupportedFilter(f"an XPath expression: {error}") from error


def _only(transform: etree._Element) -> etree._Element:
    expressions = transform.findall(names.XPATH)
    if len(expressions) != 1:
        raise UnsupportedFilter("an XPath transform needs exactly one expression")
    return expressions[0]
