"""What a verdict lacks and where it could be had: the OCSP responders and CRLs that certificates of a proven path name.

Owns reading those addresses (RFC 5280 §4.2.1.13, §4.2.2.1) and writing OCSP requests (RFC 6960 §4.1). Only paths that lead
to a trusted anchor are asked for, so that a stranger's certificate cannot send us anywhere. Opening connections is left to
whoever may.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any, Final, Literal
from urllib.parse import urlsplit

from asn1crypto import algos, core, ocsp

from keys.validation import crypto
from keys.validation.path import Path
from keys.validation.pkix import Certificate
from keys.validation.revocation.ocsp_answer import key_digest
from keys.validation.revocation.statement import Statement
from keys.validation.verdict import CertificateVerdict, Verdict

MOST: Final = 16
"""Certificates of one document that are asked about."""
MOST_ADDRESSES: Final = 4
"""Addresses of one certificate that are tried."""
LONGEST_ADDRESS: Final = 500


@dataclass(frozen=True)
class LookUp:
    """One place to ask: a CRL to get, or an OCSP request to post."""

    kind: Literal["CRL", "OCSP"]
    address: str
    request: bytes | None = None

    @property
    def key(self) -> str:
        """What names this question, hex: the same for everybody who asks it."""
        return sha256(b"\0".join((self.kind.encode(), self.address.encode(), self.request or b""))).hexdigest()


@dataclass(frozen=True)
class Wanted:
    """A certificate whose status is not known well enough, and the places to ask, the best first."""

    certificate: Certificate
    look_ups: tuple[LookUp, ...]

    @property
    def key(self) -> str:
        """What names it, hex."""
        return sha256("".join(each.key for each in self.look_ups).encode()).hexdigest()


def look_ups(certificate: Certificate, issuer: Certificate) -> tuple[LookUp, ...]:
    """The places that ``certificate`` names: responders first, because their answers are small and of now.

    None for a certificate whose extensions cannot be read.
    """
    try:
        request = ocsp_request(certificate, issuer)
        found = [LookUp("OCSP", address, request) for address in _addresses(_responders(certificate))]
        found += [LookUp("CRL", address) for address in _addresses(_lists(certificate))]
    except (ValueError, TypeError, KeyError):
        return ()
    return tuple(found[:MOST_ADDRESSES])


def wanted(verdict: Verdict) -> tuple[Wanted, ...]:
    """What the verdict would have needed and did not have; nothing for a document that passed."""
    found: dict[str, Wanted] = {}
    for judged in _judged(verdict):
        for certificate, issuer in _lacking(judged, verdict.at):
            places = look_ups(certificate, issuer)
            if places:
                found.setdefault(certificate.digest, Wanted(certificate, places))
    return tuple(found.values())[:MOST]


class NotFetched(Exception):
    """A place did not answer."""


Fetch = Callable[[LookUp], bytes]
"""Opens the connection: gives what a place answers, or raises NotFetched."""


def fetched(lacking: Iterable[Wanted], fetch: Fetch) -> tuple[list[bytes], list[bytes]]:
    """Ask for everything now, the first place that answers for each; gives lists and OCSP answers."""
    crls: list[bytes] = []
    answers: list[bytes] = []
    known: dict[str, bytes] = {}
    for wanted_one in lacking:
        for place in wanted_one.look_ups:
            try:
                content = known[place.key] if place.key in known else fetch(place)
            except NotFetched:
                continue
            known[place.key] = content
            (crls if place.kind == "CRL" else answers).append(content)
            break
    return crls, answers


def ocsp_request(certificate: Certificate, issuer: Certificate) -> bytes:
    """A request about one certificate, DER, without a nonce, so that responders may answer from a cache (RFC 5019)."""
    algorithm = algos.DigestAlgorithm({"algorithm": "sha1"})
    name = {
        "hash_algorithm": algorithm,
        # SHA-1 names the issuer here and proves nothing; it is the one that every responder knows (RFC 5019 §2.1.1).
        "issuer_name_hash": core.OctetString(crypto.digest("sha1", issuer.subject.dump())),
        "issuer_key_hash": core.OctetString(key_digest(issuer, "sha1")),
        "serial_number": certificate.serial,
    }
    body = {"request_list": [{"req_cert": name}]}
    return bytes(ocsp.OCSPRequest({"tbs_request": body}).dump())


def _judged(verdict: Verdict) -> Iterator[CertificateVerdict]:
    for signature in verdict.signatures:
        if not signature.conclusion.passed:
            stamps = (stamp.certificate for stamp in signature.timestamps)
            yield from (each for each in (signature.certificate, *stamps) if each is not None)
    for stamp in verdict.timestamps:
        if not stamp.conclusion.passed and stamp.certificate is not None:
            yield stamp.certificate


def _lacking(judged: CertificateVerdict, at: datetime) -> Iterator[tuple[Certificate, Certificate]]:
    """Certificates of a sound path whose status is unknown or no longer current, with their issuers."""
    path: Path | None = judged.path
    if path is None or path.fault is not None:
        return
    positions = {certificate: place for place, certificate in enumerate(path.certificates)}
    for finding in judged.findings:
        place = positions.get(finding.certificate)
        if place is not None and not finding.needs_none and not _is_current(finding.statement, at):
            yield finding.certificate, path.issuer_of(place)


def _is_current(statement: Statement | None, at: datetime) -> bool:
    if statement is None:
        return False
    return statement.kind == "TABLE" or (statement.next_update is not None and statement.next_update >= at)


def _responders(certificate: Certificate) -> Iterator[str]:
    access: Any = certificate.asn1.authority_information_access_value
    for description in access or ():
        if description["access_method"].native == "ocsp":
            yield from _uri(description["access_location"])


def _lists(certificate: Certificate) -> Iterator[str]:
    for point in certificate.asn1.crl_distribution_points_value or ():
        place: Any = point["distribution_point"]
        if place.native is not None and place.name == "full_name":
            for name in place.chosen:
                yield from _uri(name)


def _uri(name: Any) -> Iterator[str]:
    if name.name == "uniform_resource_identifier":
        yield str(name.native)


def _addresses(found: Iterator[str]) -> list[str]:
    """Those that can be asked: http or https, of a sane length, each once."""
    return [each for each in dict.fromkeys(found) if len(each) <= LONGEST_ADDRESS and _is_http(each)]


def _is_http(address: str) -> bool:
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname) and address.isascii() and address.isprintable()
