"""An unknown account and a known one: the same words, status, headers and cookies, the same statements and hashes."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import event

from idp.store import tables
from tests.idp.attacks.people import NEW, Person
from tests.idp.http.pages.conftest import PHONE, Enrol
from tests.support.hashing import HashCounter
from tests.support.provider import Provider

TABLES = {table.name for metadata in tables.every_metadata for table in metadata.sorted_tables}
NOBODY = "0987654321"
Act = Callable[[Person, str], Person]


def signs_in(person: Person, name: str) -> Person:
    person.open("/signin").press("Đăng nhập", username=name, password="một mật khẩu sai hẳn")
    return person


def asks_for_a_new_password(person: Person, name: str) -> Person:
    person.open("/recovery").press("Gửi mã", username=name)
    return person


def guesses_the_code(person: Person, name: str) -> Person:
    """Often enough that the owner is told."""
    for _ in range(2):
        asks_for_a_new_password(person, name)
        for _ in range(6):
            if person.path == "/recovery/code":
                person.press("Xác nhận", code="000000")
    return person


def signs_up(person: Person, name: str) -> Person:
    form = {"name": "Trần Đức Bình", "contact": name.replace("0", "a", 1) + "@thu.example", "password": NEW}
    person.open("/signup").press("Gửi mã cho tôi", **form)
    return person


ACTS: dict[str, Act] = {
    "sign-in": signs_in,
    "recovery": asks_for_a_new_password,
    "recovery guessed": guesses_the_code,
    "sign-up": signs_up,
}


@contextmanager
def work(provider: Provider) -> Iterator[list[str]]:
    """What is asked of the database, each statement by its verbs and tables."""
    seen: list[str] = []

    def note(*given: object) -> None:
        seen.append(" ".join(word for word in re.findall(r"\w+", str(given[2])) if word.isupper() or word in TABLES))

    event.listen(provider.services.database.engine, "before_cursor_execute", note)
    yield seen
    event.remove(provider.services.database.engine, "before_cursor_execute", note)


def looks(person: Person) -> tuple[object, ...]:
    """Everything of an answer that a stranger sees, but what is random in any."""
    response = person.response
    headers = {
        name: value for name, value in response.headers if name not in ("X-Request-ID", "Content-Length", "Date")
    }
    cookies = re.sub(r"=[^;]*", "=…", headers.pop("Set-Cookie", ""), count=1)
    return (
        response.status_code,
        person.path.partition("?")[0],
        person.title,
        person.errors,
        person.text,
        cookies,
        headers,
    )


@pytest.mark.parametrize("state", ["active", "frozen", "closing", "without a password"])
@pytest.mark.parametrize("act", ACTS.values(), ids=ACTS)
def test_nobody_can_tell(provider: Provider, enrol: Enrol, act: Act, state: str) -> None:
    from idp.domain import account_stop, closing
    from idp.store import accounts as store
    from tests.support.certificates import OPERATOR

    khai = enrol(email="a912345678@thu.example")
    if state == "frozen":
        account_stop.freeze_account(provider.services, khai, actor=OPERATOR, reason="stolen")
    elif state == "closing":
        closing.begin(provider.services, khai)
    elif state == "without a password":
        with provider.services.database.write() as connection:
            store.remove_authenticators(connection, khai)
    act(Person(provider), "0911111111")  # whatever is done once in a process is done

    seen, done, hashed = [], [], []
    for name in (PHONE, NOBODY):
        person = Person(provider)
        with work(provider) as statements, HashCounter() as hashes:
            seen.append(looks(act(person, name)))
        done.append(list(statements))
        hashed.append(len(hashes))

    assert hashed[0] == hashed[1]
    assert seen[0] == tuple(
        each.replace(NOBODY, PHONE).replace("987654321", "912345678") if isinstance(each, str) else each
        for each in seen[1]
    )
    assert done[0] == done[1]
    assert done[0]
