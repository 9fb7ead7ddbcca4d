"""What documents take from the code is as the code has it, and what they point to is there."""

import re
from pathlib import Path

import pytest

from tools import documents

ROOT = documents.ROOT
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])


def test_no_document_is_out_of_date() -> None:
    assert documents.main("check") == 0, "make docs"


def test_a_part_is_written_where_it_belongs_and_nowhere_else() -> None:
    text = "before\n<!-- a -->\nold\n<!-- /a -->\nafter\n"
    assert documents.written(text, {"a": lambda: "new"}) == "before\n<!-- a -->\nnew\n<!-- /a -->\nafter\n"


def test_a_document_without_a_place_for_a_part_says_so() -> None:
    with pytest.raises(ValueError, match="no place for people"):
        documents.written("<!-- people -->\n", {"people": lambda: "new"})


def test_settings_are_told_with_their_defaults() -> None:
    provider = documents.settings("idp/settings.py", "MOTCUA_")
    assert "| `MOTCUA_SESSION_LIFETIME` | 43200 |" in provider
    assert "| `MOTCUA_HOME` | var |" in provider
    assert "| `MOTCUA_KEY_ENCRYPTION_KEY_FILE` |  |" in provider
    site = documents.settings("clients/kit/settings.py", "MOTCUA_SITE_<NAME>_")
    assert "| `MOTCUA_ISSUER` |" in site, "a setting of the whole installation has no prefix of a site"
    assert "| `MOTCUA_SITE_<NAME>_FOLLOW_ENDED` | true |" in site


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_whatever_a_document_points_to_is_there(document: Path) -> None:
    targets = re.findall(r"\]\(([^)#]+?)(?:#[^)]*)?\)", document.read_text(encoding="utf-8"))
    local = [target for target in targets if "://" not in target]
    assert [target for target in local if not (document.parent / target).exists()] == []


def test_every_answer_to_a_threat_names_what_is_there() -> None:
    named = re.findall(r"`((?:idp|keys|clients|tests)/[^`]+)`", (ROOT / "docs/security.md").read_text(encoding="utf-8"))
    assert named
    assert [path for path in named if not (ROOT / path).exists()] == []
