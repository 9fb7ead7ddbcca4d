"""The states of a dossier and what may be done in each, as data (``data/states.json``): names as the administration's.

Which state follows which is decided here; who may is ``processing``'s.
"""

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any


@dataclass(frozen=True, slots=True)
class State:
    """One state: its national code, its names by language, whether the appointment's time runs, and its colour."""

    code: int
    state: str
    name: dict[str, str]
    clock: str
    tag: str


@dataclass(frozen=True, slots=True)
class Act:
    """What an official may do: from which states to which, with which role, and whether a reason must be given.

    :param appoints: whether it gives the day on which the result is due.
    """

    act: str
    name: dict[str, str]
    starts: tuple[str, ...]
    to: str
    role: str
    comment: str
    appoints: bool = False


@cache
def states() -> dict[str, State]:
    """Give every state, in the order of its code."""
    return {
        row["state"]: State(row["code"], row["state"], _names(row), row["clock"], row["tag"])
        for row in _data()["states"]
    }


@cache
def acts() -> dict[str, Act]:
    """Give everything that may be done.

    :raises ValueError: for one that names a state which there is not.
    """
    found = {
        row["act"]: Act(
            row["act"],
            _names(row),
            tuple(row["from"]),
            row["to"],
            row["role"],
            row["comment"],
            row.get("appoints", False),
        )
        for row in _data()["acts"]
    }
    for act in found.values():
        if unknown := {*act.starts, act.to} - set(states()):
            raise ValueError(f"act {act.act}: there is no state {', '.join(sorted(unknown))}")
    return found


def acts_in(state: str, roles: tuple[str, ...]) -> list[Act]:
    """Give what somebody with these roles may do with a dossier in a state."""
    return [act for act in acts().values() if state in act.starts and act.role in roles]


def _names(row: dict[str, Any]) -> dict[str, str]:
    return {"vi": row["vi"], "en": row["en"]}


def _data() -> Any:
    return json.loads(files("clients.dossiers").joinpath("data/states.json").read_text("utf-8"))
