"""Third-party initiated login (OpenID Connect Core §4): where a page of ours sends a person to begin at a portal.

The portal checks ``iss`` and asks us in its own request, so nothing about the person travels here: no ``login_hint``,
which its logs would keep.
"""

from urllib.parse import quote

from idp.domain.clients import Client


def address(client: Client, issuer: str, target_link_uri: str = "") -> str:
    """Give the address at which a sign-in at the client begins, empty where it registered none.

    :param target_link_uri: a page of the client's to end at; checked by the client itself.
    """
    begins = str(client.metadata.get("initiate_login_uri") or "")
    if not begins:
        return ""
    target = f"&target_link_uri={quote(target_link_uri, safe='')}" if target_link_uri else ""
    return f"{begins}{'&' if '?' in begins else '?'}iss={quote(issuer, safe='')}{target}"
