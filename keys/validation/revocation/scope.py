"""Which CRL may speak of which certificate, and for which reasons (RFC 5280 §6.3.3 (b) to (e)).

Owns distribution points, issuing distribution points and reason masks. Who signed the CRL is left to ``crl_source``.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from asn1crypto import x509

from keys.validation.pkix import Certificate
from keys.validation.revocation.crl import Crl

ALL_REASONS: Final = frozenset(
    {
        "key_compromise",
        "ca_compromise",
        "affiliation_changed",
        "superseded",
        "cessation_of_operation",
        "certificate_hold",
        "privilege_withdrawn",
        "aa_compromise",
    }
)


@dataclass(frozen=True)
class Point:
    """One distribution point of a certificate (RFC 5280 §4.2.1.13), read for comparison."""

    names: frozenset[Any]
    """What a list for this point alone must name."""
    issuers: frozenset[Any]
    """Whom it names as issuers of an indirect CRL; empty: the certificate's issuer."""
    reasons: frozenset[str]


@lru_cache(maxsize=4096)
def points_of(certificate: Certificate) -> tuple[Point, ...]:
    """The certificate's distribution points; last the one that stands for its issuer itself (§6.3.3, last steps)."""
    read = [_point(point, certificate) for point in certificate.asn1.crl_distribution_points_value or ()]
    return (*read, Point(frozenset({("directory_name", certificate.issuer_id)}), frozenset(), ALL_REASONS))


def reasons_covered(crl: Crl, certificate: Certificate) -> frozenset[str]:
    """The reasons for which the CRL's silence about ``certificate`` means something; empty: it is out of scope."""
    if not _kind_fits(crl, certificate):
        return frozenset()
    own_names = _own_names(crl)
    covered: frozenset[str] = frozenset()
    for point in points_of(certificate):
        # Step (b)(2)(i): a list for one distribution point serves the certificates that name this point.
        if _issuer_fits(crl, certificate, point) and (own_names is None or own_names & point.names):
            covered |= point.reasons
    return covered & _reasons(crl.scope, "only_some_reasons")


def _point(point: Any, certificate: Certificate) -> Point:
    issuers = _directory_names(point["crl_issuer"]) if _has(point, "crl_issuer") else ()
    if _has(point, "distribution_point"):
        names = _full_names(point["distribution_point"], issuers[0] if issuers else certificate.issuer)
    else:
        names = frozenset(("directory_name", name.hashable) for name in issuers)
    return Point(names, frozenset(name.hashable for name in issuers), _reasons(point, "reasons"))


def _kind_fits(crl: Crl, certificate: Certificate) -> bool:
    """Step (b)(2)(ii) to (iv): lists for users, for authorities or for attribute certificates alone."""
    if crl.scope is None:
        return True
    if crl.scope["only_contains_attribute_certs"].native:
        return False
    if crl.scope["only_contains_user_certs"].native and certificate.is_ca:
        return False
    return not (crl.scope["only_contains_ca_certs"].native and not certificate.is_ca)


def _issuer_fits(crl: Crl, certificate: Certificate, point: Point) -> bool:
    """Step (b)(1): the certificate's issuer, or whom its distribution point names for an indirect CRL."""
    if point.issuers:
        return crl.is_indirect and crl.issuer_id in point.issuers
    return bool(crl.issuer_id == certificate.issuer_id)


def _own_names(crl: Crl) -> frozenset[Any] | None:
    """The point that the list is for; None: for all of them."""
    if crl.scope is None or not _has(crl.scope, "distribution_point"):
        return None
    return _full_names(crl.scope["distribution_point"], crl.issuer)


def _full_names(name: Any, issuer: Any) -> frozenset[Any]:
    """The general names of a DistributionPointName, a relative one completed with its issuer (§4.2.1.13)."""
    if name.name == "full_name":
        return frozenset(_comparable(each) for each in name.chosen)
    # Both may carry the tags of where they stood, so the whole name is put together anew.
    last = x509.RelativeDistinguishedName(list(name.chosen))
    parts = [x509.RelativeDistinguishedName(list(part)) for part in issuer.chosen]
    whole = x509.Name(name="", value=x509.RDNSequence([*parts, last]))
    return frozenset({("directory_name", whole.hashable)})


def _comparable(name: Any) -> tuple[str, Any]:
    return name.name, name.chosen.hashable if name.name == "directory_name" else str(name.chosen.native)


def _directory_names(names: Any) -> tuple[Any, ...]:
    return tuple(name.chosen for name in names if name.name == "directory_name")


def _reasons(holder: Any, member: str) -> frozenset[str]:
    return frozenset(holder[member].native) & ALL_REASONS if _has(holder, member) else ALL_REASONS


def _has(holder: Any, member: str) -> bool:
    return holder is not None and holder[member].native is not None
