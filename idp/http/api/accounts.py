"""``/api/accounts``: searching and showing accounts. What is searched for travels in a body, since addresses end up in logs."""

from pydantic import BaseModel, ConfigDict, Field

from idp.domain.administration import masking, people
from idp.domain.administration.people import By, Wanted
from idp.domain.profile import Profile
from idp.http.api.operation import Call, Operation
from idp.http.api.paging import MAX
from idp.store.accounts import AccountRow, AuthenticatorRow


class AccountSearch(BaseModel):
    """What to look for."""

    model_config = ConfigDict(extra="forbid")

    by: By
    value: str = Field(
        min_length=1,
        max_length=320,
        description="A whole name, with or without marks; a phone number, e-mail address or proofed personal number; "
        "or the code of an agency, whose officials are meant",
    )
    after: str = Field("", max_length=36, pattern=r"^[A-Za-z0-9-]*$", description="`next` of the page before")
    limit: int = Field(50, ge=1, le=MAX)


class AccountShort(BaseModel):
    """An account in a list."""

    account_id: str
    kind: str = Field(description="`citizen`, `organisation` or `official`")
    state: str = Field(description="`active`, `frozen`, `closing` or `closed`")
    identity_level: int
    name: str
    agency: str | None
    roles: list[str]
    phone: str | None = Field(description="Its last digits alone")
    email: str | None = Field(description="Its first letter and host alone")
    personal_number: str | None = Field(description="Its last digits alone, and only where it is proofed")


class Authenticator(BaseModel):
    """One way of the owner to prove who they are."""

    kind: str
    label: str
    created_at: int = Field(description="Unix seconds")
    used_at: int | None


class AccountWhole(AccountShort):
    """An account."""

    locale: str
    created_at: int = Field(description="Unix seconds")
    updated_at: int
    authenticators: list[Authenticator]


class AccountPage(BaseModel):
    """A part of what was found; ``next`` is null on the last."""

    items: list[AccountShort]
    next: str | None


def searched(call: Call) -> AccountPage:
    """Give the accounts that fit and that the administrator reaches."""
    found = people.search(call.services, call.caller.administrator, Wanted(**call.body(AccountSearch).model_dump()))
    return AccountPage(items=[AccountShort(**_short(*one)) for one in found.people], next=found.next)


def shown(call: Call) -> AccountWhole:
    """Give one account."""
    found = people.show(call.services, call.caller.administrator, call.path["account_id"])
    row = found.row
    return AccountWhole(
        **_short(row, found.profile),
        locale=row.locale,
        created_at=row.created_at,
        updated_at=row.updated_at,
        authenticators=[_authenticator(each) for each in found.authenticators],
    )


def _authenticator(row: AuthenticatorRow) -> Authenticator:
    return Authenticator(kind=row.kind, label=row.label, created_at=row.created_at, used_at=row.used_at)


def _short(row: AccountRow, profile: Profile) -> dict[str, object]:
    return {
        "account_id": row.id,
        "kind": row.kind,
        "state": row.state,
        "identity_level": row.identity_level,
        "name": profile.name,
        "agency": row.agency,
        "roles": list(row.roles),
        "phone": masking.digits(profile.phone_number),
        "email": masking.email(profile.email),
        "personal_number": masking.digits(profile.personal_number),
    }


OPERATIONS = (
    Operation(
        "POST",
        "/api/accounts/search",
        "search_accounts",
        "Search accounts",
        "account:read",
        searched,
        AccountPage,
        body=AccountSearch,
        description="Every account in the answer leaves an entry about its owner in the audit trail.",
    ),
    Operation(
        "GET",
        "/api/accounts/{account_id}",
        "show_account",
        "Show an account",
        "account:read",
        shown,
        AccountWhole,
        description="Leaves an entry about the owner in the audit trail.",
    ),
)
