"""Fills a province's portal with a few dossiers that look like life, for the demo; doing it again changes nothing.

Who the demo's people are at this agency is handed in: this portal knows them by their pairwise ``sub`` alone.
"""

import json
from collections.abc import Mapping
from importlib.resources import files
from typing import Any

from clients.dossiers import filing
from clients.dossiers.filing import Applicant, Submission, event_of
from clients.dossiers.records import copies, dossiers
from clients.dossiers.records.copies import CopiedPage
from clients.dossiers.records.dossiers import Dossier
from clients.dossiers.working_days import appointment
from clients.kit.records.database import reading, writing

DAY = 86400
LEADS_TO = {
    "receive": "received",
    "refuse": "refused",
    "process": "processing",
    "supplement": "awaiting_supplement",
    "finish": "finished",
    "return": "returned",
}
"""The steps of the stories, those among them for which the portal has no button yet."""
CLIENT = "portal-province"


def rows() -> list[dict[str, Any]]:
    """Give the dossiers of the demo."""
    found: list[dict[str, Any]] = json.loads(files("clients.dossiers").joinpath("data/demo.json").read_text("utf-8"))[
        "dossiers"
    ]
    return found


def hold(documents: list[dict[str, Any]]) -> None:
    """Hold a first copy of the catalogue, so that forms are there before the portal that publishes it has been asked."""
    with reading() as work:
        if copies.count(work):
            return
    with writing() as work:
        copies.replace_page(work, CopiedPage(page=1, etag="", next=None, read_at=0), documents)


def seed(people: Mapping[str, tuple[str, str]], agency: str, now: int) -> int:
    """File the demo's dossiers that are not there yet; gives how many.

    :param people: ``sub`` at this agency and name of each of the demo's people, by key.
    """
    added = 0
    for row in sorted(rows(), key=lambda it: -it["days_ago"]):
        with reading() as work:
            known = dossiers.of_submission(work, people[row["person"]][0], row["key"])
            procedure = copies.find(work, row["procedure"])
        if known is None and procedure is not None:
            _file(row, procedure, people, agency, now)
            added += 1
    return added


def _file(
    row: Mapping[str, Any], procedure: dict[str, Any], people: Mapping[str, tuple[str, str]], agency: str, now: int
) -> None:
    subject, name = people[row["person"]]
    at = now - row["days_ago"] * DAY
    submission = Submission(row["key"], procedure, row["content"])
    filed = filing.submit(submission, Applicant(subject, name, "urn:vn:eid:loa2", CLIENT), agency, at)
    for version, (step, official, days, comment) in enumerate(row["steps"], start=2):
        _step(filed, version, step, people[official], min(now, at + days * DAY + version * 60), comment)


def _step(dossier: Dossier, version: int, step: str, by: tuple[str, str], at: int, comment: str) -> None:
    state = LEADS_TO[step]
    columns: dict[str, Any] = {"state": state}
    if step == "receive":
        due = appointment(at, int(dossier.procedure["working_days"]))
        columns |= {"received_at": at, "due_on": due.isoformat()}
    with writing() as work:
        dossiers.change(work, dossier, version - 1, **columns)
        work.add(event_of(dossier, version, step, state, by, at, comment))
