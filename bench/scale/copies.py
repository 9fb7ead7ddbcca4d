"""Statements by which the database makes further rows from those that are there, whatever columns their tables have."""

from sqlalchemy import Table


def copies(table: Table, source: str, **changed: str) -> str:
    """Give the statement that adds rows like others with some columns changed.

    :param source: which rows, from ``FROM`` on, in SQL.
    :param changed: what the changed columns get, in SQL.
    """
    columns = [f'"{column.name}"' for column in table.columns]
    given = [changed.get(column.name, f'"{column.name}"') for column in table.columns]
    return f"INSERT INTO {table.name} ({', '.join(columns)}) SELECT {', '.join(given)} {source}"


def uuid_in_time(milliseconds: str, like: str) -> str:
    """Give an identifier in the order of time as the product makes them (``idp.identifiers``), in SQL.

    :param milliseconds: its Unix time.
    :param like: the text from which all that is random in it comes.
    """
    when, rest = f"lpad(to_hex(({milliseconds})::bigint), 12, '0')", f"md5({like})"
    parts = (
        f"substr({when}, 1, 8)",
        f"substr({when}, 9)",
        f"'7' || substr({rest}, 1, 3)",
        f"'a' || substr({rest}, 4, 3)",
    )
    return " || '-' || ".join((*parts, f"substr({rest}, 7, 12)"))


def another_hash(like: str) -> str:
    """Give 64 hexadecimal digits of which another text made none, in SQL."""
    return f"md5({like}) || md5({like} || 'x')"
