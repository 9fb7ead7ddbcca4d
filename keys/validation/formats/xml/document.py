"""Reading one XML document as untrusted input: no DTD, no entities, bounded depth; and finding elements by their Id.

XML 1.0 with Namespaces; XML-Signature 1.1 §8.1 and §12.1 say why Ids must be unambiguous. What a reference then
means is left to ``references``.
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cached_property
from typing import Any

from lxml import etree

MAX_DEPTH = 256
"""How deep elements may nest, which is the parser's own limit; nested counter-signatures stay below 60."""
MAX_TAGS = 4_000_000
"""How many tags one document may hold."""

_ID_ATTRIBUTES = etree.XPath("//@*[local-name() = 'Id' or local-name() = 'ID' or local-name() = 'id']")
_NO_DOCTYPE_ENCODINGS = re.compile(rb"(?i)\A\s*<\?xml[^>]*encoding\s*=\s*[\"'](?!utf-8|us-ascii|iso-8859-|windows-125)")


class MalformedDocument(ValueError):
    """The bytes are not a well-formed, DTD-free XML document within the limits."""


class AmbiguousId(ValueError):
    """More than one element carries an Id that something refers to."""


class Document:
    """A parsed XML document: its tree, its bytes, and which element carries which Id."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.tree = _parse(data)
        self.root = self.tree.getroot()

    @cached_property
    def _ids(self) -> dict[str, list[etree._Element]]:
        found: dict[str, list[etree._Element]] = defaultdict(list)
        # Asked of the library at once: a loop of our own over every element costs more than reading the document.
        attributes: Any = _ID_ATTRIBUTES(self.tree)
        for attribute in attributes:
            element, value = attribute.getparent(), str(attribute)
            if element not in found[value][-1:]:
                found[value].append(element)
        return found

    def by_id(self, identifier: str) -> etree._Element | None:
        """The one element with this Id, None if there is none; AmbiguousId if there are several.

        An application may use any attribute called Id as an identifier, so all of them count: two elements that
        any reader could mistake for each other are never told apart by guessing.
        """
        elements = self._ids.get(identifier, [])
        if len(elements) > 1:
            raise AmbiguousId(f"the Id {identifier!r} stands on {len(elements)} elements")
        return elements[0] if elements else None

    def all(self, tag: str) -> Iterator[etree._Element]:
        """Every element with this qualified name, in document order."""
        return self.root.iter(tag)


def identifier(element: etree._Element) -> str | None:
    """The element's own Id, as XML-Signature and XAdES spell the attribute."""
    value = element.get("Id")
    return str(value) if value is not None else None


def local_name(element: etree._Element) -> str:
    """The element's name without its namespace."""
    return str(element.tag).rpartition("}")[2]


def namespace(element: etree._Element) -> str:
    """The element's namespace, empty if it has none."""
    return str(element.tag)[1:].partition("}")[0] if str(element.tag).startswith("{") else ""


def children(element: etree._Element) -> list[etree._Element]:
    """The child elements, without comments and processing instructions."""
    return list(element.iterchildren(etree.Element))


def text(element: etree._Element) -> str:
    """All character data below the element, comments and processing instructions left out."""
    return "".join(str(part) for part in element.itertext(etree.Element))


def within(element: etree._Element, ancestor: etree._Element) -> bool:
    """Whether ``element`` is ``ancestor`` or stands inside it."""
    return element is ancestor or any(each is ancestor for each in element.iterancestors())


def _parse(data: bytes) -> etree._ElementTree:
    if not data.strip():
        raise MalformedDocument("the document is empty")
    if len(data) > MAX_TAGS and data.count(b"<") > MAX_TAGS:
        raise MalformedDocument(f"more than {MAX_TAGS} tags")
    # The parser's own limits stop entity expansion; they are lifted for large content only where the bytes show that
    # there can be no document type declaration at all.
    huge = len(data) > 5_000_000 and b"<!DOCTYPE" not in data and not _may_hide_doctype(data)
    # collect_ids stays on: switching it off makes the library fetch an external DTD (lxml 6.1, libxml2 2.14).
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, huge_tree=huge
    )
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError, LookupError) as error:
        raise MalformedDocument(f"not well-formed XML: {error}") from error
    tree = root.getroottree()
    if tree.docinfo.internalDTD is not None or tree.docinfo.doctype:
        raise MalformedDocument("document type declarations are refused")
    if huge:
        _check_depth(root)
    return tree


def _may_hide_doctype(data: bytes) -> bool:
    return data[:2] in {b"\xff\xfe", b"\xfe\xff"} or b"\x00" in data[:64] or bool(_NO_DOCTYPE_ENCODINGS.match(data))


def _check_depth(root: etree._Element) -> None:
    """The limit that the parser keeps by itself unless it was told to read large documents."""
    depth = 0
    for event, _ in etree.iterwalk(root, events=("start", "end"), tag="*"):
        depth += 1 if event == "start" else -1
        if depth > MAX_DEPTH:
            raise MalformedDocument(f"elements nest deeper than {MAX_DEPTH}")
