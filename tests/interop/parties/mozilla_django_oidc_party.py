"""A relying party on Django and mozilla-django-oidc, in one file; it takes endpoints, so it reads discovery first.

The library has no refresh tokens: it renews the sign-in silently (``prompt=none``) when the ID token has expired.
"""

import os
import sys
from typing import Any
from urllib.parse import urlencode

import django
import requests
from django.conf import settings

ISSUER, PORT = os.environ["ISSUER"], int(os.environ["PORT"])
metadata = requests.get(f"{ISSUER}/.well-known/openid-configuration", timeout=10).json()

settings.configure(
    SECRET_KEY=os.urandom(32).hex(),
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    INSTALLED_APPS=[
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "django.contrib.sessions",
        "mozilla_django_oidc",
    ],
    MIDDLEWARE=[
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "mozilla_django_oidc.middleware.SessionRefresh",
    ],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": os.environ["DATABASE"]}},
    AUTHENTICATION_BACKENDS=["mozilla_django_oidc.auth.OIDCAuthenticationBackend"],
    SESSION_COOKIE_NAME="mozilla_party",
    LOGIN_REDIRECT_URL="/me",
    LOGOUT_REDIRECT_URL="/me",
    ALLOW_LOGOUT_GET_METHOD=True,
    OIDC_STORE_ID_TOKEN=True,
    OIDC_OP_LOGOUT_URL_METHOD=f"{__name__}.provider_logout",
    USE_TZ=True,
    OIDC_RP_CLIENT_ID=os.environ["CLIENT_ID"],
    OIDC_RP_CLIENT_SECRET=os.environ["CLIENT_SECRET"],
    OIDC_RP_SIGN_ALGO="RS256",
    OIDC_RP_SCOPES=os.environ["SCOPE"],
    OIDC_USE_PKCE=True,
    OIDC_TOKEN_USE_BASIC_AUTH=True,
    OIDC_OP_AUTHORIZATION_ENDPOINT=metadata["authorization_endpoint"],
    OIDC_OP_TOKEN_ENDPOINT=metadata["token_endpoint"],
    OIDC_OP_USER_ENDPOINT=metadata["userinfo_endpoint"],
    OIDC_OP_JWKS_ENDPOINT=metadata["jwks_uri"],
)


def provider_logout(request: Any) -> str:
    """Where the library sends the browser at sign-out (RP-Initiated Logout §2)."""
    landing = f"http://localhost:{PORT}/me"
    asked = {"id_token_hint": request.session["oidc_id_token"], "post_logout_redirect_uri": landing}
    return f"{metadata['end_session_endpoint']}?{urlencode(asked)}"


django.setup()

from django.core.management import execute_from_command_line  # noqa: E402
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect, JsonResponse  # noqa: E402
from django.urls import include, path  # noqa: E402
from mozilla_django_oidc.views import OIDCAuthenticationRequestView  # noqa: E402


def me(request: HttpRequest) -> JsonResponse:
    if not request.user.is_authenticated:
        return JsonResponse({"signedOut": True})
    return JsonResponse({"userInfo": {"email": request.user.email}, "idToken": request.session["oidc_id_token"]})


def login(request: HttpRequest) -> HttpResponseBase:
    answer: HttpResponseBase = OIDCAuthenticationRequestView.as_view()(request)
    return answer


class StepUp(OIDCAuthenticationRequestView):  # type: ignore[misc]
    """The library's own way to ask for more."""

    def get_extra_params(self, request: HttpRequest) -> dict[str, str]:
        return {"acr_values": os.environ["ACR"]}


def grow_old(request: HttpRequest) -> HttpResponseBase:
    """Make the ID token look expired: the library's middleware renews the sign-in before the next page."""
    request.session["oidc_id_token_expiration"] = 1
    return HttpResponseRedirect("/me")


urlpatterns = [
    path("oidc/", include("mozilla_django_oidc.urls")),
    path("me", me),
    path("login", login),
    path("step-up", StepUp.as_view()),
    path("grow-old", grow_old),
]

if __name__ == "__main__":
    execute_from_command_line([sys.argv[0], "migrate", "--verbosity", "0"])
    execute_from_command_line([sys.argv[0], "runserver", "--noreload", f"127.0.0.1:{PORT}"])
