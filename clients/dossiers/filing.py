"""Filing a dossier: all of it or nothing, and once however often it is sent.

Who may read it afterwards is the records' (by ``sub``); the form was checked before.
"""

import hashlib
import json
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from flask_babel import lazy_gettext as _
from sqlalchemy.exc import IntegrityError

from clients.dossiers.attachments import Upload, fingerprints
from clients.dossiers.practice import practice
from clients.dossiers.records import dossiers, serials
from clients.dossiers.records.dossiers import Dossier, Event
from clients.kit.errors import Failure
from clients.kit.records.database import reading, writing

DAY = 86400
ACT = "submit"
_SUBMISSION = re.compile(r"[A-Za-z0-9_-]{16,64}")
TAKEN_ONLINE = ("full", "partial")


@dataclass(frozen=True, slots=True)
class Applicant:
    """Who files: their ``sub`` here, how they are called, the level of their sign-in and the client they used."""

    subject: str
    name: str
    acr: str
    client_id: str


@dataclass(frozen=True, slots=True)
class Submission:
    """What is filed.

    :param key: made once for one form; sending it again is the same submission.
    """

    key: str
    procedure: Mapping[str, Any]
    content: Mapping[str, Any]
    uploads: tuple[Upload, ...] = ()

    @property
    def fingerprint(self) -> str:
        """What two sendings of the same have in common."""
        parts = [self.procedure["code"], dict(self.content), fingerprints(self.uploads)]
        return hashlib.sha256(json.dumps(parts, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


class TooManyFiled(Failure):
    """One person has filed as many dossiers as are taken within a day."""

    status: ClassVar[int] = 429
    title = _("You have filed many dossiers today")
    advice = _("No more are taken from one person within a day. Please go on tomorrow, or ask at the one-stop desk.")
    retry_after: ClassVar[int | None] = 3600


class OtherContent(Failure):
    """A form was sent again with other content after it had been filed."""

    status: ClassVar[int] = 409
    title = _("This form was filed already")
    advice = _("The dossier that it became stands among your dossiers. To file another one, please open a new form.")


def new_key() -> str:
    """Give the key of a new form."""
    return uuid.uuid4().hex


def is_key(text: str) -> bool:
    """Tell whether a text can be a form's key."""
    return _SUBMISSION.fullmatch(text) is not None


def is_taken_online(procedure: Mapping[str, Any]) -> bool:
    """Tell whether a province takes dossiers for a procedure online."""
    return procedure["online"] in TAKEN_ONLINE and procedure["level"] != "central"


def submit(submission: Submission, applicant: Applicant, agency: str, now: int) -> Dossier:
    """File a dossier and give it; what was filed before under the same key is given again.

    :raises OtherContent: when the key was used for other content.
    :raises TooManyFiled: when the person has filed too many.
    """
    try:
        with writing() as work:
            if (known := dossiers.of_submission(work, applicant.subject, submission.key)) is None:
                known = _file(work, submission, applicant, agency, now)
    except IntegrityError:
        # The same form arrived twice at once and the other was quicker (PostgreSQL).
        with reading() as work:
            known = dossiers.of_submission(work, applicant.subject, submission.key)
        if known is None:
            raise
    if known.fingerprint != submission.fingerprint:
        raise OtherContent(f"submission of {known.code}")
    return known


def _file(work: Any, submission: Submission, applicant: Applicant, agency: str, now: int) -> Dossier:
    if dossiers.filed_since(work, applicant.subject, now - DAY) >= practice().filed_a_day:
        raise TooManyFiled(applicant.subject)
    dossier = Dossier(
        id=str(uuid.uuid4()),
        code=_next_code(work, agency, now),
        subject=applicant.subject,
        submission=submission.key,
        fingerprint=submission.fingerprint,
        client_id=applicant.client_id,
        acr=applicant.acr,
        procedure_code=submission.procedure["code"],
        procedure=dict(submission.procedure),
        content=dict(submission.content),
        applicant=str(submission.content.get("full_name") or applicant.name)[:200],
        state="submitted",
        version=1,
        submitted_at=now,
    )
    event = event_of(dossier, 1, ACT, "submitted", (applicant.subject, dossier.applicant), now)
    dossiers.add(work, dossier, event, [upload.row(dossier.id) for upload in submission.uploads])
    return dossier


def event_of(
    dossier: Dossier, version: int, act: str, state: str, by: tuple[str, str], now: int, comment: str = ""
) -> Event:
    """Give a line of a dossier's history.

    :param by: the actor's ``sub`` here and the name that is shown.
    """
    return Event(
        id=str(uuid.uuid4()),
        dossier_id=dossier.id,
        version=version,
        at=now,
        action=act,
        state=state,
        by=by[0],
        by_name=by[1][:200],
        comment=comment,
    )


def _next_code(work: Any, agency: str, now: int) -> str:
    """Give the next code of the day: agency, day, serial (``H49.61-260302-0001``, Decision 20/2020/QĐ-TTg)."""
    rules = practice()
    unit = f"{agency}.{rules.unit}" if rules.unit else agency
    day = datetime.fromtimestamp(now, rules.zone).strftime("%y%m%d")
    return f"{unit}-{day}-{serials.take(work, unit, day, now):0{rules.serial_digits}}"
