"""Who called: only trusted proxies are believed, and only about what lies before them."""

import pytest

from tests.idp.http.frame import provider

PROXIES = "10.0.0.0/8, 2001:db8::/32"


def caller(peer: str, forwarded: str | None, trusted: str = PROXIES) -> str:
    headers = {} if forwarded is None else {"X-Forwarded-For": forwarded}
    response = provider(trusted_proxies=trusted).get("/jwks", headers=headers, environ_base={"REMOTE_ADDR": peer})
    return str(response.json["address"])


@pytest.mark.parametrize(
    ("peer", "forwarded", "expected"),
    [
        ("10.0.0.1", "203.0.113.7", "203.0.113.7"),
        ("10.0.0.1", "203.0.113.7, 10.0.0.9", "203.0.113.7"),
        ("10.0.0.1", "198.51.100.1, 203.0.113.7", "203.0.113.7"),
        ("2001:db8::1", "203.0.113.7", "203.0.113.7"),
        ("10.0.0.1", None, "10.0.0.1"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("10.0.0.1", "unknown", "10.0.0.1"),
        ("10.0.0.1", "203.0.113.7, <script>", "10.0.0.1"),
        ("10.0.0.1", "10.0.0.2, 10.0.0.3", "10.0.0.2"),
        ("", "203.0.113.7", ""),
    ],
)
def test_the_caller_is_the_nearest_address_that_is_no_trusted_proxy(peer, forwarded, expected):
    assert caller(peer, forwarded) == expected


def test_a_stranger_cannot_choose_an_address():
    assert caller("203.0.113.66", "10.0.0.1") == "203.0.113.66"
    assert caller("203.0.113.66", "198.51.100.1", trusted="") == "203.0.113.66"


def test_a_chain_without_end_is_read_only_so_far():
    assert caller("10.0.0.1", ", ".join(["10.0.0.2"] * 5000)) == "10.0.0.2"


def test_what_says_another_scheme_or_host_is_never_handed_on():
    claims = {
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Host": "evil.example",
        "X-Forwarded-Port": "1",
        "X-Real-IP": "1.1.1.1",
    }

    for peer in ("10.0.0.1", "203.0.113.66"):
        response = provider(trusted_proxies=PROXIES).get("/jwks", headers=claims, environ_base={"REMOTE_ADDR": peer})

        assert not {name.lower() for name in claims} & set(response.json["headers"])
