"""Behind a TLS proxy the provider speaks of itself by its own address only, and its cookies keep to https."""

import json
from typing import Any

from playwright.sync_api import APIResponse

from tests.journeys.conftest import Invite
from tests.support.chromium import Look, Visitor
from tests.support.demo import Demo


def ask(visitor: Visitor, address: str, **headers: str) -> APIResponse:
    return visitor.context.request.get(address, headers={name.replace("_", "-"): v for name, v in headers.items()})


def come(invite: Invite) -> Visitor:
    return invite(Look("vi", 1280), ignore_https_errors=True)


def addresses_in(document: Any) -> list[str]:
    if isinstance(document, dict):
        return [address for value in document.values() for address in addresses_in(value)]
    if isinstance(document, list):
        return [address for value in document for address in addresses_in(value)]
    return [document] if isinstance(document, str) and document.startswith("http") else []


def test_every_address_in_discovery_is_the_issuers(proxied_demo: Demo, invite: Invite) -> None:
    visitor = come(invite)
    issuer = proxied_demo.issuer
    origin, path = issuer.removesuffix("/mot-cua"), "/mot-cua"
    openid = json.loads(ask(visitor, f"{issuer}/.well-known/openid-configuration").text())
    oauth = json.loads(ask(visitor, f"{origin}/.well-known/oauth-authorization-server{path}").text())
    assert openid["issuer"] == oauth["issuer"] == issuer
    assert [address for address in addresses_in(openid) if not address.startswith(issuer)] == []
    assert json.loads(ask(visitor, openid["jwks_uri"]).text())["keys"]


def test_no_word_of_a_caller_changes_an_address(proxied_demo: Demo, invite: Invite) -> None:
    visitor = come(invite)
    lies = {
        "X_Forwarded_Host": "evil.example",
        "X_Forwarded_Proto": "http",
        "Forwarded": "host=evil.example;proto=http",
    }
    for address in (proxied_demo.issuer, *proxied_demo.sites.values()):
        for headers in (lies, {**lies, "Host": "evil.example"}):
            answer = ask(visitor, f"{address}/", **headers)
            assert "evil.example" not in answer.text()
            assert "evil.example" not in json.dumps(answer.headers)


def test_cookies_and_answers_keep_to_https(proxied_demo: Demo, invite: Invite) -> None:
    visitor = come(invite)
    for address in (proxied_demo.issuer, *proxied_demo.sites.values(), proxied_demo.console):
        visitor.open(f"{address}/")
        assert ask(visitor, f"{address}/").headers["strict-transport-security"].startswith("max-age=")
    visitor.open(f"{proxied_demo.sites['national']}/")
    visitor.press("Sign in")
    cookies = visitor.context.cookies()
    assert cookies
    assert [cookie for cookie in cookies if not (cookie["secure"] and cookie["httpOnly"])] == []
    sessions = [
        cookie for cookie in cookies if not cookie["name"].startswith("__Host-") and "language" not in cookie["name"]
    ]
    assert sessions == [], "a cookie without __Host- could be planted from a neighbouring host"
