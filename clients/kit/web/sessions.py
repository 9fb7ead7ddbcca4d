"""Flask's ``session`` as a row in SQL, opened only when something asks for it; the cookie is a random name alone.

A new name is given at sign-in and at step-up, so that a name somebody planted before is worth nothing after
(session fixation). Lifetimes and removal are ``records``' affair.
"""

import secrets
from collections.abc import Iterator, MutableMapping
from typing import Any

from flask import Flask, Request, session
from flask.sessions import SessionInterface, SessionMixin
from werkzeug.wrappers import Response

from clients.kit.extension import relying_party
from clients.kit.person import Person
from clients.kit.records import browser_sessions, logout_tokens
from clients.kit.records.browser_sessions import BrowserSession, Lifetimes
from clients.kit.records.database import reading, writing
from clients.kit.sealing import digest, seal, unseal

TOUCH_AFTER = 60
"""Seconds between two notes of a visit, so that most pages write nothing."""
SILENT = "silent"
"""Kept once silent sign-on was tried, so that it is not tried again in this session."""

KEPT_FORM = "kept_form"
"""A form that led to a step-up, until it is sent on."""


class SessionAlreadyEnded(Exception):
    """The provider ended the session before its sign-in reached us."""


class Visit(SessionMixin, MutableMapping[str, Any]):
    """What pages remember of a browser, and who is signed in to it. Loads itself at first use.

    :param cookie: the cookie's value, empty for none.
    """

    accessed = False
    modified = False

    def __init__(self, cookie: str) -> None:
        self.secret = self.given = cookie
        self.row: BrowserSession | None = None
        self.person: Person | None = None
        self._content: dict[str, Any] | None = None

    @property
    def content(self) -> dict[str, Any]:
        """What the pages remember."""
        if self._content is None:
            self._content = self._load()
        return self._content

    @property
    def signed_in(self) -> Person | None:
        """Who is signed in, if anybody."""
        _ = self.content
        return self.person

    def _load(self) -> dict[str, Any]:
        self.accessed = True
        self.row = _living_row(self.secret) if self.secret else None
        if self.row is None:
            self.secret = ""
            return {}
        if self.row.ended_at is None and (kept := unseal(self.secret, "person", self.row.person)):
            self.person = Person.from_json(kept)
        return unseal(self.secret, "visit", self.row.visit)

    def sign_in(self, person: Person, kept_form: dict[str, Any] | None = None) -> None:
        """Sign ``person`` in to a new session under a new name; the old one ends here.

        :param kept_form: a form to be sent on afterwards (``step_up``).
        :raises SessionAlreadyEnded: when a logout overtook this sign-in.
        """
        content = {**self._what_stays(person), SILENT: True, **({KEPT_FORM: kept_form} if kept_form else {})}
        secret, now = secrets.token_urlsafe(32), relying_party().now
        with writing() as work:
            if logout_tokens.has_ended(work, person.sid, person.subject, person.claims["iat"]):
                raise SessionAlreadyEnded
            if self.row is not None:
                browser_sessions.forget(work, self.row.id)
            row = browser_sessions.begin(work, digest(secret), now, _lifetimes(), seal(secret, "visit", content))
            sealed = seal(secret, "person", person.to_json())
            browser_sessions.sign_in(work, row, subject=person.subject, sid=person.sid, person=sealed)
        self.secret, self.row, self.person, self._content = secret, row, person, content
        self.modified = False

    def _what_stays(self, person: Person) -> dict[str, Any]:
        """What pages remembered goes on for the same person at step-up, and for nobody else."""
        before = self.signed_in
        return self.content if before is not None and before.subject == person.subject else {}

    def sign_out(self) -> None:
        """End the session; a new one remembers only that silent sign-on is not to be tried again."""
        _ = self.content
        if self.row is not None:
            with writing() as work:
                browser_sessions.forget(work, self.row.id)
        self.secret, self.row, self.person, self._content = "", None, None, {SILENT: True}
        self.modified = True

    def save(self) -> None:
        """Keep what the pages remember."""
        fresh = self.row is None
        if fresh:
            self.secret = secrets.token_urlsafe(32)
        sealed = seal(self.secret, "visit", self.content)
        with writing() as work:
            if fresh:
                now = relying_party().now
                self.row = browser_sessions.begin(work, digest(self.secret), now, _lifetimes(), sealed)
            else:
                browser_sessions.keep_visit(work, digest(self.secret), sealed)

    def __getitem__(self, key: str) -> Any:
        return self.content[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self.content[key] = value
        self.modified = True

    def __delitem__(self, key: str) -> None:
        del self.content[key]
        self.modified = True

    def __iter__(self) -> Iterator[str]:
        return iter(self.content)

    def __len__(self) -> int:
        return len(self.content)


def _lifetimes() -> Lifetimes:
    settings = relying_party().settings
    return Lifetimes(settings.session_idle, settings.session_lifetime)


def _living_row(secret: str) -> BrowserSession | None:
    """Find the cookie's row and note the visit, now and then."""
    now = relying_party().now
    with reading() as work:
        row = browser_sessions.find(work, digest(secret), now)
    if row is not None and now - row.seen_at >= TOUCH_AFTER:
        with writing() as work:
            browser_sessions.touch(work, row, now, _lifetimes().idle)
    return row


class SqlSessions(SessionInterface):
    """Ties ``Visit`` to Flask."""

    def open_session(self, app: Flask, request: Request) -> Visit:
        """Give the browser's visit, not loaded yet."""
        return Visit(request.cookies.get(relying_party().cookie_name, "")[:64])

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Keep what changed, and tell the browser the name where it is new."""
        if not isinstance(session, Visit) or not session.accessed:
            return
        response.vary.add("Cookie")
        if session.modified:
            session.save()
        party = relying_party()
        if session.secret and session.secret != session.given:
            set_cookie(response, party.cookie_name, session.secret)
        elif session.given and not session.secret:
            drop_cookie(response, party.cookie_name)


def set_cookie(response: Response, name: str, value: str, max_age: int | None = None) -> None:
    """Set a cookie that scripts and other sites' forms never see; without an age the browser forgets it at its end."""
    secure = relying_party().settings.secure
    response.set_cookie(name, value, max_age=max_age, path="/", secure=secure, httponly=True, samesite="Lax")


def drop_cookie(response: Response, name: str) -> None:
    """Remove a cookie that ``set_cookie`` set."""
    response.delete_cookie(name, path="/", secure=relying_party().settings.secure, httponly=True, samesite="Lax")


def visit() -> Visit:
    """Give the visit of the browser that is asking."""
    found = session._get_current_object()  # type: ignore[attr-defined]  # the proxy's own way to what it stands for
    if not isinstance(found, Visit):
        raise TypeError("the application does not use the kit's sessions")
    return found


def signed_in() -> Person | None:
    """Give who is signed in to the browser that is asking, if anybody."""
    return visit().signed_in
