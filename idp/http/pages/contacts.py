"""``/account/contacts``: the phone and e-mail address of one's own account, seen, added, changed and taken away.

A change is begun only by who has just proved who they are, and done with the code that the new contact was sent. What
follows from it is ``idp.domain.contact_change``'s and ``contacts``' affair; the change that waits stands in the browser's
own signed cookie.
"""

from flask import Blueprint, flash, g, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from idp.domain import accounts
from idp.domain import contacts as domain
from idp.domain.confirmation import LIFETIME, CodeOver
from idp.domain.contact_change import ContactChange, make_contact_change
from idp.domain.messages import CHANNELS, Channel
from idp.domain.sign_up import masked
from idp.errors import NotFound, Refusal
from idp.http.forms import ConfirmForm, EmailForm, PhoneNumberForm, put_right
from idp.http.fresh import MAX_AGE, needs_fresh
from idp.http.pages.account import account_page, needs_sign_in
from idp.http.pages.views import ContactView
from idp.services import Services
from idp.store import accounts as store
from idp.store.accounts import AccountRow
from idp.words import mark

WAITING = "contact_change"
"""In the browser's own cookie: the change that waits for its code."""
FORMS: dict[Channel, type[PhoneNumberForm] | type[EmailForm]] = {"phone": PhoneNumberForm, "email": EmailForm}


def contacts_pages(services: Services) -> Blueprint:
    """Give the pages."""
    blueprint = Blueprint("contacts", __name__, url_prefix="/account/contacts")
    change = make_contact_change(services)
    # Proved when the change was begun, and the code has its own lifetime since: nobody is sent away while a message comes.
    waits = needs_fresh(services, max_age=MAX_AGE + LIFETIME)

    @blueprint.get("", strict_slashes=False)
    @needs_sign_in(services)
    def listed() -> ResponseReturnValue:
        waiting = change.waiting(g.session.account_id, session.get(WAITING, ""))
        shown = _views(services, change)
        return account_page(
            "idp/contacts.html", "home", shown=shown, waiting=masked(waiting.contact) if waiting else ""
        )

    @blueprint.route("/<channel>", methods=["GET", "POST"])
    @needs_fresh(services)
    def ask(channel: str) -> ResponseReturnValue:
        return _begin(services, change, _known(channel))

    @blueprint.route("/code", methods=["GET", "POST"])
    @waits
    def code() -> ResponseReturnValue:
        return _code(change)

    @blueprint.route("/<channel>/remove", methods=["GET", "POST"])
    @needs_fresh(services)
    def remove(channel: str) -> ResponseReturnValue:
        return _remove(services, _known(channel))

    return blueprint


def _begin(services: Services, change: ContactChange, channel: Channel) -> ResponseReturnValue:
    if channel not in change.reachable:
        raise _no_page()
    has_one = any(each.channel == channel for each in _found(services))

    def page(form: PhoneNumberForm | EmailForm, refusal: str = "") -> str:
        given = {"form": form, "channel": channel, "has_one": has_one, "refusal": refusal}
        return account_page("idp/contact_change.html", "home", **given)

    if request.method == "GET":
        return page(FORMS[channel](formdata=None))
    form = FORMS[channel]()
    if not form.validate():
        return page(form), 400
    try:
        session[WAITING] = change.begin(g.session.account_id, form.contact.data or "", channel)
    except Refusal as refusal:
        words = gettext(refusal.message, **refusal.values)
        return page(form, "" if put_right(form, refusal.field, words) else words), refusal.status_code
    return redirect(url_for("contacts.code"), 303)


def _code(change: ContactChange) -> ResponseReturnValue:
    account_id, confirmation = g.session.account_id, session.get(WAITING, "")
    waiting = change.waiting(account_id, confirmation)
    if waiting is None:
        return _over(CodeOver(mark("This code is no longer good. Please ask for a new one."), "code"))

    def page(form: ConfirmForm, refusal: str = "", *, sent_again: bool = False) -> str:
        given = {"form": form, "refusal": refusal, "sent_again": sent_again, "minutes": LIFETIME // 60}
        back = url_for("contacts.ask", channel=waiting.channel)
        return account_page(
            "idp/contact_code.html", "home", contact=masked(waiting.contact), back_address=back, **given
        )

    if request.method == "GET":
        return page(ConfirmForm(formdata=None))
    form = ConfirmForm()
    try:
        if request.form.get("ask") == "again":
            change.send_again(account_id, confirmation)
            return page(ConfirmForm(formdata=None), sent_again=True)
        if not form.validate():
            return page(form), 400
        change.confirm(account_id, confirmation, form.code.data or "")
    except CodeOver as over:
        return _over(over)
    except Refusal as refusal:
        words = gettext(refusal.message, **refusal.values)
        return page(form, "" if put_right(form, refusal.field, words) else words), refusal.status_code
    session.pop(WAITING, None)
    flash(gettext("It is confirmed: you sign in with it from now on. The contacts you had before are being told."))
    return redirect(url_for("contacts.listed"), 303)


def _over(over: CodeOver) -> ResponseReturnValue:
    session.pop(WAITING, None)
    refusal = gettext(over.message, **over.values)
    return account_page("idp/contact_over.html", "home", refusal=refusal), over.status_code


def _remove(services: Services, channel: Channel) -> ResponseReturnValue:
    account, now = _account(services), services.now()
    with services.database.read() as connection:
        found = domain.contacts_of(connection, services.sealer, account, now=now)
        refusal = ""
        try:
            domain.check_removable(connection, services.sealer, account, channel, now=now)
        except Refusal as refused:
            if isinstance(refused, NotFound):
                raise
            refusal = gettext(refused.message, **refused.values)
    if request.method == "POST" and not refusal:
        who = ("account", account.id)
        with services.database.write() as connection:
            accounts.remove_contact(connection, services.sealer, account.id, channel, at=services.clock(), actor=who)
        flash(gettext("It is removed. Every confirmed phone and e-mail address of yours is being told."))
        return redirect(url_for("contacts.listed"), 303)
    address = next(masked(each.address) for each in found if each.channel == channel)
    page = account_page("idp/contact_remove.html", "home", contact=address, channel=channel, refusal=refusal)
    return page, 400 if refusal and request.method == "POST" else 200


def _views(services: Services, change: ContactChange) -> list[ContactView]:
    account, now = _account(services), services.now()
    with services.database.read() as connection:
        found = {each.channel: each for each in domain.contacts_of(connection, services.sealer, account, now=now)}
    return [_view(channel, found.get(channel), change, len(found)) for channel in CHANNELS]


def _view(channel: Channel, contact: domain.Contact | None, change: ContactChange, number: int) -> ContactView:
    can_change = channel in change.reachable
    if contact is None:
        return ContactView(channel, "", False, can_change, False)
    return ContactView(
        channel,
        masked(contact.address),
        contact.confirmed,
        can_change,
        number > 1,
        contact.recovers_from,
        contact.recovers_from == domain.NEVER,
    )


def _found(services: Services) -> list[domain.Contact]:
    account = _account(services)
    with services.database.read() as connection:
        return domain.contacts_of(connection, services.sealer, account, now=services.now())


def _account(services: Services) -> AccountRow:
    with services.database.read() as connection:
        account = store.find(connection, g.session.account_id)
    if account is None:
        raise NotFound(mark("This account is not there any more."))
    return account


def _known(channel: str) -> Channel:
    found = next((each for each in CHANNELS if each == channel), None)
    if found is None:
        raise _no_page()
    return found


def _no_page() -> NotFound:
    return NotFound(mark("There is no such page."))
