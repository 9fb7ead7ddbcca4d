"""Canonical XML: 1.0, 1.1 and exclusive, with and without comments, for whole documents, subtrees and filtered trees.

W3C Canonical XML 1.0 and 1.1, Exclusive XML Canonicalization 1.0. The library's C implementation does whole documents
and exclusive subtrees; the rest is done here, because for an inclusive subtree it loses inherited ``xml:`` attributes
and writes ``xmlns=""`` where the default namespace was inherited. Which nodes are meant is decided by ``references``.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from lxml import etree

from keys.validation.formats.xml.names import EXC_C14N, XML

_INCLUSIVE = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
_VERSION_11 = "http://www.w3.org/2006/12/xml-c14n11"
_NO_NAMESPACE: Final[dict[str, str]] = {"": ""}
_TEXT = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#xD;"})
_ATTRIBUTE = str.maketrans({"&": "&amp;", "<": "&lt;", '"': "&quot;", "\t": "&#x9;", "\n": "&#xA;", "\r": "&#xD;"})


_RELATIVE: Final = "a relative namespace name, which has no canonical form (Canonical XML 1.0 §1.3)"


class UnsupportedCanonicalization(ValueError):
    """A canonicalization that this version does not compute."""


@dataclass(frozen=True)
class Method:
    """One canonicalization method with its parameter."""

    exclusive: bool = False
    version_11: bool = False
    comments: bool = False
    prefixes: frozenset[str] = frozenset()
    """Exclusive: the prefixes treated as inclusive ones do, the empty string for the default namespace."""


DEFAULT: Final = Method()
"""Canonical XML 1.0 without comments, where nothing else is named (XML-Signature 1.1 §4.4.3.2, XAdES clause 4.5)."""

EXCLUSIVE: Final = Method(exclusive=True)

METHODS: Final = {
    _INCLUSIVE: Method(),
    f"{_INCLUSIVE}#WithComments": Method(comments=True),
    _VERSION_11: Method(version_11=True),
    f"{_VERSION_11}#WithComments": Method(version_11=True, comments=True),
    EXC_C14N: Method(exclusive=True),
    f"{EXC_C14N}WithComments": Method(exclusive=True, comments=True),
}


def method_of(element: etree._Element) -> Method:
    """The method that a CanonicalizationMethod or Transform element names; UnsupportedCanonicalization if unknown."""
    uri = element.get("Algorithm", "")
    method = METHODS.get(str(uri))
    if method is None:
        raise UnsupportedCanonicalization(f"canonicalization {uri!r}")
    listed = element.find(f"{{{EXC_C14N}}}InclusiveNamespaces")
    if listed is None or not method.exclusive:
        return method
    names = str(listed.get("PrefixList", "")).split()
    prefixes = frozenset("" if name == "#default" else name for name in names)
    return Method(exclusive=True, comments=method.comments, prefixes=prefixes)


Keep = Callable[[etree._Element], bool]
"""Whether an element, with its attributes, namespaces, text and comments, or a node beside the root is in the set."""


def canonicalize(
    apex: etree._Element, method: Method, *, whole_document: bool = False, keep: Keep | None = None
) -> bytes:
    """The canonical form of the subtree at ``apex``, or of its whole document with what stands beside the root.

    ``keep`` filters the elements. UnsupportedCanonicalization where Canonical XML 1.1 would have to join ``xml:base``.
    """
    if keep is None and (whole_document or (method.exclusive and not method.prefixes)):
        return _by_library(apex, method, whole_document=whole_document)
    writer = _Writer(method, keep)
    if whole_document:
        return writer.document(apex.getroottree().getroot())
    return writer.subtree(apex)


def _by_library(apex: etree._Element, method: Method, *, whole_document: bool) -> bytes:
    node = apex.getroottree() if whole_document else apex
    prefixes = [prefix or "#default" for prefix in method.prefixes] or None
    try:
        return etree.tostring(
            node,
            method="c14n",
            exclusive=method.exclusive,
            with_comments=method.comments,
            inclusive_ns_prefixes=prefixes,
        )
    except etree.C14NError as error:
        raise UnsupportedCanonicalization(_RELATIVE) from error


class _Writer:
    def __init__(self, method: Method, keep: Keep | None) -> None:
        self._method = method
        self._keep = keep or _everything
        self._out: list[str] = []

    def document(self, root: etree._Element) -> bytes:
        preceding = reversed(list(root.itersiblings(preceding=True)))
        before = [self._beside(node) + "\n" for node in preceding if self._shown(node) and self._keep(node)]
        after = ["\n" + self._beside(node) for node in root.itersiblings() if self._shown(node) and self._keep(node)]
        self._element(root, _NO_NAMESPACE, parent_kept=True)
        return "".join((*before, *self._out, *after)).encode()

    def subtree(self, apex: etree._Element) -> bytes:
        self._element(apex, _NO_NAMESPACE, parent_kept=apex.getparent() is None)
        return "".join(self._out).encode()

    def _shown(self, node: etree._Element) -> bool:
        return isinstance(node, etree._ProcessingInstruction) or self._method.comments

    @staticmethod
    def _beside(node: etree._Element) -> str:
        said = str(node.text or "").replace("\r", "&#xD;")
        if isinstance(node, etree._ProcessingInstruction):
            return f"<?{node.target!s}{' ' if said else ''}{said}?>"
        return f"<!--{said}-->"

    def _element(self, element: etree._Element, rendered: dict[str, str], *, parent_kept: bool) -> None:
        """``rendered`` is what the nearest written ancestor left in scope, by prefix."""
        kept = self._keep(element)
        inside = self._start(element, rendered, parent_kept=parent_kept) if kept else rendered
        if kept and element.text:
            self._out.append(element.text.translate(_TEXT))
        for child in element:
            if isinstance(child, etree._Comment | etree._ProcessingInstruction):
                if kept and self._shown(child):
                    self._out.append(self._beside(child))
            elif isinstance(child, etree._Entity):
                raise UnsupportedCanonicalization("an entity reference")
            else:
                self._element(child, inside, parent_kept=kept)
            if kept and child.tail:
                self._out.append(child.tail.translate(_TEXT))
        if kept:
            self._out.append(f"</{_name(element)}>")

    def _start(self, element: etree._Element, rendered: dict[str, str], *, parent_kept: bool) -> dict[str, str]:
        scope = {prefix or "": uri for prefix, uri in element.nsmap.items()}
        scope.setdefault("", "")
        attributes = _attributes(element, scope)
        if not self._method.exclusive and not parent_kept:
            attributes.update(self._inherited(element))
        wanted = self._wanted(element, scope, attributes)
        declared = {prefix: uri for prefix, uri in wanted.items() if rendered.get(prefix, "") != uri}
        if any(uri and ":" not in uri for uri in declared.values()):
            raise UnsupportedCanonicalization(_RELATIVE)
        self._out.append(f"<{_name(element)}")
        for prefix, uri in sorted(declared.items()):
            name = f"xmlns:{prefix}" if prefix else "xmlns"
            self._out.append(f' {name}="{uri.translate(_ATTRIBUTE)}"')
        for _, (name, value) in sorted(attributes.items()):
            self._out.append(f' {name}="{value.translate(_ATTRIBUTE)}"')
        self._out.append(">")
        return {**rendered, **declared} if self._method.exclusive else wanted

    def _wanted(self, element: etree._Element, scope: dict[str, str], attributes: "_Attributes") -> dict[str, str]:
        if not self._method.exclusive:
            return {prefix: uri for prefix, uri in scope.items() if prefix != "xml"}
        used = {element.prefix or ""} | {name.partition(":")[0] for name, _ in attributes.values() if ":" in name}
        listed = {prefix for prefix in self._method.prefixes if prefix in scope}
        return {prefix: scope[prefix] for prefix in (used | listed) - {"xml"} if prefix in scope}

    def _inherited(self, element: etree._Element) -> "_Attributes":
        """The ``xml:`` attributes of left-out ancestors (Canonical XML 1.0 §2.4, 1.1 §2.4)."""
        found: _Attributes = {}
        for ancestor in element.iterancestors():
            for name, value in ancestor.attrib.items():
                local = str(name).removeprefix(f"{{{XML}}}")
                if local == name or element.get(name) is not None:
                    continue
                if self._method.version_11 and local == "id":
                    continue
                found.setdefault((XML, local), (f"xml:{local}", str(value)))
        if self._method.version_11 and any(
            ancestor.get(f"{{{XML}}}base") is not None for ancestor in element.iterancestors()
        ):
            raise UnsupportedCanonicalization("Canonical XML 1.1 of a subtree below an xml:base")
        return found


_Attributes = dict[tuple[str, str], tuple[str, str]]
"""By namespace and local name, the order in which they are written: the prefixed name and the value."""


def _everything(element: etree._Element) -> bool:
    return True


def _name(element: etree._Element) -> str:
    local = str(element.tag).rpartition("}")[2]
    return f"{element.prefix}:{local}" if element.prefix else local


def _attributes(element: etree._Element, scope: dict[str, str]) -> _Attributes:
    found: _Attributes = {}
    for key, value in element.attrib.items():
        uri, _, local = str(key)[1:].rpartition("}") if str(key).startswith("{") else ("", "", str(key))
        name = f"{_prefix(element, scope, uri, local)}:{local}" if uri else local
        found[uri, local] = (name, str(value))
    return found


_ATTRIBUTE_NAME = etree.XPath("name(@*[namespace-uri() = $uri and local-name() = $local])", regexp=False)


def _prefix(element: etree._Element, scope: dict[str, str], uri: str, local: str) -> str:
    if uri == XML:
        return "xml"
    candidates = [prefix for prefix, bound in scope.items() if bound == uri and prefix]
    if len(candidates) == 1:
        return candidates[0]
    # The library does not tell an attribute's own prefix where several stand for one namespace; XPath does.
    return str(_ATTRIBUTE_NAME(element, uri=uri, local=local)).partition(":")[0]
