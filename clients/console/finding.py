"""What an administrator looked for last, kept in their session here: names and numbers never stand in an address.

A search is sent as a form and shown by a page of its own, so that going back and looking again work.
"""

from dataclasses import asdict, dataclass

from flask import request

from clients.kit.web.sessions import visit

LONGEST = 320


@dataclass(frozen=True, slots=True)
class Sought:
    """What was looked for: by which of the ways, and the words."""

    by: str
    value: str


def keep(name: str, ways: tuple[str, ...]) -> Sought | None:
    """Keep what the form in hand asks for; nothing where it is not filled in."""
    by, value = request.form.get("by", ""), " ".join(request.form.get("value", "").replace("\0", "").split())
    if by not in ways or not value:
        visit().pop(_key(name), None)
        return None
    sought = Sought(by, value[:LONGEST])
    visit()[_key(name)] = asdict(sought)
    return sought


def last(name: str) -> Sought | None:
    """Give what was looked for last."""
    kept = visit().get(_key(name))
    return None if kept is None else Sought(**kept)


def _key(name: str) -> str:
    return f"sought_{name}"
