"""The form of a procedure, drawn from what the procedure declares, and the same checks for people and for the API.

Owns what each kind of field takes. Attachments are ``attachments``'s.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from werkzeug.datastructures import MultiDict
from wtforms import DateField, EmailField, Field, IntegerField, SelectField, StringField, TelField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its stubs
from wtforms.validators import InputRequired, Length, NumberRange, Optional, Regexp, ValidationError

from clients.dossiers.working_days import local_day
from clients.kit.person import Person
from clients.kit.phone_numbers import at_home
from templates.forms import Form

LONGEST = 2000
EARLIEST = date(1900, 1, 1)
PHONE = r"^\+?[0-9][0-9 .]{7,18}$"
EMAIL = r"^[^@\s]{1,64}@[^@\s]{1,190}\.[^@\s.]{2,}$"
UNREADABLE = re.compile(r"[\ue000-\uf8ff\ufffd]|%[89A-Fa-f][0-9A-Fa-f]")
"""Signs of bytes that were no UTF-8: a replacement, or what Werkzeug leaves of an urlencoded form, the bytes' own codes."""


def form_class(procedure: Mapping[str, Any], language: str, now: float) -> type[Form]:
    """Give the form of a procedure: one field for each part that it declares, labelled in ``language``."""
    fields = {part["key"]: _field(part, language, now) for part in procedure["form"]}
    return type("DossierForm", (Form,), fields)


def filled_from(procedure: Mapping[str, Any], person: Person) -> dict[str, Any]:
    """Give what is known of a person already, so that nothing is asked twice."""
    known = {part["key"]: _known(part, person.claims) for part in procedure["form"] if "prefill" in part}
    return {key: value for key, value in known.items() if value}


def of_json(procedure: Mapping[str, Any], sent: Mapping[str, Any], now: float, language: str) -> tuple[Form, list[str]]:
    """Give the form that a machine filled in, and the names it sent that are no part of it."""
    excess = sorted(set(sent) - {part["key"] for part in procedure["form"]})
    texts = {
        key: str(value) for key, value in sent.items() if isinstance(value, str | int) and not isinstance(value, bool)
    }
    return form_class(procedure, language, now)(MultiDict(texts), meta={"csrf": False}), excess


def content_of(form: Form, procedure: Mapping[str, Any]) -> dict[str, Any]:
    """Give what was filled in, as it is kept: dates as ``2026-03-02``, empty parts left out."""
    values = {part["key"]: form[part["key"]].data for part in procedure["form"]}
    dated = {key: value.isoformat() if isinstance(value, date) else value for key, value in values.items()}
    return {key: value for key, value in dated.items() if value not in (None, "")}


def shown(procedure: Mapping[str, Any], content: Mapping[str, Any], language: str) -> list[tuple[str, str, str]]:
    """Give what was filled in for people: kind, label and value of each part, in the procedure's order."""
    return [
        (part["kind"], part["label"][language], _value(part, content[part["key"]], language))
        for part in procedure["form"]
        if part["key"] in content
    ]


def _value(part: Mapping[str, Any], value: Any, language: str) -> str:
    chosen = {choice["value"]: choice["label"][language] for choice in part.get("choices", ())}
    return str(chosen.get(str(value), value))


def _field(part: Mapping[str, Any], language: str, now: float) -> Any:
    label, hint = part["label"][language], part.get("hint", {}).get(language, "")
    needed: list[Any] = [InputRequired() if part.get("required", True) else Optional()]
    given = {"label": label, "description": hint, "filters": [_cleaned]}
    match part["kind"]:
        case "textarea":
            checks = [*needed, Length(max=part.get("max", LONGEST)), _readable_lines]
            return TextAreaField(validators=checks, **given)
        case "date":
            checks = [*needed, _in_our_time(now, past=part.get("past", part["key"] == "birthdate"))]
            return DateField(label, checks, format=["%Y-%m-%d", "%d/%m/%Y"], description=hint)
        case "choice":
            offers = [SelectChoice(it["value"], it["label"][language]) for it in part["choices"]]
            return SelectField(label, needed, choices=[SelectChoice("", ""), *offers], description=hint)
        case "number":
            bounds = NumberRange(min=part.get("min", 0), max=part.get("max", 10**9))
            return IntegerField(label, [*needed, bounds], description=hint)
        case "phone":
            check = Regexp(PHONE, message=_("Please give a phone number, such as 0912 345 678."))
            return TelField(validators=[*needed, check], **given)
        case "email":
            check = Regexp(EMAIL, message=_("Please give an e-mail address, such as ten@example.vn."))
            return EmailField(validators=[*needed, Length(max=254), check], **given)
    return StringField(validators=[*needed, Length(max=part.get("max", 200)), _readable], **given)


def _cleaned(value: str | None) -> str | None:
    """Compose marks (NFC), so that a text looks and compares the same wherever it was typed."""
    return unicodedata.normalize("NFC", value).strip() if value else value


def _readable(_form: Form, field: Field) -> None:
    if not _is_text(field.data or ""):
        raise ValidationError(gettext("This holds characters that cannot be read. Please type it again."))


def _readable_lines(_form: Form, field: Field) -> None:
    if not _is_text("".join((field.data or "").split())):
        raise ValidationError(gettext("This holds characters that cannot be read. Please type it again."))


def _is_text(text: str) -> bool:
    """Tell whether a text is whole: no control characters, no halves of characters, nothing that failed to decode."""
    return (text.replace(" ", "").isprintable() or not text) and not UNREADABLE.search(text)


def _in_our_time(now: float, *, past: bool) -> Any:
    def check(_form: Form, field: Field) -> None:
        if field.data is None:
            return
        if field.data < EARLIEST or field.data.year > 2200 or (past and field.data > local_day(now)):
            raise ValidationError(gettext("Please check this date."))

    return check


def _known(part: Mapping[str, Any], claims: Mapping[str, Any]) -> Any:
    value = claims.get(part["prefill"])
    if isinstance(value, Mapping):
        value = value.get("formatted")
    if not isinstance(value, str):
        return None
    if part["kind"] == "phone":
        return at_home(value)
    if part["kind"] != "date":
        return value
    try:
        return date.fromisoformat(value)
    except ValueError:
        return None


def errors_of(form: Form) -> dict[str, Sequence[str]]:
    """Give what is wrong, by part."""
    return {name: [str(error) for error in errors] for name, errors in form.errors.items()}
