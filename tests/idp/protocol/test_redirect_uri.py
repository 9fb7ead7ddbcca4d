"""Comparing redirect URIs: exact but for the port of a native application's loopback (RFC 9700 §2.1, RFC 8252 §7.3)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.protocol.redirect_uri import matches

REGISTERED = "https://portal.example/callback"

TRICKS = [
    "https://portal.example/callback/",
    "https://portal.example/callback?x=1",
    "https://portal.example/callback#f",
    "https://portal.example:443/callback",
    "https://portal.example:8443/callback",
    "https://portal.example/x/../callback",
    "https://portal.example/callback/..",
    "https://portal.example/./callback",
    "https://portal.example//callback",
    "https://portal.example/%63allback",
    "https://portal.example\\@evil.example/callback",
    "https://portal.example@evil.example/callback",
    "https://user@portal.example/callback",
    "https://portal.example.evil.example/callback",
    "https://evil.example/https://portal.example/callback",
    "https://PORTAL.example/callback",
    "http://portal.example/callback",
    "https://portal.example/callback\n",
    "https://portal.example/callback%00",
    "https://*.example/callback",
    "javascript:alert(1)",
    "",
]


@pytest.mark.parametrize("trick", TRICKS)
def test_no_trick_passes_for_the_registered_address(trick: str) -> None:
    assert not matches(trick, [REGISTERED])


@given(st.text())
def test_nothing_but_the_address_itself_matches(text: str) -> None:
    assert matches(text, [REGISTERED]) == (text == REGISTERED)


@given(st.integers(0, 99999))
def test_a_native_application_may_listen_on_any_port_of_loopback(port: int) -> None:
    assert matches(f"http://127.0.0.1:{port}/callback", ["http://127.0.0.1/callback"])
    assert matches(f"http://[::1]:{port}/callback", ["http://[::1]:1/callback"])


@pytest.mark.parametrize(
    "trick",
    [
        "http://localhost:5000/callback",
        "http://127.0.0.1:5000/other",
        "http://127.0.0.1:5000/callback?x=1",
        "https://127.0.0.1:5000/callback",
        "http://127.0.0.1:5000@evil.example/callback",
        "http://127.0.0.1.evil.example:5000/callback",
        "http://[::1]:5000/callback",
        "http://127.0.0.1:123456/callback",
        "http://127.0.0.1:\u0661\u0662/callback",
    ],
)
def test_only_the_port_may_differ(trick: str) -> None:
    assert not matches(trick, ["http://127.0.0.1/callback"])
