"""``/account/authenticators/recovery-codes``: makes ten codes and shows them once, to be written down or printed.

What they are good for is ``idp.domain.authenticators.recovery_codes``' affair.
"""

from typing import Any

from flask import Blueprint, g, request, url_for
from flask.typing import ResponseReturnValue

from idp.domain.authenticators import recovery_codes
from idp.http.entry import way
from idp.http.fresh import needs_fresh
from idp.http.pages.account import account_page
from idp.services import Services


def recovery_codes_pages(services: Services) -> Blueprint:
    """Give the page."""
    blueprint = Blueprint("recovery_codes", __name__, url_prefix="/account/authenticators")

    @blueprint.get("/recovery-codes")
    @needs_fresh(services)
    def codes() -> ResponseReturnValue:
        with services.database.read() as connection:
            left = recovery_codes.left(connection, g.session.account_id)
        return account_page(
            "idp/recovery_codes.html", "authenticators", left=left, codes=(), onward_address=_onward_address()
        )

    @blueprint.post("/recovery-codes")
    @needs_fresh(services)
    def make() -> ResponseReturnValue:
        made = recovery_codes.make(services, g.session.account_id)
        return account_page(
            "idp/recovery_codes.html", "authenticators", left=len(made), codes=made, onward_address=_onward_address()
        )

    return blueprint


def _onward_address() -> str:
    """Give the way back to the request that waits, or to the list."""
    if "pending" in request.args:
        onward: dict[str, Any] = way()
        return url_for("authorize.authorize", **onward)
    return url_for("authenticators.listed")
