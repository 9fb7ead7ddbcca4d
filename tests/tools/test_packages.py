"""Debian packages for the tests: installed by root without starting a service, otherwise one line to type."""

import shutil
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.support import packages
from tests.support.packages import PACKAGES, Package


@pytest.fixture
def policy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the rule about starting services stands."""
    monkeypatch.setattr(packages, "POLICY", tmp_path / "policy-rc.d")
    return tmp_path / "policy-rc.d"


@pytest.fixture
def apt(monkeypatch: pytest.MonkeyPatch, policy: Path) -> list[list[str]]:
    """An apt-get that installs whatever it is asked for; gives the command lines it was called with."""
    calls: list[list[str]] = []
    installed: set[str] = set()

    def run(command: list[str], **_options: Any) -> subprocess.CompletedProcess[str]:
        if command[0] == "apt-cache":
            known = "" if command[-1] == "chromium" else "Candidate: 1.0"
            return subprocess.CompletedProcess(command, 0, stdout=known)
        calls.append([*command, f"policy={policy.read_text().split()[-1] if policy.exists() else 'none'}"])
        if "install" in command:
            installed.update(command)
        return subprocess.CompletedProcess(command, 0)

    table = tuple(Package(name, lambda name=name: name in installed, use) for name, _, use in PACKAGES)  # type: ignore[misc]
    monkeypatch.setattr(packages, "PACKAGES", table)
    monkeypatch.setattr(packages.subprocess, "run", run)
    monkeypatch.setattr(shutil, "which", lambda name, **_: f"/usr/bin/{name}")
    return calls


def test_nothing_is_done_when_nothing_lacks(apt: list[list[str]], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packages, "PACKAGES", ())
    assert packages.main() == 0
    assert apt == []


def test_who_is_not_root_gets_one_line_to_type(
    apt: list[list[str]], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    assert packages.main() == 0
    told = capsys.readouterr().err
    assert "apt-get install --no-install-recommends postgresql redis-server chromium" in told
    assert "left out: every store test on PostgreSQL; the ephemeral store on Redis; browser tests" in told
    assert apt == []


def test_root_installs_what_lacks_while_services_may_not_start(
    apt: list[list[str]], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], policy: Path
) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 0)
    assert packages.main() == 0
    assert [("update" in call, call[-1]) for call in apt] == [(True, "policy=101"), (False, "policy=101")]
    assert "postgresql" in apt[1]
    assert not policy.exists()
    assert "postgresql redis-server" in capsys.readouterr().err


def test_an_unknown_package_does_not_stop_the_others(
    apt: list[list[str]], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 0)
    packages.main()
    assert "chromium" not in apt[1]
    assert "Not installed: chromium\n" in capsys.readouterr().err


def test_the_rule_that_was_there_is_put_back(policy: Path) -> None:
    policy.write_text("#!/bin/sh\nexit 0 # the owner's own rule\n")
    policy.chmod(0o750)
    with packages.services_kept_from_starting():
        assert policy.read_text().endswith("exit 101\n")
        assert policy.stat().st_mode & 0o111
    assert "the owner's own rule" in policy.read_text()
    assert policy.stat().st_mode & 0o777 == 0o750


def test_a_rule_left_by_a_killed_run_is_taken_away(policy: Path) -> None:
    policy.write_text(packages.FORBID)
    with packages.services_kept_from_starting():
        pass
    assert not policy.exists()


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGINT])
def test_the_rule_is_put_back_when_the_run_is_ended(policy: Path, end: signal.Signals) -> None:
    """Whoever starts a run in the background may have had it ignore interrupts: here they are heard."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises((SystemExit, KeyboardInterrupt)), packages.services_kept_from_starting():
            signal.raise_signal(end)
    finally:
        signal.signal(signal.SIGINT, before)
    assert not policy.exists()


@pytest.mark.skipif(not shutil.which("dpkg-query"), reason="not a Debian-like machine")
def test_this_machine_is_described_truthfully() -> None:
    for package in PACKAGES:
        question = ["dpkg-query", "-W", "-f", "${db:Status-Status}", package.name]
        if subprocess.run(question, capture_output=True, check=False).stdout == b"installed":
            assert package.is_there(), package.name
