"""Every address comes from the settings: Host changes nothing, and a path before ours is stripped or already gone."""

import pytest

from tests.idp.http.frame import HTTPS, provider

DEEP = f"{HTTPS}/cong/dang-nhap"


@pytest.mark.parametrize("host", ["evil.example", "localhost:1", "", "a b"])
def test_a_forged_host_reaches_no_address(host):
    response = provider(issuer=HTTPS).get("/address", headers={"Host": host})

    assert response.json == {
        "url": f"{HTTPS}/address",
        "root": f"{HTTPS}/",
        "scheme": "https",
        "host": "dinhdanh.example",
    }


@pytest.mark.parametrize("path", ["/cong/dang-nhap/address", "/address"])
def test_an_issuer_with_a_path_is_found_with_it_and_where_the_proxy_took_it_away(path):
    assert provider(issuer=DEEP).get(path).json["url"] == f"{DEEP}/address"


def test_machine_endpoints_lie_under_the_path_too():
    assert provider(issuer=DEEP).get("/cong/dang-nhap/jwks").json["path"] == "/jwks"


def test_the_server_metadata_of_a_deep_issuer_has_the_path_behind_the_well_known_name():
    """RFC 8414 §3.1."""
    from idp.http.front import Endpoint
    from tests.idp.http.frame import echo

    known = "/.well-known/oauth-authorization-server"
    browser = provider(issuer=DEEP, endpoints={known: Endpoint(echo, ("GET",))})

    assert browser.get(f"{known}/cong/dang-nhap").status_code == 200
    assert browser.get(f"{known}/cong").status_code == 404


def test_a_path_that_only_begins_alike_is_another():
    assert provider(issuer=DEEP).get("/cong/dang-nhap-gia/address").status_code == 404


def test_links_static_files_and_redirects_stay_under_the_path():
    browser = provider(issuer=DEEP)
    page = browser.get("/nowhere").text

    assert 'href="/cong/dang-nhap/static/motcua.css' in page
    assert 'href="/cong/dang-nhap/bootstrap/static/' in page
    assert 'href="/cong/dang-nhap/language?to=en' in page
    assert 'class="brand" href="/cong/dang-nhap/"' in page
    answer = browser.get("/cong/dang-nhap/language?to=en&next=/cong/dang-nhap/address")
    assert answer.location == "/cong/dang-nhap/address"
    assert "Path=/cong/dang-nhap;" in answer.headers["Set-Cookie"] + ";"
