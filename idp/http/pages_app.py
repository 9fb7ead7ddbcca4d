"""Flask as our pages use it: nothing of a request is worked out that the middleware has settled or no page of ours asks for.

Owns short ways of what Flask and Werkzeug do in general; each gives what theirs gives, and what is out of the ordinary is
left to theirs. Where the application is, ``middleware.issuer_address`` has fixed; every view and hook is a plain function.
"""

import re
from collections.abc import Callable
from io import BytesIO
from typing import Any
from urllib.parse import parse_qsl
from wsgiref.types import WSGIEnvironment

from flask import Flask, Request, Response
from werkzeug.datastructures import Headers, ImmutableMultiDict
from werkzeug.routing import MapAdapter

from idp.http.uploads import InMemoryRequest

URLENCODED = "application/x-www-form-urlencoded"
_OWN_PLACE = re.compile(r"/(?!/)[A-Za-z0-9/?&=%._~:+,;@!$'()*-]*(?<!\?)")
"""A path of ours with its query, which is a URI already (RFC 3986 §2)."""


class Fields(ImmutableMultiDict[str, str]):
    """Values by name; one that is not there is looked for without an exception made for it."""

    def get(self, key: str, default: Any = None, type: Any = None) -> Any:  # type: ignore[override]  # its overloads
        """Give the first value of a name."""
        if type is not None:
            return super().get(key, default, type)
        values = dict.get(self, key)
        return values[0] if values else default


class PageRequest(InMemoryRequest):
    """A request whose form, when a browser sends it the usual way, is read without Werkzeug's machine for every way."""

    parameter_storage_class = Fields
    dict_storage_class = Fields

    def _load_form_data(self) -> None:
        if "form" in self.__dict__ or self.environ.get("CONTENT_TYPE") != URLENCODED:
            return super()._load_form_data()
        try:
            pairs = parse_qsl(self.get_data().decode(), keep_blank_values=True, errors="werkzeug.url_quote")
        except ValueError:
            pairs = []
        self.__dict__.update(form=Fields(pairs), files=ImmutableMultiDict(), stream=BytesIO())
        return None


class PageResponse(Response):
    """A response whose headers are ready when it is, but for its length."""

    def get_wsgi_headers(self, environ: WSGIEnvironment) -> Headers:
        """Give the headers that are sent."""
        headers, location = self.headers, self.headers.get("Location")
        usual = 200 <= self.status_code < 600 and self.status_code not in (204, 304) and self.is_sequence
        if not usual or "Content-Location" in headers or not (location is None or _OWN_PLACE.fullmatch(location)):
            return super().get_wsgi_headers(environ)
        if "Content-Length" not in headers:
            headers["Content-Length"] = str(sum([len(each) for each in self.iter_encoded()]))
        return headers


class Pages(Flask):
    """The application of everything that people see."""

    request_class = PageRequest
    response_class = PageResponse
    _place: tuple[tuple[str, ...], MapAdapter] | None = None

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Give a view or hook as it is: ours are plain functions."""
        return func

    def create_url_adapter(self, request: Request | None) -> MapAdapter | None:
        """Give what matches an address; scheme, host and path above it are the same in every request."""
        if request is None or "HTTP_UPGRADE" in request.environ:
            return super().create_url_adapter(request)
        environ = request.environ
        place = (environ.get("HTTP_HOST", ""), environ.get("SCRIPT_NAME", ""), environ["wsgi.url_scheme"])
        kept = self._place
        if kept is None or kept[0] != place:
            adapter = super().create_url_adapter(request)
            self._place = None if adapter is None else (place, adapter)
            return adapter
        known = kept[1]
        where = known.server_name, known.script_name, known.subdomain, known.url_scheme
        query = environ.get("QUERY_STRING", "").encode("latin-1").decode(errors="replace")
        path = environ.get("PATH_INFO", "").encode("latin-1").decode(errors="replace")
        return MapAdapter(self.url_map, *where, path, environ["REQUEST_METHOD"], query)
