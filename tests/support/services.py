"""A private PostgreSQL cluster, Redis and their databases, for one test process, in temporary folders on free ports.

Started when the first test asks, stopped with the run; a service that was already on the machine is never touched.
Which Debian packages bring them is said in ``packages``.
"""

import os
import shutil
import signal
import subprocess
import tempfile
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

import psycopg
import pytest

from tests.support.processes import HelperProcess, as_user, tried_on_free_ports

POSTGRESQL_SETTINGS = (
    "listen_addresses=127.0.0.1",
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "max_connections=200",
    "shared_buffers=32MB",
    "timezone=UTC",
    "log_min_messages=fatal",
)
"""Nothing here outlives the run, so nothing is forced to disk."""


def lacking(service: str, package: str) -> NoReturn:
    """Skip the test for want of a service, naming the package that brings it; under ``CI=true`` fail it."""
    sentence = f"{service} is not installed; apt-get install {package}"
    if os.environ.get("CI") == "true":
        pytest.fail(sentence, pytrace=False)
    pytest.skip(sentence)


@contextmanager
def temporary_folder(prefix: str, owner: str | None = None) -> Iterator[Path]:
    """Give a folder that is removed afterwards, owned by ``owner`` when we are root."""
    folder = Path(tempfile.mkdtemp(prefix=f"motcua-{prefix}-"))
    if owner and os.geteuid() == 0:
        shutil.chown(folder, owner, owner)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class PostgresqlServer:
    """A running cluster that hands out empty databases.

    :param port: where it listens on 127.0.0.1.
    :param folder: where its socket lies.
    """

    def __init__(self, port: int, folder: Path) -> None:
        self.port = port
        self.folder = folder

    def create(self, template: str = "template0") -> str:
        """Make a database, empty or a copy of another, and give its name."""
        name = f"test_{uuid.uuid4().hex}"
        self._administer(f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY FILE_COPY')
        return name

    def drop(self, name: str) -> None:
        """Remove a database, whoever is still connected to it."""
        self._administer(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def url(self, name: str) -> str:
        """Give the SQLAlchemy URL of a database."""
        return f"postgresql+psycopg://postgres@127.0.0.1:{self.port}/{name}"

    def through_socket(self, url: str) -> str:
        """Give the URL of a database by the server's socket instead of its port."""
        return f"postgresql+psycopg://postgres@/{url.rpartition('/')[2]}?host={self.folder}&port={self.port}"

    @contextmanager
    def database(self, template: str = "template0") -> Iterator[str]:
        """Give the URL of a new database that is dropped afterwards."""
        name = self.create(template)
        try:
            yield self.url(name)
        finally:
            self.drop(name)

    def _administer(self, statement: str) -> None:
        address = f"host=127.0.0.1 port={self.port} user=postgres dbname=postgres"
        with psycopg.connect(address, autocommit=True) as connection:
            connection.execute(statement.encode())


@contextmanager
def postgresql_server(chosen: Sequence[str] = POSTGRESQL_SETTINGS) -> Iterator[PostgresqlServer]:
    """Run a cluster of our own, with the settings chosen; as user ``postgres`` when we are root, since initdb refuses root."""
    programs = _postgresql_programs()
    user = as_user("postgres")
    with temporary_folder("pg", owner="postgres") as folder:
        data = folder / "data"
        initdb = [str(programs / "initdb"), "-D", str(data), "-U", "postgres", "-A", "trust", "-N", "-E", "UTF8"]
        subprocess.run([*initdb, "--locale=C.UTF-8"], cwd=folder, check=True, capture_output=True, **user)
        settings = [part for setting in chosen for part in ("-c", setting)]

        def start(port: int) -> HelperProcess:
            command = [str(programs / "postgres"), "-D", str(data), "-p", str(port), "-k", str(folder), *settings]
            return HelperProcess(command, folder / "log", signal.SIGINT, cwd=folder, **user)

        server, port = tried_on_free_ports(start)
        server.wait_until(lambda: _answers_queries(port))
        try:
            yield PostgresqlServer(port, folder)
        finally:
            server.stop()


def _postgresql_programs() -> Path:
    """Give the folder of the newest installed server; Debian keeps it off the search path."""
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: int(path.parts[-3]))
    if debian:
        return debian[-1].parent
    elsewhere = shutil.which("postgres")
    if elsewhere is None:
        lacking("PostgreSQL", "postgresql")
    return Path(elsewhere).resolve().parent


def _answers_queries(port: int) -> bool:
    try:
        psycopg.connect(f"host=127.0.0.1 port={port} user=postgres dbname=postgres").close()
    except psycopg.OperationalError:
        return False
    return True


@contextmanager
def redis_server(persistence: Sequence[str] = ("--appendonly", "no")) -> Iterator[str]:
    """Run a Redis of our own, that keeps nothing on disk unless told, and give its URL without a database number."""
    program = shutil.which("redis-server")
    if program is None:
        lacking("Redis", "redis-server")
    with temporary_folder("redis") as folder:

        def start(port: int) -> HelperProcess:
            limits = ["--save", "", *persistence, "--maxmemory-policy", "noeviction"]
            command = [program, "--port", str(port), "--bind", "127.0.0.1", "--dir", str(folder), *limits]
            return HelperProcess(command, folder / "log")

        server, port = tried_on_free_ports(start)
        try:
            yield f"redis://127.0.0.1:{port}"
        finally:
            server.stop()
