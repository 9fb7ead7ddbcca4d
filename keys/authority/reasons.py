"""Why a certificate is revoked: the words of RFC 5280 §5.3.1, and which of them a person may give."""

from enum import StrEnum

from cryptography import x509


class Reason(StrEnum):
    """A CRLReason by its name in the RFC."""

    UNSPECIFIED = "unspecified"
    KEY_COMPROMISE = "keyCompromise"
    AFFILIATION_CHANGED = "affiliationChanged"
    SUPERSEDED = "superseded"
    CESSATION_OF_OPERATION = "cessationOfOperation"
    CERTIFICATE_HOLD = "certificateHold"
    PRIVILEGE_WITHDRAWN = "privilegeWithdrawn"


FLAGS = {reason: x509.ReasonFlags(reason.value) for reason in Reason}
"""Each reason as the library names it."""

FOR_GOOD = tuple(reason for reason in Reason if reason is not Reason.CERTIFICATE_HOLD)
"""Reasons of a revocation; a hold is an act of its own. ``cACompromise`` and ``aACompromise`` are no subject's, and
``removeFromCRL`` is no reason but a sign in delta CRLs."""
