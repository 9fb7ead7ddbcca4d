"""Where the demo cannot start it says so in one sentence, before anything was made; its plan follows the settings."""

import socket
from pathlib import Path

import pytest

from idp.commands.demo_table import demo_table
from idp.commands.supervision.child import what_to_show
from idp.commands.supervision.ground import NotReady, check_ports, folder_of_our_own
from idp.commands.supervision.plan import Process, environment, processes
from idp.domain.demo_people import demo_people
from idp.settings import Settings


def settings(tmp_path: Path, **given: object) -> Settings:
    return Settings.model_validate({"home": tmp_path / "var", "demo": True, **given})


def listening_places(found: Settings) -> dict[str, tuple[str, int]]:
    return {process.name: (process.host, process.port) for process in processes(found) if process.port}


def test_the_demo_is_six_processes_on_ports_that_follow_one_another(tmp_path: Path) -> None:
    assert listening_places(settings(tmp_path, port=8100)) == {
        "idp": ("localhost", 8100),
        "portal-national": ("localhost", 8101),
        "portal-ministry": ("localhost", 8102),
        "portal-province": ("localhost", 8103),
        "console": ("localhost", 8109),
    }
    assert [process.arguments for process in processes(settings(tmp_path)) if not process.port] == [("worker",)]


@pytest.mark.parametrize(
    ("address", "place"),
    [
        ("http://127.0.0.1:9001", ("127.0.0.1", 9001)),
        ("http://[::1]:9001", ("::1", 9001)),
        ("http://g02.localhost:9001", ("localhost", 9001)),
        ("https://dichvucong.example.vn", ("localhost", 8001)),
        ("http://dichvucong.example.vn", ("localhost", 8001)),
    ],
)
def test_a_process_listens_where_its_address_says_unless_a_proxy_does(
    tmp_path: Path, address: str, place: tuple[str, int]
) -> None:
    assert listening_places(settings(tmp_path, site_national_url=address))["portal-national"] == place


def test_health_is_asked_under_the_path_of_the_address(tmp_path: Path) -> None:
    provider = processes(settings(tmp_path, issuer="https://id.example.vn/mot-cua"))[0]
    assert provider.health == "/mot-cua/healthz"


def test_children_are_told_that_this_is_a_demo_and_where(tmp_path: Path) -> None:
    given = environment(settings(tmp_path), {"PATH": "/usr/bin", "MOTCUA_PORT": "8100", "MOTCUA_HOME": "elsewhere"})
    assert given["MOTCUA_DEMO"] == "true"
    assert given["MOTCUA_HOME"] == str(tmp_path / "var")
    assert (given["PATH"], given["MOTCUA_PORT"]) == ("/usr/bin", "8100")


def test_every_taken_port_is_named_in_one_sentence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as one, socket.create_server(("127.0.0.1", 0)) as two:
        ports = [one.getsockname()[1], two.getsockname()[1]]
        plan = [Process(str(port), (), "http://x", "127.0.0.1", port) for port in ports]
        with pytest.raises(NotReady) as refused:
            check_ports([*plan, Process("worker", ("worker",))])
    assert f"Ports {ports[0]}, {ports[1]} cannot be listened on: stop what holds them" in str(refused.value)
    assert "MOTCUA_PORT=8100" in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_port_that_is_free_again_is_free() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        socket.create_connection(("127.0.0.1", port)).close()
    check_ports([Process("idp", (), "http://x", "127.0.0.1", port)])


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    sentence = r"file/var may not be written \(.*\): .* MOTCUA_HOME"
    with pytest.raises(NotReady, match=sentence), folder_of_our_own(tmp_path / "file" / "var"):
        pass


def test_two_demos_do_not_share_a_folder(tmp_path: Path) -> None:
    first, second = folder_of_our_own(tmp_path / "var"), folder_of_our_own(tmp_path / "var")
    with first, pytest.raises(NotReady, match="A demo already runs in"), second:
        pass
    with folder_of_our_own(tmp_path / "var"):
        assert (tmp_path / "var").stat().st_mode & 0o777 == 0o700


def test_the_table_says_what_runs_where_whom_to_sign_in_as_and_what_to_try(tmp_path: Path) -> None:
    found = settings(tmp_path, port=8100)
    table = demo_table(found, processes(found))
    assert [address in table for address in (found.issuer, found.console_url, *found.site_urls.values())] == [True] * 5
    for person in demo_people():
        assert f"{person.sign_in_name} " in table
        assert all(words in table for words in (person.name, person.password, *person.words.values()))
    for page in (f"{found.issuer}/logout", f"{found.site_province_url}/queue", f"{found.console_url}/certificates"):
        assert f"{page} " in table
    assert max(map(len, table.splitlines())) < 160


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ('{"level": "info", "event": "request"}', None),
        ('{"level": "warning", "event": "slow"}', None),
        ('{"level": "error", "event": "lost", "component": "outbox"}', "lost component=outbox"),
        ("Traceback (most recent call last):", "Traceback (most recent call last):"),
        ("[1, 2]", "[1, 2]"),
        ("   ", None),
    ],
)
def test_only_what_is_grave_is_shown(line: str, shown: str | None) -> None:
    assert what_to_show(line) == shown
