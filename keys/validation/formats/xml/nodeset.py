"""A part of a document on its way to becoming octets: an apex with its subtree, less what transforms took away.

The data that XML-Signature's reference processing model (1.1 §4.4.3.2) passes between transforms. Writing it is left to
``c14n``.
"""

from dataclasses import dataclass, replace
from secrets import token_hex

from lxml import etree

from keys.validation.formats.xml.c14n import Keep, Method, canonicalize
from keys.validation.formats.xml.document import within


@dataclass(frozen=True)
class NodeSet:
    """The nodes below ``apex``, or of its whole document."""

    apex: etree._Element
    whole_document: bool = False
    comments: bool = False
    """Whether comments belong to it: not for same-document references without XPointer."""
    omitted: frozenset[etree._Element] = frozenset()
    """Subtrees that the enveloped-signature transform took away."""
    filters: tuple[Keep, ...] = ()
    """What the XPath transforms left."""

    def without(self, element: etree._Element) -> "NodeSet":
        """The same nodes less the subtree of ``element``; nothing is left where the apex itself stands in it."""
        if within(element, self.top) or within(self.top, element):
            return replace(self, omitted=self.omitted | {element})
        return self

    def filtered(self, keep: Keep) -> "NodeSet":
        """The same nodes less those that an XPath transform drops."""
        return replace(self, filters=(*self.filters, keep))

    @property
    def top(self) -> etree._Element:
        """The highest element."""
        return self.apex.getroottree().getroot() if self.whole_document else self.apex

    def holds(self, element: etree._Element) -> bool:
        """Whether the element itself belongs to the nodes."""
        return (
            within(element, self.top)
            and all(keep(element) for keep in self.filters)
            and not any(within(element, omitted) for omitted in self.omitted)
        )

    @property
    def is_plain(self) -> bool:
        """Whether no transform took anything away."""
        return not self.omitted and not self.filters

    @property
    def is_empty(self) -> bool:
        """Whether nothing at all is left, so that a digest of it would vouch for nothing."""
        return not self.is_plain and not any(map(self.holds, self.top.iter(etree.Element)))

    def octets(self, method: Method) -> bytes:
        """The canonical form; UnsupportedCanonicalization where it cannot be computed."""
        method = replace(method, comments=method.comments and self.comments)
        if not self.filters and len(self.omitted) == 1:
            return self._without_one(method)
        keep = None if self.is_plain else self._keep
        return canonicalize(self.top, method, whole_document=self.whole_document, keep=keep)

    def _keep(self, node: etree._Element) -> bool:
        if self.omitted and any(within(node, omitted) for omitted in self.omitted):
            return False
        return all(keep(node) for keep in self.filters)

    def _without_one(self, method: Method) -> bytes:
        """The usual enveloped signature: marked, so that the library writes all and the signature is cut out after.

        Cutting it out of a copy would need the memory for two trees, and putting it back into this one would let the
        library rewrite its namespaces.
        """
        (omitted,) = self.omitted
        parent = omitted.getparent()
        if parent is None or within(self.top, omitted):
            return b""
        # What stands in the document cannot guess the mark.
        mark = f"cut-{token_hex(16)}"
        before, after = etree.ProcessingInstruction(mark), etree.ProcessingInstruction(mark)
        omitted.addprevious(before)
        tail, omitted.tail = omitted.tail, None
        omitted.addnext(after)
        after.tail = tail
        try:
            whole = canonicalize(self.top, method, whole_document=self.whole_document)
        finally:
            _remove(parent, before)
            _remove(parent, after)
        written = f"<?{mark}?>".encode()
        # From the end, where an enveloped signature mostly stands.
        behind = whole.rindex(written)
        start = whole.rindex(written, 0, behind)
        # Views, so that what is long is copied once.
        view = memoryview(whole)
        return b"".join((view[:start], view[behind + len(written) :]))


def _remove(parent: etree._Element, node: etree._Element) -> None:
    """Remove a child, leaving the text that follows it where it was."""
    before, tail = node.getprevious(), node.tail or ""
    node.tail = None
    if before is not None:
        before.tail = (before.tail or "") + tail
    else:
        parent.text = (parent.text or "") + tail
    parent.remove(node)
