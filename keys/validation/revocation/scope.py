"""Which CRL may speak of which certificate, and for which reasons (RFC 5280 §6.3.3 (b) to (e)).

Owns distribution points, issuing distribution points and reason masks. Who signed the CRL is left to ``crl_source``.
"""

from collections.abc import Iterator
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


def reasons_covered(crl: Crl, certificate: Certificate) -> frozenset[str]:
    """The reasons for which the CRL's silence about ``certificate`` means something; empty: it is out of scope."""
    if not _kind_fits(crl, certificate):
        return frozenset()
    covered: frozenset[str] = frozenset()
    for point in (*_points(certificate), None):
        if _issuer_fits(crl, certificate, point) and _names_fit(crl, certificate, point):
            covered |= _reasons(crl.scope, "only_some_reasons") & _reasons(point, "reasons")
    return covered


def _points(certificate: Certificate) -> Iterator[Any]:
    """The certificate's distribution points; None beside them stands for its issuer itself (§6.3.3, last steps)."""
    yield from certificate.asn1.crl_distribution_points_value or ()


def _kind_fits(crl: Crl, certificate: Certificate) -> bool:
    """Step (b)(2)(ii) to (iv): lists for users, for authorities or for attribute certificates alone."""
    if crl.scope is None:
        return True
    if crl.scope["only_contains_attribute_certs"].native:
        return False
    if crl.scope["only_contains_user_certs"].native and certificate.is_ca:
        return False
    return not (crl.scope["only_contains_ca_certs"].native and not certificate.is_ca)


def _issuer_fits(crl: Crl, certificate: Certificate, point: Any) -> bool:
    """Step (b)(1): the certificate's issuer, or whom its distribution point names for an indirect CRL."""
    named = _directory_names(point["crl_issuer"]) if _has(point, "crl_issuer") else ()
    if not named:
        return bool(crl.issuer == certificate.issuer)
    return crl.is_indirect and any(crl.issuer == name for name in named)


def _names_fit(crl: Crl, certificate: Certificate, point: Any) -> bool:
    """Step (b)(2)(i): a list for one distribution point serves certificates that name this point."""
    if crl.scope is None or not _has(crl.scope, "distribution_point"):
        return True
    own = _full_names(crl.scope["distribution_point"], crl.issuer)
    return not own.isdisjoint(_asked_names(certificate, point))


def _asked_names(certificate: Certificate, point: Any) -> frozenset[Any]:
    if point is None:
        return frozenset({("directory_name", certificate.issuer.hashable)})
    issuers = _directory_names(point["crl_issuer"]) if _has(point, "crl_issuer") else ()
    if _has(point, "distribution_point"):
        return _full_names(point["distribution_point"], issuers[0] if issuers else certificate.issuer)
    return frozenset(("directory_name", name.hashable) for name in issuers)


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
    return name.name, name.chosen.hashable if name.name == "directory_name" else name.chosen.native


def _directory_names(names: Any) -> tuple[Any, ...]:
    return tuple(name.chosen for name in names if name.name == "directory_name")


def _reasons(holder: Any, member: str) -> frozenset[str]:
    return frozenset(holder[member].native) & ALL_REASONS if _has(holder, member) else ALL_REASONS


def _has(holder: Any, member: str) -> bool:
    return holder is not None and holder[member].native is not None
