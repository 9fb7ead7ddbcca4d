"""``/healthz``: the process lives. ``/readyz``: it can serve, which means its database answers and is migrated.

The provider's silence does not make a portal unready: its public pages still serve people.
"""

import structlog
from flask import Blueprint, Flask

from clients.kit.records.database import is_ready

log = structlog.get_logger(__name__)
blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
def healthz() -> dict[str, str]:
    """Say that the process lives."""
    return {"status": "ok"}


@blueprint.get("/readyz")
def readyz() -> tuple[dict[str, str], int]:
    """Say whether requests may be sent here."""
    if is_ready():
        return {"status": "ok"}, 200
    log.error("database_not_ready")
    return {"status": "the database does not answer or is not migrated"}, 503


def install(app: Flask) -> None:
    """Add both to ``app``."""
    app.register_blueprint(blueprint)
