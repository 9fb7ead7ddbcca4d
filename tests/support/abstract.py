"""A signature as a parser would hand it over, made without any format: for tests of the decision alone."""

import datetime as dt
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from keys.validation import facade
from keys.validation.model import Content, Integrity, ParsedDocument, Scope, SignatureObject, Timestamp, TimestampKind
from keys.validation.verdict import SignatureVerdict
from tests.support import pki
from tests.support.stories import CLOCK, World
from tests.support.tsa import TimestampUnit

VALUE = b"the signature value"


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
    value = VALUE
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
    found = signature(world.signer, certificates=tuple(certificates), crls=tuple(crls), timestamps=tuple(stamps))
    return ParsedDocument("CAdES", (found,))


def signature(signer: pki.Issued, /, **changes: Any) -> SignatureObject:
    """An intact advanced signature by the signer, with whatever a test changes of it."""
    usual: dict[str, Any] = {
        "id": "S-1",
        "format": "CAdES",
        "container": None,
        "integrity": Integrity.INTACT,
        "signature_value": VALUE,
        "signature_algorithm": "ECDSA",
        "digest_algorithms": ("sha256",),
        "signer": signer.der,
        "certificates": (signer.der,),
        "claimed_signing_time": CLOCK["signing"].astimezone(dt.UTC),
        "has_signing_certificate_attribute": True,
        "scopes": (Scope("content", "FULL"),),
    }
    return SignatureObject(**usual | changes)


def judged(found: SignatureObject, at: dt.datetime, **options: Any) -> SignatureVerdict:
    """The verdict on one abstract signature as of ``at``; ``options`` are those of ``validate``."""
    parser = Parser(ParsedDocument(found.format, (found,)))
    verdict = facade.validate(b"whatever", at=at, now=options.pop("now", at), parse=parser, **options)
    return verdict.signatures[0]


def stamped(unit: TimestampUnit, at: dt.datetime, *covered: bytes, kind: TimestampKind | None = None) -> Timestamp:
    """A time-stamp over the signature value, and over whatever else is ``covered``."""
    everything = frozenset(digest(each) for each in (VALUE, *covered))
    return Timestamp(kind or TimestampKind.SIGNATURE, unit.token(VALUE, at), True, everything)
