"""``/api/…/sessions``: who is signed in where, and ending it with a reason."""

from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field

from idp.domain.administration import signed_in
from idp.domain.administration.signed_in import Signed
from idp.domain.end_reasons import BY_ADMINISTRATOR
from idp.domain.sessions import Session as Sitting
from idp.http.api.clients import names_of
from idp.http.api.operation import Call, Operation
from idp.http.user_agent import browser_and_system
from idp.services import Services
from idp.store.sessions import SessionClientRow

Reason = StrEnum("Reason", {word.upper(): word for word in BY_ADMINISTRATOR})  # type: ignore[misc]  # the words are the domain's


class SessionPortal(BaseModel):
    """A portal that a session signed in to. Times are Unix seconds."""

    client_id: str
    name: dict[str, str] | None = Field(description="By language; null for a portal that is gone")
    since: int
    ended_at: float | None = Field(description="When it was to be signed out")
    told_at: float | None = Field(description="When it acknowledged that (back-channel logout)")
    can_be_told: bool = Field(description="Whether it registered an address for back-channel logout")
    failure: str | None = Field(description="What went wrong when it was last told; it is tried again for a day")


class Session(BaseModel):
    """A single sign-on session. Times are Unix seconds."""

    sid: str
    account_id: str
    created_at: int
    auth_time: int = Field(description="When the person last proved who they are")
    seen_at: int
    expires_at: int
    amr: list[str] = Field(description="The methods used (RFC 8176)")
    factors: list[str] = Field(description="The kinds of authenticators used")
    device: str = Field(description="What the browser says of itself")
    browser: str = Field(description="Which browser that is, empty where it is unknown; no evidence")
    system: str = Field(description="On which system, empty where it is unknown; no evidence")
    place: str
    ended_at: int | None
    end_reason: str | None
    portals: list[SessionPortal]


class SessionList(BaseModel):
    """Every live session of an account, the last used first."""

    items: list[Session]


class EndSession(BaseModel):
    """Why a session is ended."""

    model_config = ConfigDict(extra="forbid")

    reason: Reason


def of_account(call: Call) -> SessionList:
    """Give an account's live sessions."""
    found = signed_in.of_account(call.services, call.caller.administrator, call.path["account_id"])
    return SessionList(items=[_session(call.services, each) for each in found])


def shown(call: Call) -> Session:
    """Give one session."""
    return _session(call.services, signed_in.show(call.services, call.caller.administrator, call.path["sid"]))


def ended(call: Call) -> Session:
    """End a session everywhere; a second call changes nothing and gives the same."""
    reason = call.body(EndSession).reason.value
    return _session(call.services, signed_in.end(call.services, call.caller.administrator, call.path["sid"], reason))


def _session(services: Services, found: Signed) -> Session:
    row = found.row
    browser, system = browser_and_system(row.device)
    return Session(
        sid=row.sid,
        account_id=row.account_id,
        created_at=row.created_at,
        auth_time=row.auth_time,
        seen_at=row.seen_at,
        expires_at=row.expires_at,
        amr=Sitting(row).amr,
        factors=[str(factor["kind"]) for factor in row.factors],
        device=row.device,
        browser=browser,
        system=system,
        place=row.place,
        ended_at=row.ended_at,
        end_reason=row.end_reason,
        portals=[_portal(services, each) for each in found.portals],
    )


def _portal(services: Services, row: SessionClientRow) -> SessionPortal:
    client = services.clients.get(row.client_id)
    return SessionPortal(
        client_id=row.client_id,
        name=names_of(services, row.client_id),
        since=row.since,
        ended_at=row.ended_at,
        told_at=row.told_at,
        can_be_told=client is not None and client.backchannel_logout_uri is not None,
        failure=row.failure,
    )


OPERATIONS = (
    Operation(
        "GET",
        "/api/accounts/{account_id}/sessions",
        "list_sessions",
        "List the live sessions of an account",
        "session:read",
        of_account,
        SessionList,
        description="Leaves an entry about the owner in the audit trail.",
    ),
    Operation("GET", "/api/sessions/{sid}", "show_session", "Show a session", "session:read", shown, Session),
    Operation(
        "POST",
        "/api/sessions/{sid}/end",
        "end_session",
        "End a session everywhere",
        "session:end",
        ended,
        Session,
        body=EndSession,
        description="Tokens die, its portals are told. May be repeated: a session that has ended stays as it is.",
    ),
)
