"""``/api/counter``: two officials of one agency give somebody their account back, who stands before them with their papers.

Numbers and addresses travel in bodies, since addresses of calls end up in logs. What is allowed is ``idp.domain.counter``'s.
"""

from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field

from idp.domain.account_recovery import COUNTER, REPROOFING
from idp.domain.administration import masking
from idp.domain.counter import acts, contacts
from idp.domain.counter.acts import PAPERS, Before, Proposal
from idp.domain.counter.official import ROLE, Official
from idp.domain.sign_in_names import SignInName
from idp.http.api.operation import FRESH, Call, Operation

SCOPE = "account:recover"
Paper = StrEnum("Paper", {word.upper(): word for word in PAPERS})  # type: ignore[misc]  # the words are the domain's
Method = StrEnum("Method", {word.upper(): word for word in (COUNTER, REPROOFING)})  # type: ignore[misc]  # the same
NUMBER = Field(min_length=1, max_length=40, description="The personal number on the person's card")


class PersonSearch(BaseModel):
    """Who stands before the counter."""

    model_config = ConfigDict(extra="forbid")

    personal_number: str = NUMBER


class RecoveryProposal(BaseModel):
    """What the first official proposes."""

    model_config = ConfigDict(extra="forbid")

    account_id: str = Field(max_length=36)
    method: Method = Field(description="`counter`, which a second official confirms, or `reproofing`, after 72 hours")
    paper: Paper = Field(description="What the person showed")
    new_contact: str = Field(
        "", max_length=320, description="A phone number or e-mail address that replaces every old one, all lost"
    )


class RecoveryConfirmation(BaseModel):
    """What the second official saw."""

    model_config = ConfigDict(extra="forbid")

    personal_number: str = NUMBER
    paper: Paper = Field(description="What the person showed")


class ContactCode(BaseModel):
    """The code that the person read on their new phone or in their new mailbox."""

    model_config = ConfigDict(extra="forbid")

    code: str = Field(min_length=1, max_length=40)


class CounterPerson(BaseModel):
    """Somebody before the counter."""

    account_id: str
    state: str = Field(description="`active`, `frozen`, `closing` or `closed`")
    name: str
    birthdate: str | None
    agency: str | None = Field(description="Of an official")
    phone: str | None = Field(description="Its last digits alone")
    email: str | None = Field(description="Its first letter and host alone")


class CounterRecovery(BaseModel):
    """A recovery at the counter. Times are Unix seconds."""

    recovery_id: str
    person: CounterPerson
    method: str = Field(description="`counter` or `reproofing`")
    state: str = Field(description="`proposed`, `waiting`, `done` or `stopped`")
    proposed_by: str = Field(description="The first official's name")
    proposed_by_caller: bool = Field(description="Whether that is who asks, so that somebody else has to confirm")
    created_at: int
    effective_at: int = Field(description="When it takes effect, or ends if nobody confirmed it")
    new_contact: str | None = Field(description="The new phone or e-mail address, in part")
    new_contact_confirmed: bool = Field(description="Whether its code was entered")


class CounterFound(BaseModel):
    """Whom a number belongs to, and their recovery that is open already."""

    person: CounterPerson
    recovery_id: str | None = Field(description="Only of one that was begun at the caller's own counter")
    under_way: bool


class RecoveryList(BaseModel):
    """What is open at a counter, the oldest first, at most a hundred."""

    items: list[CounterRecovery]


def searched(call: Call) -> CounterFound:
    """Give whose number it is."""
    by = _official(call)
    found = acts.find(call.services, by, call.body(PersonSearch).personal_number)
    row = found.recovery
    ours = row.id if row is not None and row.agency == by.agency else None
    return CounterFound(person=_person(found), recovery_id=ours, under_way=row is not None)


def proposed(call: Call) -> CounterRecovery:
    """Begin a recovery, and send the new channel its code."""
    by = _official(call)
    row = acts.propose(call.services, by, Proposal(**call.body(RecoveryProposal).model_dump(mode="json")))
    if row.contact_sealed is not None:
        contacts.send_code(call.services, by, row.id)
    return _shown(call, row.id)


def listed(call: Call) -> RecoveryList:
    """Give what is open at the caller's counter."""
    by = _official(call)
    return RecoveryList(items=[_recovery(each, by) for each in acts.waiting(call.services, by)])


def shown(call: Call) -> CounterRecovery:
    """Give one."""
    return _shown(call, call.path["recovery_id"])


def sent(call: Call) -> CounterRecovery:
    """Send the new channel another code."""
    contacts.send_code(call.services, _official(call), call.path["recovery_id"])
    return shown(call)


def entered(call: Call) -> CounterRecovery:
    """Take the new channel's code."""
    contacts.enter_code(call.services, _official(call), call.path["recovery_id"], call.body(ContactCode).code)
    return shown(call)


def confirmed(call: Call) -> CounterRecovery:
    """Confirm as the second official."""
    seen = call.body(RecoveryConfirmation)
    recovery_id = call.path["recovery_id"]
    acts.confirm(call.services, _official(call), recovery_id, number=seen.personal_number, paper=str(seen.paper.value))
    return shown(call)


def stopped(call: Call) -> CounterRecovery:
    """Stop one."""
    acts.stop(call.services, _official(call), call.path["recovery_id"])
    return shown(call)


def _official(call: Call) -> Official:
    """Give who acts; the domain asks once more whether they may, in the act's own transaction."""
    caller = call.caller
    if caller.account_id is None or ROLE not in caller.roles:
        raise TypeError("the operation does not demand the role of an official at a counter")
    return Official(caller.account_id, caller.agency, caller.client.client_id, caller.claims["sid"])


def _shown(call: Call, recovery_id: str) -> CounterRecovery:
    by = _official(call)
    return _recovery(acts.here(call.services, by, recovery_id)[1], by)


def _recovery(found: Before, by: Official) -> CounterRecovery:
    row = found.recovery
    if row is None:
        raise TypeError("there is no recovery to show")
    return CounterRecovery(
        recovery_id=row.id,
        person=_person(found),
        method=row.method,
        state=row.state,
        proposed_by=found.proposed_by,
        proposed_by_caller=row.proposed_by == by.account_id,
        created_at=row.created_at,
        effective_at=row.effective_at,
        new_contact=_masked(found.contact),
        new_contact_confirmed=row.contact_confirmed_at is not None,
    )


def _person(found: Before) -> CounterPerson:
    profile = found.profile
    return CounterPerson(
        account_id=profile.account_id,
        state=profile.state,
        name=profile.name,
        birthdate=profile.birthdate,
        agency=profile.agency,
        phone=masking.digits(profile.phone_number),
        email=masking.email(profile.email),
    )


def _masked(contact: SignInName | None) -> str | None:
    if contact is None:
        return None
    return masking.email(contact.value) if contact.kind == "email" else masking.digits(contact.value)


ALL = "/api/counter/recoveries"
ONE = f"{ALL}/{{recovery_id}}"
OPERATIONS = (
    Operation(
        "POST",
        "/api/counter/search",
        "find_at_counter",
        "Find who stands before the counter, by the number on their card",
        SCOPE,
        searched,
        CounterFound,
        body=PersonSearch,
        role=ROLE,
        also=(403, 404, 429),
        description="A citizen of any place, or an official of the caller's agency and those below it. Leaves an entry about "
        "the owner in the audit trail. 429 after sixty within an hour.",
    ),
    Operation(
        "POST",
        ALL,
        "propose_recovery",
        "Propose to give somebody their account back",
        SCOPE,
        proposed,
        CounterRecovery,
        body=RecoveryProposal,
        role=ROLE,
        max_age=FRESH,
        also=(403, 404, 409),
        description="The owner is told at once on every confirmed channel, with a link that stops it. "
        "A new channel is sent a code.",
    ),
    Operation(
        "GET", ALL, "list_recoveries", "List what is open at the counter", SCOPE, listed, RecoveryList, role=ROLE
    ),
    Operation("GET", ONE, "show_recovery", "Show a recovery", SCOPE, shown, CounterRecovery, role=ROLE, also=(403,)),
    Operation(
        "POST",
        f"{ONE}/contact",
        "confirm_contact",
        "Enter the code of the new phone or e-mail address",
        SCOPE,
        entered,
        CounterRecovery,
        body=ContactCode,
        role=ROLE,
        also=(403, 409, 410),
        description="400 for a wrong code, 410 when it is over: have another one sent.",
    ),
    Operation(
        "POST",
        f"{ONE}/contact/code",
        "send_contact_code",
        "Send the new phone or e-mail address another code",
        SCOPE,
        sent,
        CounterRecovery,
        role=ROLE,
        takes=(),
        also=(403, 409),
    ),
    Operation(
        "POST",
        f"{ONE}/confirm",
        "confirm_recovery",
        "Confirm as the second official",
        SCOPE,
        confirmed,
        CounterRecovery,
        body=RecoveryConfirmation,
        role=ROLE,
        max_age=FRESH,
        also=(403, 409),
        description="Takes effect at once: every way to sign in is taken away, every session ends, certificates are revoked. "
        "Another official of the same agency than the one who proposed it, who reads the number from the card too.",
    ),
    Operation(
        "POST",
        f"{ONE}/stop",
        "stop_recovery",
        "Stop a recovery",
        SCOPE,
        stopped,
        CounterRecovery,
        role=ROLE,
        takes=(),
        also=(403, 409),
    ),
)
