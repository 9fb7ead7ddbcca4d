"""A page that is rendered once and then filled in is, letter for letter, the page that its template gives."""

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import Environment

from templates import places
from templates.places import Places

TEMPLATE = Environment(autoescape=True).from_string(
    '<a href="{{ address }}" title="100%s">{{ name }}</a>{% if hint %} {{ hint }} 5% {{ name }}{% else %}nobody{% endif %}'
)
TEXT = st.text(st.characters(exclude_categories=["Cs"]))


class Page:
    """The template, counting how often it was rendered."""

    def __init__(self) -> None:
        self.rendered = 0

    def __call__(self, values: Mapping[str, str]) -> str:
        self.rendered += 1
        return TEMPLATE.render(values)


def values(**given: str) -> dict[str, str]:
    return {"address": "/signin?a=b&c=d", "name": "Khai", "hint": "", **given}


@given(name=TEXT, address=TEXT, hint=TEXT)
def test_whatever_stands_in_a_place_the_page_is_the_templates(name: str, address: str, hint: str) -> None:
    whole = values(name=name, address=address, hint=hint)
    page = Places(TEMPLATE.render)

    assert page.fill("vi", values()) == TEMPLATE.render(values())
    assert page.fill("vi", whole) == page.fill("vi", whole) == TEMPLATE.render(whole)


@pytest.mark.parametrize("markup", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "' onfocus='x"])
def test_markup_in_a_value_stays_text(markup: str) -> None:
    page = Places(TEMPLATE.render)
    page.fill("vi", values())

    shown = page.fill("vi", values(name=markup, address=markup, hint=markup))

    assert markup not in shown
    assert shown.count("<") == 2


def test_no_value_gets_into_somebody_elses_page() -> None:
    page = Places(TEMPLATE.render)

    assert "Khai" in page.fill("vi", values(name="Khai"))
    assert "Khai" not in page.fill("vi", values(name="Lan"))


def test_it_is_rendered_once_for_each_form_and_not_for_each_visit() -> None:
    page = Page()
    kept = Places(page)
    for name in ("Khai", "Lan", "Hồng"):
        kept.fill("vi", values(name=name))
    assert page.rendered == 1

    kept.fill("en", values())
    kept.fill("vi", values(hint="khai@example.vn"))
    assert page.rendered == 3


def test_a_value_that_looks_like_a_place_is_text() -> None:
    page = Places(TEMPLATE.render)

    for _ in range(2):
        assert "\ue000hint\ue001" in page.fill("vi", values(name="\ue000hint\ue001", hint="secret"))


def test_no_more_forms_are_kept_than_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "AT_MOST", 3)
    page = Page()
    kept = Places(page)
    for number in range(20):
        kept.fill(number, values())

    assert len(kept._kept) <= 3
    assert kept.fill(0, values()) == TEMPLATE.render(values())
