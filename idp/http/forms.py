"""What people fill in: the fields of each form and their words. What is done with them is decided in ``idp.domain``.

Field names are honest (``username``, ``password``), so that browsers and password managers know them (WCAG 1.3.5).
"""

from collections.abc import Mapping

from flask_babel import lazy_gettext as _l
from wtforms import EmailField, TelField
from wtforms.validators import InputRequired, Length, Optional

from templates.forms import Form, PasswordField, StringField

LONGEST_NAME = 200
LONGEST_PASSWORD = 256


class SignInForm(Form):
    """Sign-in with a name and a password."""

    username = StringField(
        _l("Phone number, e-mail or personal number"), validators=[InputRequired(), Length(max=LONGEST_NAME)]
    )
    password = PasswordField(_l("Password"), validators=[InputRequired(), Length(max=LONGEST_PASSWORD)])


def name_and_password(sent: Mapping[str, str]) -> tuple[str, str] | None:
    """Give what was entered where ``SignInForm`` has no fault to find; None where the form is to say what is wrong."""
    name, password = sent.get("username", ""), sent.get("password", "")
    return (name, password) if 0 < len(name) <= LONGEST_NAME and 0 < len(password) <= LONGEST_PASSWORD else None


class PasswordForm(Form):
    """One's password once more."""

    password = PasswordField(_l("Password"), validators=[InputRequired(), Length(max=LONGEST_PASSWORD)])


class CodeForm(Form):
    """A code of an authenticator."""

    code = StringField(_l("Code"), validators=[InputRequired(), Length(max=40)])


class EnrolTotpForm(Form):
    """The first code of an application that shows codes, and what its owner calls it."""

    label = StringField(_l("A name for it"), validators=[Optional(), Length(max=60)])
    code = StringField(_l("The code that it shows"), validators=[InputRequired(), Length(max=40)])


class RecoveryForm(Form):
    """Whose password is forgotten."""

    username = StringField(
        _l("Phone number, e-mail or personal number"), validators=[InputRequired(), Length(max=LONGEST_NAME)]
    )


class NewPasswordForm(Form):
    """A new password."""

    password = PasswordField(_l("New password"), validators=[InputRequired(), Length(max=LONGEST_PASSWORD)])


class NewPasswordAndCodeForm(NewPasswordForm):
    """A new password, and what else the account has."""

    code = StringField(_l("Code of your application, or a recovery code"), validators=[InputRequired(), Length(max=40)])


class SignUpForm(Form):
    """A new account of level 1."""

    name = StringField(_l("Full name"), validators=[InputRequired(), Length(max=LONGEST_NAME)])
    contact = StringField(_l("Phone number or e-mail"), validators=[InputRequired(), Length(max=LONGEST_NAME)])
    personal_number = StringField(_l("Personal number"), validators=[Optional(), Length(max=LONGEST_NAME)])
    password = PasswordField(_l("New password"), validators=[InputRequired(), Length(max=LONGEST_PASSWORD)])


class EnrolForm(Form):
    """An invited administrator's account."""

    name = StringField(_l("Full name"), validators=[InputRequired(), Length(max=LONGEST_NAME)])
    email = StringField(_l("E-mail address"), validators=[InputRequired(), Length(max=LONGEST_NAME)])
    personal_number = StringField(_l("Personal number"), validators=[InputRequired(), Length(max=LONGEST_NAME)])
    password = PasswordField(_l("New password"), validators=[InputRequired(), Length(max=LONGEST_PASSWORD)])


class ConfirmForm(Form):
    """The code that was sent to a phone or an e-mail address."""

    code = StringField(_l("The code you received"), validators=[InputRequired(), Length(max=20)])


class PhoneNumberForm(Form):
    """A new phone number of one's account."""

    contact = TelField(_l("Phone number"), validators=[InputRequired(), Length(max=LONGEST_NAME)])


class EmailForm(Form):
    """A new e-mail address of one's account."""

    contact = EmailField(_l("E-mail address"), validators=[InputRequired(), Length(max=LONGEST_NAME)])


def put_right(form: Form, field: str | None, words: str) -> bool:
    """Tell at a field what the domain found wrong with it; False where the form has no such field."""
    if field is None or field not in form:
        return False
    form[field].errors = [words]
    return True
