"""One ds:Reference: what it points at, what its transforms make of it, and whether the digest is that of the result.

XML-Signature 1.1 §4.4.3 (URI, transforms, digest) with its security considerations: only same-document URIs and given
contents are followed, only transforms whose effect is known are applied, an Id must be unambiguous. What the reference
means for the signature is left to ``signature``.
"""

import base64
import binascii
import hmac
import re
from dataclasses import dataclass, replace
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

_XPOINTER_ID: Final = re.compile(r"xpointer\(id\((['\"])(?P<id>[^'\"()]+)\1\)\)")


class Refused(Exception):
    """A rule of the format that does not hold: which, and what that makes of the signature."""

    def __init__(self, integrity: Integrity, sentence: str) -> None:
        super().__init__(sentence)
        self.integrity, self.sentence = integrity, sentence


@dataclass(frozen=True)
class Outcome:
    """What became of one reference."""

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
    """The part of this document that was taken, whatever octets the transforms then made of it."""
    integrity: Integrity = Integrity.INTACT
    problem: str = ""
    warning: str = ""

    @property
    def is_external(self) -> bool:
        """Whether it points outside this document."""
        return self.uri is None or not (self.uri == "" or self.uri.startswith("#"))

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
            return self._follow(outcome, externals)
        except Refused as refused:
            return replace(outcome, integrity=refused.integrity, problem=refused.sentence)
        except (c14n.UnsupportedCanonicalization, xpath.UnsupportedFilter, crypto.UnsupportedAlgorithm) as error:
            return replace(outcome, integrity=Integrity.UNSUPPORTED, problem=f"a reference uses {error}")

    def _follow(self, outcome: Outcome, externals: int) -> Outcome:
        algorithm, expected = digest_and_value(outcome.element)
        outcome = replace(outcome, digest_algorithm=algorithm)
        transforms = _transforms(outcome.element)
        if outcome.is_external:
            outcome = replace(outcome, content=self._content(outcome.uri, externals, transforms, algorithm, expected))
            if outcome.content is not None and outcome.content.data is None:
                return self._given_digest(outcome, transforms, expected)
        else:
            outcome = self._same_document(outcome)
        data, nodes, warning = self._transform(self._start(outcome), transforms)
        outcome = replace(outcome, data=data, nodes=None if outcome.is_external else nodes, warning=warning)
        if nodes is not None and nodes.is_empty:
            raise Refused(Integrity.MALFORMED, f"the transforms of {_said(outcome)} leave nothing to sign")
        if not hmac.compare_digest(crypto.digest(algorithm, outcome.octets()), expected):
            return replace(outcome, integrity=Integrity.HASH_MISMATCH, problem=f"{_said(outcome)} was changed")
        return outcome

    def _content(
        self, uri: str | None, externals: int, transforms: list[etree._Element], algorithm: str, expected: bytes
    ) -> Content:
        found = self.contents.only() if externals == 1 else None
        if found is None and uri is not None:
            found = self.contents.named(uri)
        if found is None and not transforms:
            found = self.contents.with_digest(algorithm, expected)
        if found is None:
            raise Refused(Integrity.CONTENT_MISSING, f"the signed content {uri or 'without name'} was not given")
        return found

    @staticmethod
    def _given_digest(outcome: Outcome, transforms: list[etree._Element], expected: bytes) -> Outcome:
        """A content of which only digests were given can be compared, never transformed."""
        found = None if transforms or outcome.content is None else digest_of(outcome.content, outcome.digest_algorithm)
        if found is None:
            sentence = f"{_said(outcome)} must be given itself, or its {outcome.digest_algorithm} digest"
            raise Refused(Integrity.CONTENT_MISSING, sentence)
        if not hmac.compare_digest(found, expected):
            raise Refused(Integrity.HASH_MISMATCH, f"{_said(outcome)} was changed")
        return outcome

    def _same_document(self, outcome: Outcome) -> Outcome:
        fragment = unquote(outcome.uri or "").removeprefix("#")
        if outcome.uri == "" or fragment == "xpointer(/)":
            return replace(outcome, target=self.document.root)
        pointer = _XPOINTER_ID.fullmatch(fragment)
        wanted = pointer["id"] if pointer else fragment
        if not wanted or (pointer is None and re.search(r"[()\[\]'\"=:,*/ ]", wanted) and "(" in wanted):
            raise Refused(Integrity.UNSUPPORTED, f"a reference uses the pointer {outcome.uri!r}")
        try:
            target = self.document.by_id(wanted)
        except AmbiguousId as error:
            raise Refused(Integrity.MALFORMED, f"a reference is ambiguous: {error}") from error
        if target is None:
            raise Refused(Integrity.CONTENT_MISSING, f"nothing in the document has the Id {wanted!r}")
        return replace(outcome, target=target)

    @staticmethod
    def _start(outcome: Outcome) -> NodeSet | bytes:
        if outcome.content is not None:
            return outcome.content.data or b""
        assert outcome.target is not None
        pointer = unquote(outcome.uri or "").startswith("#xpointer(")
        whole = outcome.uri == "" or unquote(outcome.uri or "") == "#xpointer(/)"
        return NodeSet(outcome.target, whole_document=whole, comments=pointer)

    def _transform(
        self, data: NodeSet | bytes, transforms: list[etree._Element]
    ) -> tuple[NodeSet | bytes, NodeSet | None, str]:
        """The result, the last node-set of this document on the way to it, and a remark."""
        warning, last = "", data if isinstance(data, NodeSet) else None
        for transform in transforms:
            algorithm = str(transform.get("Algorithm", ""))
            if algorithm == names.TRANSFORM_BASE64:
                data = _decode(data)
                continue
            nodes = _as_nodes(data)
            if algorithm in c14n.METHODS:
                data = nodes.octets(c14n.method_of(transform))
            elif algorithm == names.TRANSFORM_ENVELOPED or (
                algorithm == names.TRANSFORM_XPATH and xpath.is_enveloped_signature(transform)
            ):
                data = nodes.without(self.signature)
                warning = "" if data is not nodes else "an enveloped-signature transform had nothing to take away"
            elif algorithm == names.TRANSFORM_XPATH:
                data = nodes.filtered(xpath.filtering(transform, nodes.apex.getroottree().getroot()))
            elif algorithm == names.TRANSFORM_FILTER2:
                data = nodes.filtered(xpath.filters(transform, nodes.apex.getroottree()))
            else:
                raise Refused(Integrity.UNSUPPORTED, f"a reference uses the transform {algorithm!r}")
            if isinstance(data, NodeSet) and last is not None and data.is_part_of(last):
                last = data
        return data, last, warning


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
    if not data.is_plain:
        raise Refused(Integrity.UNSUPPORTED, "a reference decodes a filtered part as base64")
    return _base64(text(data.top))


def _as_nodes(data: NodeSet | bytes) -> NodeSet:
    if isinstance(data, NodeSet):
        return data
    try:
        return NodeSet(Document(data).root, whole_document=True, comments=True)
    except MalformedDocument as error:
        raise Refused(Integrity.HASH_MISMATCH, f"the signed content must be XML, and is not: {error}") from error


def _said(outcome: Outcome) -> str:
    if outcome.uri == "":
        return "the signed document"
    return f"the signed content {outcome.uri}" if outcome.uri else "the signed content"
