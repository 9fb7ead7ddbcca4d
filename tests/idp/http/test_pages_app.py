"""The pages' application gives what Flask and Werkzeug give, by ways that are shorter."""

from functools import cache
from io import BytesIO
from typing import Any
from urllib.parse import urlencode

import pytest
from flask import Flask, Response, redirect, request, url_for
from hypothesis import given, settings
from hypothesis import strategies as st
from werkzeug.datastructures import ImmutableMultiDict, MultiDict
from werkzeug.test import EnvironBuilder

from idp.http import forms
from idp.http.pages_app import Fields, PageRequest, PageResponse, Pages
from idp.http.uploads import InMemoryRequest
from templates.language import set_up_language

UPGRADE = {"Upgrade": "websocket", "Connection": "upgrade"}
FORM = "application/x-www-form-urlencoded"
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=300)


def sent(body: bytes, content_type: str) -> dict[str, Any]:
    return EnvironBuilder(method="POST", data=body, content_type=content_type).get_environ()


@pytest.mark.parametrize(
    "content_type", [FORM, f"{FORM}; charset=utf-8", "APPLICATION/X-WWW-FORM-URLENCODED", "text/plain", ""]
)
@pytest.mark.parametrize(
    "body",
    [
        b"a=1&b=&a=2&=x&c",
        b"",
        b"&&",
        b"a=%C4%91+%2B%ff&%3D=%",
        b"a=\xff",
        "a=đ".encode(),
        b"a=1;b=2",
        b"x=" + b"y" * 60_000,
    ],
)
def test_a_form_is_read_as_werkzeug_reads_it(body: bytes, content_type: str) -> None:
    ours, theirs = PageRequest(sent(body, content_type)), InMemoryRequest(sent(body, content_type))

    assert ours.form == theirs.form
    assert list(ours.form.items(multi=True)) == list(theirs.form.items(multi=True))
    assert ours.files == theirs.files
    assert ours.form is ours.form


@given(st.lists(st.tuples(st.sampled_from("abc"), TEXT), max_size=5))
def test_a_value_is_the_first_of_its_name_or_what_is_given_for_none(pairs: list[tuple[str, str]]) -> None:
    ours, theirs = Fields(pairs), ImmutableMultiDict(pairs)

    for name in "abcd":
        assert ours.get(name) == theirs.get(name)
        assert ours.get(name, "x") == theirs.get(name, "x")
        assert ours.get(name, 7, int) == theirs.get(name, 7, int)
        assert ours.getlist(name) == theirs.getlist(name)
    with pytest.raises(TypeError):
        ours["a"] = "changed"


def test_a_file_is_still_read() -> None:
    builder = EnvironBuilder(method="POST", data={"name": "x", "file": (BytesIO(b"abc"), "a.txt")})
    asked = PageRequest(builder.get_environ())

    assert (asked.form["name"], asked.files["file"].read()) == ("x", b"abc")


@pytest.mark.parametrize(
    "location", [None, "/a?b=c%20d&e=f", "/", "/đ?x", "//evil/x", "https://Portal.example/x y", "/a?", "x#y"]
)
@pytest.mark.parametrize("status", [200, 204, 303, 304, 400, 101])
@pytest.mark.parametrize("content", [["chữ"], [b"one", b"two"], []])
def test_the_headers_that_are_sent_are_werkzeugs(location: str | None, status: int, content: list[Any]) -> None:
    answers = [kind(list(content), status) for kind in (PageResponse, Response)]
    environ = EnvironBuilder().get_environ()
    for answer in answers:
        answer.headers.update({} if location is None else {"Location": location})

    ours, theirs = (answer.get_wsgi_headers(environ).to_wsgi_list() for answer in answers)

    assert sorted(ours) == sorted(theirs)


def application(kind: type[Flask]) -> Flask:
    app = kind("idp")

    @app.get("/đi/<place>")
    def go(place: str) -> Any:
        return {
            "here": request.url,
            "there": url_for("go", place=place, a="b c"),
            "out": url_for("go", place=place, _external=True),
        }

    @app.get("/away")
    def away() -> Any:
        return redirect(url_for("go", place="x"))

    return app


@pytest.mark.parametrize("address", ["/đi/ế?x=%C4%91&y=a+b", "/away", "/%C4%91i/", "/nowhere", "//away", "/away/"])
def test_addresses_are_matched_and_built_as_flask_does(address: str) -> None:
    ours, theirs = application(Pages), application(Flask)
    for _ in range(2):
        for place in (
            {},
            {"base_url": "https://dinhdanh.example/idp"},
            {"headers": {"Upgrade": "websocket", "Connection": "upgrade"}},
        ):
            answers = [app.test_client().get(address, **place) for app in (ours, theirs)]
            assert answers[0].data == answers[1].data
            assert answers[0].status_code == answers[1].status_code
            assert answers[0].headers.get("Location") == answers[1].headers.get("Location")


def test_whoever_asks_for_another_protocol_changes_nothing_for_those_after() -> None:
    app = application(Pages)
    app.test_client().get("/away", headers=UPGRADE)

    assert app.test_client().get("/away").status_code == 302
    assert app.test_client().get("/away").headers["Location"].startswith("/%C4%91i/x")


@cache
def speaking() -> Flask:
    """An application in which a form can say what is wrong."""
    app = Flask("idp")
    app.config["WTF_CSRF_ENABLED"] = False
    set_up_language(app, "idp", "language")
    return app


@settings(deadline=None)
@given(username=TEXT, password=TEXT)
def test_what_is_taken_without_the_form_is_what_the_form_finds_no_fault_with(username: str, password: str) -> None:
    app = speaking()
    body = {"username": username, "password": password}
    with app.test_request_context(method="POST", data=urlencode(body), content_type=FORM):
        form = forms.SignInForm(formdata=MultiDict(body))
        taken = forms.name_and_password(body)

        assert (taken is not None) == form.validate()
        assert taken is None or taken == (form.username.data, form.password.data)
