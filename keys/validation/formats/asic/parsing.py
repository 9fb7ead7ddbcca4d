"""From the bytes of an ASiC container to its signatures, its own time-stamps and the files that nothing covers."""

from dataclasses import replace

from keys.validation.formats.asic import cades, xades
from keys.validation.formats.asic.container import Container, MalformedContainer, open_container
from keys.validation.formats.asic.layout import ASIC_S, Layout, lay_out
from keys.validation.model import Integrity, ParsedDocument, SignatureObject


def parse(data: bytes, name: str = "") -> ParsedDocument:
    """The signatures of a container. Never raises for anything that ``data`` holds.

    ``name`` is the file's name: where the container does not declare its type, the extension may.
    """
    try:
        container = open_container(data)
    except MalformedContainer as error:
        return ParsedDocument("ASiC", problems=(str(error),))
    layout = lay_out(container, name)
    if not layout.is_signed:
        return ParsedDocument(None, problems=("a ZIP archive without signatures",))
    return _parse(container, layout)


def _parse(container: Container, layout: Layout) -> ParsedDocument:
    known = cades.manifests(container, layout)
    files = cades.parse(container, layout, known)
    files, own, stamped = cades.stamp(container, layout, known, files)
    documents = [*xades.parse(container, layout), *(document for _, document in files)]
    signatures = tuple(
        replace(_of_container(each, container, layout), container=layout.kind)
        for document in documents
        for each in document.signatures
    )
    covered = stamped | {scope.name for each in signatures for scope in each.scopes if scope.covered == "FULL"}
    has_content = signatures or own
    return ParsedDocument(
        layout.kind,
        signatures,
        timestamps=own,
        evidence_records=len(layout.evidence_records),
        problems=tuple(problem for document in documents for problem in document.problems),
        uncovered=tuple(name for name in container.content() if name not in covered) if has_content else (),
    )


def _of_container(signature: SignatureObject, container: Container, layout: Layout) -> SignatureObject:
    """ASiC-S is for one file (EN 319 162-1 clause 4.3.3.1): with two, nobody can tell which one was signed.

    ASiC-E is for at least one (clause 4.4.1): a signature that names none, in a container that has none, signs nothing
    that anybody could read.
    """
    content = container.content()
    if layout.kind == ASIC_S:
        alone = sum("/" not in name for name in content) == 1
        sentence = "" if alone else "an ASiC-S container holds exactly one file"
    else:
        found_all = signature.integrity is Integrity.INTACT
        sentence = "an ASiC-E container holds at least one file" if found_all and not content else ""
    if not sentence or signature.integrity is Integrity.MALFORMED:
        return signature
    return replace(signature, integrity=Integrity.MALFORMED, problems=(sentence, *signature.problems))
