"""Certificates of our own authorities: issued, found, suspended, revoked with every consequence.

What others call: ``find``, ``get``, ``opened``, ``hold``, ``release``, ``revoke``, ``consequences``, ``request`` (a page,
for the worker) and ``issue`` (where the vault is at hand). Signing in with one is ``sign_in``'s affair.
"""

from idp.domain.certificates.consequences import Consequence, consequences
from idp.domain.certificates.finding import clean_serial, find, get, opened
from idp.domain.certificates.issuing import issue, request
from idp.domain.certificates.status import hold, release, revoke
from keys.store.certificates import CertificateRow

__all__ = [
    "CertificateRow",
    "Consequence",
    "clean_serial",
    "consequences",
    "find",
    "get",
    "hold",
    "issue",
    "opened",
    "release",
    "request",
    "revoke",
]
