"""Vietnamese text without its marks, so that "dang ky", "Đăng ký" and "đăngký" find the same.

Made here and indexed as a column, so that SQLite and PostgreSQL answer alike.
"""

import re
import unicodedata

_WORDS = re.compile(r"[a-z0-9]+")


def fold(text: str) -> str:
    """Give the words of a text in small letters without marks, one space between two."""
    plain = unicodedata.normalize("NFD", text.replace("đ", "d").replace("Đ", "D")).casefold()
    return " ".join(_WORDS.findall("".join(letter for letter in plain if not unicodedata.combining(letter))))


def squeeze(text: str) -> str:
    """Give a folded text without its spaces, for people who type none."""
    return fold(text).replace(" ", "")
