"""A WSGI application with nothing of Motcua in it, for tests of how applications are served."""

import os
import time
from collections.abc import Iterable
from pathlib import Path
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from idp.http.middleware.access_log import access_log


def make(greeting: str) -> WSGIApplication:
    """Give an application that greets and says which process answers."""

    def application(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        start_response("200 OK", [("Content-Type", "text/plain; charset=utf-8"), ("X-Process", str(os.getpid()))])
        return [f"{greeting} {environ['PATH_INFO']}".encode()]

    return application


def make_logged(greeting: str) -> WSGIApplication:
    """Give the same, with the line that the provider writes about each request."""
    return access_log(make(greeting))


def make_slow(greeting: str) -> WSGIApplication:
    """Give the same, which takes its time for ``/slow``: it waits for a file of that name in the process's folder."""
    quick = make(greeting)

    def application(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if environ["PATH_INFO"] == "/slow":
            Path(os.environ["MOTCUA_HOME"], "begun").touch()
            while not Path(os.environ["MOTCUA_HOME"], "go on").exists():
                time.sleep(0.01)
        return quick(environ, start_response)

    return application


def fail(_greeting: str) -> WSGIApplication:
    """Fail as an application does whose settings are wrong."""
    raise RuntimeError("the settings are wrong")
