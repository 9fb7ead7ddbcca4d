"""The time-travel matrix over real files: CAdES, PAdES, XAdES and JAdES, parsed and judged like any stranger's.

The files are written by ``tests.support.documents`` from the standards, apart from the parsers; the expectations are
those of ``matrix.json``.
"""

from functools import cache
from typing import Any

import pytest

from keys.validation import facade, intake
from keys.validation.model import ParsedDocument
from tests.support.documents import MAKERS
from tests.support.stories import CLOCK, MATRIX, world

ROWS: list[dict[str, Any]] = MATRIX["rows"] + MATRIX["extra_rows"]


@cache
def parsed(format_: str, story: str, level: str) -> ParsedDocument:
    """The file of a story, made and parsed once for its three moments."""
    return intake.parse(MAKERS[format_](world(story), level))


@pytest.mark.parametrize("format_", sorted(MAKERS))
@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['level']}-{row['story']}-{row['when']}")
def test_row(row: dict[str, Any], format_: str) -> None:
    at, story = CLOCK[row["when"]], world(row["story"])
    document = parsed(format_, row["story"], row["level"])
    verdict = facade.validate(
        b"as parsed",
        anchors=[story.root.der],
        crls=story.fresh_crls(row["when"]),
        at=at,
        now=at,
        parse=lambda data, name, detached: document,
    )
    (signature,) = verdict.signatures
    found = signature.conclusion.indication, signature.conclusion.sub_indication
    assert found == (row["indication"], row["sub_indication"]), f"{row['clause']}: {row['reason']}"
    if row["story"] == "good":
        assert signature.level == f"{format_}_BASELINE_{row['level']}"
