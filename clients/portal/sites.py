"""The portals of this installation as data (``sites.json``): agency, names, colours, modules, client id.

Addresses, databases and secrets are settings (``clients.kit.settings``), never data.
"""

import json
import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from clients.kit.settings import Application

_COLOUR = re.compile(r"#[0-9a-f]{6}")


@dataclass(frozen=True, slots=True)
class Site:
    """One portal. Texts are by language; colours are the look's (``brand``, ``brand-strong``, ``brand-tint``)."""

    site: str
    agency: str
    name: dict[str, str]
    owner: dict[str, str]
    tagline: dict[str, str]
    colours: dict[str, str]
    client_id: str
    port_offset: int
    modules: tuple[str, ...] = ()
    scope: str = "openid profile citizen"

    @property
    def application(self) -> Application:
        """How the kit's settings call it."""
        prefix = f"MOTCUA_SITE_{self.site.upper()}_"
        return Application(self.site, prefix, self.client_id, self.port_offset, self.scope)

    @property
    def style(self) -> str:
        """The site's colours as a style sheet of its own, since pages may hold no inline style."""
        rules = "".join(f"--{use}:{colour};" for use, colour in self.colours.items())
        return f":root{{{rules}}}\n"


@cache
def sites() -> dict[str, Site]:
    """Give every site by its name.

    :raises ValueError: for a colour that is not one.
    """
    rows = json.loads(files("clients.portal").joinpath("sites.json").read_text("utf-8"))
    found = {row["site"]: Site(**{**row, "modules": tuple(row["modules"])}) for row in rows}
    for one in found.values():
        if faults := [colour for colour in one.colours.values() if not _COLOUR.fullmatch(colour)]:
            raise ValueError(f"site {one.site}: not a colour: {', '.join(faults)}")
    return found
