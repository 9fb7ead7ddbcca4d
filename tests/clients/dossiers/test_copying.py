"""The province's copy of the catalogue: read by pages when it is old, cheaply, and kept when its publisher is away."""

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from werkzeug.wrappers import Request, Response

from clients.dossiers.records.copies import CopiedPage, ProcedureCopy
from clients.kit.records.database import reading
from clients.kit.web.modules import Place
from clients.procedures import catalogue
from tests.support.clock import StoppedClock
from tests.support.walking import Serving

DOCUMENTS = catalogue.read(catalogue.built_in())


class Publisher:
    """A catalogue that answers as the test says, and remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []
        self.documents: list[Any] = list(DOCUMENTS)
        self.answer: Callable[[Request], Response] | None = None

    def __call__(self, environ: Any, start_response: Any) -> Any:
        request = Request(environ)
        self.asked.append((request.full_path, request.headers.get("If-None-Match", "")))
        return (self.answer or self._page)(request)(environ, start_response)

    def _page(self, request: Request) -> Response:
        page, etag = int(request.args["page"]), f'"{len(self.documents)}"'
        if request.headers.get("If-None-Match") == etag:
            return Response(status=304, headers={"ETag": etag})
        here = self.documents[(page - 1) * 20 : page * 20]
        following = page + 1 if page * 20 < len(self.documents) else None
        answer = Response(_json({"procedures": here, "next": following}), content_type="application/json")
        answer.headers["ETag"] = etag
        return answer


def _json(content: Any) -> str:
    import json

    return json.dumps(content)


@pytest.fixture
def publisher() -> Iterator[Publisher]:
    """A publisher on loopback."""
    serving, made = Serving(), Publisher()
    serving.app = made
    made.address = serving.address  # type: ignore[attr-defined]
    yield made
    serving.stop()


@pytest.fixture
def province(make_portal: Callable[..., Flask], publisher: Publisher) -> Flask:
    """A province that has read nothing yet."""
    where = Place("H49", publisher.address)  # type: ignore[attr-defined]
    return make_portal("province", with_modules=True, where=where)


def held(app: Flask) -> tuple[int, int]:
    """How many procedures and pages are held."""
    with app.app_context(), reading() as work:
        counts = [work.scalar(select(func.count()).select_from(table)) or 0 for table in (ProcedureCopy, CopiedPage)]
    return counts[0], counts[1]


def test_the_first_page_reads_every_page_of_the_catalogue(province: Flask, publisher: Publisher) -> None:
    page = province.test_client().get("/dossiers/new")

    assert "Đăng ký khai sinh" in page.text
    assert "Cấp Giấy chứng nhận xuất xứ hàng hoá mẫu D" not in page.text
    assert held(province) == (33, 2)
    assert [path for path, _ in publisher.asked] == [f"/api/procedures?limit=100&page={n}" for n in (1, 2)]


def test_it_is_asked_again_only_when_old_and_then_only_whether_it_still_holds(
    province: Flask, publisher: Publisher, clock: StoppedClock
) -> None:
    client = province.test_client()
    client.get("/dossiers/new")
    publisher.asked.clear()
    client.get("/dossiers/new")
    assert publisher.asked == []
    clock.advance(301)

    client.get("/dossiers/new")
    client.get("/dossiers/new")

    assert [etag for _, etag in publisher.asked] == ['"33"', '"33"']
    assert held(province) == (33, 2)


def test_what_has_left_the_catalogue_leaves_the_copy(
    province: Flask, publisher: Publisher, clock: StoppedClock
) -> None:
    client = province.test_client()
    client.get("/dossiers/new")
    publisher.documents = DOCUMENTS[5:15]
    clock.advance(301)

    page = client.get("/dossiers/new")

    assert held(province) == (10, 1)
    assert DOCUMENTS[0]["name"]["vi"] not in page.text


@pytest.mark.parametrize(
    "answer",
    [
        Response("broken", 500),
        Response("not json", 200),
        Response('{"procedures": {}}', 200),
        Response('{"procedures": [3]}', 200),
        Response('{"procedures": [{"code": "1.000000"}]}', 200),
        Response(_json({"procedures": [{**DOCUMENTS[0], "working_days": "3"}]}), 200),
        Response(_json({"procedures": [], "next": 1}), 200),
        Response("x" * 1_100_000, 200),
        Response("", 302, {"Location": "http://127.0.0.1:1/"}),
        Response("", 304),
    ],
    ids=["500", "not JSON", "no list", "no document", "half a document", "days in words", "in circles", "too large",
         "redirect", "304 of nothing"],
)  # fmt: skip
def test_a_publisher_that_makes_no_sense_leaves_the_copy_as_it_was(
    province: Flask, publisher: Publisher, clock: StoppedClock, answer: Response
) -> None:
    client = province.test_client()
    publisher.answer = lambda _: answer
    assert client.get("/dossiers/new").status_code == 503
    publisher.answer = None
    client.get("/dossiers/new")
    clock.advance(301)
    publisher.answer = lambda _: answer

    page = client.get("/dossiers/new")

    assert page.status_code == 200
    assert held(province) == (33, 2)


def test_of_many_pages_at_once_one_asks(province: Flask, publisher: Publisher, clock: StoppedClock) -> None:
    province.test_client().get("/dossiers/new")
    publisher.asked.clear()
    clock.advance(301)
    together = threading.Barrier(6)

    def visit() -> None:
        together.wait(10)
        assert province.test_client().get("/dossiers/new").status_code == 200

    threads = [threading.Thread(target=visit) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(publisher.asked) == 2
