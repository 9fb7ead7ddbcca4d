"""The demo's dossiers: each filled in as its form asks, each step in order, and seeded once."""

from collections.abc import Callable
from datetime import date

import pytest
from flask import Flask
from sqlalchemy import select

from clients.dossiers import demo, form, states
from clients.dossiers.records.dossiers import Dossier, Event
from clients.kit.records.database import reading
from clients.procedures import catalogue

DOCUMENTS = {it["code"]: it for it in catalogue.read(catalogue.built_in())}
PEOPLE = {
    key: (f"sub-{key}", key)
    for key in ("quoc_dat", "minh_khai", "thuy_duong", "y_nhi", "gia_bao", "thanh_ha", "hai_son")
}


@pytest.mark.parametrize("row", demo.rows(), ids=lambda row: row["key"])
def test_each_is_filled_in_as_its_procedure_asks(province: Flask, row: dict[str, object]) -> None:
    procedure = DOCUMENTS[str(row["procedure"])]
    content = row["content"]
    assert isinstance(content, dict)
    with province.test_request_context("/"):
        filled, excess = form.of_json(procedure, content, 1_795_000_000.0, "vi")
        assert excess == []
        assert filled.validate(), filled.errors


def test_they_are_filed_once_and_show_most_of_what_there_is(province: Flask, clock: Callable[[], float]) -> None:
    with province.app_context():
        first = demo.seed(PEOPLE, "H49", int(clock()))
        again = demo.seed(PEOPLE, "H49", int(clock()))
        with reading() as work:
            found = list(work.scalars(select(Dossier)))
            events = list(work.scalars(select(Event)))

    assert (first, again) == (len(demo.rows()), 0)
    assert len({it.state for it in found}) >= 6
    assert {it.state for it in found} <= set(states.states())
    assert all(event.at <= clock() for event in events)
    assert all(it.due_on is None or date.fromisoformat(it.due_on) >= date(2026, 2, 1) for it in found)
    assert {it.version for it in found} == {1, 2, 3, 5}
