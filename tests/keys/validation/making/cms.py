"""CMS signatures made by hand, element by element, so that each rule can be broken by itself (RFC 5652)."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from cryptography import x509

from keys.validation import asn1
from keys.validation.formats.cms import names
from keys.validation.signer import (
    CONTENT_TYPE,
    COUNTER_SIGNATURE,
    MESSAGE_DIGEST,
    SIGNING_CERTIFICATE,
    SIGNING_CERTIFICATE_V2,
    SIGNING_TIME,
)
from keys.validation.timestamps import TST_INFO
from tests.keys.validation.making.people import Person, time_stamper

DATA = "1.2.840.113549.1.7.1"
SIGNED_DATA = "1.2.840.113549.1.7.2"
SIGNED_AT = datetime(2025, 6, 2, 8, 30, tzinfo=UTC)
DIGESTS = {
    "sha1": "1.3.14.3.2.26",
    "sha256": "2.16.840.1.101.3.4.2.1",
    "sha512": "2.16.840.1.101.3.4.2.3",
    "sha3-256": "2.16.840.1.101.3.4.2.8",
}
SIGNATURES = {
    ("ec", "sha256"): "1.2.840.10045.4.3.2",
    ("ec", "sha512"): "1.2.840.10045.4.3.4",
    ("rsa", "sha1"): "1.2.840.113549.1.1.5",
    ("rsa", "sha256"): "1.2.840.113549.1.1.11",
    ("rsa", "sha512"): "1.2.840.113549.1.1.13",
    ("rsa", "sha3-256"): "2.16.840.1.101.3.4.3.14",
    ("ed25519", "sha512"): "1.3.101.112",
    ("dsa", "sha256"): "2.16.840.1.101.3.4.3.2",
}


def seq(*parts: bytes) -> bytes:
    return asn1.encode(asn1.SEQUENCE, b"".join(parts), constructed=True)


def set_of(*parts: bytes) -> bytes:
    return asn1.encode(asn1.SET, b"".join(sorted(parts)), constructed=True)


def context(tag: int, *parts: bytes, constructed: bool = True) -> bytes:
    return asn1.encode(tag, b"".join(parts), constructed=constructed, class_=asn1.CONTEXT)


def oid(dotted: str) -> bytes:
    return asn1.encode(asn1.OID, asn1.oid_octets(dotted))


def octets(value: bytes) -> bytes:
    return asn1.encode(asn1.OCTET_STRING, value)


def integer(value: int) -> bytes:
    return asn1.encode(asn1.INTEGER, value.to_bytes(value.bit_length() // 8 + 1, "big", signed=True))


def utf8(text: str) -> bytes:
    return asn1.encode(asn1.UTF8_STRING, text.encode())


def utc_time(moment: datetime) -> bytes:
    return asn1.encode(asn1.UTC_TIME, moment.strftime("%y%m%d%H%M%SZ").encode())


def generalized_time(moment: datetime) -> bytes:
    return asn1.encode(asn1.GENERALIZED_TIME, moment.strftime("%Y%m%d%H%M%SZ").encode())


def algorithm(dotted: str, parameters: bytes = b"") -> bytes:
    return seq(oid(dotted), parameters)


def attribute(dotted: str, *values: bytes) -> bytes:
    return seq(oid(dotted), set_of(*values))


def hashed(name: str, data: bytes) -> bytes:
    return hashlib.new(name.replace("-", "_"), data).digest()


def issuer_and_serial(certificate: x509.Certificate) -> bytes:
    return seq(certificate.issuer.public_bytes(), integer(certificate.serial_number))


def ess_v2(person: Person, *, digest: str = "sha256", issuer_serial: bytes = b"") -> bytes:
    """The signing-certificate-v2 attribute for ``person``."""
    identifier = b"" if digest == "sha256" else algorithm(DIGESTS[digest])
    certificate_id = seq(identifier, octets(hashed(digest, person.certificate)), issuer_serial)
    return attribute(SIGNING_CERTIFICATE_V2, seq(seq(certificate_id)))


def ess_v1(person: Person) -> bytes:
    return attribute(SIGNING_CERTIFICATE, seq(seq(seq(octets(hashed("sha1", person.certificate))))))


@dataclass(frozen=True)
class Recipe:
    """One signer, with every part open to tampering. ``attributes`` None means no signed attributes at all."""

    person: Person
    content: bytes
    kind: str = "ec"
    digest: str = "sha256"
    content_type: str | None = DATA
    attributes: Sequence[bytes] | None = ()
    """Signed attributes beside content-type, message-digest and signing-certificate."""
    unsigned: Sequence[bytes] = ()
    signature_oid: str | None = None
    signature_parameters: bytes = b""
    digest_oid: str | None = None
    sign: Callable[[bytes], bytes] | None = None
    identifier: bytes | None = None
    message_digest: bytes | None = None
    binding: bytes | None = None
    encode_attributes: Callable[[Sequence[bytes]], bytes] = lambda parts: b"".join(sorted(parts))
    """How the signed attributes are written; what is signed is what is written, under the SET tag."""

    def with_unsigned(self, *more: bytes) -> "Recipe":
        return replace(self, unsigned=(*self.unsigned, *more))

    @property
    def signed_attributes(self) -> bytes | None:
        """The contents of the SET OF signed attributes as written."""
        if self.attributes is None:
            return None
        parts = [attribute(CONTENT_TYPE, oid(self.content_type))] if self.content_type else []
        digest = self.message_digest if self.message_digest is not None else hashed(self.digest, self.content)
        parts.append(attribute(MESSAGE_DIGEST, octets(digest)))
        parts.append(ess_v2(self.person) if self.binding is None else self.binding)
        return self.encode_attributes([part for part in (*parts, *self.attributes) if part])

    @property
    def signature(self) -> bytes:
        """The signature value."""
        body = self.signed_attributes
        covered = self.content if body is None else asn1.encode(asn1.SET, body, constructed=True)
        return (self.sign or (lambda data: self.person.sign(data, self.digest)))(covered)

    @property
    def signer_info(self) -> bytes:
        """The SignerInfo."""
        body = self.signed_attributes
        return seq(
            integer(1),
            self.identifier or issuer_and_serial(self.person.x509),
            algorithm(self.digest_oid or DIGESTS[self.digest]),
            b"" if body is None else context(0, body),
            algorithm(self.signature_oid or SIGNATURES[self.kind, self.digest], self.signature_parameters),
            octets(self.signature),
            context(1, *self.unsigned) if self.unsigned else b"",
        )


def signed_data(
    *recipes: Recipe,
    detached: bool = False,
    certificates: Sequence[bytes] | None = None,
    crls: Sequence[bytes] = (),
    content_type: str = DATA,
    encapsulated: bytes | None = None,
) -> bytes:
    """A ContentInfo with one SignerInfo per recipe, about the first recipe's content."""
    chosen = [r.person.certificate for r in recipes] if certificates is None else list(certificates)
    content = encapsulated if encapsulated is not None else octets(recipes[0].content)
    structure = seq(
        integer(1),
        set_of(*{algorithm(DIGESTS[r.digest]) for r in recipes}),
        seq(oid(content_type), b"" if detached else context(0, content)),
        context(0, *chosen) if chosen else b"",
        context(1, *crls) if crls else b"",
        asn1.encode(asn1.SET, b"".join(r.signer_info for r in recipes), constructed=True),
    )
    return seq(oid(SIGNED_DATA), context(0, structure))


def counter_signature(recipe: Recipe, by: Person, **changes: object) -> bytes:
    """A counter-signature attribute over the recipe's signature value."""
    counter = replace(Recipe(by, recipe.signature, content_type=None), **changes)  # type: ignore[arg-type]
    return attribute(COUNTER_SIGNATURE, counter.signer_info)


def tst_info(data: bytes, at: datetime, digest: str = "sha256", version: int = 1) -> bytes:
    imprint = seq(algorithm(DIGESTS[digest]), octets(hashed(digest, data)))
    return seq(integer(version), oid("1.2.3.4.1"), imprint, integer(4711), generalized_time(at))


def token(
    data: bytes, *, at: datetime = SIGNED_AT, by: Person | None = None, digest: str = "sha256", **changes: object
) -> bytes:
    """An RFC 3161 token over ``data``."""
    info = tst_info(data, at, digest)
    recipe = Recipe(by or time_stamper(), info, content_type=TST_INFO)
    return signed_data(replace(recipe, **changes), content_type=TST_INFO)  # type: ignore[arg-type]


def signature_timestamp(recipe: Recipe, **options: object) -> bytes:
    return attribute(names.SIGNATURE_TIMESTAMP, token(recipe.signature, **options))  # type: ignore[arg-type]


def signing_time(moment: datetime = SIGNED_AT) -> bytes:
    return attribute(SIGNING_TIME, utc_time(moment))
