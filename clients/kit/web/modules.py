"""What a module of a portal is told of where it stands, and how it says what it adds: blueprints and ways to its pages.

Modules know the kit alone; which modules a site has, and where its neighbours are, ``wsgi.py`` hands over.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from flask import Blueprint, Flask, current_app, request, url_for

from clients.kit.person import Person

WAYS = "motcua_ways"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a module is mounted.

    :param agency: code of the agency whose portal it is.
    :param catalogue: address of the portal that publishes the procedures, empty where this is the one.
    :param receivers: each portal that takes dossiers, by the code of its agency.
    """

    agency: str
    catalogue: str = ""
    receivers: Mapping[str, "Portal"] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Portal:
    """A neighbour's portal: its address, which is also the resource of its APIs, and whose it is, by language."""

    address: str
    owner: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Way:
    """One entry of a portal's navigation.

    :param words: a lazy text.
    :param role: shown to officials with that role alone, where it is given.
    """

    endpoint: str
    words: object
    role: str = ""


def offer(blueprint: Blueprint, *ways: Way) -> None:
    """Let the navigation of whichever portal mounts ``blueprint`` lead to these pages, in this order."""
    blueprint.record(lambda state: state.app.extensions.setdefault(WAYS, []).extend(ways))


def ways(person: Person | None) -> list[dict[str, object]]:
    """Give the navigation that ``person`` sees on the page in hand: address, words, and whether one is there."""
    offered: list[Way] = current_app.extensions.get(WAYS, [])
    seen = [way for way in offered if not way.role or (person is not None and way.role in person.roles)]
    addresses = [url_for(way.endpoint) for way in seen]
    here = _nearest(addresses, request.script_root + request.path)
    return [{"address": at, "words": way.words, "here": at == here} for way, at in zip(seen, addresses, strict=True)]


def _nearest(addresses: Sequence[str], path: str) -> str:
    """Give which of the navigation's pages one is at: itself, or the nearest that the page is beneath."""
    above = [address for address in addresses if path == address or path.startswith(f"{address}/")]
    return max(above, key=len, default="")


def place() -> Place:
    """Give where the module that is answering stands.

    :raises KeyError: when no module of this application was told.
    """
    found: Place = current_app.extensions[Place.__name__]
    return found


def mount(app: Flask, where: Place, modules: Sequence[Blueprint]) -> None:
    """Add modules to ``app``."""
    app.extensions[Place.__name__] = where
    for module in modules:
        app.register_blueprint(module)
