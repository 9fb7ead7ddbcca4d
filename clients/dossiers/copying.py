"""Keeps this portal's copy of the catalogue fresh, from pages alone: an API handler reads the copy and calls nobody.

The first page that finds the copy old reads it anew, with the ``ETag`` of what is there; the others go on with what there
is. A publisher that does not answer leaves the copy as it was.
"""

from typing import Any
from urllib.parse import quote

import structlog

from clients.dossiers.records import copies
from clients.dossiers.records.copies import CopiedPage
from clients.kit.errors import Busy, NeighbourSilent
from clients.kit.extension import relying_party
from clients.kit.protocol.fetch import Answer, Unreachable
from clients.kit.records.database import reading, writing
from clients.kit.web.modules import place

log = structlog.get_logger(__name__)

AGE = 300
"""Seconds after which a page asks whether the copy still holds."""
LIMIT = 1024 * 1024
PAGE = 100
MOST_PAGES = 100
NEEDED: dict[str, type] = {
    "code": str,
    "name": dict,
    "field": dict,
    "level": str,
    "online": str,
    "acr": str,
    "documents": list,
}
NEEDED |= {"form": list, "working_days": int, "fee": dict}


def procedure(code: str) -> dict[str, Any] | None:
    """Give one procedure from the copy; for pages and for the API."""
    if len(code) > 16 or "\0" in code:
        return None
    with reading() as work:
        return copies.find(work, code)


def procedures() -> list[dict[str, Any]]:
    """Give every procedure of the copy."""
    with reading() as work:
        return copies.every(work)


def refresh() -> None:
    """Read the catalogue anew where that is due; for pages alone.

    :raises NeighbourSilent: when there is no copy yet and the publisher does not answer.
    """
    with writing() as work:
        due = copies.lease(work, relying_party().now, AGE)
    if not due:
        return
    try:
        _read_all()
    except (Unreachable, Busy) as silence:
        log.warning("catalogue_unread", why=str(silence))
        with reading() as work:
            if copies.count(work) == 0:
                raise NeighbourSilent(str(silence)) from silence


def _read_all() -> None:
    number: int | None = 1
    while number is not None and number <= MOST_PAGES:
        number = _read_page(number)


def _read_page(number: int) -> int | None:
    """Read one page, and give the number of the next."""
    with reading() as work:
        known = copies.page(work, number)
    party = relying_party()
    headers = {"If-None-Match": known.etag} if known is not None and known.etag else {}
    address = f"{place().catalogue}/api/procedures?limit={PAGE}&page={quote(str(number))}"
    with party.slots.take():
        answer = party.fetcher.get(address, headers, LIMIT)
    if answer.status == 304 and known is not None:
        return known.next
    page, documents = _read(answer, number, party.now)
    with writing() as work:
        copies.replace_page(work, page, documents)
    log.info("catalogue_read", page=number, procedures=len(documents))
    return page.next


def _read(answer: Answer, number: int, now: int) -> tuple[CopiedPage, list[dict[str, Any]]]:
    """Check what came: a page of procedures in the shape that forms are made from.

    :raises Unreachable: for anything else.
    """
    if answer.status != 200:
        raise Unreachable(f"the catalogue answers {answer.status}")
    content = answer.json()
    documents, following = content.get("procedures"), content.get("next")
    if not isinstance(documents, list) or not all(_is_procedure(it) for it in documents):
        raise Unreachable("the catalogue's answer holds no procedures")
    if following is not None and following != number + 1:
        raise Unreachable("the catalogue's pages do not follow one another")
    return CopiedPage(page=number, etag=answer.headers.get("etag", "")[:80], next=following, read_at=now), documents


def _is_procedure(document: Any) -> bool:
    return isinstance(document, dict) and all(isinstance(document.get(name), kind) for name, kind in NEEDED.items())
