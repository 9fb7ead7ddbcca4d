"""CRLs as a source of statements: complete, delta, partitioned and indirect ones (RFC 5280 §6.3.3).

Owns finding who signed a CRL and putting lists together. Each list is read, verified and indexed once for as long as
this object is kept, so a caller that keeps it pays nothing for a list's size.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import groupby
from typing import Any

from keys.validation import path
from keys.validation.path import Path
from keys.validation.pkix import Certificate
from keys.validation.revocation.crl import Crl, CrlEntry, MalformedCrl
from keys.validation.revocation.scope import ALL_REASONS, points_of, reasons_covered
from keys.validation.revocation.statement import Question, Statement, Status
from keys.validation.trust import TrustStore


class CrlSource:
    """Statements from a set of CRLs. Lists that cannot be read are left out; ``unreadable`` counts them."""

    def __init__(self, crls: Iterable[bytes | Crl] = ()) -> None:
        self.unreadable = 0
        self._complete: dict[Any, list[Crl]] = {}
        self._deltas: dict[Any, list[Crl]] = {}
        self._seen: set[str] = set()
        for crl in crls:
            self.add(crl)

    def add(self, crl: bytes | Crl) -> None:
        """Add one list, DER or read before."""
        try:
            read = crl if isinstance(crl, Crl) else Crl(crl)
        except MalformedCrl:
            self.unreadable += 1
            return
        if read.digest not in self._seen:
            self._seen.add(read.digest)
            kind = self._complete if read.base_number is None else self._deltas
            kind.setdefault(read.issuer_id, []).append(read)

    def statements(self, question: Question) -> Iterable[Statement]:
        """Every authentic statement; partial ones are joined where together they cover every reason."""
        whole: list[Statement] = []
        partial: list[tuple[frozenset[str], Statement]] = []
        for crl in self._candidates(question.certificate):
            covered = reasons_covered(crl, question.certificate)
            signer = _signer(crl, question) if covered else None
            if signer is None or not _usable(crl):
                continue
            for statement in self._said(crl, signer, question.certificate):
                if covered == ALL_REASONS or statement.status is not Status.GOOD:
                    whole.append(statement)
                else:
                    partial.append((covered, statement))
        return whole + _joined(partial)

    def _candidates(self, certificate: Certificate) -> Iterator[Crl]:
        """Lists of the issuer, and of whom the distribution points name (an indirect CRL bears another name)."""
        names = {certificate.issuer_id}.union(*(point.issuers for point in points_of(certificate)))
        for name in names:
            yield from self._complete.get(name, ())

    def _said(self, crl: Crl, signer: Path, certificate: Certificate) -> Iterator[Statement]:
        entry = crl.find(certificate)
        yield _statement(crl, signer, entry)
        for delta in self._deltas.get(crl.issuer_id, ()):
            if _completes(delta, crl) and delta.is_signed_by(signer.target) and _usable(delta):
                # The newer list says what changed; where it is silent the complete one still stands (§5.2.4).
                newer = _statement(delta, signer, delta.find(certificate) or entry)
                yield replace(newer, evidence=(crl.digest, delta.digest))


def _statement(crl: Crl, signer: Path, entry: CrlEntry | None) -> Statement:
    listed = entry if entry is not None and entry.reason != "remove_from_crl" else None
    return Statement(
        status=_status(listed),
        kind="CRL",
        this_update=crl.this_update,
        next_update=crl.next_update,
        revoked_at=listed.revoked_at if listed else None,
        reason=listed.reason if listed else None,
        invalid_since=listed.invalid_since if listed else None,
        knows_expired_since=crl.knows_expired_since,
        signer=signer,
        evidence=(crl.digest,),
        algorithm=crl.algorithm.family if crl.algorithm else "",
        digest_algorithm=(crl.algorithm.digest or "") if crl.algorithm else "",
    )


def _status(entry: CrlEntry | None) -> Status:
    if entry is None:
        return Status.GOOD
    return Status.ON_HOLD if entry.reason == "certificate_hold" else Status.REVOKED


def _usable(crl: Crl) -> bool:
    try:
        return crl.can_be_used
    except MalformedCrl:
        return False


def _completes(delta: Crl, complete: Crl) -> bool:
    """Step (c): same issuer and scope, a base that the complete list reaches, and newer than it (§5.2.4)."""
    if delta.base_number is None or delta.number is None or complete.number is None:
        return False
    same_scope = delta.scope_der == complete.scope_der
    return same_scope and delta.base_number <= complete.number < delta.number


def _joined(partial: list[tuple[frozenset[str], Statement]]) -> list[Statement]:
    """One good statement from the newest list of each set of reasons, if together they leave none out (§6.3.3)."""
    newest: list[tuple[frozenset[str], Statement]] = []
    for _, same in groupby(sorted(partial, key=lambda each: sorted(each[0])), key=lambda each: sorted(each[0])):
        newest.append(max(same, key=lambda each: each[1].this_update))
    if frozenset().union(*(covered for covered, _ in newest)) != ALL_REASONS:
        return []
    oldest = min((statement for _, statement in newest), key=lambda statement: statement.this_update)
    ends = [statement.next_update for _, statement in newest if statement.next_update is not None]
    evidence = tuple(digest for _, statement in newest for digest in statement.evidence)
    return [replace(oldest, next_update=min(ends) if len(ends) == len(newest) else None, evidence=evidence)]


def _signer(crl: Crl, question: Question) -> Path | None:
    """Who signed the list, under the anchor of the certificate in question (step (f), (g)); None if nobody fits."""
    issuers = [Path(question.path.whole[at:-1], question.path.anchor) for at in range(len(question.path.whole))]
    for candidate in issuers[question.position + 1 :]:
        if _may_sign(candidate.target, crl):
            return candidate
    anchor = TrustStore((question.path.anchor,))
    for certificate in dict.fromkeys((*question.pool, *question.trust.intermediates)):
        if not _may_sign(certificate, crl):
            continue
        for found in path.build(certificate, anchor, (*question.pool, *question.trust.intermediates)):
            if found.fault is None:
                return found
    return None


def _may_sign(certificate: Certificate, crl: Crl) -> bool:
    return (
        bool(certificate.subject_id == crl.issuer_id) and certificate.may("crl_sign") and crl.is_signed_by(certificate)
    )
