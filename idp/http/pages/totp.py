"""``/account/authenticators/totp``: brings a seed into an application on the phone, confirmed by the first code it shows.

The picture is SVG without style or script, so it fits the strict content security policy; the seed stands there as text
too. What is kept is ``idp.domain.authenticators.totp``'s affair.
"""

from typing import Any

from flask import Blueprint, Response, flash, g, make_response, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from markupsafe import Markup

from idp.domain import own_account
from idp.domain.authenticators import recovery_codes, totp, ways
from idp.domain.sign_in import proved
from idp.errors import Refusal
from idp.http.entry import device_cookie, let_in, way
from idp.http.forms import EnrolTotpForm, put_right
from idp.http.fresh import needs_fresh
from idp.http.interaction import interaction
from idp.http.pages.account import account_page
from idp.services import Services


def totp_pages(services: Services) -> Blueprint:
    """Give the page."""
    blueprint = Blueprint("totp", __name__, url_prefix="/account/authenticators")

    @blueprint.get("/totp")
    @needs_fresh(services, recovery=True)
    def enrol() -> ResponseReturnValue:
        return _page(services, EnrolTotpForm(formdata=None))

    @blueprint.post("/totp")
    @needs_fresh(services, recovery=True)
    def confirm() -> ResponseReturnValue:
        form, account_id = EnrolTotpForm(), g.session.account_id
        if not form.validate():
            return _page(services, form, status=400)
        try:
            added = totp.confirm(services, g.session.sid, account_id, form.code.data or "", form.label.data or "")
        except Refusal as refusal:
            words = gettext(refusal.message, **refusal.values)
            refused = "" if put_right(form, refusal.field, words) else words
            return _page(services, form, refused, refusal.status_code)
        return _go_on(services, account_id, added)

    return blueprint


def _go_on(services: Services, account_id: str, added: str) -> ResponseReturnValue:
    """Go on: to make recovery codes where there are none, else to where the person came from."""
    with services.database.read() as connection:
        has_codes = recovery_codes.left(connection, account_id) > 0
    onward: dict[str, Any] = way()
    next_page = url_for("authenticators.listed" if has_codes else "recovery_codes.codes", **onward)
    here = interaction(services)
    if ways.recovers(g.fresh):
        # Replaced by a recovery code: the account says one factor until the new one is used in earnest.
        answer = here.go_on() if here is not None and has_codes else redirect(next_page, 303)
    else:
        used = proved(services, account_id, totp.KIND, device_cookie(), authenticator=added)
        answer = let_in(services, here, used, None if here is not None and has_codes else next_page)
    # Last: whoever is let in loses what was bound to the browser before, this sentence too.
    flash(gettext("The application is added. From now on it shows the codes of your account."))
    return answer


def _page(services: Services, form: EnrolTotpForm, refusal: str = "", status: int = 200) -> Response:
    profile = own_account.profile_of(services, g.session.account_id)
    name = profile.email or profile.phone_number or profile.name
    found = totp.begin(services, g.session.sid, g.session.account_id, name)
    given = {"form": form, "refusal": refusal, "secret": grouped(found.secret), "picture": qr(found.uri)}
    response = make_response(account_page("idp/totp.html", "authenticators", **given), status)
    here = interaction(services)
    return here.leading_on(response) if here else response


def qr(text: str) -> Markup:
    """Give a QR code as an SVG element of the page itself."""
    # Imported at its first use: it brings lxml and an imaging library, which no other request needs.
    import qrcode
    from qrcode.image.svg import SvgPathImage

    drawn = qrcode.make(text, image_factory=SvgPathImage, border=2).to_string(encoding="unicode")
    return Markup(drawn.partition("?>")[2] if drawn.startswith("<?") else drawn)  # noqa: S704 - drawn by the library


def grouped(secret: str) -> str:
    """Give a seed in groups of four, for reading it off the screen."""
    return " ".join(secret[start : start + 4] for start in range(0, len(secret), 4))
