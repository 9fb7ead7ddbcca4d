"""What a search for procedures means: which words are looked for, which page is given, and what may be filtered by.

Knows no HTTP; pages and the API ask the same functions.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from clients.kit.records.database import reading
from clients.procedures import records
from clients.procedures.folding import fold, squeeze
from clients.procedures.records import Procedure, Wanted

PAGE = 20
LONGEST_PAGE = 100
MOST_WORDS = 12
LONGEST_QUERY = 200


@dataclass(frozen=True, slots=True)
class Search:
    """A search as somebody typed it."""

    q: str = ""
    field: str = ""
    owner: str = ""
    level: str = ""
    page: int = 1
    limit: int = PAGE

    @property
    def wanted(self) -> Wanted:
        """What the records are asked for."""
        typed = self.q[:LONGEST_QUERY]
        words = tuple(fold(typed).split()[:MOST_WORDS])
        return Wanted(words, squeeze(typed), self.field, self.owner, self.level)


@dataclass(frozen=True, slots=True)
class Found:
    """One page of what was found."""

    documents: list[dict[str, Any]]
    total: int
    search: Search

    @property
    def pages(self) -> int:
        """How many pages there are, at least one."""
        return max(1, -(-self.total // self.search.limit))


@dataclass(frozen=True, slots=True)
class Choices:
    """What the catalogue can be filtered by: each value with its words in both languages."""

    fields: dict[str, dict[str, str]]
    owners: dict[str, dict[str, str]]


def find(search: Search) -> Found:
    """Give one page of the procedures that a search asks for."""
    with reading() as work:
        total = records.count(work, search.wanted)
        documents = records.search(work, search.wanted, search.limit, (search.page - 1) * search.limit)
    return Found(documents, total, search)


def procedure(code: str) -> dict[str, Any] | None:
    """Give one procedure's document; nothing for a code that is not in the catalogue."""
    if len(code) > 16 or "\0" in code:
        return None
    with reading() as work:
        return records.find(work, code)


def choices() -> Choices:
    """Give what can be filtered by, each by its Vietnamese name."""
    with reading() as work:
        documents = list(work.scalars(select(Procedure.document)))
    fields = {it["field"]["field"]: it["field"]["name"] for it in documents}
    owners = {it["owner"]["agency"]: it["owner"]["name"] for it in documents}
    return Choices(_by_name(fields), _by_name(owners))


def _by_name(named: dict[str, dict[str, str]]) -> dict[str, dict[str, str]]:
    return dict(sorted(named.items(), key=lambda item: fold(item[1]["vi"])))
