"""Words: catalogues that are never stale, the form library in Vietnamese, claims and devices as people name them."""

import os
import re
from pathlib import Path

import lxml.html
import pytest
import wtforms
from babel.messages.pofile import read_po
from flask import Flask
from werkzeug.datastructures import MultiDict

from idp.data import read_json
from idp.domain.release import scopes
from idp.http.forms import SignUpForm
from idp.http.pages.claim_words import CLAIMS, SCOPES, SHOWN, claim_words, value_words
from idp.http.pages.device_words import _FACTORS, device_words
from templates.catalogs import TRANSLATIONS, ensure_compiled
from tests.idp.http.gallery import PAGES, gallery

PO = """msgid ""
msgstr "Content-Type: text/plain; charset=utf-8\\n"

msgid "door"
msgstr "{word}"
"""


@pytest.fixture
def app() -> Flask:
    return gallery()


def written(folder: Path, word: str, at: float) -> Path:
    path = folder / "vi" / "LC_MESSAGES" / "idp.po"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(PO.format(word=word), encoding="utf-8")
    os.utime(path, (at, at))
    return path


def test_a_catalogue_is_compiled_when_it_is_missing_or_older_and_left_alone_otherwise(tmp_path):
    compiled = written(tmp_path, "cửa", at=1000).with_suffix(".mo")

    assert ensure_compiled(tmp_path) == [compiled]
    assert "cửa".encode() in compiled.read_bytes()
    assert ensure_compiled(tmp_path) == []

    written(tmp_path, "cổng", at=compiled.stat().st_mtime + 5)
    assert ensure_compiled(tmp_path) == [compiled]
    assert "cổng".encode() in compiled.read_bytes()
    assert [file.name for file in compiled.parent.iterdir()] != []
    assert not list(compiled.parent.glob("*.part"))


def test_a_missing_catalogue_that_cannot_be_written_stops_the_start(tmp_path, monkeypatch):
    written(tmp_path, "cửa", at=1000)
    monkeypatch.setattr("templates.catalogs._compile", refuse := _refusing())

    with pytest.raises(PermissionError):
        ensure_compiled(tmp_path)
    assert refuse.asked == 1


def test_an_installation_that_may_not_be_written_keeps_what_it_has(tmp_path, monkeypatch):
    compiled = written(tmp_path, "cửa", at=1000).with_suffix(".mo")
    ensure_compiled(tmp_path)
    written(tmp_path, "cổng", at=compiled.stat().st_mtime + 5)
    monkeypatch.setattr("templates.catalogs._compile", _refusing())

    assert ensure_compiled(tmp_path) == []
    assert "cửa".encode() in compiled.read_bytes()


class _refusing:  # noqa: N801 (stands in for a function)
    def __init__(self) -> None:
        self.asked = 0

    def __call__(self, *_arguments: object) -> None:
        self.asked += 1
        raise PermissionError("read-only")


def test_every_message_of_the_form_library_is_known():
    with (Path(wtforms.__file__).parent / "locale" / "wtforms.pot").open("rb") as theirs:
        asked = {str(message.id) for message in read_po(theirs) if message.id}
    with (TRANSLATIONS / "vi" / "LC_MESSAGES" / "wtforms.po").open("rb") as ours:
        known = {str(message.id) for message in read_po(ours) if message.id and message.string}

    assert asked - known == set()


@pytest.mark.parametrize(("language", "words"), [("vi", "Vui lòng điền mục này."), ("en", "This field is required.")])
def test_forms_complain_in_the_language_of_the_page(app, language, words):
    with app.test_request_context(headers={"Accept-Language": language}):
        form = SignUpForm(MultiDict(), meta={"csrf": False})

        assert not form.validate()
        assert form.name.errors == [words]


def test_every_claim_scope_and_factor_has_words(app):
    assert {claim for scope in scopes().values() for claim in scope.claims} - set(CLAIMS) == set()
    assert set(scopes()) - set(SCOPES) == set()
    assert {claim for scope in scopes().values() for claim in scope.optional} - set(SHOWN) == set()
    assert set(read_json("acr.json")["factors"]) - set(_FACTORS) == set()


@pytest.mark.parametrize(
    ("claim", "value", "vietnamese", "english"),
    [
        ("birthdate", "1994-03-08", "08/03/1994", "8 March 1994"),
        ("birthdate", "0000-03-08", "0000-03-08", "0000-03-08"),
        ("gender", "female", "Nữ", "Female"),
        ("identity_level", 2, "Mức 2", "Level 2"),
        ("personal_number", "022194001234", "022 194 001 234", "022 194 001 234"),
        ("address", {"formatted": "Số 12, Hạ Long"}, "Số 12, Hạ Long", "Số 12, Hạ Long"),
        ("roles", ["receiver", "clerk"], "Cán bộ tiếp nhận, clerk", "Receiving officer, clerk"),
        ("email", None, "", ""),
        ("name", "female", "female", "female"),
        ("phone_number", "+84912345678", "0912 345 678", "0912 345 678"),
        ("phone_number", "+33612345678", "+33612345678", "+33612345678"),
    ],
)
def test_values_are_written_as_people_write_them(app, claim, value, vietnamese, english):
    for language, expected in (("vi", vietnamese), ("en", english)):
        with app.test_request_context(headers={"Accept-Language": language}):
            assert value_words(claim, value) == expected


def test_what_a_person_has_not_got_is_said(app):
    with app.test_request_context():
        assert claim_words("organisation").note == "Bạn chưa có thông tin này."
        assert claim_words("name", "Đỗ Ẩn").note == ""


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:130.0) Gecko/20100101 Firefox/130.0", "Firefox trên Windows"),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/130.0 Safari/537.36 Edg/130.0", "Edge trên Windows"),
        ("Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/130 Mobile Safari/537.36", "Chrome trên Android"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) Version/17.0 Safari/604.1", "Safari trên iPhone"),
        ("Mozilla/5.0 (Windows NT 10.0) coc_coc_browser/120 Chrome/120 Safari/537.36", "Cốc Cốc trên Windows"),
        ("curl/8.5.0", "Thiết bị không rõ"),
        ("", "Thiết bị không rõ"),
        ("<script>Firefox", "Firefox"),
    ],
)
def test_a_device_is_named_as_its_owner_would(app, agent, words):
    with app.test_request_context(headers={"Accept-Language": "vi"}):
        assert device_words(agent) == words


NAMES = re.compile(r"Motcua|English|[\w.]+@thu\.example")
"""What reads alike in every language."""


def test_no_page_speaks_english_to_a_vietnamese_reader(app):
    """Words that a page has in both languages alike are names, numbers or an oversight."""
    browser = app.test_client()

    def words(name: str, language: str) -> set[str]:
        page = browser.get(f"/gallery/{name}", headers={"Accept-Language": language})
        body = lxml.html.fromstring(page.text).find("body")
        texts = body.xpath(".//text()[not(ancestor::*[@translate='no'])]")
        return {" ".join(text.split()) for text in texts if re.search(r"[A-Za-z]{2}", text) and text.isascii()}

    alike = {(name, text) for name in PAGES for text in words(name, "vi") & words(name, "en")}
    assert {(name, text) for name, text in alike if not NAMES.fullmatch(text)} == set()
