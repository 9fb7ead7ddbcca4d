"""Makes the Flask application that every relying party is: the order of the list is the order of a request's path.

What a portal or the console adds to it is theirs.
"""

from flask import Flask

from clients.kit.clock import Clock, system_clock
from clients.kit.extension import RelyingParty
from clients.kit.records import database
from clients.kit.settings import MustNotStart, Settings
from clients.kit.web import (
    failures,
    forms,
    guard,
    headers,
    health,
    late_forms,
    logs,
    pages,
    sessions,
    signing_in,
    signing_out,
    silent_sign_on,
    step_up,
)
from clients.kit.web.mounting import MountedAt
from templates.catalogs import FOLDER, STATIC
from templates.language import set_up_language
from templates.look import set_up_look

BODY_LIMIT = 1024 * 1024


def new_application(name: str, settings: Settings, clock: Clock = system_clock, *, home: str, layout: str) -> Flask:
    """Give an application that signs people in and out, with its own database and nothing else yet.

    :param home: endpoint of its front page, added by the caller.
    :param layout: template that its pages extend.
    :raises MustNotStart: with every reason at once.
    """
    if reasons := settings.refusals():
        raise MustNotStart("\n".join((f"{settings.application.name} does not start:", *reasons)))
    app = Flask(name, template_folder=str(FOLDER), static_folder=str(STATIC), static_url_path="/static")
    app.config |= {"MAX_CONTENT_LENGTH": BODY_LIMIT, "MAX_FORM_PARTS": 500, "SESSION_COOKIE_SECURE": settings.secure}
    app.session_interface = sessions.SqlSessions()
    RelyingParty(settings, clock, home=home, layout=layout).init_app(app)
    database.connect(app, settings.database_url)
    logs.install(app)
    headers.install(app)
    set_up_language(app, "clients", f"motcua-{settings.application.name}-language")
    set_up_look(app)
    failures.install(app)
    forms.install(app)
    guard.install(app)
    health.install(app)
    pages.install(app)
    signing_in.install(app)
    signing_out.install(app)
    step_up.install(app)
    late_forms.install(app)
    silent_sign_on.install(app)
    if settings.path:
        app.wsgi_app = MountedAt(app.wsgi_app, settings.path)  # type: ignore[method-assign]  # as Flask's manual does
    return app
