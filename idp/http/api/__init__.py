"""The provider's own API under ``/api/``: machine interfaces opened by an access token, each declared as an ``Operation``.

``operations`` is the list; ``access`` lets callers in, ``routes`` finds and answers, ``problems`` says what went wrong, ``openapi``
writes the document. A handler asks ``idp.domain`` and never makes an HTTP call (design, who waits for whom).
"""
