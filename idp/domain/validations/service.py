"""Judges documents for whoever asks and seals the reports: the one way from a request to ``keys.validation``.

Documents are read in confined processes, few at once, so that a hostile file costs its own request and tokens are still
served (design, processes). Revocation sources are kept between verdicts. Who may ask, and how, is ``idp.http``.
"""

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from idp.clock import SKEW, Clock
from idp.domain.freshness import Cached
from idp.domain.validations.look_ups import Asking, LookedUp
from idp.domain.validations.own import OwnAuthorities
from idp.domain.validations.trust import TrustFolder, folder_of
from idp.errors import Refusal, StoreUnavailable, TryAgainLater
from idp.logging import get_logger
from idp.settings import Settings
from idp.store.database import Database
from idp.words import mark
from keys import jose
from keys.signing_keys import KeyRing
from keys.validation.model import Content
from keys.validation.policy import DEFAULT_POLICY, Policy

if TYPE_CHECKING:
    from keys.validation.report import Kind
    from keys.validation.revocation import Source
    from keys.validation.sandbox import Pool
    from keys.validation.trust import TrustStore
    from keys.validation.verdict import Verdict

_log = get_logger("validations")
SEAL_TYPE = "validation-report+jws"
"""The ``typ`` of a seal, so that no report is ever taken for a token (RFC 8725 §3.11)."""
SEAL_ALGORITHM = "ES256"
SLOT_WAIT = 2.0
"""Seconds that a request waits for a free place before it is asked to come again."""
READING_SECONDS = 6
"""Seconds of a processor that reading one document may take while somebody waits."""


class TimeAhead(Refusal):
    """The moment to judge as of has not come yet."""


@dataclass(frozen=True)
class Question:
    """What is asked: a document, what it signs where that is kept apart, under which policy, as of when."""

    document: bytes
    name: str = ""
    contents: Sequence[Content] = ()
    policy: Policy = DEFAULT_POLICY
    at: datetime | None = None
    """An aware time; None for now."""


@dataclass(frozen=True)
class SealedReport:
    """A report's bytes, their media type, and our seal over them."""

    content: bytes
    media_type: str
    seal: str
    """A compact JWS with the report as its payload (RFC 7515 §7.1)."""

    @property
    def detached_seal(self) -> str:
        """The seal without the payload, to travel beside the very bytes it is over (RFC 7515, appendix F)."""
        header, _, signature = self.seal.split(".")
        return f"{header}..{signature}"


@dataclass
class Validations:
    """Judges documents, at most ``slots`` at once in this process.

    :param wait: seconds to wait for a place.
    :param reading_seconds: seconds of a processor that reading one document may take.
    """

    clock: Clock
    trust: TrustFolder
    key_ring: Cached[KeyRing]
    slots: int = 1
    wait: float = SLOT_WAIT
    reading_seconds: int = READING_SECONDS
    sources: "Sequence[Source]" = ()
    """Where revocation is known from, kept for as long as the process."""
    own: OwnAuthorities | None = None
    asking: Asking | None = None
    _places: threading.BoundedSemaphore = field(init=False, repr=False)
    _pool: "Pool | None" = field(default=None, init=False, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False, repr=False)

    def __post_init__(self) -> None:
        self._places = threading.BoundedSemaphore(self.slots)

    def judge(self, question: Question) -> "Verdict":
        """Say whether the document is really signed; never raises for anything it holds.

        :raises TimeAhead: when it is to be judged as of a time that has not come.
        :raises TryAgainLater: when no place came free.
        """
        # A third of a second of imports, which a process that judges nothing need not pay.
        from keys.validation import facade

        now = datetime.fromtimestamp(self.clock(), UTC)
        at = question.at
        if at is not None and at > now:
            if (at - now).total_seconds() > SKEW:
                raise TimeAhead(mark("The time to judge as of has not come yet."), field="time")
            at = now
        with self._place():
            verdict = facade.validate(
                question.document,
                name=question.name,
                contents=question.contents,
                trust=self.trusted(),
                sources=self.sources,
                at=at,
                now=now,
                policy=question.policy,
                parse=self._reader().parse,
            )
        self._ask_for_what_is_lacking(verdict)
        return verdict

    def trusted(self) -> "TrustStore":
        """Give whom the judgement trusts: the operator's store, and our own authorities."""
        return self.trust.get() if self.own is None else self.trust.get() | self.own.trust()

    def _ask_for_what_is_lacking(self, verdict: "Verdict") -> None:
        """Leave questions for the worker; a verdict is as good without them."""
        from keys.validation.revocation.online import wanted

        if self.asking is not None:
            try:
                self.asking.ask(wanted(verdict))
            except StoreUnavailable as error:
                _log.warning("questions_not_left", trouble=str(error))

    def report(
        self, verdict: "Verdict", kind: "Kind", subjects: Mapping[str, str] | None = None, *, hide_numbers: bool = False
    ) -> SealedReport:
        """Give the report of that kind, sealed with the provider's key.

        :param subjects: by SHA-256 (hex) of a signer's certificate, the subject by which the caller's sector knows them.
        :param hide_numbers: mask personal numbers in the report for people.
        """
        from keys.validation.report import render, sealed

        rendered = render(verdict, kind, subjects, hide_numbers=hide_numbers)
        return SealedReport(rendered.content, rendered.media_type, sealed(rendered, self._seal))

    def close(self) -> None:
        """End the reading processes."""
        with self._lock:
            if self._pool is not None:
                self._pool.close()
                self._pool = None

    def _seal(self, payload: bytes, content_type: str) -> str:
        return self.key_ring.get().signing[SEAL_ALGORITHM].seal(payload, SEAL_TYPE, content_type)

    def _reader(self) -> "Pool":
        from keys.validation.sandbox import Limits, Pool

        with self._lock:
            if self._pool is None:
                limits = Limits(cpu_seconds=self.reading_seconds, wall_seconds=self.reading_seconds + 4)
                self._pool = Pool(children=self.slots, limits=limits)
            return self._pool

    @contextmanager
    def _place(self) -> Iterator[None]:
        if not self._places.acquire(timeout=self.wait):
            raise TryAgainLater(
                mark("Many documents are being checked at this moment. Please try again in a few seconds.")
            )
        try:
            yield
        finally:
            self._places.release()


def make_validations(
    settings: Settings, database: Database, clock: Clock, key_ring: Cached[KeyRing], wait: float = SLOT_WAIT
) -> Validations:
    """Put the service of one process together.

    :param wait: seconds to wait for a place; a worker, for whom nobody waits, has more.
    """
    own = OwnAuthorities(database, clock)
    return Validations(
        clock,
        TrustFolder(folder_of(settings)),
        key_ring,
        slots=settings.validation_slots,
        wait=wait,
        sources=(own, LookedUp(database)),
        own=own,
        asking=Asking(database, clock),
    )


def opened(seal: str, ring: KeyRing) -> bytes:
    """Give the report in a seal of ours, whichever of our keys made it.

    :raises keys.jose.TokenInvalid: for anything else.
    """
    return jose.opened(seal, ring.remembered or ring.published, SEAL_TYPE)
