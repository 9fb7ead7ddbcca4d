"""Whatever is sent to whatever endpoint, nothing answers with a fault of ours."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.clock import StoppedClock
from tests.support.provider import Portal, Provider, make_provider
from tests.support.services import PostgresqlServer

PATHS = (
    "/token",
    "/introspect",
    "/revoke",
    "/userinfo",
    "/register",
    "/api/ended",
    "/authorize",
    "/signin",
    "/consent",
    "/step-up",
    "/logout",
    "/logout/done",
    "/account",
    "/signup",
    "/language",
    "/jwks",
)
NAMES = """
    grant_type code redirect_uri client_id client_secret code_verifier refresh_token scope resource
    token token_type_hint client_assertion client_assertion_type response_type response_mode state nonce
    prompt max_age acr_values claims request request_uri id_token_hint login_hint ui_locales
    post_logout_redirect_uri logout_token pending since username password answer next to
""".split()  # noqa: SIM905
VALUES = st.one_of(
    st.sampled_from(
        [
            "authorization_code",
            "refresh_token",
            "client_credentials",
            "openid",
            "code",
            "none",
            "0",
            "-1",
            "{}",
            "[]",
            "https://a/",
            "\x00",
            "x" * 5000,
        ]
    ),
    st.text(max_size=40),
    st.binary(max_size=20).map(lambda raw: raw.decode("latin-1")),
)
FORMS = st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=8)


@pytest.fixture(scope="module", params=["memory", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def world(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Provider, Portal]]:
    """On PostgreSQL too: it takes no NUL in a text and no text that is too long, where SQLite takes both."""
    home: Path = tmp_path_factory.mktemp("fuzz")
    url = "sqlite:///:memory:"
    if request.param == "postgresql":
        server: PostgresqlServer = request.getfixturevalue("postgresql")
        url = server.url(server.create())
    provider = make_provider(home, StoppedClock(), url)
    yield provider, provider.portal()
    provider.services.database.dispose()


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    path=st.sampled_from(PATHS),
    method=st.sampled_from(("GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH")),
    form=FORMS,
    known=st.booleans(),
)
def test_no_form_or_query_makes_a_fault(
    world: tuple[Provider, Portal], path: str, method: str, form: dict[str, str], known: bool
) -> None:
    provider, portal = world
    whole = {**portal.request(), **form} if known else form
    headers = portal.basic() if known else {}
    for given_as in ({"query_string": whole}, {"data": whole if method in ("POST", "PUT", "PATCH") else None}):
        response = provider.browser().open(path, method=method, headers=headers, **given_as)
        assert response.status_code < 500, (path, method, whole, response.text[:300])


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    path=st.sampled_from(PATHS),
    body=st.binary(max_size=200),
    kind=st.sampled_from(
        ("application/json", "application/x-www-form-urlencoded", "multipart/form-data", "text/plain", "")
    ),
    token=st.text(alphabet=st.characters(min_codepoint=32, max_codepoint=255), max_size=60),
    scheme=st.sampled_from(("Bearer ", "Basic ", "DPoP ", "")),
)
def test_no_body_or_header_makes_a_fault(
    world: tuple[Provider, Portal], path: str, body: bytes, kind: str, token: str, scheme: str
) -> None:
    provider, _ = world
    headers = {"Authorization": scheme + token}
    response = provider.browser().post(path, data=body, content_type=kind, headers=headers)
    assert response.status_code < 500, (path, body, response.text[:300])
