"""A provider without its protocol, for stories of what stands around every request."""

from collections.abc import Callable
from typing import Any
from wsgiref.types import StartResponse, WSGIEnvironment

from flask import Blueprint, request
from werkzeug.test import Client

from idp.http.application import Parts, create_application
from idp.http.front import Endpoint
from idp.protocol.exchange import MachineRequest, Reply, json_reply
from idp.settings import Settings
from templates.forms import Form

SECRET = b"s" * 32
HTTPS = "https://dinhdanh.example"


def settings_with(**values: Any) -> Settings:
    """Settings of a provider that nobody's environment changes."""
    return Settings(_env_file=None, **{"demo": True, **values})


def echo(asked: MachineRequest) -> Reply:
    """Tell what arrived."""
    found = {"path": asked.path, "query": asked.query, "address": asked.remote_address, "length": len(asked.body)}
    return json_reply(200, found | {"headers": sorted(asked.headers)})


def echo_pages() -> Blueprint:
    """A page that breaks, one with a form, and one that tells its own address."""
    blueprint = Blueprint("echo", __name__)

    @blueprint.get("/broken")
    def broken() -> str:
        raise RuntimeError("the password of the database")

    @blueprint.route("/form", methods=["GET", "POST"])
    def form() -> str:
        return "sent" if request.method == "POST" else str(Form().csrf_token.current_token)

    @blueprint.post("/only-sent")
    def only_sent() -> str:
        return "sent"

    @blueprint.get("/address")
    def address() -> dict[str, str]:
        return {"url": request.url, "root": request.url_root, "scheme": request.scheme, "host": request.host}

    return blueprint


def provider(
    *, endpoints: dict[str, Endpoint] | None = None, parts: dict[str, Any] | None = None, **values: Any
) -> Client:
    """A browser at a provider whose ``/token`` and ``/jwks`` tell what arrived; ``values`` are its settings."""
    usual = {
        "/token": Endpoint(echo, ("POST",), cross_origin=True),
        "/jwks": Endpoint(echo, ("GET",), cross_origin=True),
    }
    whole = Parts(endpoints=endpoints or usual, blueprints=(echo_pages(),), **(parts or {}))
    return Client(create_application(settings_with(**values), SECRET, whole))


def asked(environ_of: Callable[[WSGIEnvironment], None]) -> Callable[[WSGIEnvironment, StartResponse], list[bytes]]:
    """A WSGI application that shows the environment it was given."""

    def application(environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
        environ_of(environ)
        start_response("200 OK", [])
        return [b""]

    return application
