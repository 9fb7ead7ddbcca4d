"""``/portals``: the registered portals, as far as the administrator reaches."""

from flask import Blueprint, render_template, request

from clients.console.management import one, read
from clients.console.roles import administrator

blueprint = Blueprint("portals", __name__, url_prefix="/portals")
PAGE = "25"


@blueprint.get("")
@administrator
def listed() -> str:
    """List them in pages."""
    after = request.args.get("after", "")
    usable = after if len(after) <= 128 and after.replace("-", "").replace("_", "").isalnum() else ""
    page = read("/clients", limit=PAGE, **({"after": usable} if usable else {}))
    return render_template("clients/console/portals.html", page=page, first=not usable)


@blueprint.get("/<client_id>")
@administrator
def shown(client_id: str) -> str:
    """Show one."""
    return render_template("clients/console/portal.html", it=read(one("/clients", client_id)))
