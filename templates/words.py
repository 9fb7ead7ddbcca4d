"""The words of a page in its language, as templates ask for them (``_``): the catalogue is looked up once for each page.

Owns what Jinja's ``i18n`` extension calls ``gettext``, with its rules: a message is a format string (``%(name)s``), and
what fills it in is escaped. Which language a page speaks is ``language``'s affair; numbers (``ngettext``) stay Flask-Babel's,
which finds the catalogue anew for every word.
"""

from typing import Any

from flask import Flask, g
from flask_babel import get_translations
from jinja2 import pass_eval_context
from jinja2.nodes import EvalContext
from markupsafe import Markup

_KEPT = "catalogue_of_page"


def set_up_words(app: Flask) -> None:
    """Give an application's templates their words; Flask-Babel must be set up."""
    app.jinja_env.globals.update(gettext=words, _=words)


@pass_eval_context
def words(context: EvalContext, message: str, **values: Any) -> str:
    """Give ``message`` in the language of the page in hand; markup where the template escapes.

    :raises KeyError: when it names a value that is not given.
    """
    text = _catalogue().ugettext(message)
    whole = Markup(text) if context.autoescape else text  # noqa: S704 (our own catalogue)
    return whole % values if "%" in text else whole


def _catalogue() -> Any:
    found = g.get(_KEPT)
    if found is None:
        found = get_translations()
        setattr(g, _KEPT, found)
    return found
