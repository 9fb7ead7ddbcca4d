"""Which language a page speaks: what the person chose here, else what the portal asked for, else what the browser says.

Owns the choice and its cookie. ``ui_locales`` (OpenID Connect Core §3.1.2.1) is handed over by the dispatcher when a
request begins; a switch that the person makes after that wins until the next request. Words are in ``templates``.
"""

from flask import Blueprint, Flask, Response, g, redirect, request
from flask_babel import Babel
from werkzeug.wrappers import Response as AnyResponse

from idp.http.addresses import local_path
from idp.http.browser import cookie_attributes
from templates.catalogs import LANGUAGES, ensure_compiled, flask_babel_settings

COOKIE = "motcua_language"
LIFETIME = 365 * 86400

blueprint = Blueprint("language", __name__)


def set_up_language(app: Flask) -> None:
    """Give the application its languages: catalogues, choice, cookie, switch, and the names templates use."""
    ensure_compiled()
    app.config.update(flask_babel_settings("idp"))
    Babel(app, locale_selector=current_language)
    app.register_blueprint(blueprint)
    app.after_request(_remember)
    app.jinja_env.globals.update(current_language=current_language)
    app.context_processor(lambda: {"languages": LANGUAGES})


def current_language() -> str:
    """Give the language of the page in hand, ``vi`` or ``en``."""
    preferred = g.get("language") or request.cookies.get(COOKIE)
    if preferred in LANGUAGES:
        return str(preferred)
    return request.accept_languages.best_match(LANGUAGES, LANGUAGES[0]) or LANGUAGES[0]


def prefer(ui_locales: str) -> None:
    """Speak the first of the portal's ``ui_locales`` that we have; unknown ones are no error (Core §3.1.2.1)."""
    for tag in ui_locales.split():
        language = tag.split("-", 1)[0].lower()
        if language in LANGUAGES:
            g.language = language
            return


@blueprint.route("/language", methods=["GET", "POST"])
def switch() -> AnyResponse:
    """Remember ``to`` and go back to the page ``next``, which is one of ours."""
    prefer(request.values.get("to", "")[:100])
    return redirect(local_path(request.values.get("next", "")), 303)


def _remember(response: Response) -> Response:
    language = g.get("language")
    if language and request.cookies.get(COOKIE) != language:
        response.set_cookie(COOKIE, language, max_age=LIFETIME, **cookie_attributes())
    return response
