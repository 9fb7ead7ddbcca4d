"""The module as a site mounts it."""

from flask import Blueprint

from clients.dossiers.api import dossiers_api
from clients.dossiers.queue import queue_pages
from clients.dossiers.views import dossier_pages


def dossiers() -> list[Blueprint]:
    """Give the citizen's pages, the officials' and the API."""
    return [dossier_pages(), queue_pages(), dossiers_api()]
