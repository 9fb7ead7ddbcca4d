"""What the counter's words mean, in the official's language: papers, states, and why the management API says no."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from flask_babel import format_date
from flask_babel import lazy_gettext as _

PAPERS = {
    "identity_card": _("Identity card"),
    "vneid": _("VNeID on their phone"),
    "passport": _("Passport"),
}
METHODS = {
    "counter": _("A second official confirms here, today"),
    "reproofing": _("I am alone: it takes effect after 72 hours"),
}
STATES = {
    "proposed": _("Waits for the second official"),
    "waiting": _("Waits for 72 hours to pass"),
    "done": _("Done"),
    "stopped": _("Stopped"),
}
STATE_LOOK = {"proposed": "warn", "waiting": "warn", "done": "good", "stopped": "plain"}
REFUSALS = {
    "nobody": _("Nobody whose account this counter gives back has this number. Look at the card again."),
    "not_at_counter": _("You do not work at a counter, or not any more. Ask your agency's administrator."),
    "own_account": _("Nobody gives their own account back. A colleague does it for you."),
    "same_official": _("You proposed it, so a colleague has to confirm it."),
    "first_official_gone": _("Whoever proposed it does not work at this counter any more. Stop it and begin again."),
    "not_active": _("This account is frozen or is being closed. The operator decides on that first."),
    "waits": _("This one takes effect after 72 hours; nobody can hurry it."),
    "over": _("It is open no more: it was done, stopped, or nobody confirmed it in time."),
    "other_number": _("This is not the number of the person whose account it is. Look at their card again."),
    "no_contact": _("This is no phone number or e-mail address that can be reached."),
    "contact_taken": _("The new phone number or e-mail address is another account's now. Stop it and begin again."),
    "contact_unconfirmed": _("First enter the code that was sent to the new phone number or e-mail address."),
    "wrong_code": _("This is not the code that was sent. Have the newest message read to you."),
    "code_over": _("This code is over. Have another one sent."),
    "under_way": _("A recovery of this account is under way already."),
    "too_many": _("You have looked for too many people within an hour. Try again later."),
    "not_filled_in": _("Please fill in everything that is asked for. Nothing was done yet."),
}


def refusal(problem: Mapping[str, Any]) -> str:
    """Give why the API said no; what it has no word for is said in general."""
    return str(REFUSALS.get(str(problem.get("word", "")), _("This cannot be done. Nothing was changed.")))


def day_of_birth(text: str | None) -> str:
    """Give a date as it stands on a card."""
    return format_date(date.fromisoformat(text), "dd/MM/yyyy") if text else "–"
