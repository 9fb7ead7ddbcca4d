"""Which language a page speaks: what the person chose here, else what was asked for, else what the browser says.

Owns the choice, its cookie and the switch, for every application alike. The provider hands ``ui_locales`` (OpenID
Connect Core §3.1.2.1) to ``prefer`` when a request begins; a switch that the person makes after that wins.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from flask import Flask, Response, current_app, g, redirect, request
from flask_babel import Babel
from werkzeug.wrappers import Response as AnyResponse

from templates.addresses import address_of, as_query, here, local_path
from templates.catalogs import LANGUAGES, ensure_compiled, flask_babel_settings
from templates.words import set_up_words

NAMES = {"vi": "Tiếng Việt", "en": "English"}
"""Each language in its own words."""
LIFETIME = 365 * 86400
_EXTENSION = "motcua_language"
_SPOKEN = "language_of_page"


@dataclass(frozen=True, slots=True)
class Offer:
    """One language as the switch offers it."""

    code: str
    name: str
    address: str
    current: bool


def set_up_language(app: Flask, domain: str, cookie: str) -> None:
    """Give an application its languages: catalogues, choice, cookie, and the switch at ``/language``.

    :param domain: the catalogue of the application's own words; the shared ones are added.
    :param cookie: name of the cookie that remembers a choice; cookies are shared between ports, so it is the
        application's own. The cookie holds no secret.
    """
    ensure_compiled()
    app.extensions[_EXTENSION] = cookie
    app.config.update(flask_babel_settings(domain))
    set_up_words(app, Babel(app, locale_selector=current_language))
    app.add_url_rule("/language", "language", _switch, methods=["GET", "POST"])
    app.after_request(_remember)
    app.jinja_env.globals.update(current_language=current_language, language_offers=language_offers)


def current_language() -> str:
    """Give the language of the page in hand, ``vi`` or ``en``."""
    spoken = g.get(_SPOKEN)
    if spoken is None:
        spoken = _chosen()
        setattr(g, _SPOKEN, spoken)
    return str(spoken)


def _chosen() -> str:
    preferred = g.get("language") or request.cookies.get(current_app.extensions[_EXTENSION])
    if preferred in LANGUAGES:
        return str(preferred)
    return request.accept_languages.best_match(LANGUAGES, LANGUAGES[0]) or LANGUAGES[0]


def prefer(ui_locales: str) -> None:
    """Speak the first of ``ui_locales`` that we have, and remember it; unknown ones are no error (Core §3.1.2.1)."""
    for tag in ui_locales[:200].split():
        language = tag.split("-", 1)[0].lower()
        if language in LANGUAGES:
            g.language = language
            g.pop(_SPOKEN, None)
            return


def language_offers() -> list[Offer]:
    """Give the languages of the switch, each leading back to the page in hand."""
    return offers(language_addresses())


def language_addresses() -> dict[str, str]:
    """Give where each language of the switch leads: back to the page in hand."""
    back = as_query({"next": here()})
    return {code: address_of("language", f"to={code}&{back}") for code in LANGUAGES}


def offers(addresses: Mapping[str, str]) -> list[Offer]:
    """Give the languages of the switch, each leading to its address."""
    current = current_language()
    return [Offer(code, NAMES[code], addresses[code], code == current) for code in LANGUAGES]


def _switch() -> AnyResponse:
    """Remember ``to`` and go back to the page ``next``, which is one of this application's."""
    prefer(request.values.get("to", ""))
    return redirect(local_path(request.values.get("next", ""), request.script_root + "/"), 303)


def _remember(response: Response) -> Response:
    cookie, language = current_app.extensions[_EXTENSION], g.get("language")
    if language and request.cookies.get(cookie) != language:
        secure = bool(current_app.config["SESSION_COOKIE_SECURE"])
        path = request.script_root or "/"
        response.set_cookie(cookie, language, LIFETIME, path=path, secure=secure, httponly=True, samesite="Lax")
    return response
