"""What officials do with dossiers: one act at a time, seen by all or by nobody, the quicker of two wins.

Which act leads where is data (``states``). Whoever acted on what somebody else has changed meanwhile is told so.
"""

from dataclasses import dataclass
from typing import Any, ClassVar

from flask_babel import lazy_gettext as _

from clients.dossiers import states
from clients.dossiers.filing import event_of
from clients.dossiers.records import dossiers
from clients.dossiers.records.dossiers import Whole
from clients.dossiers.states import Act
from clients.dossiers.working_days import appointment
from clients.kit.errors import Failure
from clients.kit.records.database import reading, writing

LONGEST_COMMENT = 1000


@dataclass(frozen=True, slots=True)
class Official:
    """Who acts: their ``sub`` here, their name, their roles."""

    subject: str
    name: str
    roles: tuple[str, ...]


class ChangedMeanwhile(Failure):
    """Another official was quicker; nothing was changed by this one."""

    status: ClassVar[int] = 409
    title = _("Somebody else has just worked on this dossier")
    advice = _("Nothing of yours was done. Please open the dossier again and look at its history.")


class NotPossible(Failure):
    """The act is not possible in the dossier's state, or not for this official."""

    status: ClassVar[int] = 409
    title = _("This is not possible with this dossier")
    advice = _("Its state or your role does not allow it. Please open the dossier again.")


class ReasonMissing(Failure):
    """The act needs a reason that the applicant can read."""

    title = _("A reason is needed")
    advice = _(
        "The applicant will read it. Please go back and write what is missing or wrong, in up to 1,000 characters."
    )


class NoSuchDossier(Failure):
    """There is no dossier of this code here."""

    status: ClassVar[int] = 404
    title = _("There is no such dossier here")
    advice = _("Please check the code. A dossier is shown to whoever filed it and to officials of its agency.")


def perform(code: str, act_name: str, version: int, official: Official, comment: str, now: int) -> Whole:
    """Do one act, and give the dossier as it is afterwards; the same act sent again by the same official is done once.

    :param version: of the dossier as the official saw it.
    :raises NoSuchDossier, NotPossible, ReasonMissing, ChangedMeanwhile: and nothing is changed.
    """
    act = states.acts().get(act_name)
    if act is None or act.role not in official.roles:
        raise NotPossible(f"{act_name[:24]!r} on {code}")
    if not _is_comment(comment) or (act.comment == "required" and not comment.strip()):
        raise ReasonMissing(f"{act.act} on {code}")
    with writing() as work:
        whole = dossiers.find(work, code)
        if whole is None:
            raise NoSuchDossier(code)
        if _was_done(whole, act, version, official):
            return whole
        _change(work, whole, act, version, official, comment.strip(), now)
    with reading() as work:
        changed = dossiers.find(work, code)
    if changed is None:
        raise NoSuchDossier(code)
    return changed


def _change(work: Any, whole: Whole, act: Act, version: int, official: Official, comment: str, now: int) -> None:
    dossier = whole.dossier
    if dossier.version != version:
        raise ChangedMeanwhile(f"{dossier.code}: version {dossier.version}, not {version}")
    if dossier.state not in act.starts:
        raise NotPossible(f"{act.act} on {dossier.code} in {dossier.state}")
    columns: dict[str, Any] = {"state": act.to}
    if act.appoints:
        due = appointment(now, int(dossier.procedure["working_days"]))
        columns |= {"received_at": now, "due_on": due.isoformat()}
    if not dossiers.change(work, dossier, version, **columns):
        raise ChangedMeanwhile(f"{dossier.code}: somebody was quicker than version {version}")
    by = (official.subject, official.name)
    work.add(event_of(dossier, version + 1, act.act, act.to, by, now, comment))


def _was_done(whole: Whole, act: Act, version: int, official: Official) -> bool:
    """Tell whether this very act was done already: a button pressed twice, an answer that got lost."""
    return any(
        event.version == version + 1 and event.action == act.act and event.by == official.subject
        for event in whole.events
    )


def _is_comment(comment: str) -> bool:
    plain = "".join(comment.split())
    return len(comment) <= LONGEST_COMMENT and (plain.isprintable() or not plain) and "\ufffd" not in plain
