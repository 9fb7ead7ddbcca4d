"""Certificates and revocation values in the document security store of a PDF (ISO 32000-2 §12.8.4.3, EN 319 142-1 §5.4).

Owns gathering them from every revision, also from a store that a later revision replaced: the bytes are still in the
file and still under whatever time-stamp covers them. Judging them is left to the decision process.
"""

from functools import cached_property

from keys.validation.formats.pdf.document import Document, Revision
from keys.validation.formats.pdf.values import Ref, Stream, Unreadable, Value
from keys.validation.validation_data import ValidationData

MAX_VALUES = 5_000
_STORE = ("Certs", "CRLs", "OCSPs")
_RELATED = ("Cert", "CRL", "OCSP")


class SecurityStore:
    """The stores of all revisions of one document."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self._decoded: dict[object, bytes] = {}
        self._revisions: dict[int, ValidationData] = {}
        self._until: dict[int, ValidationData] = {}

    def until(self, revision: Revision) -> ValidationData:
        """All that stores held in this revision and those before it, the newest first."""
        if revision.index not in self._until:
            found = ValidationData()
            for earlier in reversed(self.document.all_revisions()[: revision.index + 1]):
                found += self._of(earlier)
            self._until[revision.index] = found
        return self._until[revision.index]

    @cached_property
    def overwritten(self) -> bool:
        """Whether the last store lacks something that an earlier one had."""
        return self._of(self.document.last) != self.until(self.document.last)

    def _of(self, revision: Revision) -> ValidationData:
        if revision.index not in self._revisions:
            try:
                self._revisions[revision.index] = self._read(revision)
            except Unreadable:
                # A revision that cannot be read proves nothing; the comparison of revisions says that it cannot.
                self._revisions[revision.index] = ValidationData()
        return self._revisions[revision.index]

    def _read(self, revision: Revision) -> ValidationData:
        store = revision.dictionary(revision.catalog.get("DSS"))
        found = self._values(revision, store, _STORE)
        for related in revision.dictionary(store.get("VRI")).values():
            found += self._values(revision, revision.dictionary(related), _RELATED)
        return found

    def _values(self, revision: Revision, holder: dict[str, Value], keys: tuple[str, str, str]) -> ValidationData:
        certificates, crls, responses = (self._streams(revision, holder.get(key)) for key in keys)
        return ValidationData(certificates, crls, responses)

    def _streams(self, revision: Revision, value: Value) -> tuple[bytes, ...]:
        items = revision.array(value)[:MAX_VALUES]
        return tuple(content for content in (self._content(revision, item) for item in items) if content)

    def _content(self, revision: Revision, item: Value) -> bytes:
        try:
            place = revision.location(item) if isinstance(item, Ref) else None
            if place is not None and place in self._decoded:
                return self._decoded[place]
            stream = revision.resolve(item)
            content = stream.decode() if isinstance(stream, Stream) else b""
        except Unreadable:
            return b""
        if place is not None:
            self._decoded[place] = content
        return content
