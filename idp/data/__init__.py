"""Facts as data: assurance levels, scopes, agencies, people of the demo; each file says where its rows come from."""

import json
from functools import cache
from importlib.resources import files
from typing import Any


@cache
def read_json(name: str) -> Any:
    """Give the content of a JSON file of this folder, read once; treat it as read-only."""
    return json.loads(files(__name__).joinpath(name).read_text(encoding="utf-8"))
