"""The words of a page in its language: the catalogue is looked up once for each page, where Flask-Babel does for each word.

Owns what Jinja's ``i18n`` extension calls ``gettext`` (``_``), with its rules: a message is a format string
(``%(name)s``), and what fills it in is escaped. Which language a page speaks is ``language``'s affair.
"""

from typing import Any

from flask import Flask, g
from flask_babel import Babel, Domain, get_translations
from jinja2 import pass_eval_context
from jinja2.nodes import EvalContext
from markupsafe import Markup

_KEPT = "catalogue_of_page"


class PageDomain(Domain):  # type: ignore[misc]  # Flask-Babel is not annotated
    """The catalogues of an application, of which a page needs one: found once for it, in templates and in Python alike."""

    def get_translations(self) -> Any:
        """Give the catalogue of the language of the page in hand."""
        found = g.get(_KEPT) if g else None
        if found is None:
            found = super().get_translations()
            if g:
                setattr(g, _KEPT, found)
        return found


def set_up_words(app: Flask, babel: Babel) -> None:
    """Give an application its words."""
    babel.domain_instance = PageDomain(domain=app.config["BABEL_DOMAIN"])
    app.jinja_env.globals.update(gettext=words, _=words)


@pass_eval_context
def words(context: EvalContext, message: str, **values: Any) -> str:
    """Give ``message`` in the language of the page in hand; markup where the template escapes.

    :raises KeyError: when it names a value that is not given.
    """
    text = (g.get(_KEPT) or get_translations()).ugettext(message)
    whole = Markup(text) if context.autoescape else text  # noqa: S704 (our own catalogue)
    return whole % values if "%" in text else whole
