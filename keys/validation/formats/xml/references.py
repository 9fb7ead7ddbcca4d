"""One ds:Reference: what it points at, what its transforms make of it, and whether the digest is that of the result.

XML-Signature 1.1 §4.4.3 (URI, transforms, digest) with its security considerations: only same-document URIs and given
contents are followed, only transforms whose effect is known are applied, an Id must be unambiguous. What the reference
means for the signature is left to ``signature``.
"""

import base64
import binascii
import hmac
import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote

from lxml import etree

from keys.validation import crypto
from keys.validation.algorithms import DIGEST_URIS
from keys.validation.formats.contents import Contents, digest_of
from keys.validation.formats.xml import c14n, names, xpath
from keys.validation.formats.xml.document import AmbiguousId, Document, MalformedDocument, children, text
from keys.validation.formats.xml.nodeset import NodeSet
from keys.validation.model import Content, Integrity

MAX_TRANSFORMS = 10
"""Transforms in one reference."""

_XPOINTER_ID: Final = re.compile(r"#xpointer\(id\((['\"])(?P<id>[^'\"()]+)\1\)\)")


class Refused(Exception):
    """A rule of the format that does not hold: which, and what that makes of the signature."""

    def __init__(self, integrity: Integrity, sentence: str) -> None:
        super().__init__(sentence)
        self.integrity, self.sentence = integrity, sentence


@dataclass(eq=False)
class Outcome:
    """What became of one reference; filled in as it is followed, as far as that goes."""

    element: etree._Element
    uri: str | None
    type: str
    digest_algorithm: str = ""
    target: etree._Element | None = None
    """The element of this document that the URI names; the root for the whole document."""
    content: Content | None = None
    """The detached content that the URI names."""
    data: NodeSet | bytes | None = None
    """The result of the transforms, before any canonicalization that the digest adds by itself."""
    nodes: NodeSet | None = None
    """The part that was taken, of this document or of detached XML, whatever octets the transforms made of it."""
    integrity: Integrity = Integrity.INTACT
    problem: str = ""
    warning: str = ""

    @property
    def is_external(self) -> bool:
        """Whether it points outside this document."""
        return self.uri is None or not (self.uri == "" or self.uri.startswith("#"))

    @property
    def name(self) -> str:
        """What it signs, for a sentence."""
        if self.uri == "":
            return "the signed document"
        return f"the signed content {self.uri}" if self.uri else "the signed content"

    def octets(self, method: c14n.Method = c14n.DEFAULT) -> bytes:
        """The octets that the result gives; empty where there is none."""
        return self.data.octets(method) if isinstance(self.data, NodeSet) else self.data or b""


@dataclass(frozen=True)
class Resolver:
    """Follows the references of one signature."""

    document: Document
    signature: etree._Element
    contents: Contents

    def follow(self, reference: etree._Element, *, externals: int) -> Outcome:
        """Resolve, transform and digest one reference. Never raises: what does not hold is told in the outcome.

        ``externals`` is how many references of this list point outside the document.
        """
        uri = reference.get("URI")
        outcome = Outcome(reference, None if uri is None else str(uri), str(reference.get("Type", "")))
        try:
            self._follow(outcome, externals)
        except Refused as refused:
            outcome.integrity, outcome.problem = refused.integrity, refused.sentence
        except (c14n.UnsupportedCanonicalization, xpath.UnsupportedFilter, crypto.UnsupportedAlgorithm) as error:
            outcome.integrity, outcome.problem = Integrity.UNSUPPORTED, f"a reference uses {error}"
        return outcome

    def _follow(self, outcome: Outcome, externals: int) -> None:
        outcome.digest_algorithm, expected = digest_and_value(outcome.element)
        transforms = _transforms(outcome.element)
        if outcome.is_external:
            outcome.content = self._content(outcome, externals, expected, transformed=bool(transforms))
            if outcome.content.data is None:
                return _compare_given_digest(outcome, expected, transformed=bool(transforms))
            data: NodeSet | bytes = outcome.content.data
        else:
            data = self._locate(outcome)
        data = self._transform(data, transforms, outcome)
        if outcome.nodes is not None and outcome.nodes.is_empty:
            raise Refused(Integrity.MALFORMED, f"the transforms of {outcome.name} leave nothing to sign")
        outcome.data = data
        if not hmac.compare_digest(crypto.digest(outcome.digest_algorithm, outcome.octets()), expected):
            raise Refused(Integrity.HASH_MISMATCH, f"{outcome.name} was changed")
        return None

    def _content(self, outcome: Outcome, externals: int, expected: bytes, *, transformed: bool) -> Content:
        found = self.contents.only() if externals == 1 else None
        if found is None and outcome.uri is not None:
            found = self.contents.named(outcome.uri)
        if found is None and not transformed:
            found = self.contents.with_digest(outcome.digest_algorithm, expected)
        if found is None:
            raise Refused(Integrity.CONTENT_MISSING, f"{outcome.name} was not given")
        return found

    def _locate(self, outcome: Outcome) -> NodeSet:
        """What a same-document URI names (§4.4.3.2, §4.4.3.3); comments go along with the XPointer forms only."""
        uri = unquote(outcome.uri or "")
        if uri in {"", "#xpointer(/)"}:
            outcome.target = self.document.root
            return NodeSet(self.document.root, whole_document=True, comments=bool(uri))
        pointer = _XPOINTER_ID.fullmatch(uri)
        wanted = pointer["id"] if pointer else uri.removeprefix("#")
        if not wanted or "(" in wanted:
            raise Refused(Integrity.UNSUPPORTED, f"a reference uses the pointer {uri!r}")
        try:
            outcome.target = self.document.by_id(wanted)
        except AmbiguousId as error:
            raise Refused(Integrity.MALFORMED, f"a reference is ambiguous: {error}") from error
        if outcome.target is None:
            raise Refused(Integrity.CONTENT_MISSING, f"nothing in the document has the Id {wanted!r}")
        return NodeSet(outcome.target, comments=pointer is not None)

    def _transform(self, data: NodeSet | bytes, transforms: list[etree._Element], outcome: Outcome) -> NodeSet | bytes:
        """The result; ``outcome.nodes`` becomes the last node-set on the way to it."""
        outcome.nodes = data if isinstance(data, NodeSet) else None
        for transform in transforms:
            algorithm = str(transform.get("Algorithm", ""))
            if algorithm == names.TRANSFORM_BASE64:
                data = _decode(data)
                continue
            if isinstance(data, bytes):
                if not outcome.is_external and algorithm not in c14n.METHODS:
                    # What a filter drops after the octets were made could no longer be told from what was signed.
                    raise Refused(Integrity.UNSUPPORTED, "a reference filters what it canonicalized before")
                data = _parsed(data)
            result = self._transform_nodes(data, transform, algorithm)
            if isinstance(result, NodeSet):
                if result is data:
                    outcome.warning = "an enveloped-signature transform had nothing to take away"
                outcome.nodes = result
            data = result
        return data

    def _transform_nodes(self, nodes: NodeSet, transform: etree._Element, algorithm: str) -> NodeSet | bytes:
        if algorithm in c14n.METHODS:
            return nodes.octets(c14n.method_of(transform))
        if algorithm == names.TRANSFORM_ENVELOPED:
            return nodes.without(self.signature)
        if algorithm == names.TRANSFORM_XPATH:
            if xpath.is_enveloped_signature(transform):
                return nodes.without(self.signature)
            return nodes.filtered(xpath.filtering(transform, nodes.apex.getroottree().getroot()))
        if algorithm == names.TRANSFORM_FILTER2:
            return nodes.filtered(xpath.filters(transform, nodes.apex.getroottree()))
        raise Refused(Integrity.UNSUPPORTED, f"a reference uses the transform {algorithm!r}")


def _compare_given_digest(outcome: Outcome, expected: bytes, *, transformed: bool) -> None:
    """A content of which only digests were given can be compared, never transformed."""
    found = None if transformed or outcome.content is None else digest_of(outcome.content, outcome.digest_algorithm)
    if found is None:
        sentence = f"{outcome.name} must be given itself, or its {outcome.digest_algorithm} digest"
        raise Refused(Integrity.CONTENT_MISSING, sentence)
    if not hmac.compare_digest(found, expected):
        raise Refused(Integrity.HASH_MISMATCH, f"{outcome.name} was changed")


def digest_and_value(element: etree._Element) -> tuple[str, bytes]:
    """The digest algorithm and value below a Reference or DigestAlgAndValue element."""
    methods, values = element.findall("{*}DigestMethod"), element.findall("{*}DigestValue")
    if len(methods) != 1 or len(values) != 1:
        raise Refused(Integrity.MALFORMED, "a reference needs one DigestMethod and one DigestValue")
    uri = str(methods[0].get("Algorithm", ""))
    if uri not in DIGEST_URIS:
        raise Refused(Integrity.UNSUPPORTED, f"a reference uses the digest algorithm {uri!r}")
    return DIGEST_URIS[uri], decoded(values[0])


def decoded(element: etree._Element) -> bytes:
    """The base64 content of an element (XML Schema base64Binary)."""
    return _base64(text(element))


def _base64(encoded: str) -> bytes:
    try:
        return base64.b64decode("".join(encoded.split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise Refused(Integrity.MALFORMED, "a value is not base64") from error


def _transforms(reference: etree._Element) -> list[etree._Element]:
    lists = reference.findall(names.TRANSFORMS)
    found = [transform for each in lists for transform in children(each)]
    if len(lists) > 1 or len(found) > MAX_TRANSFORMS or any(each.tag != names.TRANSFORM for each in found):
        raise Refused(Integrity.MALFORMED, "a reference has a malformed list of transforms")
    return found


def _decode(data: NodeSet | bytes) -> bytes:
    if isinstance(data, bytes):
        return _base64(data.decode("latin-1"))
    if not data.is_plain or data.whole_document:
        raise Refused(Integrity.UNSUPPORTED, "a reference decodes a filtered part as base64")
    if children(data.apex):
        # Their text would be signed, and not that they are there.
        raise Refused(Integrity.MALFORMED, "an element that is signed as base64 holds other elements")
    return _base64(text(data.apex))


def _parsed(data: bytes) -> NodeSet:
    try:
        return NodeSet(Document(data).root, whole_document=True, comments=True)
    except MalformedDocument as error:
        raise Refused(Integrity.HASH_MISMATCH, f"the signed content must be XML, and is not: {error}") from error
