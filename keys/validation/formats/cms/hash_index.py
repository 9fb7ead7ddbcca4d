"""The ATS hash index of an archive-time-stamp-v3: which certificates, revocation values and attributes it covers.

ETSI EN 319 122-1 §5.5.2 (version 3), and its two predecessors. Owns reading the index and matching it with what the
structure holds; what follows from that is decided by ``placed``.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from keys.validation import asn1, crypto
from keys.validation.algorithm_identifier import digest_name
from keys.validation.asn1 import Element, MalformedEncoding
from keys.validation.formats.cms import names
from keys.validation.signed_data import Attribute, SignedData, SignerInfo

_VERSIONS = (names.HASH_INDEX_V3, names.HASH_INDEX_V2, names.HASH_INDEX_V1)


@dataclass(frozen=True)
class HashIndex:
    """One ATSHashIndex: three lists of digests."""

    element: Element
    version: str
    algorithm: str
    certificates: frozenset[bytes]
    revocations: frozenset[bytes]
    attributes: frozenset[bytes]

    def lists_attribute(self, attribute: Attribute) -> bool:
        """Whether every value of the unsigned attribute is in the index."""
        return all(any(d in self.attributes for d in self._digests(c)) for c in self._octets(attribute))

    def lists_certificate(self, element: Element) -> bool:
        """Whether a CertificateChoices of the structure is in the index."""
        return any(digest in self.certificates for digest in self._digests((element.raw, asn1.der(element))))

    def lists_revocation(self, element: Element) -> bool:
        """Whether a RevocationInfoChoice of the structure is in the index."""
        return any(digest in self.revocations for digest in self._digests(_revocation_forms(element)))

    def is_complete_for(self, structure: SignedData, info: SignerInfo) -> bool:
        """Whether all that the index names is still there: something was removed where not (§5.5.2)."""
        certificates = structure.certificate_set.children if structure.certificate_set else ()
        revocations = structure.revocation_set.children if structure.revocation_set else ()
        found_certificates = {d for c in certificates for d in self._digests((c.raw, asn1.der(c)))}
        found_revocations = {d for r in revocations for d in self._digests(_revocation_forms(r))}
        found_attributes = {
            d for a in info.unsigned_attributes for forms in self._octets(a) for d in self._digests(forms)
        }
        return (
            self.certificates <= found_certificates
            and self.revocations <= found_revocations
            and self.attributes <= found_attributes
        )

    def _octets(self, attribute: Attribute) -> Iterator[tuple[bytes, bytes]]:
        """What is hashed of an attribute: type and one value each (version 3), or the attribute whole."""
        if self.version != names.HASH_INDEX_V3:
            yield attribute.element.raw, asn1.der(attribute.element)
            return
        kind = asn1.encode(asn1.OID, asn1.oid_octets(attribute.oid))
        for value in attribute.values:
            yield kind + value.raw, kind + asn1.der(value)

    def _digests(self, forms: tuple[bytes, ...]) -> set[bytes]:
        return {crypto.digest(self.algorithm, form) for form in forms}


def read_hash_index(token: SignerInfo) -> HashIndex | None:
    """The index among the unsigned attributes of a token's signer; None without one that can be read."""
    for version in _VERSIONS:
        for attribute in token.unsigned(version):
            try:
                return _hash_index(attribute.value, version)
            except (MalformedEncoding, crypto.UnsupportedAlgorithm):
                continue
    return None


def _hash_index(value: Element, version: str) -> HashIndex:
    parts = list(value.members())
    algorithm = "sha256"
    if len(parts) == 4:
        algorithm = digest_name(parts.pop(0))
    if len(parts) != 3:
        raise MalformedEncoding("not an ATS hash index")
    certificates, revocations, attributes = (frozenset(item.octets for item in part.members()) for part in parts)
    return HashIndex(value, version, algorithm, certificates, revocations, attributes)


def _revocation_forms(element: Element) -> tuple[bytes, ...]:
    """A RevocationInfoChoice as written, in DER, and with OtherRevocationInfoFormat under its own tag."""
    if not element.is_context(1):
        return element.raw, asn1.der(element)
    whole = asn1.encode(asn1.SEQUENCE, b"".join(asn1.der(child) for child in element.children), constructed=True)
    return element.raw, asn1.der(element), whole
