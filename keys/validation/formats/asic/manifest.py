"""An ASiCManifest: which signature or time-stamp it belongs to, and whether the files it lists are those in the container.

ETSI EN 319 162-1 annex A.4. A CAdES signature covers the manifest's bytes; the files are covered through its digests, so
every rule that a reader could rely on is checked here. The signature itself is read in ``cades``.
"""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import unquote

from lxml import etree

from keys.validation import crypto
from keys.validation.formats.xml.document import Document, MalformedDocument, children, local_name
from keys.validation.formats.xml.names import ASIC
from keys.validation.formats.xml.references import Refused, digest_and_value
from keys.validation.model import Integrity


@dataclass(frozen=True)
class Entry:
    """One DataObjectReference and what became of it."""

    name: str
    algorithm: str
    integrity: Integrity
    problem: str = ""


@dataclass(frozen=True)
class Manifest:
    """One manifest file."""

    name: str
    data: bytes
    signature: str
    """The name of the signature or time-stamp file that covers this manifest."""
    entries: tuple[Entry, ...]

    @property
    def problems(self) -> tuple[tuple[Integrity, str], ...]:
        """What is wrong with the files it lists."""
        return tuple((entry.integrity, entry.problem) for entry in self.entries if entry.problem)


class MalformedManifest(ValueError):
    """The file is no ASiCManifest, or one that contradicts itself."""


def read(name: str, entries: Mapping[str, bytes]) -> Manifest:
    """The manifest in the entry ``name``, checked against the other entries; MalformedManifest if it cannot be read."""
    try:
        root = Document(entries[name]).root
    except MalformedDocument as error:
        raise MalformedManifest(f"the manifest {name}: {error}") from error
    if local_name(root) != "ASiCManifest":
        raise MalformedManifest(f"{name} is no manifest")
    linked = [each for each in children(root) if each.tag == f"{{{ASIC}}}SigReference"]
    listed = [each for each in children(root) if each.tag == f"{{{ASIC}}}DataObjectReference"]
    if len(linked) != 1 or not listed:
        raise MalformedManifest(f"the manifest {name} must name one signature and the files it covers")
    found = tuple(_entry(each, entries) for each in listed)
    if len({entry.name for entry in found}) != len(found):
        raise MalformedManifest(f"the manifest {name} lists a file twice")
    return Manifest(name, entries[name], unquote(str(linked[0].get("URI", ""))), found)


def _entry(element: etree._Element, entries: Mapping[str, bytes]) -> Entry:
    name = unquote(str(element.get("URI", "")))
    try:
        algorithm, expected = digest_and_value(element)
        content = entries.get(name)
        if content is None:
            return Entry(name, algorithm, Integrity.CONTENT_MISSING, f"the signed file {name} is not in the container")
        if not hmac.compare_digest(crypto.digest(algorithm, content), expected):
            return Entry(name, algorithm, Integrity.HASH_MISMATCH, f"the signed file {name} was changed")
    except Refused as refused:
        return Entry(name, "", refused.integrity, refused.sentence)
    except crypto.UnsupportedAlgorithm as error:
        return Entry(name, "", Integrity.UNSUPPORTED, f"the digest of {name}: {error}")
    return Entry(name, algorithm, Integrity.INTACT)
