"""What a person is told when something cannot be done: what happened and what to do next, each declared once.

The texts are message identifiers, translated where a page shows them (``web/failures``). The detail for the operator is
logged under the same reference that the page shows.
"""

from collections.abc import Mapping
from typing import Any, ClassVar

from flask_babel import lazy_gettext as _


class Failure(Exception):
    """Something a person asked for that is not done.

    :param detail: for the log alone.
    """

    status: ClassVar[int] = 400
    title: ClassVar[object] = _("This could not be done")
    advice: ClassVar[object] = _("Please go back and try again.")
    retry_after: ClassVar[int | None] = None
    sign_in_again: ClassVar[bool] = False
    """Whether the page offers to start signing in anew."""

    def __init__(self, detail: str = "") -> None:
        super().__init__(detail)
        self.detail = detail


class Busy(Failure):
    """Too many threads call out already (RFC 9110 §15.6.4)."""

    status = 503
    title = _("Many people are here at the moment")
    advice = _("Nothing was lost. Please try again in a few seconds.")
    retry_after = 2


class ProviderSilent(Failure):
    """The provider, or a neighbour's API, gave no usable answer in time."""

    status = 503
    title = _("The sign-in service does not answer")
    advice = _("This portal works, but nobody can sign in at the moment. Please try again in a minute.")
    retry_after = 30


class SignInInvalid(Failure):
    """The response of a sign-in failed a check; nobody was signed in."""

    title = _("Signing in did not succeed")
    advice = _(
        "The answer of the sign-in service did not belong to this browser or was no longer valid. This also happens "
        "after using the back button or waiting very long. Please start again."
    )
    sign_in_again = True


class SignInDeclined(Failure):
    """The person said no, or the provider did (``access_denied``)."""

    status = 403
    title = _("You were not signed in")
    advice = _("You declined, or the sign-in service did not let you in. You can start again whenever you like.")
    sign_in_again = True


class LevelTooLow(Failure):
    """The page asks for a level that the person did not reach (RFC 9470)."""

    status = 403
    title = _("This page needs a stronger sign-in")
    advice = _(
        "Your account or your way of signing in does not reach the level that this page asks for. Your account page at "
        "the sign-in service says how to reach it."
    )


class SignInNeeded(Failure):
    """Somebody must sign in (again) to go on; the answer leads there and back (never shown as a page).

    :param acr_values: levels of which one must be reached, any where empty.
    :param max_age: seconds since they last proved who they are.
    :param scope: to be asked for besides the portal's usual ones.
    """

    status = 401

    def __init__(
        self, acr_values: tuple[str, ...] = (), max_age: int | None = None, detail: str = "", scope: str = ""
    ) -> None:
        super().__init__(detail)
        self.acr_values = acr_values
        self.max_age = max_age
        self.scope = scope


class NotForYou(Failure):
    """The person is signed in but lacks the role."""

    status = 403
    title = _("This page is not for your account")
    advice = _("It is open to other roles only. If you should have such a role, ask your agency's administrator.")


class NeighbourSilent(Failure):
    """Another service's API gave no usable answer in time."""

    status = 503
    title = _("Another service does not answer")
    advice = _("This page needs a service that does not answer at the moment. Please try again in a minute.")
    retry_after = 30


class NeighbourRefused(Failure):
    """Another service's API answered with an error of the caller's; a page that knows what it means catches it.

    :param answered: its HTTP status.
    :param problem: its body, empty where that is no JSON object.
    """

    status = 502
    title = _("Another service refused")
    advice = _("This page asked another service for something that it does not give. Please tell us the reference.")

    def __init__(self, answered: int, problem: Mapping[str, Any]) -> None:
        super().__init__(f"the API answers {answered}")
        self.answered = answered
        self.problem = problem


class FormExpired(Failure):
    """The form's token is missing, foreign or too old (CSRF)."""

    title = _("This form is no longer valid")
    advice = _(
        "Nothing was changed. Go back: most browsers still show what you filled in. Copy what is long, open the page "
        "anew, sign in if it asks you to, and send it again."
    )
