"""Cryptographic constraints (§5.1.4.3): whether what was signed, when, was then signed strongly enough.

Each piece of material is judged at the time by which it is proven to have existed, not at the moment of judgement: a
signature of 2009 with SHA-1 may still stand if a time-stamp of 2009 that is itself protected covers it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from keys.validation.algorithms import EDDSA, SignatureAlgorithm
from keys.validation.model import SignatureObject, SubIndication
from keys.validation.path import Path
from keys.validation.pkix import Certificate
from keys.validation.policy import FOREVER, NEVER, AlgorithmTable
from keys.validation.process.context import Context
from keys.validation.revocation import Statement
from keys.validation.timestamps import TimestampToken
from keys.validation.verdict import PASSED, Conclusion, indeterminate


@dataclass(frozen=True)
class Material:
    """Something signed: what it is, until when its algorithms are relied on, by when it existed."""

    what: str
    until: datetime
    existed: datetime

    @property
    def acceptable(self) -> bool:
        """It existed while its algorithms were still reliable."""
        return self.existed <= self.until


def of_path(path: Path, signer_existed: datetime, context: Context) -> list[Material]:
    """The signatures of the certificates of the path, the anchor's own apart.

    ``signer_existed`` is by when the first is known to have existed, apart from what time-stamps say of it.
    """
    found = []
    for position, certificate in enumerate(path.certificates):
        existed = context.proofs.earliest(certificate.digest)
        if position == 0:
            existed = min(existed, signer_existed)
        until = _signed_until(certificate.signature_algorithm, path.issuer_of(position), context.policy.algorithms)
        found.append(Material(f"certificate of {common_name(certificate)}", until, existed))
    return found


def of_statement(statement: Statement, context: Context) -> Material | None:
    """The signature of a CRL or an OCSP answer; None for our own table."""
    if statement.signer is None:
        return None
    table = context.policy.algorithms
    digest = FOREVER if statement.algorithm == EDDSA else table.digest_until(statement.digest_algorithm)
    until = min(digest, _key_until(statement.signer.target, table))
    return Material(f"{statement.kind} of {statement.this_update:%Y-%m-%d}", until, _existed(statement, context))


def of_signature(signature: SignatureObject, signer: Certificate, used_at: datetime, context: Context) -> Material:
    """The signature itself, with every digest it rests on."""
    table = context.policy.algorithms
    until = min(
        _digests_until(signature.digest_algorithms, signature.signature_algorithm, table), _key_until(signer, table)
    )
    return Material("signature", until, used_at)


def of_token(token: TimestampToken, signer: Certificate, used_at: datetime, context: Context) -> Material:
    """A time-stamp token: its own signature and the digest of its imprint."""
    table = context.policy.algorithms
    digests = _digests_until(token.digest_algorithms, token.signature_algorithm, table)
    until = min(digests, table.digest_until(token.imprint_digest), _key_until(signer, table))
    return Material("time-stamp", until, used_at)


def conclude(materials: Iterable[Material]) -> Conclusion:
    """PASSED, or the constraint failure of the first material that is too weak.

    Algorithms that never were reliable fail whatever the time; for the others a proof of earlier existence may come.
    """
    for material in materials:
        if material.acceptable:
            continue
        if material.until == NEVER:
            message = f"the {material.what} rests on an algorithm or key size that is not accepted"
            return indeterminate(SubIndication.CRYPTO_CONSTRAINTS_FAILURE, message)
        message = (
            f"the {material.what} rests on an algorithm or key size relied on until {material.until:%Y-%m-%d},"
            " and nothing proves that it existed by then"
        )
        return indeterminate(SubIndication.CRYPTO_CONSTRAINTS_FAILURE_NO_POE, message)
    return PASSED


def common_name(certificate: Certificate) -> str:
    """A name for messages: the common name, or the whole subject."""
    return str(certificate.subject.native.get("common_name") or certificate.subject.human_friendly)


def _existed(statement: Statement, context: Context) -> datetime:
    return context.proofs.latest_of(statement.evidence)


def _signed_until(algorithm: SignatureAlgorithm | None, issuer: Certificate, table: AlgorithmTable) -> datetime:
    if algorithm is None:
        return NEVER
    digest = FOREVER if algorithm.family == EDDSA else table.digest_until(algorithm.digest or "")
    return min(digest, _key_until(issuer, table))


def _digests_until(names: tuple[str, ...], family: str, table: AlgorithmTable) -> datetime:
    if not names:
        return FOREVER if family == EDDSA else NEVER
    return min(table.digest_until(name) for name in names)


def _key_until(certificate: Certificate, table: AlgorithmTable) -> datetime:
    return table.key_until(certificate.key_family, certificate.key_size)
