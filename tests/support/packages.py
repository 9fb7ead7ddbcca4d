"""The Debian packages that the tests use: says which are lacking, and installs them when it may.

Run before `.venv/` exists, so it needs the standard library alone. As root on a Debian-like machine it installs
with apt-get and keeps the packages' own services from starting; otherwise it prints the one line to type and what
is left out until then.
"""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

POLICY = Path("/usr/sbin/policy-rc.d")
"""Asked by Debian's packages before they start a service; exit status 101 forbids it (policy-rc.d(8))."""
FORBID = "#!/bin/sh\n# Motcua's tests install packages; their services stay as they were.\nexit 101\n"


class Package(NamedTuple):
    """One package: how to see that what it brings is there, and which tests need it."""

    name: str
    is_there: Callable[[], bool]
    for_tests: str


def _program(*names: str) -> Callable[[], bool]:
    return lambda: any(shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin") for name in names)


def _file(pattern: str) -> Callable[[], bool]:
    return lambda: any(Path("/").glob(pattern))


PACKAGES = (
    Package("postgresql", _file("usr/lib/postgresql/*/bin/postgres"), "every store test on PostgreSQL"),
    Package("redis-server", _program("redis-server"), "the ephemeral store on Redis"),
    Package("chromium", _program("chromium", "google-chrome", "chromium-browser"), "browser tests and journeys"),
    Package("fonts-noto-core", _file("usr/share/fonts/truetype/noto/NotoSans-Regular.ttf"), "Vietnamese PDF files"),
    Package("fonts-liberation2", _file("usr/share/fonts/truetype/liberation*/*-Regular.ttf"), "screenshots, monospace"),
    Package("uwsgi-core", _program("uwsgi"), "the applications under uWSGI"),
    Package("uwsgi-plugin-python3", _file("usr/lib/uwsgi/plugins/python3*_plugin.so"), "the applications under uWSGI"),
    Package("apache2", _program("apache2"), "Apache as a relying party"),
    Package(
        "libapache2-mod-auth-openidc",
        _file("usr/lib/apache2/modules/mod_auth_openidc.so"),
        "Apache as a relying party",
    ),
    Package("nginx-light", _program("nginx"), "the journey behind a proxy"),
    Package("poppler-utils", _program("pdftotext"), "reading PDF files back"),
    Package("softhsm2", _program("softhsm2-util"), "keys in a hardware module"),
)


def lacking() -> list[Package]:
    """Give the packages whose programs or files this machine does not have."""
    return [package for package in PACKAGES if not package.is_there()]


def main() -> int:
    """Install what is lacking, or say how; give the exit status, 0 even when tests will be left out."""
    packages = lacking()
    if not packages:
        return 0
    names = [package.name for package in packages]
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        print(advice(packages), file=sys.stderr)
        return 0
    print("installing the Debian packages that the tests use: " + " ".join(names), file=sys.stderr, flush=True)
    with services_kept_from_starting():
        install(names)
    if still := lacking():
        print(advice(still), file=sys.stderr)
    return 0


def advice(packages: list[Package]) -> str:
    """Say the one line to type and which tests are left out until then."""
    names = " ".join(package.name for package in packages)
    left_out = "; ".join(package.for_tests for package in packages)
    return f"Not installed: {names}\n  as root: apt-get install --no-install-recommends {names}\n  left out: {left_out}"


def install(names: list[str]) -> None:
    """Fetch and install packages, the known ones of them; what goes wrong is printed by apt-get."""
    apt = ["apt-get", "--yes", "--quiet", "-o", "DPkg::Lock::Timeout=300", "-o", "Dpkg::Use-Pty=0"]
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "NEEDRESTART_SUSPEND": "1"}
    subprocess.run([*apt, "update"], env=environment, stdout=subprocess.DEVNULL, check=False)
    known = [name for name in names if _has_candidate(name)]
    if known:
        command = [*apt, "install", "--no-install-recommends", *known]
        subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, check=False)


def _has_candidate(name: str) -> bool:
    """Ubuntu has no chromium package but one that asks for snap: one unknown name must not stop the others."""
    shown = subprocess.run(["apt-cache", "policy", name], capture_output=True, text=True, check=False).stdout
    return "Candidate:" in shown and "Candidate: (none)" not in shown


@contextmanager
def services_kept_from_starting() -> Iterator[None]:
    """Forbid packages to start services, and put back whatever rule was there before, however the block ends."""
    policy = POLICY
    before = policy.read_bytes() if policy.exists() else None
    mode = policy.stat().st_mode if before is not None else 0
    stop = signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    policy.write_text(FORBID)
    policy.chmod(0o755)
    try:
        yield
    finally:
        if before is None or before == FORBID.encode():
            policy.unlink(missing_ok=True)
        else:
            policy.write_bytes(before)
            policy.chmod(mode)
        signal.signal(signal.SIGTERM, stop)


if __name__ == "__main__":
    sys.exit(main())
