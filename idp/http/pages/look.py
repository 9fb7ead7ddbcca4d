"""``/demo/look``: in the demonstration alone, every piece that pages are made of, for whoever builds one."""

from flask import Blueprint, render_template
from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import MultiDict
from wtforms import BooleanField, StringField
from wtforms.validators import InputRequired

from idp.services import Services
from templates.forms import Form


class SampleForm(Form):
    """One field of each kind that the macros show."""

    name = StringField(_l("Full name"), validators=[InputRequired()])
    phone = StringField(_l("Phone number"))
    agree = BooleanField(_l("Only if you like"))


def look_pages(services: Services) -> Blueprint:
    """Give the page; outside the demonstration there is none."""
    blueprint = Blueprint("look", __name__)
    if not services.settings.demo:
        return blueprint

    @blueprint.get("/demo/look")
    def look() -> str:
        faulty = SampleForm(MultiDict(), meta={"csrf": False})
        faulty.validate()
        return render_template("idp/look.html", faulty=faulty)

    return blueprint
