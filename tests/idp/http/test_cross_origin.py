"""Scripts of other origins: those of registered redirect URIs may call the machine endpoints, without credentials."""

from idp.http.front import Endpoint
from tests.idp.http.frame import echo, provider

PORTAL = "https://portal.example"
PREFLIGHT = {
    "Origin": PORTAL,
    "Access-Control-Request-Method": "POST",
    "Access-Control-Request-Headers": "authorization",
}


def registered(**endpoints: Endpoint):
    return provider(parts={"is_registered_origin": lambda origin: origin == PORTAL}, endpoints=dict(endpoints) or None)


def test_a_registered_origin_may_read_the_answer_and_bring_no_cookie():
    response = registered().post("/token", headers={"Origin": PORTAL})

    assert response.headers["Access-Control-Allow-Origin"] == PORTAL
    assert "Access-Control-Allow-Credentials" not in response.headers
    assert "WWW-Authenticate" in response.headers["Access-Control-Expose-Headers"]
    assert response.headers["Vary"] == "Origin"


def test_another_origin_is_told_nothing():
    for origin in ("https://evil.example", "null", "https://portal.example.evil.example", PORTAL + "x" * 400, ""):
        response = registered().post("/token", headers={"Origin": origin})

        assert "Access-Control-Allow-Origin" not in response.headers
        assert response.headers["Vary"] == "Origin"


def test_a_preflight_of_a_registered_origin_is_answered():
    response = registered().options("/token", headers=PREFLIGHT)

    assert response.status_code == 204
    assert "POST" in response.headers["Access-Control-Allow-Methods"]
    assert "Authorization" in response.headers["Access-Control-Allow-Headers"]
    assert "DPoP" in response.headers["Access-Control-Allow-Headers"]


def test_a_preflight_of_another_origin_is_not():
    response = registered().options("/token", headers={**PREFLIGHT, "Origin": "https://evil.example"})

    assert "Access-Control-Allow-Methods" not in response.headers


def test_endpoints_that_are_not_for_scripts_and_pages_stay_closed():
    browser = registered(**{"/introspect": Endpoint(echo)})

    for path in ("/introspect", "/address", "/healthz"):
        response = browser.open(path, method="POST", headers={"Origin": PORTAL})
        assert "Access-Control-Allow-Origin" not in response.headers


def test_an_error_can_be_read_by_the_script_that_caused_it():
    response = registered().get("/token", headers={"Origin": PORTAL})

    assert response.status_code == 405
    assert response.headers["Access-Control-Allow-Origin"] == PORTAL
