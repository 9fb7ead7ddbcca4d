"""Somebody looks for a procedure: with marks or without, with spaces or without, by field, ministry and level."""

import re

import pytest
from flask import Flask
from werkzeug.test import TestResponse


def look_for(portal: Flask, language: str = "vi", **asked: str) -> TestResponse:
    return portal.test_client().get("/procedures", query_string=asked, headers={"Accept-Language": language})


def codes(page: TestResponse) -> list[str]:
    return re.findall(r'<p class="row-title"><a href="/procedures/([0-9.]+)"', page.text)


@pytest.mark.parametrize(
    "typed",
    ["đăng ký khai sinh", "dang ky khai sinh", "ĐĂNG KÝ KHAI SINH", "khai sinh", "khaisinh", "dangkykhaisinh",
     "sinh khai", "  khai   sinh ", "kHAi siNh!", "đa\u0306ng ky\u0301 khai sinh", "1.001193", "1001193"],
)  # fmt: skip
def test_a_birth_is_found_however_it_is_typed(portal: Flask, typed: str) -> None:
    assert "1.001193" in codes(look_for(portal, q=typed))


def test_what_has_the_words_in_its_name_comes_first(portal: Flask) -> None:
    """Two procedures end in a birth certificate; one has it in its name."""
    found = codes(look_for(portal, q="giay khai sinh"))

    assert found[0] == "2.000635"
    assert set(found) == {"2.000635", "1.001193", "1.004884"}


def test_english_words_find_too(portal: Flask) -> None:
    assert codes(look_for(portal, "en", q="driving licence")) == ["1.002820"]


@pytest.mark.parametrize("typed", ["đăng ký tàu vũ trụ", "xyz' or 1=1 --", "kh_i", "kh%sinhx"])
def test_what_is_not_there_is_said(portal: Flask, typed: str) -> None:
    page = look_for(portal, q=typed)

    assert codes(page) == []
    assert "Không tìm thấy thủ tục nào" in page.text


@pytest.mark.parametrize("typed", ["", "%", "_", "\\", "\0", "💧", "--"])
def test_signs_without_words_ask_for_nothing(portal: Flask, typed: str) -> None:
    assert "33 thủ tục" in look_for(portal, q=typed).text


def test_filters_narrow_together(portal: Flask) -> None:
    by_field = codes(look_for(portal, field="cu_tru"))
    together = codes(look_for(portal, field="cu_tru", owner="G01", level="commune", q="thuong tru"))

    assert sorted(by_field) == ["1.002755", "1.004194", "1.004222"]
    assert together == ["1.004222"]
    assert codes(look_for(portal, field="cu_tru", owner="G15")) == []
    assert codes(look_for(portal, level="central")) == ["1.000694"]


def test_pages_hold_twenty_and_lead_on(portal: Flask) -> None:
    first = look_for(portal)
    second = look_for(portal, page="2")

    assert len(codes(first)) == 20
    assert len(codes(second)) == 13
    assert not set(codes(first)) & set(codes(second))
    assert 'href="/procedures?page=2"' in first.text
    for odd in ("0", "-1", "x", "9" * 30, "٣"):
        assert look_for(portal, page=odd).status_code == 200


def test_a_procedure_is_told_whole_in_both_languages(portal: Flask) -> None:
    client = portal.test_client()
    vietnamese = client.get("/procedures/1.000894", headers={"Accept-Language": "vi"}).text
    english = client.get("/procedures/1.000894", headers={"Accept-Language": "en"}).text

    for words in ("Đăng ký kết hôn", "Luật Hộ tịch 2014", "Mức 2", "hai yếu tố", "1 ngày làm việc", "Không thu"):
        assert words in vietnamese
    for words in ("Registration of a marriage", "Law on Civil Status 2014", "two factors", "1 working day", "Free"):
        assert words in english


def test_the_way_on_leads_to_the_form_at_the_province(portal: Flask) -> None:
    page = portal.test_client().get("/procedures/1.001193").text

    assert 'href="http://localhost:8003/dossiers/new/1.001193"' in page
    assert "Nộp tại: Ủy ban nhân dân tỉnh Quảng Ninh" in page


def test_a_ministrys_procedure_is_not_filed_at_a_province(portal: Flask) -> None:
    assert "/dossiers/new/" not in portal.test_client().get("/procedures/1.000694").text


@pytest.mark.parametrize("code", ["9.999999", "x" * 500, "%00", "..%2f", "1.001193 "])
def test_a_code_that_is_not_there_is_not_found(portal: Flask, code: str) -> None:
    assert portal.test_client().get(f"/procedures/{code}").status_code == 404
    assert portal.test_client().get(f"/api/procedures/{code}").status_code == 404
