"""The time-travel matrix run through the decision: every row, by the clause that ``matrix.json`` names.

Here the documents are abstract, so that a difference is the process's own; ``test_matrix_documents`` runs the same rows
over real files of each format.
"""

from functools import cache
from typing import Any

import pytest

from keys.validation import facade
from keys.validation.model import ParsedDocument
from tests.support import abstract
from tests.support.stories import CLOCK, MATRIX, world

ROWS: list[dict[str, Any]] = MATRIX["rows"] + MATRIX["extra_rows"]


@cache
def document(story: str, level: str) -> ParsedDocument:
    return abstract.document(world(story), level)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['level']}-{row['story']}-{row['when']}")
def test_row(row: dict[str, Any]) -> None:
    at, story = CLOCK[row["when"]], world(row["story"])
    verdict = facade.validate(
        b"whatever",
        anchors=[story.root.der],
        crls=story.fresh_crls(row["when"]),
        at=at,
        now=at,
        parse=abstract.Parser(document(row["story"], row["level"])),
    )
    (signature,) = verdict.signatures
    found = signature.conclusion.indication, signature.conclusion.sub_indication
    assert found == (row["indication"], row["sub_indication"]), f"{row['clause']}: {row['reason']}"
    assert signature.level == f"CAdES_BASELINE_{row['level']}"
