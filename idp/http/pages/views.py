"""What the account pages show, as plain values in the reader's language: made by the views, read by the templates."""

from dataclasses import dataclass

from idp.http.pages.asking import Asking


@dataclass(frozen=True, slots=True)
class AccountView:
    """One's own account; ``facts`` are pairs of a term and its value."""

    name: str
    identity_level: int
    facts: tuple[tuple[str, str], ...]
    open_sessions: int
    connected_portals: int


@dataclass(frozen=True, slots=True)
class SessionView:
    """One session; times in Unix seconds, ``place`` the address it was opened from, ``this`` the one in use,
    ``new_device`` one whose browser had never signed in before."""

    sid: str
    device: str
    place: str
    began: int
    seen: int
    method: str
    this: bool
    portals: tuple[str, ...] = ()
    new_device: bool = False


@dataclass(frozen=True, slots=True)
class PortalView:
    """One portal that knows the person; ``knows`` in words, times in Unix seconds, None where none was asked.

    ``enter_address`` is where a sign-in there begins, empty where the portal named none.
    """

    client_id: str
    name: str
    agency: str
    knows: tuple[str, ...]
    granted_at: int | None
    expires_at: int | None
    signed_in: bool
    enter_address: str = ""


@dataclass(frozen=True, slots=True)
class ToldPortal:
    """A portal after sign-out: told, not yet told, or None for one that cannot be told and ends by itself."""

    name: str
    told: bool | None


@dataclass(frozen=True, slots=True)
class WayBack:
    """Where a person may go back to: a portal's name and its checked address."""

    name: str
    address: str


@dataclass(frozen=True, slots=True)
class WayView:
    """A way to prove who one is, or to get one: what to press and where it leads."""

    words: str
    address: str


@dataclass(frozen=True, slots=True)
class AuthenticatorView:
    """One authenticator, or all of a kind that is only counted (``left`` of them); times in Unix seconds."""

    kind: str
    label: str
    added: int
    used: int | None
    left: int = 0
    page_address: str = ""
    remove_address: str = ""


@dataclass(frozen=True, slots=True)
class PasskeyAsk:
    """What the browser is asked for (``options``, JSON), where its answer goes, and what it is told is ``unknown`` (JSON)."""

    options: str
    address: str
    unknown: str = ""


@dataclass(frozen=True, slots=True)
class PasskeyView:
    """One of one's own passkeys; times in Unix seconds.

    ``travels`` tells whether it may be on several devices; ``copied`` whether it is not accepted any more.
    """

    id: str
    label: str
    added: int
    used: int | None
    travels: bool
    copied: bool


@dataclass(frozen=True, slots=True)
class CertificateView:
    """One certificate; times in Unix seconds, ``key`` the SHA-256 of its public key (hex), ``certificate`` base64 of its DER."""

    serial: str
    name: str
    profile: str
    place: str
    status: str
    status_kind: str
    not_before: int
    not_after: int
    stoppable: bool
    on_hold: bool
    key: str
    certificate: str
    label: str


@dataclass(frozen=True, slots=True)
class PhoneView:
    """What a computer shows that is to be signed in by phone.

    ``state`` is start, waiting (``number``, ``picture`` of ``address``; ``look_address``, this page, and ``state_address``,
    its state in a word), approved (by ``person``) or over; ``refusal`` in words, where there is one.
    """

    state: str
    number: str = ""
    address: str = ""
    look_address: str = ""
    state_address: str = ""
    picture: str = ""
    person: str = ""
    refusal: str = ""


@dataclass(frozen=True, slots=True)
class PhoneAsk:
    """What a phone is asked: who waits (None: the account's own pages), on what, where, and the numbers to pick from."""

    asking: Asking | None
    device: str
    place: str
    choices: tuple[str, ...]
    person: str


@dataclass(frozen=True, slots=True)
class ContactView:
    """The phone or the e-mail address of one's account: ``masked`` is empty where there is none.

    ``recovers_from`` in Unix seconds, None where it recovers the account already; ``stopped`` where its change was stopped.
    """

    channel: str
    masked: str
    confirmed: bool
    can_change: bool
    can_remove: bool
    recovers_from: int | None = None
    stopped: bool = False
