"""The certificate that a browser showed in TLS, handed on by the terminator of ``MOTCUA_MTLS_URL`` and by nobody else.

RFC 8705 §2.1 and RFC 9440 leave to the deployment whom to believe: here it is who also sends the shared secret. From
everybody else both headers are taken away before anything sees them. What the certificate is worth, ``acceptance`` says.
"""

import hmac
from collections.abc import Iterable
from urllib.parse import unquote_to_bytes
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

CERTIFICATE_HEADER = "X-Client-Certificate"
SECRET_HEADER = "X-Motcua-Mtls-Secret"  # noqa: S105 (the name of a header)
SHOWN = "motcua.client_certificate"
"""Key in the environment: the certificate as PEM, empty where none was shown; missing at every other address."""
_CERTIFICATE, _SECRET = ("HTTP_" + name.upper().replace("-", "_") for name in (CERTIFICATE_HEADER, SECRET_HEADER))


def client_certificate(application: WSGIApplication, secret: bytes | None) -> WSGIApplication:
    """Put what the terminator says into ``SHOWN``; drop it when it is not the terminator that says it.

    :param secret: shared with the terminator; None believes nobody.
    """

    def shown(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        certificate, given = environ.pop(_CERTIFICATE, ""), environ.pop(_SECRET, "")
        if secret is not None and hmac.compare_digest(given.encode("latin-1", "replace"), secret):
            environ[SHOWN] = unquote_to_bytes(certificate)
        return application(environ, start_response)

    return shown
