"""The whole of Motcua as `make run` starts it: real processes on free ports, in a temporary folder."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.support.processes import DidNotStart, die_with_parent, free_ports
from tests.support.services import temporary_folder

ROOT = Path(__file__).resolve().parent.parent.parent
SITES = ("national", "ministry", "province")


class Demo:
    """A running demo.

    :param environment: its settings; with them other commands work on the same folder.
    :param port: the provider's; the portals' follow it, the console's is the ninth after it.
    """

    def __init__(
        self, process: "subprocess.Popen[str]", environment: dict[str, str], port: int, addresses: Mapping[str, str]
    ) -> None:
        self.process = process
        self.home = Path(environment["MOTCUA_HOME"])
        self.environment = {**environment, "MOTCUA_DEMO": "true"}
        self.port = port
        self.issuer = addresses["issuer"]
        self.console = addresses["console"]
        self.sites = {site: addresses[site] for site in SITES}
        self.said: list[str] = []

    def wait_until_it_says(self, words: str, seconds: float = 120) -> None:
        """Read its lines until one holds ``words``; from then on they are read in the background.

        :raises DidNotStart: when it ends, or is silent for too long, before.
        """
        watch = threading.Timer(seconds, self.process.kill)
        watch.start()
        try:
            for line in self.process.stdout or ():
                self.said.append(line)
                if words in line:
                    break
            else:
                raise DidNotStart(f"the demo ended with {self.process.wait()}:\n{''.join(self.said)}")
        finally:
            watch.cancel()
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        for line in self.process.stdout or ():
            self.said.append(line)

    def logs(self) -> str:
        """Give the end of every log, for a story that went wrong."""
        return "\n".join(f"== {log.name}\n{log.read_text()[-2000:]}" for log in sorted(self.home.glob("log/*.log")))

    def stop(self, how: signal.Signals = signal.SIGINT) -> int:
        """End everything as Ctrl-C does; give the exit status."""
        if self.process.poll() is None:
            self.process.send_signal(how)
        try:
            return self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait()


IN_THE_CLONE = (sys.executable, str(ROOT / "wsgi.py"))


@contextmanager
def running_demo(
    motcua: Sequence[str] = IN_THE_CLONE, surroundings: Mapping[str, str] | None = None, **settings: str
) -> Iterator[Demo]:
    """Start the demo in a folder of its own and give it once it says what runs where.

    :param motcua: how the command is called.
    :param surroundings: environment variables that are no settings of Motcua.
    :param settings: names without ``MOTCUA_``, in lower case; ``{port}`` in a value stands for the provider's port,
        ``{national}``, ``{ministry}``, ``{province}`` and ``{console}`` for the others'.
    :raises DidNotStart: with what it said.
    """
    port = free_ports(1)[0]
    ports = {"port": port, "national": port + 1, "ministry": port + 2, "province": port + 3, "console": port + 9}
    given = {f"MOTCUA_{name.upper()}": value.format(**ports) for name, value in settings.items()}
    with temporary_folder("demo") as home:
        environment = {
            **_surroundings(),
            **(surroundings or {}),
            "MOTCUA_HOME": str(home / "var"),
            "MOTCUA_PORT": str(port),
            **given,
        }
        addresses = {
            "issuer": given.get("MOTCUA_ISSUER", f"http://localhost:{port}"),
            "console": given.get("MOTCUA_CONSOLE_URL", f"http://localhost:{ports['console']}"),
            **{site: given.get(f"MOTCUA_SITE_{site.upper()}_URL", f"http://localhost:{ports[site]}") for site in SITES},
        }
        demo = Demo(_start(motcua, environment, home), environment, port, addresses)
        try:
            demo.wait_until_it_says("Ctrl-C")
            yield demo
        finally:
            demo.stop()
            (demo.process.stdout or sys.stdin).close()


def _start(motcua: Sequence[str], environment: Mapping[str, str], folder: Path) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [*motcua, "demo"],
        cwd=folder,
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        preexec_fn=die_with_parent,  # noqa: PLW1509 - a prctl call takes no lock a thread could hold
    )


def _surroundings() -> dict[str, str]:
    """The environment without what would let an installed copy find the clone."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
