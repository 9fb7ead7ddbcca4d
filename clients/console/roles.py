"""Who may open the console's pages: officials with the page's role, signed in with two factors; acts ask for a fresh sign-in.

The API asks for the same again, so that a page which forgot it opens nothing.
"""

from collections.abc import Callable
from typing import ParamSpec, TypeVar

from clients.kit.web.step_up import requires

P = ParamSpec("P")
R = TypeVar("R")
ADMINISTRATOR = "administrator"
CENTRAL = "central_administrator"
AT_COUNTER = "counter_official"
ACR = "urn:vn:eid:loa2:mfa"
FRESH = 300
"""Seconds since an administrator proved who they are, for acts that others feel at once."""


def administrator(view: Callable[P, R]) -> Callable[P, R]:
    """Let only administrators see a page."""
    return requires(acr=ACR, role=ADMINISTRATOR)(view)


def administrator_now(view: Callable[P, R]) -> Callable[P, R]:
    """Let only administrators act, and only shortly after they proved who they are."""
    return requires(acr=ACR, role=ADMINISTRATOR, max_age=FRESH)(view)


def at_counter(view: Callable[P, R]) -> Callable[P, R]:
    """Let only officials at a counter see a page."""
    return requires(acr=ACR, role=AT_COUNTER)(view)


def at_counter_now(view: Callable[P, R]) -> Callable[P, R]:
    """Let only officials at a counter see or do what touches somebody's account, shortly after they proved who they are."""
    return requires(acr=ACR, role=AT_COUNTER, max_age=FRESH)(view)
