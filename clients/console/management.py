"""Asks the provider's management API with the signed-in administrator's token, and says what its refusals mean here.

What may be done is the API's to decide, at each call; a page that offers less is only polite.
"""

from collections.abc import Mapping
from typing import Any

from flask import abort
from flask_babel import lazy_gettext as _

from clients.kit.errors import NeighbourRefused, NeighbourSilent, NotForYou
from clients.kit.extension import relying_party
from clients.kit.web.neighbours import Neighbour

SCOPE = "client:read account:read account:recover session:read session:end certificate:read certificate:revoke"
"""What the console asks for beside who the administrator is."""


class NotKnown(NeighbourSilent):
    """The API did not answer to an act, which may or may not have been done."""

    title = _("It is not known whether this was done")
    advice = _(
        "The service stopped answering meanwhile. Go back in a minute and look how things stand; doing it again does no harm."
    )


def _api() -> Neighbour:
    return Neighbour(f"{relying_party().settings.issuer}/api")


def one(group: str, identifier: str) -> str:
    """Give the path of one thing of a group; an identifier that could be none is a page of 404 without asking."""
    if not (
        0 < len(identifier) <= 128 and identifier.isascii() and identifier.replace("-", "").replace("_", "").isalnum()
    ):
        abort(404)
    return f"{group}/{identifier}"


def read(path: str, **query: str) -> dict[str, Any]:
    """Read something; what is not there, or out of the administrator's reach, is a page of 404."""
    try:
        return _api().get(path, **query)
    except NeighbourRefused as refused:
        raise _meaning(refused) from refused


def send(path: str, content: Mapping[str, Any]) -> dict[str, Any]:
    """Ask for an act or a search.

    :raises NeighbourRefused: where a rule says no, which ``word`` in the problem names, and with 409 where things are not
        so that it could be done.
    """
    try:
        return _api().post(path, content)
    except NeighbourRefused as refused:
        raise _meaning(refused) from refused


def act(path: str, content: Mapping[str, Any]) -> dict[str, Any]:
    """Ask for an act, which done twice is as good as done once.

    :raises NotKnown: where no answer came.
    :raises NeighbourRefused: as ``send`` does.
    """
    try:
        return send(path, content)
    except NeighbourSilent as silence:
        raise NotKnown(silence.detail) from silence


def _meaning(refused: NeighbourRefused) -> Exception:
    if refused.answered == 404:
        abort(404)
    if refused.answered == 403 and not refused.problem.get("word"):
        return NotForYou(f"the management API refuses: {refused.problem.get('error_description', '')}")
    return refused
