"""CORS for machine endpoints (Fetch Standard §3.2): the origins of registered redirect URIs, never with credentials.

Owns the headers and the preflight. Which origins are registered is asked of the callable handed in; which paths are
open to other origins is said by the endpoints themselves.
"""

from collections.abc import Callable, Iterable, Mapping
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from idp.http.middleware.headers import with_headers

ALLOWED_HEADERS = "Authorization, Content-Type, DPoP"
EXPOSED_HEADERS = "WWW-Authenticate, DPoP-Nonce, X-Request-ID, Retry-After"
PREFLIGHT_LIFETIME = "600"


def cross_origin(
    application: WSGIApplication, paths: Mapping[str, str], is_registered: Callable[[str], bool]
) -> WSGIApplication:
    """Answer other origins on the given paths.

    :param paths: path to the methods it takes, as they stand in ``Access-Control-Allow-Methods``.
    :param is_registered: whether an origin belongs to a registered redirect URI.
    """

    def open_to_origins(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        methods = paths.get(environ.get("PATH_INFO", ""))
        if methods is None:
            return application(environ, start_response)
        origin = environ.get("HTTP_ORIGIN", "")
        headers = [("Vary", "Origin")]
        if origin and len(origin) <= 300 and is_registered(origin):
            headers += [("Access-Control-Allow-Origin", origin), ("Access-Control-Expose-Headers", EXPOSED_HEADERS)]
            if environ["REQUEST_METHOD"] == "OPTIONS" and "HTTP_ACCESS_CONTROL_REQUEST_METHOD" in environ:
                headers += [
                    ("Access-Control-Allow-Methods", methods),
                    ("Access-Control-Allow-Headers", ALLOWED_HEADERS),
                    ("Access-Control-Max-Age", PREFLIGHT_LIFETIME),
                ]
        return application(environ, with_headers(start_response, headers))

    return open_to_origins
