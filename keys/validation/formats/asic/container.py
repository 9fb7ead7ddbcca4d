"""Opening a ZIP container as untrusted input: every entry once, by one name, within limits, nothing written to disk.

APPNOTE.TXT (ZIP), ETSI EN 319 162-1 clause 4 and annex A. Two readers must see the same files in a container, so an
archive that can be read in two ways is refused. Which entries are signatures is left to ``layout``.
"""

import io
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

MAX_ENTRIES = 2_000
MAX_TOTAL = 120_000_000
"""Octets of all entries together, unpacked."""
MAX_RATIO = 250
"""How many times larger than packed an entry of more than a megabyte may be."""

_LOCAL_HEADER = b"PK\x03\x04"
_DESCRIPTOR = 24
"""The longest data descriptor that may follow an entry."""


class MalformedContainer(ValueError):
    """The bytes are no ZIP archive that everybody reads alike, within the limits."""


@dataclass(frozen=True)
class Container:
    """The files of a container by name, in order, and its comment."""

    entries: Mapping[str, bytes]
    comment: str = ""

    @property
    def mimetype(self) -> str:
        """The contents of the ``mimetype`` entry, or what the archive's comment says in its place (annex A.1)."""
        text = self.entries.get("mimetype", b"")[:200].decode("latin-1").strip()
        return text or self.comment.partition("mimetype=")[2].strip()

    def in_meta_inf(self) -> Iterator[str]:
        """The names in ``META-INF``."""
        return (name for name in self.entries if name.startswith("META-INF/"))

    def content(self) -> tuple[str, ...]:
        """The names of the files that a container is for: neither ``META-INF`` nor ``mimetype``."""
        return tuple(name for name in self.entries if not name.startswith("META-INF/") and name != "mimetype")


def open_container(data: bytes) -> Container:
    """Read a ZIP archive wholly; MalformedContainer where it breaks a rule."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            infos = [info for info in archive.infolist() if not info.is_dir()]
            _check(infos, data)
            return Container(dict(_read(archive, infos)), archive.comment.decode("latin-1"))
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError, ValueError) as error:
        if isinstance(error, MalformedContainer):
            raise
        raise MalformedContainer(f"not a readable ZIP archive: {error}") from error


def _check(infos: list[zipfile.ZipInfo], data: bytes) -> None:
    if len(infos) > MAX_ENTRIES:
        raise MalformedContainer(f"more than {MAX_ENTRIES} files")
    if sum(info.file_size for info in infos) > MAX_TOTAL:
        raise MalformedContainer("unpacked it would be too large")
    names = [unicodedata.normalize("NFC", info.filename) for info in infos]
    if len(set(names)) != len(names):
        raise MalformedContainer("two files have one name")
    for info in infos:
        _check_entry(info)
    _check_layout(infos, data)


def _check_entry(info: zipfile.ZipInfo) -> None:
    # The library cuts a name at a NUL, so the name as written is looked at.
    name = info.orig_filename
    if not name or name.startswith("/") or "\\" in name or ":" in name[:2] or ".." in name.split("/"):
        raise MalformedContainer(f"the file name {name!r} leads out of the container")
    if any(unicodedata.category(character) == "Cc" for character in name):
        raise MalformedContainer("a file name holds control characters")
    if info.flag_bits & 0x41:
        raise MalformedContainer("a file is encrypted")
    if info.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
        raise MalformedContainer("a file is packed in a way that is not read here")
    if info.file_size > 1_000_000 and info.file_size > MAX_RATIO * max(info.compress_size, 1):
        raise MalformedContainer("a file unpacks to far more than any honest one")


def _check_layout(infos: list[zipfile.ZipInfo], data: bytes) -> None:
    """Entries neither overlap nor hide others between them, which a reader from the front would see."""
    position = 0
    for info in sorted(infos, key=lambda each: each.header_offset):
        start = info.header_offset
        if start < position:
            raise MalformedContainer("files overlap")
        if _LOCAL_HEADER in data[position:start] and not _only_directories(data[position:start]):
            raise MalformedContainer("a file is hidden from the directory")
        name_length = int.from_bytes(data[start + 26 : start + 28], "little")
        extra_length = int.from_bytes(data[start + 28 : start + 30], "little")
        position = start + 30 + name_length + extra_length + info.compress_size
    if _LOCAL_HEADER in data[position : position + _DESCRIPTOR + 4]:
        raise MalformedContainer("a file is hidden from the directory")


def _only_directories(gap: bytes) -> bool:
    """Whether a gap holds nothing but the headers of directories, which are left out of the listing."""
    position = gap.find(_LOCAL_HEADER)
    while 0 <= position < len(gap):
        name_length = int.from_bytes(gap[position + 26 : position + 28], "little")
        extra_length = int.from_bytes(gap[position + 28 : position + 30], "little")
        name = gap[position + 30 : position + 30 + name_length]
        if not name.endswith(b"/"):
            return False
        following = gap.find(_LOCAL_HEADER, position + 30 + name_length + extra_length)
        if following < 0:
            return True
        position = following
    return True


def _read(archive: zipfile.ZipFile, infos: list[zipfile.ZipInfo]) -> Iterator[tuple[str, bytes]]:
    left = MAX_TOTAL
    for info in infos:
        with archive.open(info) as entry:
            # The declared size may lie; what counts is what comes out.
            content = entry.read(min(info.file_size, left) + 1)
        if len(content) != info.file_size:
            raise MalformedContainer("a file has another size than declared")
        left -= len(content)
        yield info.filename, content
