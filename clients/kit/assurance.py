"""Compares and names levels of assurance: ``acr`` values on two axes, identity and authenticator.

The values are data (``assurance.json``). Which level somebody has reached is the provider's to say.
"""

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class Level:
    """One ``acr`` value: how well the person is known, and how strongly they signed in. Higher satisfies lower."""

    identity: int
    authenticator: int


@cache
def levels() -> dict[str, Level]:
    """Give every known ``acr`` value with its level, aliases included."""
    rows = json.loads(files("clients.kit").joinpath("assurance.json").read_text("utf-8"))
    return {row["acr"]: Level(row["identity"], row["authenticator"]) for row in rows}


def level(acr: object) -> Level | None:
    """Give the level of an ``acr`` value; none for one that is not known."""
    return levels().get(acr) if isinstance(acr, str) else None


def satisfies(acr: object, wanted: str) -> bool:
    """Tell whether a session at ``acr`` is enough for ``wanted``: at least as high on both axes.

    An unknown value satisfies only itself.
    """
    have, need = level(acr), level(wanted)
    if have is None or need is None:
        return acr == wanted
    return have.identity >= need.identity and have.authenticator >= need.authenticator
