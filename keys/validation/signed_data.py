"""Reading CMS SignedData (RFC 5652 §5, PKCS #7 1.5) into its parts, each with the bytes it was written in.

Owns the structure alone: ContentInfo, SignedData, SignerInfo, attributes, certificates and revocation values. Whether a
signer's value verifies is ``signer``; what the attributes of CAdES mean is ``formats.cms``.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from keys.validation import asn1
from keys.validation.asn1 import Element, MalformedEncoding

SIGNED_DATA = "1.2.840.113549.1.7.2"
DATA = "1.2.840.113549.1.7.1"
_RI_OCSP_RESPONSE = "1.3.6.1.5.5.7.16.2"
_BASIC_OCSP_RESPONSE = "1.3.6.1.5.5.7.48.1.1"
MAX_SIGNERS = 200
"""More signers than this in one structure are refused: each costs a public-key operation."""


@dataclass(frozen=True)
class Attribute:
    """One attribute: its type and every value (RFC 5652 §5.3)."""

    oid: str
    values: tuple[Element, ...]
    element: Element

    @property
    def value(self) -> Element:
        """The only value; MalformedEncoding where there is none or several."""
        if len(self.values) != 1:
            raise MalformedEncoding(f"attribute {self.oid} has {len(self.values)} values where one is required")
        return self.values[0]


@dataclass(frozen=True)
class SignerInfo:
    """One signer (RFC 5652 §5.3). The signer is named by issuer and serial number, or by key identifier."""

    element: Element
    version: int
    issuer: bytes | None
    serial: int | None
    key_id: bytes | None
    digest_algorithm: Element
    signed_attributes: Element | None
    """The ``[0] IMPLICIT SET OF`` as written."""
    attributes: tuple[Attribute, ...]
    signature_algorithm: Element
    signature: bytes
    unsigned_attributes: tuple[Attribute, ...]

    def signed(self, oid: str) -> tuple[Attribute, ...]:
        """The signed attributes of type ``oid``."""
        return tuple(attribute for attribute in self.attributes if attribute.oid == oid)

    def unsigned(self, oid: str) -> tuple[Attribute, ...]:
        """The unsigned attributes of type ``oid``."""
        return tuple(attribute for attribute in self.unsigned_attributes if attribute.oid == oid)


@dataclass(frozen=True)
class SignedData:
    """A SignedData with everything it carries. Certificates, CRLs and OCSP responses are DER."""

    element: Element
    version: int
    content_type: str
    content: bytes | None
    """The encapsulated content; None when it is detached."""
    encapsulated: Element
    certificates: tuple[bytes, ...]
    certificate_set: Element | None
    crls: tuple[bytes, ...]
    ocsp_responses: tuple[bytes, ...]
    revocation_set: Element | None
    revocations: tuple[tuple[Element, tuple[bytes, ...]], ...]
    """Each RevocationInfoChoice with the CRL or OCSP response it holds."""
    signers: tuple[SignerInfo, ...]


def read_signed_data(data: bytes, *, padded: bool = False) -> SignedData:
    """The SignedData in the ContentInfo ``data``; MalformedEncoding if it is none.

    ``padded`` admits zero octets and line ends after it: a PDF signature's reserved space is filled up with zeros
    (ISO 32000-2 §12.8.1), a file that was a text once may end with a line.
    """
    element = asn1.read(data, trailing=padded)
    if data[element.end :].strip(b"\0\r\n"):
        raise MalformedEncoding("bytes other than zeros follow the structure")
    return signed_data_of(element)


def signed_data_of(content_info: Element) -> SignedData:
    """The SignedData in a ContentInfo element."""
    parts = content_info.members()
    if len(parts) != 2 or parts[0].oid != SIGNED_DATA or not parts[1].is_context(0):
        raise MalformedEncoding("not a ContentInfo with SignedData")
    (element,) = _exactly(parts[1].children, 1, "SignedData")
    return _signed_data(element)


def read_signer_info(element: Element) -> SignerInfo:
    """The SignerInfo that ``element`` is; also used for counter-signatures (RFC 5652 §11.4)."""
    parts = list(element.members())
    if len(parts) < 5:
        raise MalformedEncoding("a SignerInfo lacks fields")
    version, identifier, digest_algorithm = parts[0].integer, parts[1], parts[2]
    rest = parts[3:]
    signed = rest.pop(0) if rest[0].is_context(0) else None
    unsigned = rest.pop() if rest and rest[-1].is_context(1) else None
    signature_algorithm, signature = _exactly(rest, 2, "SignerInfo")
    issuer, serial, key_id = _identifier(identifier)
    return SignerInfo(
        element=element,
        version=version,
        issuer=issuer,
        serial=serial,
        key_id=key_id,
        digest_algorithm=_algorithm(digest_algorithm),
        signed_attributes=signed,
        attributes=read_attributes(signed),
        signature_algorithm=_algorithm(signature_algorithm),
        signature=signature.octets,
        unsigned_attributes=read_attributes(unsigned),
    )


def read_attributes(container: Element | None) -> tuple[Attribute, ...]:
    """The attributes in an (implicitly tagged) SET OF Attribute; empty for None."""
    return tuple(read_attribute(child) for child in container.children) if container is not None else ()


def read_attribute(element: Element) -> Attribute:
    """The Attribute that ``element`` is."""
    kind, values = _exactly(element.members(), 2, "attribute")
    return Attribute(kind.oid, values.members(asn1.SET), element)


def _signed_data(element: Element) -> SignedData:
    parts = list(element.members())
    if len(parts) < 4:
        raise MalformedEncoding("a SignedData lacks fields")
    version = parts[0].integer
    for algorithm in parts[1].members(asn1.SET):
        _algorithm(algorithm)
    content_type, content = _encapsulated(parts[2])
    optional = parts[3:-1]
    certificates = optional.pop(0) if optional and optional[0].is_context(0) else None
    revocations = optional.pop(0) if optional and optional[0].is_context(1) else None
    if optional:
        raise MalformedEncoding("a SignedData holds an unknown field")
    signers = parts[-1].members(asn1.SET)
    if len(signers) > MAX_SIGNERS:
        raise MalformedEncoding(f"more than {MAX_SIGNERS} signers")
    choices = [(choice, _revocation(choice)) for choice in revocations.children] if revocations is not None else []
    return SignedData(
        element=element,
        version=version,
        content_type=content_type,
        content=content,
        encapsulated=parts[2],
        certificates=_certificates(certificates),
        certificate_set=certificates,
        crls=tuple(crl for _, (crls, _) in choices for crl in crls),
        ocsp_responses=tuple(response for _, (_, responses) in choices for response in responses),
        revocation_set=revocations,
        revocations=tuple((choice, crls + responses) for choice, (crls, responses) in choices),
        signers=tuple(read_signer_info(signer) for signer in signers),
    )


def _encapsulated(element: Element) -> tuple[str, bytes | None]:
    parts = element.members()
    if len(parts) == 1:
        return parts[0].oid, None
    content_type, wrapper = _exactly(parts, 2, "encapContentInfo")
    if not wrapper.is_context(0):
        raise MalformedEncoding("encapsulated content without its tag")
    (content,) = _exactly(wrapper.children, 1, "encapsulated content")
    if content.is_universal(asn1.OCTET_STRING):
        return content_type.oid, content.octets
    # PKCS #7 1.5 content of any type: what is signed is the value without identifier and length (RFC 5652 §5.2.1).
    return content_type.oid, content.contents


def _certificates(container: Element | None) -> tuple[bytes, ...]:
    children = container.children if container is not None else ()
    return tuple(child.raw for child in children if child.is_universal(asn1.SEQUENCE))


def _revocation(choice: Element) -> tuple[tuple[bytes, ...], tuple[bytes, ...]]:
    """The CRL, or the OCSP response, in a RevocationInfoChoice; a kind that is not known holds nothing."""
    if choice.is_universal(asn1.SEQUENCE):
        return (choice.raw,), ()
    if choice.is_context(1) and len(choice.children) == 2:
        kind, value = choice.children
        if kind.oid == _RI_OCSP_RESPONSE:
            return (), (value.raw,)
        if kind.oid == _BASIC_OCSP_RESPONSE:
            return (), (wrap_basic_ocsp(value.raw),)
    return (), ()


def wrap_basic_ocsp(basic: bytes) -> bytes:
    """An OCSPResponse (RFC 6960 §4.2.1), successful, around a BasicOCSPResponse: CAdES stores the inner part."""
    kind = asn1.encode(asn1.OID, asn1.oid_octets(_BASIC_OCSP_RESPONSE))
    inner = asn1.encode(asn1.SEQUENCE, kind + asn1.encode(asn1.OCTET_STRING, basic), constructed=True)
    tagged = asn1.encode(0, inner, constructed=True, class_=asn1.CONTEXT)
    return asn1.encode(asn1.SEQUENCE, asn1.encode(asn1.ENUMERATED, b"\0") + tagged, constructed=True)


def _identifier(element: Element) -> tuple[bytes | None, int | None, bytes | None]:
    if element.is_context(0):
        return None, None, element.joined(asn1.OCTET_STRING)
    issuer, serial = _exactly(element.members(), 2, "issuerAndSerialNumber")
    return issuer.expect(asn1.SEQUENCE).raw, serial.integer, None


def _algorithm(element: Element) -> Element:
    parts = element.members()
    if not 1 <= len(parts) <= 2:
        raise MalformedEncoding("not an AlgorithmIdentifier")
    parts[0].expect(asn1.OID)
    return element


def _exactly(elements: Sequence[Element], count: int, what: str) -> tuple[Element, ...]:
    if len(elements) != count:
        raise MalformedEncoding(f"{what}: {len(elements)} elements where {count} are required")
    return tuple(elements)
