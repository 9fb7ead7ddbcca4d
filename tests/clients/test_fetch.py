"""Outbound requests reach only what they may, and are neither slow, large nor led astray."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from ipaddress import ip_network
from typing import Any

import pytest

from clients.kit.protocol import fetch
from clients.kit.protocol.addresses import is_allowed
from clients.kit.protocol.fetch import Fetcher, Unreachable

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"


@contextmanager
def answering(*pieces: bytes, between: float = 0) -> Iterator[str]:
    """A server on loopback that answers one connection with ``pieces``, so many seconds apart, until the test is over."""
    over = threading.Event()
    with closing(socket.create_server(("127.0.0.1", 0))) as server:

        def serve() -> None:
            connection, _ = server.accept()
            with closing(connection):
                connection.recv(65536)
                for piece in pieces:
                    try:
                        connection.sendall(piece)
                    except OSError:
                        return
                    if between and over.wait(between):
                        return

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
        over.set()
        thread.join(5)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.8.8.8",
        "::1",
        "0.0.0.0",
        "::",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "224.0.0.1",
        "255.255.255.255",
        "240.0.0.1",
        "fe80::1",
        "fe80::1%eth0",
        "fc00::1",
        "fec0::1",
        "ff02::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "64:ff9b::7f00:1",
        "64:ff9b::a9fe:a9fe",
        "2002:7f00:1::",
        "2001:db8::1",
    ],
)
def test_addresses_that_are_not_public_are_refused(address: str) -> None:
    assert not is_allowed(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"])
def test_public_addresses_are_allowed(address: str) -> None:
    assert is_allowed(address)


def test_a_network_that_the_operator_names_is_allowed() -> None:
    networks = (ip_network("10.20.0.0/16"), ip_network("fd00::/8"))

    assert is_allowed("10.20.3.4", networks)
    assert is_allowed("fd12::1", networks)
    assert not is_allowed("10.21.0.1", networks)
    assert not is_allowed("127.0.0.1", networks)


def test_loopback_is_for_the_demo() -> None:
    assert is_allowed("127.0.0.1", loopback=True)
    assert is_allowed("::1", loopback=True)
    assert not is_allowed("169.254.169.254", loopback=True)


def test_one_bad_address_among_several_refuses_the_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """DNS rebinding: a name that resolves to a good and a bad address at once is not tried at all."""
    monkeypatch.setattr(fetch.socket, "getaddrinfo", resolving("8.8.8.8", "169.254.169.254"))

    with pytest.raises(Unreachable, match=r"169\.254\.169\.254"):
        Fetcher(demo=True).get("http://rebind.example/")


def resolving(*addresses: str) -> Callable[..., list[Any]]:
    return lambda host, port, **_: [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (a, port)) for a in addresses]


def test_a_name_is_resolved_once_and_that_address_is_connected_to(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    with answering(ANSWER) as address:
        port = address.rpartition(":")[2]

        def resolve(host: str, *_: Any, **__: Any) -> list[Any]:
            asked.append(host)
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", int(port)))]

        monkeypatch.setattr(fetch.socket, "getaddrinfo", resolve)
        assert Fetcher(demo=True).get(f"http://somewhere.example:{port}/").json() == {}

    assert asked[0] == "somewhere.example"
    assert set(asked) <= {"somewhere.example", "127.0.0.1"}


@pytest.mark.parametrize(
    "url",
    [
        "http://dinhdanh.example/",
        "file:///etc/passwd",
        "ftp://dinhdanh.example/",
        "gopher://127.0.0.1/",
        "//dinhdanh.example/",
        "https://user:password@dinhdanh.example/",
        "https:///",
        "https://[::1",
        "https://x:99999/",
        "",
    ],
)
def test_only_https_addresses_are_fetched_outside_the_demo(url: str) -> None:
    with pytest.raises(Unreachable):
        Fetcher().get(url)


def test_a_redirect_is_not_followed() -> None:
    moved = b"HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/\r\nContent-Length: 0\r\n\r\n"
    with answering(moved) as address:
        answer = Fetcher(demo=True).get(address)

    assert answer.status == 302


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n" + b"x" * 100,
        b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + b"x" * 100,
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n64\r\n" + b"x" * 100 + b"\r\n0\r\n\r\n",
    ],
    ids=["announced", "unannounced", "chunked"],
)
def test_an_answer_that_is_too_large_is_not_read(answer: bytes) -> None:
    with answering(answer) as address, pytest.raises(Unreachable, match="larger"):
        Fetcher(demo=True).get(address, limit=99)


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"hello\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort",
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200,
    ],
    ids=["nothing", "not HTTP", "cut off", "endless headers"],
)
def test_what_is_not_http_is_no_answer(answer: bytes) -> None:
    with answering(answer) as address, pytest.raises(Unreachable):
        Fetcher(demo=True).get(address)


def test_somebody_who_answers_a_byte_at_a_time_does_not_hold_us() -> None:
    """One deadline counts for the whole answer, so each byte in time is of no use."""
    slowly = answering(*(bytes([byte]) for byte in ANSWER), between=0.02)
    with slowly as address, pytest.raises(Unreachable, match="Timeout"):
        Fetcher(demo=True, timeout=0.2).get(address)


def test_a_port_where_nobody_answers() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        port = server.getsockname()[1]
    with pytest.raises(Unreachable):
        Fetcher(demo=True, timeout=0.5).get(f"http://127.0.0.1:{port}/")


def test_headers_and_forms_go_as_they_should() -> None:
    received: list[bytes] = []
    with closing(socket.create_server(("127.0.0.1", 0))) as server:

        def serve() -> None:
            connection, _ = server.accept()
            with closing(connection):
                while not received or not received[-1].endswith(b"%83"):
                    received.append(connection.recv(65536))
                connection.sendall(ANSWER)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        url = f"http://127.0.0.1:{server.getsockname()[1]}/token?a=1"
        assert Fetcher(demo=True).post(url, {"code": "a b&ă"}, {"Authorization": "Basic x"}).status == 200
        thread.join(5)

    whole = b"".join(received)
    assert whole.startswith(b"POST /token?a=1 HTTP/1.1\r\n")
    assert b"Authorization: Basic x\r\n" in whole
    assert b"code=a+b%26%C4%83" in whole


@pytest.mark.parametrize("value", ["a\r\nX-Injected: 1", "a\nb"])
def test_a_header_cannot_be_smuggled(value: str) -> None:
    with answering(ANSWER) as address, pytest.raises(Unreachable):
        Fetcher(demo=True).get(address, {"Authorization": value})


@pytest.mark.parametrize("path", ["/a b", "/a\r\nX: 1", "/ă"])
def test_an_address_cannot_smuggle_a_request(path: str) -> None:
    with answering(ANSWER) as address, pytest.raises(Unreachable):
        Fetcher(demo=True).get(address + path)
