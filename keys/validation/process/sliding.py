"""What is known of the certificates of a path, and until when: revocation, freshness, expiry (§5.2.5, §5.6.2.2).

Walks from the anchor down. Each fact that ends the trust in a certificate becomes a ``Limit``; a use of the certificate
that is proven to be older stands. Expiry never hides a revocation: both limits are found, whatever the order of events.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum

from keys.validation.model import SubIndication
from keys.validation.path import Path
from keys.validation.pkix import Certificate
from keys.validation.policy import NEVER, Mode
from keys.validation.process.constraints import common_name
from keys.validation.process.context import Context
from keys.validation.revocation import Statement, Status

_MAX_DELEGATION = 3


class Reason(IntEnum):
    """Why trust ends, the weightiest first: the order in which §5.2.6.4 comes upon them."""

    REVOKED_CA = 1
    REVOKED = 2
    ON_HOLD = 3
    OUT_OF_BOUNDS = 4
    REVOCATION_OUT_OF_BOUNDS = 5
    NOT_KNOWN = 6


SUB_INDICATIONS = {
    Reason.REVOKED_CA: SubIndication.REVOKED_CA_NO_POE,
    Reason.REVOKED: SubIndication.REVOKED_NO_POE,
    Reason.ON_HOLD: SubIndication.TRY_LATER,
    Reason.OUT_OF_BOUNDS: SubIndication.OUT_OF_BOUNDS_NO_POE,
    Reason.REVOCATION_OUT_OF_BOUNDS: SubIndication.REVOCATION_OUT_OF_BOUNDS_NO_POE,
    Reason.NOT_KNOWN: SubIndication.TRY_LATER,
}


@dataclass(frozen=True)
class Limit:
    """The certificate is trusted for what is proven to have existed until then."""

    reason: Reason
    until: datetime
    message: str

    def ends_before(self, used_at: datetime) -> bool:
        """Whether a use at that time comes too late; the moment of a revocation itself does (RFC 5280 §5.3.1)."""
        if self.reason in {Reason.REVOKED_CA, Reason.REVOKED, Reason.ON_HOLD}:
            return used_at >= self.until
        return used_at > self.until


@dataclass(frozen=True)
class Finding:
    """One certificate of the path: the statement that decides its status, and what limits it."""

    certificate: Certificate
    statement: Statement | None
    limits: tuple[Limit, ...]

    @property
    def known_good(self) -> bool:
        """Its authority says that it is not revoked, or promises never to revoke it."""
        if self.statement is None:
            return self.certificate.needs_no_revocation
        return self.statement.status is Status.GOOD


def slide(path: Path, context: Context, asking: frozenset[str] = frozenset()) -> tuple[Finding, ...]:
    """What is known of each certificate of the path, from the target up.

    ``asking`` holds the certificates whose status is being looked for, so that a responder cannot vouch for itself.
    """
    control = min(context.at, path.anchor.ends)
    found: list[Finding] = []
    for position in range(len(path.certificates) - 1, -1, -1):
        finding = _find(path, position, control, context, asking)
        found.insert(0, finding)
        # §5.6.2.2.4 2)b): what a revoked authority said is believed only if it is proven to be older.
        ends = [limit.until for limit in finding.limits if limit.reason <= Reason.ON_HOLD]
        control = min([control, *ends])
    return tuple(found)


def _find(path: Path, position: int, control: datetime, context: Context, asking: frozenset[str]) -> Finding:
    certificate = path.certificates[position]
    expiry = Limit(
        Reason.OUT_OF_BOUNDS,
        certificate.not_after,
        f"the certificate of {common_name(certificate)} expired on {certificate.not_after:%Y-%m-%d %H:%M:%S} UTC",
    )
    if certificate.needs_no_revocation or (position == 0 and asking and certificate.ocsp_no_check):
        return Finding(certificate, None, (expiry,))
    statement, in_bounds = _decisive(path, position, control, context, asking)
    return Finding(certificate, statement, (expiry, *_limits(certificate, position, statement, in_bounds, context)))


def _decisive(
    path: Path, position: int, control: datetime, context: Context, asking: frozenset[str]
) -> tuple[Statement | None, bool]:
    """The statement that decides, and whether its signer is within its own validity (§5.2.6.4 4), 8)).

    A revocation is for ever, so any authentic one decides; of holds and good answers the latest does.
    """
    certificate = path.certificates[position]
    spoken = [s for s in context.statements(path, position) if _believable(s, certificate, context)]
    revoked = [s for s in spoken if s.status is Status.REVOKED]
    if revoked:
        return min(revoked, key=lambda s: s.revoked_at or NEVER), True
    others = [s for s in spoken if s.status is not Status.REVOKED and _existed(s, context) <= control]
    standing = [s for s in others if _signer_stands(s, path, position, context, asking | {certificate.digest})]
    within = [s for s in standing if _signer_lives(s, context)]
    chosen = max(within or standing, key=lambda s: s.this_update, default=None)
    return chosen, bool(within)


def _limits(
    certificate: Certificate, position: int, statement: Statement | None, in_bounds: bool, context: Context
) -> list[Limit]:
    name = common_name(certificate)
    if statement is None:
        return [_not_known(certificate, context)]
    if statement.status is Status.GOOD:
        limits = _freshness(certificate, statement, context)
    else:
        revoked = Reason.REVOKED if position == 0 else Reason.REVOKED_CA
        reason = revoked if statement.status is Status.REVOKED else Reason.ON_HOLD
        since = statement.revoked_at or NEVER
        what = "was revoked" if statement.status is Status.REVOKED else "has been suspended since"
        limits = [Limit(reason, since, f"the certificate of {name} {what} {since:%Y-%m-%d %H:%M:%S} UTC")]
    if not in_bounds:
        message = f"who signed the status of {name} has expired, and nothing proves that the status is older"
        limits.append(Limit(Reason.REVOCATION_OUT_OF_BOUNDS, NEVER, message))
    return limits


def _not_known(certificate: Certificate, context: Context) -> Limit:
    """Unknown status: an answer may come while the certificate lives; once it expired none will (§5.2.6.4 4), 7))."""
    name = common_name(certificate)
    if certificate.not_after < context.at:
        message = f"the certificate of {name} has expired and nothing tells whether it was revoked before"
        return Limit(Reason.OUT_OF_BOUNDS, NEVER, message)
    return Limit(Reason.NOT_KNOWN, NEVER, f"nothing tells whether the certificate of {name} is revoked")


def _freshness(certificate: Certificate, statement: Statement, context: Context) -> list[Limit]:
    """Revocation Freshness Checker (§5.2.5): until when a good answer counts, if it does not reach to now."""
    policy = context.policy
    if policy.maximum_freshness is not None:
        until = statement.this_update + policy.maximum_freshness
    else:
        until = statement.next_update or statement.this_update + policy.freshness_without_end
    message = (
        f"the latest status of {common_name(certificate)} is of {statement.this_update:%Y-%m-%d %H:%M:%S} UTC"
        f" and counts until {until:%Y-%m-%d %H:%M:%S} UTC"
    )
    if policy.mode is Mode.LIVE and until < context.at <= certificate.not_after:
        return [Limit(Reason.NOT_KNOWN, NEVER, message)]
    return [Limit(Reason.NOT_KNOWN, until, message)] if until < context.at else []


def _believable(statement: Statement, certificate: Certificate, context: Context) -> bool:
    if statement.status is Status.UNKNOWN or statement.this_update > context.now + context.policy.skew:
        return False
    return statement.speaks_of(certificate)


def _existed(statement: Statement, context: Context) -> datetime:
    return context.proofs.latest_of(statement.evidence)


def _signer_stands(statement: Statement, path: Path, position: int, context: Context, asking: frozenset[str]) -> bool:
    """A delegated signer must itself be good for what it is proven to have signed by then.

    The authorities above the certificate in question are judged with its path. A list may be the place where its own
    issuer's revocation would stand (RFC 5280 §6.3.3, PKITS 4.14.30); otherwise nobody vouches for itself.
    """
    signer = statement.signer
    if signer is None or not signer.certificates or signer.target in path.whole[position + 1 :]:
        return True
    if signer.target == path.certificates[position]:
        return statement.kind == "CRL"
    if signer.target.digest in asking or len(asking) > _MAX_DELEGATION:
        return False
    existed = _existed(statement, context)
    above = path.whole[position + 1 :]
    apart = [finding for finding in slide(signer, context, asking) if finding.certificate not in above]
    # Plain expiry is asked about apart, by _signer_lives, because it has a sub-indication of its own.
    return not any(limit.ends_before(existed) for finding in apart for limit in finding.limits if not _is_expiry(limit))


def _is_expiry(limit: Limit) -> bool:
    return limit.reason is Reason.OUT_OF_BOUNDS and limit.until != NEVER


def _signer_lives(statement: Statement, context: Context) -> bool:
    """§5.2.6.4 8), §5.6.2.4.4 1): the answer is proven to have existed while its signer's certificate was valid."""
    signer = statement.signer
    return signer is None or not signer.certificates or _existed(statement, context) <= signer.target.not_after
