"""The catalogue is loaded wholly or not at all, and every mistake is said at once."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from flask import Flask

import wsgi
from clients.kit.records.tables import database_of
from clients.kit.settings import Settings
from clients.procedures import catalogue
from clients.procedures.catalogue import CatalogueInvalid
from clients.procedures.folding import fold, squeeze
from migrations.runner import upgrade


@pytest.fixture
def text() -> dict[str, Any]:
    """The catalogue that comes with the program, to be spoilt."""
    whole: dict[str, Any] = json.loads(catalogue.built_in())
    return whole


def test_about_thirty_procedures_each_with_its_source_and_in_both_languages() -> None:
    documents = catalogue.read(catalogue.built_in())

    assert len(documents) >= 30
    assert all(it["source"] and it["certainty"] in catalogue.CERTAINTIES for it in documents)
    assert {it["online"] for it in documents} == {"full", "partial"}
    assert {it["acr"] for it in documents} == {"urn:vn:eid:loa1", "urn:vn:eid:loa2", "urn:vn:eid:loa2:mfa"}
    assert len({it["field"]["field"] for it in documents}) >= 15


@pytest.mark.parametrize(
    ("spoil", "complaint"),
    [
        ({"code": "1.1"}, "1.1: the code is a digit"),
        ({"acr": "urn:vn:eid:loa9"}, "acr 'urn:vn:eid:loa9' is not known"),
        ({"level": "moon"}, "level is one of"),
        ({"working_days": -1}, "working_days"),
        ({"working_days": "3"}, "working_days"),
        ({"name": {"vi": "Chỉ tiếng Việt"}}, "name is not in both languages"),
        ({"field": "nowhere"}, "procedure 1: KeyError"),
        ({"form": ["applicant", "applicant"]}, "keys of the form"),
        ({"form": [{"key": "x", "kind": "script", "label": {"vi": "x", "en": "x"}}]}, "kind 'script'"),
        ({"code": "1.004884"}, "1.004884: stands twice"),
        ({"colour": "red"}, "unknown: colour"),
    ],
)
def test_each_mistake_is_named_and_nothing_is_loaded(
    make_portal: Callable[..., Flask], text: dict[str, Any], spoil: dict[str, Any], complaint: str
) -> None:
    app = make_portal(with_modules=True)
    with app.app_context():
        catalogue.load(json.dumps({**text, "procedures": text["procedures"][:3]}))
        text["procedures"][0] |= spoil

        with pytest.raises(CatalogueInvalid, match=complaint.replace("(", r"\(")):
            catalogue.load(json.dumps(text))

    total = app.test_client().get("/api/procedures").json
    assert total is not None
    assert total["total"] == 3


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"procedures": 3}', "[" * 100_000])
def test_what_is_no_catalogue_is_said_so(text: str) -> None:
    with pytest.raises(CatalogueInvalid):
        catalogue.read(text)


def test_loading_again_changes_nothing(portal: Flask) -> None:
    before = portal.test_client().get("/api/procedures").headers["ETag"]
    with portal.app_context():
        assert catalogue.load(catalogue.built_in()) == 33

    assert portal.test_client().get("/api/procedures").headers["ETag"] == before


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Đăng ký", "dang ky"),
        ("ĐĂNG", "dang"),
        ("Giấy phép xây dựng", "giay phep xay dung"),
        ("ưỡ Ở ậ ỹ ẵ", "uo o a y a"),
    ],
)
def test_every_mark_is_folded_away(text: str, folded: str) -> None:
    assert fold(text) == folded
    assert squeeze(text) == folded.replace(" ", "")


def test_the_command_loads_a_file_and_refuses_a_bad_one(
    settings: Callable[..., Settings], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = settings()
    upgrade(database_of(known))
    for name, value in {"HOME": tmp_path, "ISSUER": known.issuer, "DEMO": "true"}.items():
        monkeypatch.setenv(f"MOTCUA_{name}", str(value))
    monkeypatch.setenv("MOTCUA_SITE_NATIONAL_CLIENT_SECRET_FILE", str(known.secret_file))
    bad = tmp_path / "bad.json"
    bad.write_bytes(b"\xff\xfe")
    run = CliRunner()

    loaded = run.invoke(wsgi.command_line, ["procedure", "load", "--json"])
    refused = run.invoke(wsgi.command_line, ["procedure", "load", str(bad)])
    found = run.invoke(wsgi.command_line, ["procedure", "list", "ket", "hon"])

    assert json.loads(loaded.output) == {"loaded": 33}
    assert refused.exit_code == 1
    assert "nothing was loaded" in refused.output
    assert "1.000894  Đăng ký kết hôn" in found.output
