"""AlgorithmIdentifier (RFC 5280 §4.1.1.2) as CMS, certificates and tokens write it, read into the one table."""

from keys.validation import asn1
from keys.validation.algorithms import DIGEST_OIDS, PSS_OID, SIGNATURE_OIDS, SignatureAlgorithm
from keys.validation.asn1 import Element, MalformedEncoding
from keys.validation.crypto import UnsupportedAlgorithm

_MGF1 = "1.2.840.113549.1.1.8"


def digest_name(identifier: Element) -> str:
    """The digest that the AlgorithmIdentifier names; UnsupportedAlgorithm if none is known by it.

    A signature algorithm in its place is none, whatever digest it goes with (RFC 5652 §10.1.1).
    """
    oid = identifier.members(minimum=1)[0].oid
    name = DIGEST_OIDS.get(oid)
    if name is None:
        raise UnsupportedAlgorithm(f"digest algorithm {oid}")
    return name


def signature_algorithm(identifier: Element, digest: str | None) -> SignatureAlgorithm:
    """The signature algorithm named; ``digest`` completes one that names none (RFC 3370 §3.2 rsaEncryption)."""
    parts = identifier.members()
    oid = parts[0].oid
    if oid == PSS_OID:
        return _pss(parts[1] if len(parts) > 1 else None)
    found = SIGNATURE_OIDS.get(oid)
    if found is None:
        raise UnsupportedAlgorithm(f"signature algorithm {oid}")
    return found.with_digest(digest) if digest else found


def same_algorithm(one: Element, other: Element) -> bool:
    """Whether two identifiers name the same algorithm, absent and NULL parameters being alike (RFC 5754 §2)."""
    return _normal(one) == _normal(other)


def _normal(identifier: Element) -> tuple[str, bytes]:
    parts = identifier.inside(1)
    parameters = parts[1].raw if len(parts) > 1 and not parts[1].is_universal(asn1.NULL) else b""
    return parts[0].oid, parameters


def _pss(parameters: Element | None) -> SignatureAlgorithm:
    """RSASSA-PSS-params (RFC 4055 §3.1), whose absent fields mean SHA-1, MGF1 with SHA-1, and 20 octets of salt."""
    if parameters is None or parameters.is_universal(asn1.NULL):
        raise MalformedEncoding("an RSASSA-PSS signature without parameters (RFC 4055 §3.1)")
    fields = {field.tag: field.inside(1)[0] for field in parameters.members() if field.class_ == asn1.CONTEXT}
    digest = digest_name(fields[0]) if 0 in fields else "sha1"
    mask = _mgf1_digest(fields[1]) if 1 in fields else "sha1"
    salt = fields[2].integer if 2 in fields else 20
    if 3 in fields and fields[3].integer != 1:
        raise UnsupportedAlgorithm("an RSASSA-PSS trailer other than 0xBC")
    if not 0 <= salt <= 1024:
        raise MalformedEncoding("an RSASSA-PSS salt length out of range")
    return SignatureAlgorithm("RSA-PSS", digest, mgf_digest=mask, salt_length=salt)


def _mgf1_digest(identifier: Element) -> str:
    parts = identifier.members()
    if len(parts) != 2 or parts[0].oid != _MGF1:
        raise UnsupportedAlgorithm("a mask generation function other than MGF1")
    return digest_name(parts[1])
