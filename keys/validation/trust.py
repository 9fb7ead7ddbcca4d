"""Whom we trust, for what and when: anchors and intermediates, kept apart per hierarchy.

Owns the trust store, made in code or read from a directory. Which anchor a signer leads to is found by ``path``;
importing and exporting trusted lists (ETSI TS 119 612) is left to a later module that makes the same objects.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any

from asn1crypto import pem

from keys.validation.pkix import Certificate, MalformedCertificate, load


class Purpose(StrEnum):
    """What an anchor is trusted for."""

    SIGNATURE = "signature"
    SEAL = "seal"
    TIMESTAMP = "timestamp"
    LOGIN = "login"
    OCSP = "ocsp"


class Hierarchy(StrEnum):
    """The two trees of certificates: citizens and businesses; officials, agencies and systems."""

    PUBLIC = "public"
    GOVERNMENT = "government"


EVERY_PURPOSE = frozenset(Purpose)


class TrustStoreError(ValueError):
    """The trust store holds something that is no certificate or no trust statement; the text names the file."""


@dataclass(frozen=True)
class Anchor:
    """One certificate that is trusted without being verified.

    ``trusted_from`` and ``trusted_until`` say when signatures were made that it vouches for; where they are None the
    certificate's own validity stands.
    """

    certificate: Certificate
    hierarchy: str | None = None
    purposes: frozenset[Purpose] = EVERY_PURPOSE
    trusted_from: datetime | None = None
    trusted_until: datetime | None = None

    @property
    def begins(self) -> datetime:
        """The first moment at which it is trusted."""
        return self.trusted_from or self.certificate.not_before

    @property
    def ends(self) -> datetime:
        """The last moment at which it is trusted (the sunset date of EN 319 102-1 §5.2.6)."""
        return self.trusted_until or self.certificate.not_after


@dataclass(frozen=True)
class TrustStore:
    """Anchors, each of one hierarchy, and intermediates that help to reach them but prove nothing themselves."""

    anchors: tuple[Anchor, ...] = ()
    intermediates: tuple[Certificate, ...] = ()

    @cached_property
    def hierarchies(self) -> dict[str | None, tuple[Anchor, ...]]:
        """The anchors of each hierarchy: paths are built in one hierarchy at a time, so that the label is certain."""
        names = dict.fromkeys(anchor.hierarchy for anchor in self.anchors)
        return {name: tuple(a for a in self.anchors if a.hierarchy == name) for name in names}

    @cached_property
    def digest(self) -> str:
        """SHA-256 over all that is trusted, hex: reports name with it what a verdict rested on."""
        parts = sorted(_line(anchor) for anchor in self.anchors)
        return sha256("\n".join(parts + sorted(c.digest for c in self.intermediates)).encode()).hexdigest()

    def responders(self) -> tuple[Anchor, ...]:
        """Anchors that may answer OCSP for authorities that did not issue them (RFC 6960 §4.2.2.2, rule 1)."""
        return tuple(a for a in self.anchors if Purpose.OCSP in a.purposes and not a.certificate.is_ca)

    def __or__(self, other: "TrustStore") -> "TrustStore":
        return TrustStore(self.anchors + other.anchors, self.intermediates + other.intermediates)


def from_certificates(anchors: Iterable[bytes], intermediates: Iterable[bytes] = ()) -> TrustStore:
    """A store of DER or PEM certificates that are trusted for everything, in no hierarchy.

    TrustStoreError if one of them is no certificate.
    """
    trusted = [Anchor(certificate) for data in anchors for certificate in certificates_in(data)]
    return TrustStore(tuple(trusted), tuple(c for data in intermediates for c in certificates_in(data)))


def from_directory(directory: Path) -> TrustStore:
    """The store in ``directory``: ``<hierarchy>/anchors/*.pem`` and ``<hierarchy>/intermediates/*.pem``.

    Beside an anchor's file a ``.json`` of the same name may narrow the trust: ``purposes`` (list), ``trusted_from``
    and ``trusted_until`` (RFC 3339). A missing directory is an empty store; TrustStoreError for a bad file.
    """
    anchors: list[Anchor] = []
    intermediates: list[Certificate] = []
    for hierarchy in Hierarchy:
        for path in sorted((directory / hierarchy / "anchors").glob("*.pem")):
            anchors += _anchors(path, hierarchy)
        for path in sorted((directory / hierarchy / "intermediates").glob("*.pem")):
            intermediates += certificates_in(path.read_bytes(), path.name)
    return TrustStore(tuple(anchors), tuple(intermediates))


def certificates_in(data: bytes, name: str = "certificate") -> list[Certificate]:
    """Every certificate in a DER or PEM file; TrustStoreError, naming ``name``, if there is none or a broken one."""
    try:
        if pem.detect(data):
            found = [load(der) for kind, _, der in pem.unarmor(data, multiple=True) if kind == "CERTIFICATE"]
        else:
            found = [load(data)]
    except (ValueError, TypeError) as error:
        raise TrustStoreError(f"{name}: {error}") from error
    if not found:
        raise TrustStoreError(f"{name}: holds no certificate")
    return found


def _anchors(path: Path, hierarchy: str) -> list[Anchor]:
    statement = _statement(path.with_suffix(".json"))
    return [
        Anchor(certificate, hierarchy, **statement) for certificate in certificates_in(path.read_bytes(), path.name)
    ]


def _statement(path: Path) -> dict[str, Any]:
    if not path.exists():
        return {}
    try:
        written = json.loads(path.read_text(encoding="utf-8"))
        unknown = set(written) - {"purposes", "trusted_from", "trusted_until"}
        if unknown:
            raise ValueError(f"unknown members {sorted(unknown)}")
        statement: dict[str, Any] = {
            key: _moment(written[key]) for key in ("trusted_from", "trusted_until") if key in written
        }
        if "purposes" in written:
            statement["purposes"] = frozenset(Purpose(purpose) for purpose in written["purposes"])
    except (ValueError, TypeError, AttributeError) as error:
        raise TrustStoreError(f"{path.name}: {error}") from error
    return statement


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"{text} has no time zone")
    return moment


def _line(anchor: Anchor) -> str:
    purposes = ",".join(sorted(anchor.purposes))
    return f"{anchor.certificate.digest} {anchor.hierarchy} {purposes} {anchor.begins} {anchor.ends}"


__all__ = [
    "EVERY_PURPOSE",
    "Anchor",
    "Hierarchy",
    "MalformedCertificate",
    "Purpose",
    "TrustStore",
    "TrustStoreError",
    "certificates_in",
    "from_certificates",
    "from_directory",
]
