"""Applications of tests are made by the thousand, each with the same routes: what werkzeug compiles of one is kept.

The compiled function of a route depends on its words and the names in it alone; converters are looked up when it runs.
"""

from collections.abc import Callable
from typing import Any

import pytest
from werkzeug.routing import Rule

Builder = Callable[..., tuple[str, str]]


def compile_each_route_once() -> None:
    """For the rest of the run: a route that was compiled for one application is not compiled for the next."""
    compiled: dict[tuple[Any, ...], Builder] = {}
    really: Callable[[Rule, bool], Builder] = Rule._compile_builder

    def builder(rule: Rule, append_unknown: bool = True) -> Builder:
        if rule.defaults:
            return really(rule, append_unknown)
        place = (append_unknown, rule.rule, *rule._trace)
        if place not in compiled:
            compiled[place] = really(rule, append_unknown)
        return compiled[place]

    pytest.MonkeyPatch().setattr(Rule, "_compile_builder", builder)
