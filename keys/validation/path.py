"""Certification paths: from a certificate to the anchors, one hierarchy at a time (RFC 5280 §6.1, RFC 4158).

Owns the search, bounded because strangers choose the certificates, and hands each path that signatures confirm to the
library's path validator: names, name constraints, basic constraints, key usage, policies. Neither time nor revocation
is judged here: a path is sound or not whatever the date, and the decision process asks what held when.
"""

from collections.abc import Coroutine, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, Final

from asn1crypto.algos import SignedDigestAlgorithm
from asn1crypto.keys import PublicKeyInfo
from cryptography.exceptions import InvalidSignature
from pyhanko_certvalidator.authority import CertTrustAnchor, TrustQualifiers, derive_quals_from_cert
from pyhanko_certvalidator.context import ValidationContext
from pyhanko_certvalidator.errors import PathError, ValidationError
from pyhanko_certvalidator.path import ValidationPath
from pyhanko_certvalidator.policy_decl import (
    NO_REVOCATION,
    AcceptAllAlgorithms,
    CertRevTrustPolicy,
    PKIXValidationParams,
)
from pyhanko_certvalidator.registry import SimpleTrustManager
from pyhanko_certvalidator.sig_validate import (
    DEFAULT_VALIDATION_CONTEXT,
    SignatureValidationContext,
    SignatureValidator,
)
from pyhanko_certvalidator.validate import async_validate_path

from keys.validation.pkix import Certificate, signature_holds
from keys.validation.trust import Anchor, TrustStore

MAX_DEPTH: Final = 8
"""Certificates between signer and anchor; bridges need four."""
MAX_STEPS: Final = 256
"""Signatures tried in one search: a document that carries a thousand look-alikes costs no more than this."""
MAX_PATHS: Final = 16

_FOREVER = timedelta(days=365 * 200)
"""Tolerance that takes time out of the library's path validation; the process judges time itself."""
_MOMENT = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Path:
    """One path: ``certificates`` from the signer up, without the anchor. ``fault`` says why it is not sound."""

    certificates: tuple[Certificate, ...]
    anchor: Anchor
    fault: str | None = None

    @property
    def target(self) -> Certificate:
        """The certificate that the path is about; the anchor itself where that is the target."""
        return self.certificates[0] if self.certificates else self.anchor.certificate

    def issuer_of(self, position: int) -> Certificate:
        """Who issued ``certificates[position]``."""
        above = position + 1
        return self.certificates[above] if above < len(self.certificates) else self.anchor.certificate

    @property
    def whole(self) -> tuple[Certificate, ...]:
        """From the target to the anchor, both included."""
        return (*self.certificates, self.anchor.certificate)


def build(target: Certificate, trust: TrustStore, pool: Iterable[Certificate] = ()) -> tuple[Path, ...]:
    """Every path from ``target`` to an anchor, sound ones first, within the bounds above.

    ``pool`` holds untrusted certificates, such as a document brings. Empty when no anchor is reached.
    """
    candidates = tuple(dict.fromkeys((*trust.intermediates, *pool)))
    found: list[Path] = []
    for anchors in trust.hierarchies.values():
        found += _in_hierarchy(target, anchors, candidates)
    return tuple(sorted(found, key=lambda path: path.fault is not None))


def below(issuer: Path, certificate: Certificate) -> Path:
    """The path of ``certificate``, which the target of ``issuer`` is known to have issued."""
    certificates = (certificate, *issuer.whole[:-1])
    return Path(certificates, issuer.anchor, _fault(certificates, issuer.anchor))


def _in_hierarchy(target: Certificate, anchors: tuple[Anchor, ...], pool: tuple[Certificate, ...]) -> Iterator[Path]:
    search = _Search(anchors, pool)
    for number, (certificates, anchor) in enumerate(search.climb((target,)), start=1):
        yield Path(certificates, anchor, _fault(certificates, anchor))
        if number >= MAX_PATHS:
            return


class _Search:
    """Depth-first from the target up, following an issuer only if its key verifies the step (RFC 4158 §2.3)."""

    def __init__(self, anchors: tuple[Anchor, ...], pool: tuple[Certificate, ...]) -> None:
        self._anchors = anchors
        self._by_subject: dict[Any, list[Certificate]] = {}
        for certificate in pool:
            self._by_subject.setdefault(certificate.subject_id, []).append(certificate)
        self._steps = 0

    def climb(self, so_far: tuple[Certificate, ...]) -> Iterator[tuple[tuple[Certificate, ...], Anchor]]:
        last = so_far[-1]
        for anchor in self._anchors:
            if anchor.certificate == last:
                yield so_far[:-1], anchor
                return
        for anchor in self._anchors:
            if self._issued(anchor.certificate, last):
                yield so_far, anchor
        if len(so_far) > MAX_DEPTH:
            return
        for issuer in self._issuers(last):
            if not _repeats(issuer, so_far) and self._issued(issuer, last):
                yield from self.climb((*so_far, issuer))

    def _issuers(self, certificate: Certificate) -> list[Certificate]:
        """By name, those with the key identifier that the certificate hints at first (RFC 5280 §4.2.1.1)."""
        found = self._by_subject.get(certificate.issuer_id, [])
        return sorted(found, key=lambda issuer: issuer.key_id != certificate.authority_key_id)

    def _issued(self, issuer: Certificate, certificate: Certificate) -> bool:
        if issuer.subject_id != certificate.issuer_id:
            return False
        self._steps += 1
        return self._steps <= MAX_STEPS and certificate.is_signed_by(issuer)


def _repeats(certificate: Certificate, so_far: tuple[Certificate, ...]) -> bool:
    """The same name and key twice is a loop, whatever the certificate around them (RFC 4158 §2.4.2)."""
    return any(c.spki == certificate.spki and c.subject_id == certificate.subject_id for c in so_far)


@lru_cache(maxsize=2048)
def _fault(certificates: tuple[Certificate, ...], anchor: Anchor) -> str | None:
    """Why the path is not sound by RFC 5280 §6.1, time and revocation apart; None if it is."""
    if not certificates:
        return None
    authority = anchor.certificate.asn1
    path = ValidationPath(
        CertTrustAnchor(authority, quals=_qualifiers(authority)),
        interm=[certificate.asn1 for certificate in reversed(certificates[1:])],
        leaf=certificates[0].asn1,
    )
    try:
        _finish(async_validate_path(_context(), path))
    except (ValidationError, PathError) as error:
        return str(error)
    except (ValueError, TypeError, KeyError, AttributeError, AssertionError) as error:
        return f"the path cannot be processed: {error}"
    return None


class _OurSignatures(SignatureValidator):
    """Certificate signatures checked by ``crypto``, so that search and validation cannot disagree."""

    def validate_signature(
        self,
        signature: bytes,
        signed_data: bytes,
        public_key_info: PublicKeyInfo,
        signature_algorithm: SignedDigestAlgorithm,
        context: SignatureValidationContext = DEFAULT_VALIDATION_CONTEXT,
    ) -> None:
        if not signature_holds(signature, signed_data, signature_algorithm.dump(), public_key_info.dump()):
            raise InvalidSignature


def _context() -> ValidationContext:
    return ValidationContext(
        moment=_MOMENT,
        time_tolerance=_FOREVER,
        revinfo_policy=CertRevTrustPolicy(NO_REVOCATION),
        algorithm_usage_policy=AcceptAllAlgorithms(),
        trust_manager=SimpleTrustManager.build(trust_roots=[]),
        signature_validator=_OurSignatures(),
    )


def _qualifiers(authority: Any) -> TrustQualifiers:
    """What an anchor's own certificate limits: path length and names (RFC 5937 §3), not its policies or dates."""
    own = derive_quals_from_cert(authority)
    limits = own.standard_parameters
    length = own.max_path_length
    return TrustQualifiers(
        standard_parameters=PKIXValidationParams(
            initial_permitted_subtrees=limits.initial_permitted_subtrees if limits else None,
            initial_excluded_subtrees=limits.initial_excluded_subtrees if limits else None,
        ),
        max_path_length=length,
        max_aa_path_length=length,
    )


def _finish(validation: Coroutine[Any, Any, Any]) -> None:
    """Run the library's coroutine to its end; without fetchers it never waits, so no event loop is needed."""
    try:
        validation.send(None)
    except StopIteration:
        return
    validation.close()
    raise ValueError("path validation tried to wait for the network")
