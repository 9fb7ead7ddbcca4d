"""What templates write by short ways of our own is, letter for letter, what the libraries write by their long ones."""

from typing import Any

import pytest
from flask import Flask, render_template_string, url_for
from flask_babel import gettext
from itsdangerous import BadSignature
from markupsafe import Markup
from wtforms.widgets import html_params

from idp.http.browser import set_up_cookies
from templates.addresses import address_of, as_query
from templates.catalogs import STATIC
from templates.forms import attributes
from templates.language import set_up_language
from templates.look import set_up_look, static_file

KNOWN, KNOWN_IN_VIETNAMESE = "Sign in", "Đăng nhập"


@pytest.fixture
def app() -> Flask:
    app = Flask("idp", static_folder=str(STATIC), static_url_path="/static")
    set_up_language(app, "idp", "language")
    set_up_look(app)
    return app


@pytest.mark.parametrize(
    "given",
    [
        {"id": "username", "name": "username", "type": "text", "value": "", "class": "form-control", "required": True},
        {"value": """<script>'"&</script>""", "data_reveal": "Hiện mật khẩu", "aria_describedby": "a b", "class_": "x"},
        {"value": Markup('<b title="x">&amp;</b>'), "checked": False, "maxlength": 200, "readonly": True},
        {"value": None},
        {},
    ],
)
def test_attributes_are_written_as_the_library_writes_them(given: dict[str, Any]) -> None:
    assert attributes(**given) == html_params(**given)
    assert isinstance(attributes(**given), Markup)


class TestWords:
    @pytest.mark.parametrize(("language", "said"), [("vi", KNOWN_IN_VIETNAMESE), ("en", KNOWN)])
    def test_the_page_speaks_its_language(self, app: Flask, language: str, said: str) -> None:
        with app.test_request_context(headers={"Accept-Language": language}):
            assert render_template_string("{{ _('Sign in') }} {{ gettext('Sign in') }}") == f"{said} {said}"

    def test_what_fills_a_message_in_is_escaped(self, app: Flask) -> None:
        with app.test_request_context():
            page = render_template_string("{{ _('to %(whom)s & <b>on</b>', whom=whom) }}", whom="<i>")
        assert page == "to &lt;i&gt; & <b>on</b>"

    def test_a_message_is_always_a_format(self, app: Flask) -> None:
        with app.test_request_context():
            assert render_template_string("{{ _('100%%') }}") == "100%"
            with pytest.raises(KeyError):
                render_template_string("{{ _('to %(whom)s') }}")

    def test_a_template_that_is_no_markup_stays_text(self, app: Flask) -> None:
        with app.test_request_context():
            page = "{% autoescape false %}{{ _('%(a)s', a=a) }}{% endautoescape %}"
            assert render_template_string(page, a="<i>") == "<i>"

    def test_two_pages_do_not_share_a_language(self, app: Flask) -> None:
        said = []
        for language in ("vi", "en", "vi"):
            with app.test_request_context(headers={"Accept-Language": language}):
                said.append(render_template_string("{{ _('Sign in') }}"))
        assert said == [KNOWN_IN_VIETNAMESE, KNOWN, KNOWN_IN_VIETNAMESE]

    def test_python_and_templates_speak_the_same_language(self, app: Flask) -> None:
        for language, said in (("en", KNOWN), ("vi", KNOWN_IN_VIETNAMESE)):
            with app.test_request_context(headers={"Accept-Language": language}):
                assert gettext(KNOWN) == render_template_string("{{ _('Sign in') }}") == gettext(KNOWN) == said

    def test_outside_a_request_words_stay_as_they_are(self) -> None:
        assert gettext(KNOWN) == KNOWN


@pytest.mark.parametrize("beneath", ["", "/một cửa", "/idp"])
def test_a_static_file_has_the_address_that_the_application_gives_it(app: Flask, beneath: str) -> None:
    with app.test_request_context("/", environ_overrides={"SCRIPT_NAME": beneath.encode().decode("latin-1")}):
        address = static_file("logo.svg")
        version = address.partition("?v=")[2]
        assert len(version) == 12
        assert address == url_for("static", filename="logo.svg", v=version)


@pytest.mark.parametrize("beneath", ["", "/một cửa"])
@pytest.mark.parametrize(
    "query",
    [
        {},
        {"to": "vi"},
        {"to": "a-._~b", "next": "/signin?pending=x&a=%C4%91"},
        {"next": "đ <b>\"'()*!$,/:;?@#+%"},
        {"a": ""},
    ],
)
def test_a_page_has_the_address_that_flask_builds(app: Flask, beneath: str, query: dict[str, str]) -> None:
    for _ in range(2):
        with app.test_request_context("/", environ_overrides={"SCRIPT_NAME": beneath.encode().decode("latin-1")}):
            assert address_of("language", as_query(query)) == url_for("language", **query)  # type: ignore[arg-type]


def test_every_application_signs_with_its_own_secret() -> None:
    signers = []
    for secret in (b"one" * 12, b"two" * 12):
        app = Flask("idp")
        set_up_cookies(app, secret, secure=True)
        signers.append(app.session_interface.get_signing_serializer(app))  # type: ignore[attr-defined]
    assert signers[0].loads(signers[0].dumps({"browser": "a"})) == {"browser": "a"}
    with pytest.raises(BadSignature):
        signers[1].loads(signers[0].dumps({"browser": "a"}))
