"""Which kind of container it is and which of its files are signatures, manifests, time-stamps and evidence records.

ETSI EN 319 162-1 clauses 4.3 (ASiC-S) and 4.4 (ASiC-E), with the OpenDocument family and the national forms of ASiC-E
(bdoc, edoc). What the files say is read elsewhere.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from keys.validation.formats.asic.container import Container

ASIC_S, ASIC_E = "ASiC-S", "ASiC-E"
_TYPES = {"application/vnd.etsi.asic-s+zip": ASIC_S, "application/vnd.etsi.asic-e+zip": ASIC_E}
_EXTENDED = (".asice", ".sce", ".bdoc", ".edoc", ".adoc")
_OPEN_DOCUMENT = "application/vnd.oasis.opendocument."


@dataclass(frozen=True)
class Layout:
    """The parts of a container by their role; each a tuple of names."""

    kind: str
    """``ASiC-S`` or ``ASiC-E``."""
    xml_signatures: tuple[str, ...]
    cms_signatures: tuple[str, ...]
    timestamps: tuple[str, ...]
    evidence_records: tuple[str, ...]
    manifests: tuple[str, ...]
    """``ASiCManifest*.xml``: what a CAdES signature or a time-stamp covers."""
    archive_manifests: tuple[str, ...]

    @property
    def is_signed(self) -> bool:
        """Whether the container holds anything that could prove something."""
        return bool(self.xml_signatures or self.cms_signatures or self.timestamps or self.evidence_records)


def lay_out(container: Container, name: str = "") -> Layout:
    """Sort the files of ``META-INF`` by their names, as the standard has them."""
    meta = [(name, name.removeprefix("META-INF/")) for name in container.in_meta_inf()]
    signatures = [pair for pair in meta if "signature" in pair[1].lower() and "manifest" not in pair[1].lower()]
    manifests = _ending(meta, ".xml", "ASiCManifest")
    cms = _ending(signatures, ".p7s")
    return Layout(
        kind=_kind(container, name, has_manifests=bool(manifests) and bool(cms)),
        xml_signatures=_ending(signatures, ".xml"),
        cms_signatures=cms,
        timestamps=_ending(meta, ".tst"),
        evidence_records=(*_ending(meta, ".ers", "evidencerecord"), *_ending(meta, ".xml", "evidencerecord")),
        manifests=manifests,
        archive_manifests=_ending(meta, ".xml", "ASiCArchiveManifest"),
    )


def _ending(names: Iterable[tuple[str, str]], suffix: str, start: str = "") -> tuple[str, ...]:
    return tuple(
        full for full, name in names if name.lower().endswith(suffix) and name.lower().startswith(start.lower())
    )


def _kind(container: Container, name: str, *, has_manifests: bool) -> str:
    """The type that ``mimetype`` declares; else ASiC-S only where there is a single file and nothing says otherwise."""
    declared = container.mimetype
    if declared in _TYPES:
        return _TYPES[declared]
    at_the_top = [each for each in container.content() if "/" not in each]
    if declared.startswith(_OPEN_DOCUMENT) or has_manifests or len(at_the_top) != 1:
        return ASIC_E
    return ASIC_E if name.lower().endswith(_EXTENDED) else ASIC_S
