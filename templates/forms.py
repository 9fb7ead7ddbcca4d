"""The form that every form of ours is: protected, and speaking the reader's language.

Owns the translation of WTForms' own messages, which has no Vietnamese (they stand in the shared catalogue).
"""

from typing import Any

from flask_babel import get_translations
from flask_wtf import FlaskForm


class FormWords:
    """WTForms' messages in the language of the page."""

    def gettext(self, message: str) -> str:
        """Give ``message`` translated."""
        return str(get_translations().ugettext(message))

    def ngettext(self, singular: str, plural: str, number: int) -> str:
        """Give the form for ``number``; WTForms itself fills it in."""
        return str(get_translations().ungettext(singular, plural, number))


class Form(FlaskForm):
    """A form whose token is bound to the browser and whose errors are translated."""

    class Meta(FlaskForm.Meta):
        """Where WTForms asks for its words."""

        def get_translations(self, _form: Any) -> FormWords:
            """Give the words of the page in hand."""
            return FormWords()
