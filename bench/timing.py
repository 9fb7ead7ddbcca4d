"""``python -m bench.timing``: whether the time of an answer betrays what it does not say.

Asks for a name that is somebody's and one that is nobody's by turns, at sign-in and at sign-up, and compares the two
by their medians and by how often one beats the other (0.5 is none the wiser). No gate: the suite counts hashes instead.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path

from idp.domain import accounts
from idp.domain.accounts import NewAccount
from idp.domain.authenticators import password
from idp.domain.sign_in import make_sign_in
from idp.domain.sign_up import Application, make_sign_up
from idp.errors import Refusal
from idp.services import Services, make_services
from idp.settings import Settings
from idp.store.tables import create_all

KNOWN, UNKNOWN = "+84912000001", "+84912000002"
PASSWORD = "mưa rơi trên mái ngói cũ"
TELLING = 3.0
"""Standard deviations of a fair coin by which the share may miss one half before the report says that times tell."""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m bench.timing", description=__doc__)
    parser.add_argument("--rounds", type=int, default=400)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="motcua-timing-") as folder:
        services = prepared(Path(folder))
        sign_in, sign_up = make_sign_in(services), make_sign_up(services)

        def signing_in(name: str) -> None:
            with suppress(Refusal):
                sign_in.with_password(name, "nắng lên trên đồng lúa", address="203.0.113.7")

        def signing_up(name: str) -> None:
            sign_up.begin(Application("Lê Thùy Dương", name, PASSWORD), address="203.0.113.7")

        for title, act in (("sign-in", signing_in), ("sign-up", signing_up)):
            print(report(title, *by_turns(act, partial(forget, services), chosen.rounds)), flush=True)
        services.database.dispose()


def prepared(folder: Path) -> Services:
    """Give a provider of its own with one account, at the cost of a real one."""
    services = make_services(Settings(home=folder, demo=True))
    create_all(services.database.engine)
    hashed = services.passwords.hash(PASSWORD)
    with services.database.write() as connection:
        who, at = ("system", "bench"), services.clock()
        made = accounts.create(connection, services.sealer, NewAccount("Ai Đó", phone=KNOWN), at=at, actor=who)
        password.keep(connection, services.sealer, made, hashed, at=int(at))
    return services


def forget(services: Services) -> None:
    """Empty the counters, so that no round meets a challenge or a share that is used up."""
    with services.database.write() as connection:
        connection.exec_driver_sql("DELETE FROM ephemeral")


def by_turns(act: Callable[[str], None], clean: Callable[[], None], rounds: int) -> tuple[list[float], list[float]]:
    """Give the milliseconds for somebody's name and for nobody's, taken by turns, each first every other time.

    :param clean: done after each act, outside what is measured.
    """
    known: list[float] = []
    unknown: list[float] = []
    for number in range(rounds + 20):
        pair = [(KNOWN, known), (UNKNOWN, unknown)]
        for name, times in pair if number % 2 else reversed(pair):
            began = time.perf_counter()
            act(name)
            times.append((time.perf_counter() - began) * 1000)
            clean()
    return known[20:], unknown[20:]


def report(title: str, known: Sequence[float], unknown: Sequence[float]) -> str:
    """Give one line: both medians, and the share of rounds in which somebody's name took longer."""
    longer = sum(mine > other for mine, other in zip(known, unknown, strict=True)) / len(known)
    deviations = abs(longer - 0.5) * 2 * len(known) ** 0.5
    verdict = "tells nothing" if deviations <= TELLING else "TELLS SOMETHING"
    medians = f"somebody {statistics.median(known):7.2f} ms   nobody {statistics.median(unknown):7.2f} ms"
    return f"{title:8} {medians}   longer for somebody {longer:.1%} ({deviations:.1f} σ)   {verdict}"


if __name__ == "__main__":
    main()
