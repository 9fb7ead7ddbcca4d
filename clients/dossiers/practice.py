"""How an agency works, as data (``data/practice.json``): its days, its unit's code, what it takes at most."""

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class Practice:
    """One agency's practice.

    :param takes_until: hour from which a dossier counts as received on the next working day.
    :param unit: what follows the agency's code in a dossier's (``H49.61``), empty for nothing.
    :param filed_a_day: dossiers that one person may file within 24 hours.
    :param attachment_bytes: size of one attachment at most.
    :param attachments: how many a dossier may have.
    """

    zone: ZoneInfo
    takes_until: int
    unit: str
    serial_digits: int
    filed_a_day: int
    attachment_bytes: int
    attachments: int


@cache
def practice() -> Practice:
    """Give the practice of this installation's agencies."""
    row = json.loads(files("clients.dossiers").joinpath("data/practice.json").read_text("utf-8"))
    limits = {name: row[name] for name in ("serial_digits", "filed_a_day", "attachment_bytes", "attachments")}
    return Practice(ZoneInfo(row["timezone"]), row["takes_until"]["hour"], row["unit"]["suffix"], **limits)
