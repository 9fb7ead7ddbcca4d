"""The module as a site mounts it."""

from flask import Blueprint

from clients.procedures.api import procedures_api
from clients.procedures.views import procedure_pages


def procedures() -> list[Blueprint]:
    """Give the pages and the API."""
    return [procedure_pages(), procedures_api()]
