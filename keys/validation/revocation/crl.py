"""One CRL (RFC 5280 §5): its header, and an index of its entries that makes a look-up cost the same at any size.

Entries are never turned into objects: the serials are sorted once beside their place in the file, 25 bytes each, so a
list of a million costs 25 MB and each look-up twenty comparisons. What the list may be used for is left to ``scope``.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from hashlib import sha256
from typing import Any

from asn1crypto import crl as asn1_crl
from asn1crypto import x509

from keys.validation import asn1, crypto
from keys.validation.algorithms import SignatureAlgorithm
from keys.validation.asn1 import Element
from keys.validation.pkix import Certificate, algorithm_of

_KNOWN_EXTENSIONS = frozenset({"2.5.29.20", "2.5.29.27", "2.5.29.28", "2.5.29.35", "2.5.29.46", "2.5.29.60"})
"""CRL number, delta indicator, issuing distribution point, authority key, freshest CRL, expiredCertsOnCRL."""
_REASON, _INVALIDITY, _CERTIFICATE_ISSUER = "2.5.29.21", "2.5.29.24", "2.5.29.29"
_KNOWN_ENTRY_EXTENSIONS = frozenset({_REASON, _INVALIDITY, _CERTIFICATE_ISSUER, "2.5.29.23"})
_EXPIRED_CERTS = "2.5.29.60"
_SEQUENCE = asn1.SEQUENCE | 0x20
_SERIAL, _PLACE = 21, 4
_RECORD = _SERIAL + _PLACE


class MalformedCrl(ValueError):
    """The bytes are no CRL that can be read."""


@dataclass(frozen=True)
class CrlEntry:
    """What a CRL says of one certificate."""

    serial: int
    revoked_at: datetime
    reason: str | None
    invalid_since: datetime | None


class Crl:
    """A CRL, read and indexed once; it can be kept and asked any number of times. MalformedCrl if it is none."""

    def __init__(self, der: bytes) -> None:
        self.der = der
        self.digest = sha256(der).hexdigest()
        try:
            self._read_header()
        except (ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError) as error:
            raise MalformedCrl(str(error)) from error
        self._verified: dict[bytes, bool] = {}

    def _read_header(self) -> None:
        tbs, algorithm, signature = asn1.read(self.der).members()
        fields = list(tbs.members())
        self._tbs, self._algorithm = tbs, algorithm.raw
        self._signature = signature.expect(asn1.BIT_STRING).contents[1:]
        if fields[0].is_universal(asn1.INTEGER):
            fields.pop(0)
        signed_algorithm, issuer, this_update, *rest = fields
        if signed_algorithm.raw != algorithm.raw:
            raise MalformedCrl("the list names two signature algorithms (RFC 5280 §5.1.1.2)")
        self.issuer: Any = x509.Name.load(issuer.raw)
        self.issuer_id: Any = self.issuer.hashable
        self.this_update: datetime = this_update.time
        self.next_update: datetime | None = rest.pop(0).time if rest and _is_time(rest[0]) else None
        self._entries = rest.pop(0) if rest and rest[0].is_universal(asn1.SEQUENCE) else None
        self._read_extensions(rest[0].children[0] if rest and rest[0].is_context(0) else None)

    def _read_extensions(self, extensions: Element | None) -> None:
        found = {kind: (critical, value) for kind, critical, value in _extensions(extensions)}
        self.has_unknown_critical = any(c for kind, (c, _) in found.items() if kind not in _KNOWN_EXTENSIONS)
        self.number = asn1.read(found["2.5.29.20"][1]).integer if "2.5.29.20" in found else None
        self.base_number = asn1.read(found["2.5.29.27"][1]).integer if "2.5.29.27" in found else None
        """The number of the list that this delta CRL completes; None for a complete one."""
        scope = found.get("2.5.29.28")
        self.scope_der = scope[1] if scope else b""
        self.scope: Any = asn1_crl.IssuingDistributionPoint.load(scope[1]) if scope else None
        _ = self.scope.native if self.scope else None
        expired = found.get(_EXPIRED_CERTS)
        self.knows_expired_since = asn1.read(expired[1]).time if expired else None

    @property
    def is_indirect(self) -> bool:
        """It lists certificates of other issuers than its own (RFC 5280 §5.2.5)."""
        return bool(self.scope and self.scope["indirect_crl"].native)

    @cached_property
    def algorithm(self) -> SignatureAlgorithm | None:
        """How it is signed, None where that is unknown."""
        return algorithm_of(self._algorithm)

    def is_signed_by(self, certificate: Certificate) -> bool:
        """Whether the certificate's key made the signature; the answer is kept."""
        if certificate.spki not in self._verified:
            self._verified[certificate.spki] = self._verify(certificate.spki)
        return self._verified[certificate.spki]

    def _verify(self, spki: bytes) -> bool:
        if self.algorithm is None:
            return False
        try:
            return crypto.verify(crypto.public_key(spki), self.algorithm, self._signature, self._tbs.raw)
        except (crypto.MalformedKey, crypto.UnsupportedAlgorithm):
            return False

    @cached_property
    def can_be_used(self) -> bool:
        """No critical extension, of the list or of any entry, that this version does not know (RFC 5280 §5.2, §5.3)."""
        return not self.has_unknown_critical and self._index.usable

    def find(self, certificate: Certificate) -> CrlEntry | None:
        """The entry for the certificate, None if there is none."""
        place = self._index.find(certificate.serial, certificate.issuer_id)
        if place is None:
            return None
        _, stop = _header(self.der, place, _SEQUENCE)
        return _entry(asn1.read(self.der[place:stop]))

    @cached_property
    def _index(self) -> "_Index":
        try:
            return _Index(self.der, self._entries, self.issuer_id)
        except (ValueError, TypeError, KeyError, IndexError, AttributeError) as error:
            raise MalformedCrl(str(error)) from error


class _Index:
    """Where each serial stands in the file. Entries of an indirect CRL are kept by issuer as well."""

    def __init__(self, der: bytes, entries: Element | None, issuer: Any) -> None:
        self.usable = True
        self._others: dict[tuple[Any, bytes], int] = {}
        self._own = issuer
        self._judged: dict[bytes, tuple[bool, Any]] = {}
        self._records = b"".join(sorted(self._scan(der, entries))) if entries is not None else b""

    def find(self, serial: int, issuer: Any) -> int | None:
        key = _serial_key(serial.to_bytes(serial.bit_length() // 8 + 1, "big", signed=True))
        if issuer != self._own:
            return self._others.get((issuer, key))
        low, high = 0, len(self._records) // _RECORD
        while low < high:
            middle = (low + high) // 2
            if self._records[middle * _RECORD : middle * _RECORD + _SERIAL] < key:
                low = middle + 1
            else:
                high = middle
        record = self._records[low * _RECORD : (low + 1) * _RECORD]
        return int.from_bytes(record[_SERIAL:], "big") if record[:_SERIAL] == key else None

    def _scan(self, der: bytes, entries: Element) -> Iterator[bytes]:
        position, end, issuer = entries.body, entries.body_end, self._own
        while position < end:
            body, stop = _header(der, position, _SEQUENCE)
            serial, after = _header(der, body, asn1.INTEGER)
            extensions = _skip(der, after)
            if stop > end or after > stop or extensions > stop:
                raise MalformedCrl("an entry reaches beyond the list")
            if extensions < stop:
                issuer = self._entry_extensions(der[extensions:stop]) or issuer
            key = _serial_key(der[serial:after])
            if issuer == self._own:
                yield key + position.to_bytes(_PLACE, "big")
            else:
                self._others[issuer, key] = position
            position = stop

    def _entry_extensions(self, encoded: bytes) -> Any:
        """Look at an entry's extensions, once per spelling; gives the certificate issuer if it names one."""
        if encoded not in self._judged:
            if len(self._judged) > 10_000:
                self._judged.clear()
            self._judged[encoded] = _judge_extensions(encoded)
        known, issuer = self._judged[encoded]
        self.usable = self.usable and known
        return issuer


def _header(der: bytes, position: int, identifier: int) -> tuple[int, int]:
    """Where the contents of the element at ``position`` begin and end; the tight loop over a million entries."""
    if der[position] != identifier:
        raise MalformedCrl("an entry of an unexpected type")
    length = der[position + 1]
    if length < 0x80:
        return position + 2, position + 2 + length
    body = position + 2 + (length & 0x7F)
    return body, body + int.from_bytes(der[position + 2 : body], "big")


def _skip(der: bytes, position: int) -> int:
    return _header(der, position, der[position])[1]


def _serial_key(serial: bytes) -> bytes:
    """A serial number's octets so that equal numbers are equal keys; longer than 20 octets are folded (§4.1.2.2)."""
    if len(serial) > 1 and serial[0] in (0, 0xFF):
        value = int.from_bytes(serial, "big", signed=True)
        serial = value.to_bytes((value + (value < 0)).bit_length() // 8 + 1, "big", signed=True)
    if len(serial) >= _SERIAL:
        return b"\xff" + sha256(serial).digest()[: _SERIAL - 1]
    return bytes([len(serial)]) + serial.ljust(_SERIAL - 1, b"\0")


def _judge_extensions(encoded: bytes) -> tuple[bool, Any]:
    known, issuer = True, None
    for kind, critical, value in _extensions(asn1.read(encoded)):
        if critical and kind not in _KNOWN_ENTRY_EXTENSIONS:
            known = False
        if kind == _CERTIFICATE_ISSUER:
            names = [name.chosen for name in x509.GeneralNames.load(value) if name.name == "directory_name"]
            issuer = names[0].hashable
    return known, issuer


def _entry(element: Element) -> CrlEntry:
    serial, at, *rest = element.members()
    found = {kind: value for kind, _, value in _extensions(rest[0] if rest else None)}
    reason = asn1_crl.CRLReason.load(found[_REASON]).native if _REASON in found else None
    invalid_since = asn1.read(found[_INVALIDITY]).time if _INVALIDITY in found else None
    return CrlEntry(serial.integer, at.time, reason, invalid_since)


def _extensions(sequence: Element | None) -> Iterator[tuple[str, bool, bytes]]:
    for extension in sequence.members() if sequence else ():
        kind, *middle, value = extension.members()
        yield kind.oid, bool(middle) and middle[0].contents != b"\0", value.octets


def _is_time(element: Element) -> bool:
    return element.is_universal(asn1.UTC_TIME) or element.is_universal(asn1.GENERALIZED_TIME)
