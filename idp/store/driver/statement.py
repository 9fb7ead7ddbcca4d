"""One SQL statement with ``:names``, in the spelling of both databases."""

import re
from typing import Any

Row = tuple[Any, ...]
_NAME = re.compile(r"(?<!:):([a-z_]+)")
_LIST = re.compile(r"json_each\(([:\w.]+)\)")
"""The elements of a JSON list, as rows with a column ``value`` on both databases."""


class Statement:
    """A statement for hot paths, written once; each driver prepares it at its first use.

    :param sql: what SQLite and PostgreSQL both understand, with ``:names`` for the values.
    :param postgresql: PostgreSQL's own spelling, where there has to be one.
    """

    __slots__ = ("is_read", "names", "postgresql", "sqlite")

    def __init__(self, sql: str, *, postgresql: str | None = None) -> None:
        self.sqlite = " ".join(sql.split())
        other = _LIST.sub(r"json_array_elements_text(CAST(\1 AS json))", " ".join((postgresql or sql).split()))
        self.names = tuple(dict.fromkeys(_NAME.findall(other)))
        """The values that PostgreSQL is given, in the order of its ``$1``, ``$2`` …"""
        self.postgresql = _NAME.sub(self._position, other).encode()
        self.is_read = self.sqlite.startswith("SELECT")

    def _position(self, name: re.Match[str]) -> str:
        return f"${self.names.index(name[1]) + 1}"
