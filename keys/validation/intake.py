"""The one door for documents: recognise what the bytes are, refuse what is too large or nothing, call its parser.

The content decides, never the name: a file's name is the sender's word. Every parser answers for bad input in its own
terms; whatever one overlooks still ends here, as a problem in the report. ``sandbox`` runs this in a process of its own.
"""

import base64
import binascii
import logging
import re
from collections.abc import Callable, Sequence
from typing import Final

from keys.validation.formats import asic, cms, jws, xml
from keys.validation.model import Content, ParsedDocument

MAX_SIZE: Final = 50_000_000
"""Octets of one document."""
MAX_CONTENTS_SIZE: Final = 100_000_000
"""Octets of all detached contents together."""
MAX_CONTENTS: Final = 2_000

SAMPLES: Final = (
    b"<a/>",
    b'{"payload":"","signature":"","protected":""}',
    b"0\x00",
    b"PK\x05\x06" + bytes(18),
    b"%PDF-1.7",
)
"""A little of each format, for whoever must have everything loaded that reading takes."""

_BASE64: Final = re.compile(rb"[A-Za-z0-9+/\r\n]+={0,2}\s*")
_XML_STARTS: Final = (b"<", b"\xef\xbb\xbf<", b"\xff\xfe<\x00", b"\xfe\xff\x00<", b"<\x00", b"\x00<")
_log = logging.getLogger(__name__)

Parser = Callable[[bytes, str, Sequence[Content]], ParsedDocument]


def parse(data: bytes, name: str | None = None, detached: Sequence[Content] = ()) -> ParsedDocument:
    """The signatures in a document of any format. Never raises for anything that it holds.

    :param name: the file's name; only a container without declared type is told simple or extended by it.
    :param detached: signed contents that stand apart, or digests of them.
    """
    problem = _too_much(data, detached)
    if problem:
        return ParsedDocument(None, problems=(problem,))
    parser = _recognise(data)
    if parser is None:
        return ParsedDocument(None, problems=("no signature format was recognised",))
    try:
        return parser(data, name or "", detached)
    except (MemoryError, RecursionError):
        return ParsedDocument(None, problems=("the document needs more memory than one document may take",))
    except Exception:
        # What a parser overlooks must not become an error of the caller's, nor ever a verdict.
        _log.exception("a parser failed")
        return ParsedDocument(None, problems=("the document could not be read",))


def _too_much(data: bytes, detached: Sequence[Content]) -> str:
    if not data:
        return "the document is empty"
    if len(data) > MAX_SIZE:
        return f"the document is larger than {MAX_SIZE // 1_000_000} MB"
    if len(detached) > MAX_CONTENTS:
        return f"more than {MAX_CONTENTS} contents were given"
    if sum(len(each.data or b"") for each in detached) > MAX_CONTENTS_SIZE:
        return f"the contents are larger than {MAX_CONTENTS_SIZE // 1_000_000} MB together"
    return ""


def _recognise(data: bytes) -> Parser | None:
    """The parser for these bytes, by how they begin; None where they are nothing that can be signed."""
    start = data[:64].lstrip()
    if data.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _asic
    if start.startswith(_XML_STARTS) or data.startswith(_XML_STARTS):
        return _xml
    if jws.looks_like_jws(data):
        return _jws
    if data[:1] == b"\x30" or start.startswith(b"-----BEGIN") or _is_encoded_der(data):
        return _cms
    if b"%PDF-" in data[:1024]:
        return _pdf
    return None


def _is_encoded_der(data: bytes) -> bool:
    if not _BASE64.fullmatch(data[:4096].strip() + b"\n"):
        return False
    try:
        return base64.b64decode(b"".join(data[:200].split())[:8], validate=True)[:1] == b"\x30"
    except (binascii.Error, ValueError):
        return False


def _asic(data: bytes, name: str, _: Sequence[Content]) -> ParsedDocument:
    return asic.parse(data, name)


def _xml(data: bytes, _: str, detached: Sequence[Content]) -> ParsedDocument:
    return xml.parse(data, detached)


def _jws(data: bytes, _: str, detached: Sequence[Content]) -> ParsedDocument:
    return jws.parse(data, detached)


def _cms(data: bytes, _: str, detached: Sequence[Content]) -> ParsedDocument:
    return cms.parse(data, detached)


def _pdf(data: bytes, _: str, detached: Sequence[Content]) -> ParsedDocument:
    # Only a PDF pays for loading the PDF reader.
    from keys.validation.formats import pdf

    return pdf.parse(data)
