"""What the sign-in page shows, and showing it: the most seen page, so rendered once and then only filled in.

Owns the page's values and what its template makes of them; when it is shown, and with which refusal, ``signin`` says.
"""

from collections.abc import Callable, Mapping
from typing import Any

from flask import Response, current_app, render_template
from flask_babel import gettext

from idp.domain.authenticators import ways
from idp.domain.authenticators.passkeys.relying_party import relying_party
from idp.domain.authenticators.ways import Way
from idp.http.csrf import token
from idp.http.entry import Hurdle, way
from idp.http.forms import SignInForm
from idp.http.interaction import Interaction
from idp.http.pages import passkeys
from idp.http.pages.asking import Asking
from idp.http.pages.recovery import recovery_open
from idp.http.pages.signup import signup_open
from idp.http.pages.views import PasskeyAsk, WayView
from idp.services import Services
from templates.addresses import address_of, as_query
from templates.language import current_language, language_addresses, offers
from templates.places import Places

ON_THE_PAGE = frozenset({"password", "passkey"})
"""Kinds that the page itself asks for."""
Values = Mapping[str, str]
"""What differs from visit to visit, each as text; empty for what there is not."""
TEMPLATE = "idp/signin.html"


class SignInPage:
    """The page of one installation.

    :param sends_codes: whether a code can be sent instead of an answer to the challenge.
    """

    def __init__(self, services: Services, *, sends_codes: bool) -> None:
        self._services = services
        self._usual: dict[str, Any] = {"hurdle": Hurdle(), "refusal": "", "note": "", "sends_codes": sends_codes}
        self._passkeys = relying_party(services.settings) is not None
        self._ways: list[Way] | None = None
        self._forms: dict[str, Places] = {}

    def first(self, here: Interaction | None, note: str = "", hint: str = "") -> Response:
        """Give the page to somebody who comes to it.

        :param note: why they are asked, in words of ours.
        :param hint: the name that the portal thinks they have.
        """
        form = self._forms.get(note) or self._forms.setdefault(note, Places(self._rendered(note)))
        return _answer(here, form.fill(current_language(), {"hint": hint, **self._values(here)}), 200)

    def again(self, here: Interaction | None, form: SignInForm, status: int, **given: Any) -> Response:
        """Give the page to somebody who filled it in, with what was wrong."""
        return _answer(here, self._render(self._values(here), form, **given), status)

    def _rendered(self, note: str) -> Callable[[Values], str]:
        return lambda values: self._render(values, SignInForm(username=values["hint"]), note=note)

    def _render(self, values: Values, form: SignInForm, **given: Any) -> str:
        form.csrf_token.current_token = values["token"]
        asking = Asking(values["portal"], values["host"], values["agency"]) if values["host"] else None
        others = [WayView(gettext(each.words), values[each.endpoint]) for each in self._others()]
        beside = {
            "form": form,
            "csrf_token": lambda: values["token"],
            "language_offers": lambda: offers(values),
            "asking": asking,
            "signup_address": values["signup"],
            "recovery_address": values["recovery"],
            "other_ways": list(dict.fromkeys(others)),
            "passkey": PasskeyAsk(values["options"], values["passkey"]) if values["passkey"] else None,
        }
        return render_template(TEMPLATE, **{**self._usual, **beside, **given})

    def _values(self, here: Interaction | None) -> dict[str, str]:
        onward = as_query(way())
        asking = here.asking if here is not None else Asking("", "")
        passkey = passkeys.ask(self._services) if self._passkeys else PasskeyAsk("", "")
        return {
            "token": token(),
            "portal": asking.name,
            "host": asking.host,
            "agency": asking.agency,
            "signup": address_of("signup.signup", onward) if signup_open(self._services) else "",
            "recovery": address_of("recovery.begin", onward) if recovery_open() else "",
            "options": passkey.options,
            "passkey": passkey.address,
            **{each.endpoint: address_of(each.endpoint, onward) for each in self._others()},
            **language_addresses(),
        }

    def _others(self) -> list[Way]:
        """Give the other ways; which there are is settled once the application has all its pages."""
        if self._ways is None:
            self._ways = other_ways(self._services)
        return self._ways


def other_ways(services: Services) -> list[Way]:
    """Give the ways to sign in without a password that this installation has, beside what the page itself asks for."""
    return [
        each
        for each in ways.WAYS
        if each.signs_in
        and each.kind not in ON_THE_PAGE
        and each.endpoint in current_app.view_functions
        and each.offered(services.settings)
    ]


def _answer(here: Interaction | None, page: str, status: int) -> Response:
    response = current_app.response_class(page, status)
    return response if here is None else here.leading_on(response)
