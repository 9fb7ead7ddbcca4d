"""CAdES signatures and time-stamps in a container: over the one file of ASiC-S, over a manifest in ASiC-E.

ETSI EN 319 162-1 clauses 4.3.3.2 and 4.4.4. The CMS structure is read by ``formats.cms``; here it is tied to the files
that it is about, and the time-stamps beside it to the signatures that they cover.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from keys.validation import crypto, timestamps
from keys.validation.asn1 import MalformedEncoding
from keys.validation.formats import cms
from keys.validation.formats.asic.container import Container
from keys.validation.formats.asic.layout import ASIC_S, Layout
from keys.validation.formats.asic.manifest import MalformedManifest, Manifest, read
from keys.validation.formats.evidence import fingerprint
from keys.validation.formats.findings import GRAVITY
from keys.validation.model import Content, Integrity, ParsedDocument, Scope, SignatureObject, Timestamp, TimestampKind
from keys.validation.signed_data import read_signed_data


@dataclass
class Manifests:
    """The manifests of a container by the file that signs them."""

    by_signature: dict[str, list[Manifest]]
    problems: list[str]

    def of(self, name: str) -> Manifest | None:
        """The one manifest that the signature file covers."""
        found = self.by_signature.get(name, [])
        return found[0] if len(found) == 1 else None


def manifests(container: Container, layout: Layout) -> Manifests:
    """Read every manifest of the container."""
    found: dict[str, list[Manifest]] = {}
    problems = []
    for name in (*layout.manifests, *layout.archive_manifests):
        try:
            manifest = read(name, container.entries)
        except MalformedManifest as error:
            problems.append(str(error))
        else:
            found.setdefault(manifest.signature, []).append(manifest)
    return Manifests(found, problems)


def parse(container: Container, layout: Layout, known: Manifests) -> list[tuple[str, ParsedDocument]]:
    """Each signature file with what it holds."""
    several = len(layout.cms_signatures) > 1
    return [
        (name, _prefixed(_signature_file(name, container, layout, known), f"{name}#" if several else ""))
        for name in layout.cms_signatures
    ]


def _signature_file(name: str, container: Container, layout: Layout, known: Manifests) -> ParsedDocument:
    if layout.kind == ASIC_S:
        return _over_file(name, container)
    manifest = known.of(name)
    if manifest is None:
        reason = "; ".join(known.problems) or f"no manifest, or more than one, belongs to {name}"
        parsed = cms.parse(container.entries[name], ())
        broken = [(Integrity.MALFORMED, reason)]
        return replace(parsed, signatures=tuple(_amended(each, broken, ()) for each in parsed.signatures), uncovered=())
    parsed = cms.parse(container.entries[name], [Content(manifest.name, manifest.data)])
    scopes = tuple(
        Scope(entry.name, "NONE" if entry.integrity is Integrity.CONTENT_MISSING else "FULL", entry.problem)
        for entry in manifest.entries
    )
    return _tied(parsed, (*_other_content(container.entries[name], manifest.data), *manifest.problems), scopes)


def _over_file(name: str, container: Container) -> ParsedDocument:
    content = container.content()
    if len([each for each in content if "/" not in each]) != 1:
        # Not the parser's guess which of them was meant: ASiC-S holds one data object (clause 4.3.3.1).
        parsed = cms.parse(container.entries[name], ())
        broken = [(Integrity.MALFORMED, "an ASiC-S container holds exactly one file")]
        return replace(parsed, signatures=tuple(_amended(each, broken, ()) for each in parsed.signatures), uncovered=())
    signed = next(each for each in content if "/" not in each)
    parsed = cms.parse(container.entries[name], [Content(signed, container.entries[signed])])
    return _tied(parsed, _other_content(container.entries[name], container.entries[signed]), (Scope(signed, "FULL"),))


def _other_content(signature: bytes, expected: bytes) -> tuple[tuple[Integrity, str], ...]:
    """A signature that carries its content covers that, and the container's file only if it is the same."""
    try:
        carried = read_signed_data(signature, padded=True).content
    except (MalformedEncoding, crypto.UnsupportedAlgorithm):
        return ()
    if carried is None or carried == expected:
        return ()
    return ((Integrity.HASH_MISMATCH, "the signature is over something else than the container's files"),)


def _tied(
    parsed: ParsedDocument, broken: tuple[tuple[Integrity, str], ...], scopes: tuple[Scope, ...]
) -> ParsedDocument:
    """The signatures with the container's findings added."""
    signatures = tuple(_amended(each, broken, scopes) for each in parsed.signatures)
    return replace(parsed, signatures=signatures, uncovered=())


def _amended(
    signature: SignatureObject, broken: Sequence[tuple[Integrity, str]], scopes: tuple[Scope, ...]
) -> SignatureObject:
    if signature.counter_signature_of is not None:
        return signature
    own = [(signature.integrity, each) for each in signature.problems]
    ordered = sorted([*own, *broken], key=lambda each: GRAVITY.index(each[0]) if each[0] in GRAVITY else -1)
    gravest = min(
        (found for found in (signature.integrity, *(found for found, _ in broken)) if found is not Integrity.INTACT),
        key=GRAVITY.index,
        default=Integrity.INTACT,
    )
    return replace(
        signature,
        integrity=gravest,
        problems=tuple(sentence for _, sentence in ordered),
        scopes=scopes or signature.scopes,
    )


def _prefixed(parsed: ParsedDocument, prefix: str) -> ParsedDocument:
    signatures = tuple(
        replace(
            each,
            id=prefix + each.id,
            counter_signature_of=None if each.counter_signature_of is None else prefix + each.counter_signature_of,
        )
        for each in parsed.signatures
    )
    return replace(parsed, signatures=signatures)


def stamp(
    container: Container, layout: Layout, known: Manifests, files: list[tuple[str, ParsedDocument]]
) -> tuple[list[tuple[str, ParsedDocument]], tuple[Timestamp, ...], set[str]]:
    """The time-stamps of the container: added to the signatures that they cover, or its own; and the files covered."""
    own: list[Timestamp] = []
    covered: set[str] = set()
    inside = _Inside()
    for name in layout.timestamps:
        manifest = known.of(name)
        token = container.entries[name]
        parsed = timestamps.parse(token)
        if manifest is None:
            content = container.content()
            matches = _is_over(parsed, container.entries[content[0]]) if len(content) == 1 else None
            own.append(Timestamp(TimestampKind.DOCUMENT, token, matches, frozenset()))
            covered |= {content[0]} if matches else set()
            continue
        matches = None if parsed.generated is None else _is_over(parsed, manifest.data) and not manifest.problems
        names = {entry.name for entry in manifest.entries}
        covers = frozenset(_covered(names, container, layout, files, inside))
        touched = any(each in names for each, _ in files)
        kind = TimestampKind.ARCHIVE if touched else TimestampKind.DOCUMENT
        found = Timestamp(kind, token, matches, covers)
        if not touched:
            own.append(found)
            covered |= names if matches else set()
        files = [(each, _stamped(document, found) if each in names else document) for each, document in files]
    return files, tuple(own), covered


class _Inside(dict[bytes, frozenset[str]]):
    """What time-stamp tokens carry, by fingerprint; each is read once, since each later manifest lists all earlier ones."""

    def __missing__(self, token: bytes) -> frozenset[str]:
        parsed = timestamps.parse(token)
        found = map(fingerprint, (token, *parsed.certificates, *parsed.crls, *parsed.ocsp_responses))
        return self.setdefault(token, frozenset(found))


def _covered(
    names: set[str], container: Container, layout: Layout, files: list[tuple[str, ParsedDocument]], inside: _Inside
) -> set[str]:
    """What the files that a manifest lists contain, by fingerprint."""
    found: set[str] = set()
    for name, document in files:
        for signature in document.signatures if name in names else ():
            values = (*signature.certificates, *signature.crls, *signature.ocsp_responses, signature.signature_value)
            found.update(map(fingerprint, values))
            found.update(*(inside[each.token] for each in signature.timestamps))
    found.update(*(inside[container.entries[name]] for name in layout.timestamps if name in names))
    return found


def _stamped(document: ParsedDocument, timestamp: Timestamp) -> ParsedDocument:
    signatures = tuple(
        each if each.counter_signature_of else replace(each, timestamps=(*each.timestamps, timestamp))
        for each in document.signatures
    )
    return replace(document, signatures=signatures)


def _is_over(token: timestamps.TimestampToken, data: bytes) -> bool | None:
    try:
        return token.generated is not None and token.is_over(data)
    except crypto.UnsupportedAlgorithm:
        return None
