"""The agency catalogue: ministries and provinces with their codes, when each stood, and who succeeded whom.

Codes are level 1 of Decision 20/2020/QĐ-TTg (amended by 09/2025). The rows are data with source and certainty, loaded
by a command (design, language); an agency below level 1 is its level 1 code with dotted numbers behind it.
"""

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import date
from importlib.resources import files
from itertools import pairwise
from typing import Any

from sqlalchemy import Connection

from idp.domain import audit
from idp.domain.accounts import Actor
from idp.domain.audit import Action
from idp.errors import Refusal
from idp.services import Services
from idp.store import agencies as store
from idp.store import versions
from idp.store.agencies import AgencyRow
from idp.words import mark

CATALOGUE = "agencies"
"""The number that tells every process that the catalogue changed."""
BUILT_IN = "agencies.csv"
KINDS = ("ministry", "government_agency", "commission", "province")
CERTAINTIES = ("verified", "secondary", "recalled")
COLUMNS = tuple(field.name for field in fields(AgencyRow))

_LEVEL_1 = re.compile(r"[A-Z]\d{2}")
_CODE = re.compile(r"([A-Z]\d{2})(?:\.\d{1,3}){0,3}")
ALWAYS, NEVER = "0000-00-00", "9999-99-99"


class CatalogueInvalid(Exception):
    """The catalogue holds mistakes; the message names each with its line. Nothing of it was loaded."""


def read_catalogue(text: str) -> list[AgencyRow]:
    """Read a catalogue from CSV text with the header ``COLUMNS``.

    :raises CatalogueInvalid: naming every mistake.
    """
    reader = csv.DictReader(io.StringIO(text), strict=True)
    if tuple(reader.fieldnames or ()) != COLUMNS:
        raise CatalogueInvalid(f"line 1: the columns must be {','.join(COLUMNS)}")
    rows, mistakes = [], []
    for line in reader:
        values = {name: (line.get(name) or "").strip() for name in COLUMNS}
        if None in line or any(line.get(name) is None for name in COLUMNS):
            mistakes.append(f"line {reader.line_num}: not {len(COLUMNS)} columns")
        rows.append(AgencyRow(**values))
        mistakes += [f"line {reader.line_num}: {mistake}" for mistake in _mistakes(rows[-1])]
    mistakes += _mistakes_between(rows)
    if mistakes or not rows:
        raise CatalogueInvalid("\n".join(mistakes or ["there are no rows"]))
    return rows


def _mistakes(row: AgencyRow) -> list[str]:
    """Say what is wrong with one row by itself."""
    checks = {
        f"{row.code!r} is no level 1 code such as G02 or H49": not _LEVEL_1.fullmatch(row.code),
        "a name is missing": not (row.name_vi and row.name_en),
        f"kind is none of {', '.join(KINDS)}": row.kind not in KINDS,
        f"certainty is none of {', '.join(CERTAINTIES)}": row.certainty not in CERTAINTIES,
        "the source is missing": not row.source,
        "a date is not YYYY-MM-DD": not all(_is_date(text) for text in (row.valid_from, row.valid_until)),
        "it ends before it begins": (row.valid_from or ALWAYS) >= (row.valid_until or NEVER),
        "it has a successor and no end": bool(row.successor and not row.valid_until),
    }
    return [mistake for mistake, wrong in checks.items() if wrong]


def _is_date(text: str) -> bool:
    try:
        return not text or date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _mistakes_between(rows: Sequence[AgencyRow]) -> list[str]:
    """Say where rows contradict one another: one code twice at once, or a successor that is not there."""
    mistakes = []
    ordered = sorted(rows, key=lambda row: (row.code, row.valid_from))
    for earlier, later in pairwise(ordered):
        if earlier.code == later.code and (earlier.valid_until or NEVER) > later.valid_from:
            mistakes.append(f"{earlier.code} stands for two agencies at once")
    for row in rows:
        if row.successor and not _stands(rows, row.successor, row.valid_until):
            mistakes.append(f"{row.code} is succeeded by {row.successor}, which did not stand on {row.valid_until}")
    return mistakes


def _stands(rows: Sequence[AgencyRow], code: str, day: str) -> bool:
    return any(row.code == code for row in on(rows, day))


def on(rows: Sequence[AgencyRow], day: str) -> list[AgencyRow]:
    """Give the agencies that stood on a day, ``YYYY-MM-DD``."""
    return [row for row in rows if (row.valid_from or ALWAYS) <= day < (row.valid_until or NEVER)]


def successor_on(rows: Sequence[AgencyRow], code: str, day: str) -> AgencyRow | None:
    """Give who does on that day what ``code`` once did: itself, or whoever succeeded it; None for an unknown code."""
    seen: set[str] = set()
    while code not in seen:
        seen.add(code)
        standing = [row for row in on(rows, day) if row.code == code]
        if standing:
            return standing[0]
        links = [row.successor for row in rows if row.code == code and row.successor]
        code = links[0] if links else code
    return None


def load_catalogue(services: Services, rows: Sequence[AgencyRow], *, actor: Actor) -> bool:
    """Put a catalogue in the place of the one before; False where it is the same already."""
    with services.database.write() as connection:
        if list(store.every(connection)) == sorted(rows, key=lambda row: (row.code, row.valid_from)):
            return False
        store.replace(connection, rows)
        versions.bump(connection, CATALOGUE)
        entry = audit.entry(
            Action.AGENCIES_LOADED, services.clock(), actor=actor, object=("catalogue", CATALOGUE), rows=len(rows)
        )
        audit.record(connection, entry)
    services.freshness.look()
    return True


def load_built_in(services: Services, *, actor: Actor) -> bool:
    """Load the catalogue that comes with Motcua; False where it is loaded already."""
    return load_catalogue(services, read_catalogue(built_in()), actor=actor)


def built_in() -> str:
    """Give the text of the catalogue that comes with Motcua."""
    return files("idp.data").joinpath(BUILT_IN).read_text(encoding="utf-8")


def check_code(connection: Connection, code: str) -> str:
    """Pass an agency's code of any level whose level 1 agency is in the catalogue, as far as one is loaded.

    :raises Refusal: when it is none.
    """
    found = _CODE.fullmatch(code)
    known = found and (store.of_code(connection, found[1]) or not store.every(connection))
    if not known:
        raise Refusal(mark("There is no agency of the code %(code)s."), "agency", code=code[:32])
    return code


def document(rows: Sequence[AgencyRow]) -> Mapping[str, Any]:
    """Give the catalogue as ``/api/agencies`` answers it: every row with its period, past ones too."""
    return {"agencies": [_as_json(row) for row in rows]}


def _as_json(row: AgencyRow) -> dict[str, Any]:
    period = {"valid_from": row.valid_from or None, "valid_until": row.valid_until or None}
    known = {"successor": row.successor or None, "source": row.source, "certainty": row.certainty}
    return {"code": row.code, "name": {"vi": row.name_vi, "en": row.name_en}, "kind": row.kind, **period, **known}
