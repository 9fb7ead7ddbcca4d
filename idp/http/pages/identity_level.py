"""``/account/identity-level``: what each level opens, what this account lacks, and what to bring where.

Where an account stands is ``idp.domain.identity_level``'s to say; its words are the template's.
"""

from dataclasses import dataclass

from flask import Blueprint, g, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from idp.domain.identity_level import Standing, standing
from idp.http.pages.account import account_page, needs_sign_in
from idp.services import Services


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that an account has or lacks; ``address`` leads to where its owner adds it, empty where a desk does."""

    words: str
    opens: str
    done: bool
    address: str = ""
    act: str = ""


def identity_level_pages(services: Services) -> Blueprint:
    """Give the page."""
    blueprint = Blueprint("identity_level", __name__, url_prefix="/account")

    @blueprint.get("/identity-level")
    @needs_sign_in(services)
    def shown() -> ResponseReturnValue:
        found = standing(services, g.session.account_id)
        return account_page("idp/identity_level.html", "home", standing=found, steps=steps(found))

    return blueprint


def steps(found: Standing) -> tuple[Step, ...]:
    """Give what there is to have, in the order in which it helps most."""
    ways = url_for("authenticators.listed")
    return (
        Step(
            gettext("A confirmed phone number or e-mail address"),
            gettext("You sign in, and are told of every change."),
            found.has_phone or found.has_email,
        ),
        Step(
            gettext("Your identity, checked at a desk"),
            gettext(
                "Services that must know who you are; certificates; your account back at a counter if you lose everything."
            ),
            found.proofed,
            "#desk",
            gettext("What to bring, and where"),
        ),
        Step(
            gettext("A second factor"),
            gettext("Services that ask for more than a password, such as filing what has legal force."),
            found.two_factors,
            ways,
            gettext("Add a way to sign in"),
        ),
        Step(
            gettext("A passkey, or a certificate in this browser"),
            gettext("Services that ask for what no false page can pass on."),
            found.phishing_resistant,
            ways,
            gettext("Add a way to sign in"),
        ),
        Step(
            gettext("Recovery codes on paper"),
            gettext("A lost phone is replaced at home, without a way to the counter."),
            found.has_recovery_codes,
            ways,
            gettext("Make them"),
        ),
    )
