"""``/api/clients``: the registered clients, as far as the administrator reaches. Registering is ``/register``'s and a command's."""

from pydantic import BaseModel, Field

from idp.domain.administration import portals
from idp.domain.clients import Client
from idp.errors import NotFound
from idp.http.api.operation import Call, Operation
from idp.http.api.paging import Page
from idp.services import Services
from idp.words import mark

LANGUAGES = ("vi", "en")


class ClientShort(BaseModel):
    """A client in a list."""

    client_id: str
    name: dict[str, str] = Field(description="By language, `vi` and `en`")
    agency: str | None = Field(description="Code of the agency that an administrator approved it for")
    first_party: bool
    enabled: bool
    registered_by: str = Field(description="`administrator` or `dynamic`")
    registered_at: int = Field(description="Unix seconds")


class ClientWhole(ClientShort):
    """A client with what it registered; never its secret."""

    redirect_uris: list[str]
    scopes: list[str]
    grant_types: list[str]
    auth_method: str
    backchannel_logout_uri: str | None
    resources: list[str]
    legal_basis: str | None


class ClientPage(BaseModel):
    """A part of the list; ``next`` is null on the last."""

    items: list[ClientShort]
    next: str | None


def listed(call: Call) -> ClientPage:
    """Give a page of the clients that the administrator reaches."""
    page = call.query(Page)
    found = portals.page(call.services, call.caller.administrator.limited_to, page.after, page.limit)
    return ClientPage(items=[ClientShort(**_short(client)) for client in found.clients], next=found.next)


def shown(call: Call) -> ClientWhole:
    """Give one client.

    :raises NotFound: when there is none, or it is not the administrator's to see.
    """
    client = portals.find(call.services, call.path["client_id"])
    if client is None or not call.caller.administrator.reaches(client.agency):
        raise NotFound(mark("There is no such portal."))
    return ClientWhole(
        **_short(client),
        redirect_uris=list(client.redirect_uris),
        scopes=sorted(client.scopes),
        grant_types=sorted(client.grant_types),
        auth_method=client.auth_method,
        backchannel_logout_uri=client.backchannel_logout_uri,
        resources=list(client.resources),
        legal_basis=client.metadata.get("legal_basis"),
    )


def _short(client: Client) -> dict[str, object]:
    return {
        "client_id": client.client_id,
        "name": {language: client.name(language) for language in LANGUAGES},
        "agency": client.agency,
        "first_party": client.first_party,
        "enabled": client.enabled,
        "registered_by": client.row.registered_by,
        "registered_at": client.row.created_at,
    }


def names_of(services: Services, client_id: str) -> dict[str, str] | None:
    """Give a client's name by language, None for one that is gone; a name is told to whoever may see where it stands."""
    client = services.clients.get(client_id)
    return None if client is None else {language: client.name(language) for language in LANGUAGES}


OPERATIONS = (
    Operation("GET", "/api/clients", "list_clients", "List the portals", "client:read", listed, ClientPage, Page),
    Operation("GET", "/api/clients/{client_id}", "show_client", "Show a portal", "client:read", shown, ClientWhole),
)
