"""Looks up what documents lacked: the worker asks the responders and fetches the lists that proven certificates name.

A verdict that lacks a status says TRY_LATER and leaves a question; the next one finds the answer. Which places to ask is
``keys.validation.revocation.online``'s, opening connections safely ``outbound``'s. A host that fails is left alone for a
while; what it answered is believed only for its signature, when a document is judged.
"""

from collections import OrderedDict
from collections.abc import Iterable, Sequence
from hashlib import sha256
from threading import Lock
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from idp.clock import Clock
from idp.domain import outbound, outbox
from idp.domain.outbound import Bounds, FetchFailed
from idp.errors import StoreUnavailable
from idp.logging import get_logger
from idp.settings import Settings
from idp.store import revocation_data as store
from idp.store.database import Database

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from idp.store.outbox import Message
    from keys.validation.revocation import Question, Source, Statement
    from keys.validation.revocation.online import Wanted

LOOK_UP = "revocation_look_up"
"""The kind of message under which a question waits for the worker."""
ASKED_AGAIN_AFTER = 30.0
"""Seconds after which a process passes on a question that it has passed on already."""
NOT_BEFORE = 60.0
"""Seconds for which an answer is not fetched again, whatever it is worth."""
FAILURES, SHORTEST_REST, LONGEST_REST = 3, 60.0, 3600.0
"""Failures in a row after which a host rests, and for how many seconds."""
OF_CRL = Bounds(seconds=20.0, octets=32 * 2**20, plain_http=True, accept="*/*")
OF_OCSP = Bounds(seconds=5.0, octets=64 * 1024, plain_http=True, accept="*/*")
OCSP_REQUEST = "application/ocsp-request"
REMEMBERED = 4096
"""Questions that a process remembers to have passed on."""
_log = get_logger("look_ups")


class NotAnswered(Exception):
    """No place gave an answer; the outbox tries again."""


class Asking:
    """Passes on what verdicts lacked, each question once in a while."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._passed_on: OrderedDict[str, float] = OrderedDict()
        self._lock = Lock()

    def ask(self, wanted: Iterable["Wanted"]) -> int:
        """Leave the questions for the worker; give how many were new."""
        now = self._clock()
        fresh = [each for each in wanted if self._is_due(each.key, now)]
        if fresh:
            with self._database.write() as connection:
                for each in fresh:
                    self._post(connection, each, now)
        return len(fresh)

    def _is_due(self, key: str, now: float) -> bool:
        with self._lock:
            if now - self._passed_on.get(key, float("-inf")) < ASKED_AGAIN_AFTER:
                return False
            self._passed_on[key] = now
            self._passed_on.move_to_end(key)
            if len(self._passed_on) > REMEMBERED:
                self._passed_on.popitem(last=False)
            return True

    def _post(self, connection: "Connection", wanted: "Wanted", now: float) -> None:
        kept = [
            each.key
            for each in wanted.look_ups
            if store.ask(connection, store.Row(each.key, each.kind, each.address, each.request, now))
        ]
        if kept:
            outbox.post(connection, LOOK_UP, {"keys": kept}, now=now, unique_key=wanted.key)


def handler(settings: Settings, database: Database, clock: Clock) -> outbox.Handler:
    """Give what the worker does with a question."""
    return outbox.Handler(lambda message: _look_up(settings, database, clock, message))


def _look_up(settings: Settings, database: Database, clock: Clock, message: "Message") -> None:
    """Ask one place after another until one answers.

    :raises NotAnswered: when none did.
    """
    for key in message.payload["keys"]:
        with database.read() as connection:
            row = store.find(connection, str(key))
        if row is None:
            continue
        if row.fetched_at is not None and clock() - row.fetched_at < NOT_BEFORE:
            return
        if _fetch(settings, database, clock, row):
            return
    raise NotAnswered


def _fetch(settings: Settings, database: Database, clock: Clock, row: store.Row) -> bool:
    host = (urlsplit(row.address).hostname or "")[:255]
    with database.read() as connection:
        if store.rests_until(connection, host) > clock():
            return False
    try:
        content = fetched(settings, row.kind, row.address, row.request)
    except FetchFailed as error:
        _log.warning("revocation_not_fetched", host=host, kind=row.kind, trouble=str(error))
        with database.write() as connection:
            store.failed(connection, host, clock(), FAILURES, SHORTEST_REST, LONGEST_REST)
        return False
    with database.write() as connection:
        store.answered(connection, host)
        store.keep(connection, row.key, content, sha256(content).hexdigest(), clock())
    return True


def fetched(settings: Settings, kind: str, address: str, request: bytes | None) -> bytes:
    """Give what a place answers, if it is a list or an answer at all.

    :raises FetchFailed: when it does not answer, or with something else.
    """
    from keys.validation.revocation import Crl, MalformedAnswer, MalformedCrl
    from keys.validation.revocation.ocsp_answer import Answer

    try:
        if kind == "OCSP":
            content = outbound.post(settings, address, request or b"", OCSP_REQUEST, OF_OCSP).body
            Answer(content)
        else:
            content = outbound.fetch(settings, address, OF_CRL).body
            Crl(content)
    except (MalformedAnswer, MalformedCrl):
        raise FetchFailed("it is neither a list nor an answer") from None
    return content


class LookedUp:
    """What was looked up, as a source of statements; read from the database once for as long as it does not change.

    :param most: octets of lists and answers that a process keeps in memory.
    """

    def __init__(self, database: Database, most: int = 64 * 2**20) -> None:
        self._database = database
        self._most = most
        self._held = 0
        self._known: OrderedDict[str, tuple[str, int, Source]] = OrderedDict()
        self._lock = Lock()

    def statements(self, question: "Question") -> "Iterable[Statement]":
        """Every authentic statement about the certificate in question; none while the database is away."""
        from keys.validation.revocation.online import look_ups

        places = look_ups(question.certificate, question.issuer)
        if not places:
            return ()
        try:
            sources = self._sources([each.key for each in places])
        except StoreUnavailable:
            return ()
        return [statement for source in sources for statement in source.statements(question)]

    def _sources(self, keys: list[str]) -> "Sequence[Source]":
        with self._database.read() as connection:
            current = store.digests(connection, keys)
            return [self._source(connection, key, digest) for key, digest in current.items()]

    def _source(self, connection: "Connection", key: str, digest: str) -> "Source":
        with self._lock:
            known = self._known.get(key)
            if known is not None and known[0] == digest:
                self._known.move_to_end(key)
                return known[2]
        content = store.content_of(connection, key) or b""
        source = _source_of(content)
        with self._lock:
            self._forget(key)
            self._known[key] = (digest, len(content), source)
            self._held += len(content)
            while self._held > self._most and len(self._known) > 1:
                self._forget(next(iter(self._known)))
        return source

    def _forget(self, key: str) -> None:
        gone: Any = self._known.pop(key, None)
        self._held -= gone[1] if gone else 0


def _source_of(content: bytes) -> "Source":
    from keys.validation.revocation import Crl, CrlSource, MalformedCrl, OcspSource

    try:
        return CrlSource([Crl(content)])
    except MalformedCrl:
        return OcspSource([content])
