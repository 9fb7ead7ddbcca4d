"""Signed documents of the time-travel matrix in real formats: CAdES, PAdES, XAdES and JAdES, levels B to LTA.

Each writes what its standard says, with nothing of the code under test, so that two readings of a standard meet.
"""

from collections.abc import Callable

from tests.support.documents.cades import cades
from tests.support.documents.jades import jades
from tests.support.documents.pades import pades
from tests.support.documents.xades import xades
from tests.support.stories import World

MAKERS: dict[str, Callable[[World, str], bytes]] = {"CAdES": cades, "PAdES": pades, "XAdES": xades, "JAdES": jades}

__all__ = ["MAKERS", "cades", "jades", "pades", "xades"]
