"""The form that every form of ours is: protected, and speaking the reader's language; and the fields that most have.

Owns the translation of WTForms' own messages, which has no Vietnamese (they stand in the shared catalogue), and how the
attributes of an input are written.
"""

from typing import Any

import wtforms
from flask import current_app
from flask_babel import get_translations
from flask_wtf import FlaskForm
from flask_wtf.csrf import _FlaskFormCSRF
from markupsafe import Markup, escape
from wtforms import widgets
from wtforms.widgets.core import clean_key  # type: ignore[attr-defined]  # the annotations do not know it


def attributes(**given: Any) -> Markup:
    """Write attributes as WTForms does, without its formatting of each by the rules of markup, which costs ten times as much."""
    present = ((clean_key(name), value) for name, value in sorted(given.items()) if value is not False)
    written = (name if value is True else f'{name}="{_quoted(value)}"' for name, value in present)
    return Markup(" ".join(written))  # noqa: S704 (names are our own, values escaped)


def _quoted(value: Any) -> str:
    """Escape a value; in what is markup already, quotation marks still are not."""
    return str(escape(value)).replace('"', "&quot;")


class TextInput(widgets.TextInput):
    """A field for a line of text."""

    html_params = staticmethod(attributes)


class PasswordInput(widgets.PasswordInput):
    """A field for a secret, never filled in again."""

    html_params = staticmethod(attributes)


class StringField(wtforms.StringField):
    """A line of text."""

    widget = TextInput()


class PasswordField(wtforms.PasswordField):
    """A secret."""

    widget = PasswordInput()


class FormWords:
    """WTForms' messages in the language of the page."""

    def gettext(self, message: str) -> str:
        """Give ``message`` translated."""
        return str(get_translations().ugettext(message))

    def ngettext(self, singular: str, plural: str, number: int) -> str:
        """Give the form for ``number``; WTForms itself fills it in."""
        return str(get_translations().ungettext(singular, plural, number))


class PageToken(_FlaskFormCSRF):
    """The token that the pages of the application show, whoever makes it; checked before a view is asked."""

    def generate_csrf_token(self, csrf_token_field: Any) -> str:
        """Give what ``csrf_token()`` gives in a template."""
        return str(current_app.jinja_env.globals["csrf_token"]())  # type: ignore[operator]


class Form(FlaskForm):
    """A form whose token is bound to the browser and whose errors are translated."""

    class Meta(FlaskForm.Meta):
        """Where WTForms asks for its token and its words."""

        csrf_class = PageToken

        def get_translations(self, _form: Any) -> FormWords:
            """Give the words of the page in hand."""
            return FormWords()
