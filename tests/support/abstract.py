"""A signature as a parser would hand it over, made without any format: for tests of the decision alone."""

import datetime as dt
from dataclasses import dataclass
from hashlib import sha256

from keys.validation.model import Content, Integrity, ParsedDocument, Scope, SignatureObject, Timestamp, TimestampKind
from tests.support.stories import CLOCK, World


def digest(data: bytes) -> str:
    """The name that proofs of existence give to an object."""
    return sha256(data).hexdigest()


@dataclass(frozen=True)
class Parser:
    """A parser that finds what it was told to find, whatever the bytes."""

    document: ParsedDocument

    def __call__(self, data: bytes, name: str, detached: list[Content]) -> ParsedDocument:
        return self.document


def document(world: World, level: str) -> ParsedDocument:
    """The document of a story at a level, as the matrix describes both."""
    value = b"the signature value of " + world.name.encode()
    stamps: list[Timestamp] = []
    crls = world.embedded_crls if level in {"LT", "LTA"} else []
    certificates = [world.signer.der, *world.chain]
    if world.content_timestamp:
        token = world.tsa_signature.token(b"content", world.content_timestamp)
        stamps.append(Timestamp(TimestampKind.CONTENT, token, True, frozenset({digest(b"content")})))
    if level != "B":
        token = world.tsa_signature.token(value, CLOCK["signature_timestamp"])
        stamps.append(Timestamp(TimestampKind.SIGNATURE, token, True, frozenset({digest(value)})))
    if level == "LTA":
        units = [world.tsa_signature.signer.der, world.stamping.der]
        covered = {digest(each) for each in (value, *certificates, *units, *crls, *(s.token for s in stamps))}
        token = world.tsa_archive.token(value, CLOCK["archive_timestamp"])
        stamps.append(Timestamp(TimestampKind.ARCHIVE, token, True, frozenset(covered)))
    return ParsedDocument("CAdES", (signature(world, value, stamps, crls, certificates),))


def signature(
    world: World, value: bytes, stamps: list[Timestamp], crls: list[bytes], certificates: list[bytes]
) -> SignatureObject:
    """An intact advanced signature of the world's signer."""
    return SignatureObject(
        id="S-1",
        format="CAdES",
        container=None,
        integrity=Integrity.INTACT,
        signature_value=value,
        signature_algorithm="ECDSA",
        digest_algorithms=("sha256",),
        signer=world.signer.der,
        certificates=tuple(certificates),
        crls=tuple(crls),
        timestamps=tuple(stamps),
        claimed_signing_time=CLOCK["signing"].astimezone(dt.UTC),
        has_signing_certificate_attribute=True,
        scopes=(Scope("content", "FULL"),),
    )
