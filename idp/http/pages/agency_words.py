"""Agencies by their names, from the catalogue that was loaded; a code without a name stays a code."""

from collections.abc import Mapping
from typing import Any

from idp.services import Services
from idp.store import agencies as store
from templates.language import current_language


def agency_name(services: Services, code: str | None) -> str:
    """Give an agency's name in the reader's language; below level 1 its code stands with it. Empty for none."""
    if not code:
        return ""
    with services.database.read() as connection:
        rows = store.of_code(connection, code.partition(".")[0])
    if not rows:
        return code
    name = rows[-1].name_en if current_language() == "en" else rows[-1].name_vi
    return f"{name} ({code})" if "." in code else name


def with_agency_name(services: Services, facts: Mapping[str, Any]) -> dict[str, Any]:
    """Give a person's facts with the agency by its name."""
    return {**facts, "agency": agency_name(services, facts.get("agency"))}
