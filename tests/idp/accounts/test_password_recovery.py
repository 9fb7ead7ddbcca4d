"""Asking for a forgotten password is the same work for a name that is somebody's and one that is nobody's, counted."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event

from idp.domain import accounts, password_recovery
from idp.domain.accounts import NewAccount
from idp.services import Services
from idp.store.ephemeral import sql as ephemeral
from tests.idp.accounts.conftest import OPERATOR, Mailbox
from tests.support.clock import StoppedClock
from tests.support.hashing import HashCounter

KHAI, NOBODY = "0912345678", "0987654321"


@pytest.fixture(autouse=True)
def _can_send(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(password_recovery, "channels", lambda _settings: frozenset({"phone", "email"}))


@pytest.fixture
def khai(installation: Services) -> str:
    new = NewAccount("Nguyễn Thị Minh Khai", phone="+84912345678", email="khai@example.vn")
    with installation.database.write() as connection:
        return accounts.create(connection, installation.sealer, new, at=installation.clock(), actor=OPERATOR)


@contextmanager
def counted(services: Services, monkeypatch: pytest.MonkeyPatch) -> Iterator[Counter[str]]:
    """Count the statements of the database and the verbs of the ephemeral store."""
    done: Counter[str] = Counter()

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        done[" ".join(statement.split()[:3])] += 1

    run = ephemeral.SqlEphemeralStore._run

    def verb(self: Any, step: Any) -> Any:
        done[f"ephemeral {step.verb}"] += 1
        return run(self, step)

    engines = {services.database.engine, services.database._reader}
    for engine in engines:
        event.listen(engine, "before_cursor_execute", note)
    with monkeypatch.context() as patched:
        patched.setattr(ephemeral.SqlEphemeralStore, "_run", verb)
        yield done
    for engine in engines:
        event.remove(engine, "before_cursor_execute", note)


@pytest.mark.parametrize("typed", [NOBODY, "ai.do@example.vn", "001099999999", "không ai cả", "", "x" * 5000])
def test_it_is_the_same_work_for_nobody(
    installation: Services, khai: str, monkeypatch: pytest.MonkeyPatch, typed: str
) -> None:
    works = []
    for name in (KHAI, typed):
        with counted(installation, monkeypatch) as done, HashCounter() as hashes:
            password_recovery.begin(installation, name, address="192.0.2.1")
        works.append((done, len(hashes)))

    assert works[0] == works[1]
    assert works[0][0]["INSERT INTO outbox"] == 1
    assert works[0][1] == 0


def test_it_is_the_same_work_beyond_the_third_code(
    installation: Services, khai: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(3):
        password_recovery.begin(installation, KHAI, address="192.0.2.1")
    with counted(installation, monkeypatch) as fourth:
        password_recovery.begin(installation, KHAI, address="192.0.2.1")
    with counted(installation, monkeypatch) as unknown:
        password_recovery.begin(installation, NOBODY, address="192.0.2.1")

    assert fourth == unknown


def test_of_the_two_messages_one_is_sent(installation: Services, khai: str, clock: StoppedClock) -> None:
    clock.now = installation.clock() + 1
    box = Mailbox(installation.database, installation.sealer, clock)
    for name in (KHAI, NOBODY):
        password_recovery.begin(installation, name, address="192.0.2.1")

    assert [message.recipient.address for message in box.post()] == ["+84912345678"]
