"""What a counter refuses, each with the word that the console puts into the official's language."""

from idp.errors import Refusal
from idp.words import mark

_WHY = {
    "not_at_counter": (403, mark("You do not work at a counter, or not any more.")),
    "own_account": (403, mark("Nobody recovers their own account.")),
    "same_official": (403, mark("Another official has to confirm what one has proposed.")),
    "first_official_gone": (
        409,
        mark("Whoever proposed it does not work at this counter any more. Stop it and begin again."),
    ),
    "not_active": (409, mark("This account is frozen or is being closed. The operator decides on that first.")),
    "waits": (409, mark("This recovery takes effect after 72 hours; nobody can hurry it.")),
    "over": (409, mark("This recovery is open no more: it was done, stopped, or nobody confirmed it in time.")),
    "other_number": (422, mark("This is not the number of the person whose account it is. Look at their card again.")),
    "no_contact": (422, mark("This is no phone number or e-mail address that can be reached.")),
    "contact_taken": (409, mark("The new phone number or e-mail address is another account's now. Begin again.")),
    "too_many": (429, mark("Too many people were looked for within an hour. Try again later.")),
}


class CounterRefused(Refusal):
    """A rule of the counter said no; nothing was changed.

    :param word: one of ``_WHY``.
    """

    def __init__(self, word: str) -> None:
        status, message = _WHY[word]
        super().__init__(message)
        self.word = word
        self.status_code = status  # type: ignore[misc]  # each word has its own
