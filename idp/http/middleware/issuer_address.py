"""The provider's own address, from settings alone: no answer ever depends on what a caller writes into ``Host``.

Owns scheme, host and ``SCRIPT_NAME`` of every request. Where the issuer has a path, requests are found with it or,
where the proxy has stripped it, without; RFC 8414 §3.1 puts the path behind the well-known name.
"""

from collections.abc import Iterable
from urllib.parse import urlsplit
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

METADATA = "/.well-known/oauth-authorization-server"
_DEFAULT_PORTS = {"http": "80", "https": "443"}


def issuer_address(application: WSGIApplication, issuer: str) -> WSGIApplication:
    """Set scheme, host, port and path of each request to those of ``issuer``."""
    parts = urlsplit(issuer)
    prefix, beneath = parts.path, parts.path + "/"
    behind_well_known = METADATA + prefix
    constant = {
        "wsgi.url_scheme": parts.scheme,
        "HTTP_HOST": parts.netloc,
        "SERVER_NAME": parts.hostname or "",
        "SERVER_PORT": str(parts.port or _DEFAULT_PORTS[parts.scheme]),
        "SCRIPT_NAME": prefix,
    }

    def addressed(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        environ.update(constant)
        path = environ.get("PATH_INFO", "")
        if prefix and path.startswith(beneath):
            environ["PATH_INFO"] = path[len(prefix) :]
        elif prefix and path == prefix:
            environ["PATH_INFO"] = "/"
        elif prefix and path == behind_well_known:
            environ["PATH_INFO"] = METADATA
        return application(environ, start_response)

    return addressed
