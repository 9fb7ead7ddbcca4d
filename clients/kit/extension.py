"""The relying party itself: what talks to the provider, made once from settings and tied to a Flask application.

The composition root of the kit; pages and guards ask ``relying_party()`` for it.
"""

import hashlib
from functools import cached_property

from flask import Flask, current_app

from clients.kit.clock import Clock, system_clock
from clients.kit.follower import PAUSE, Follower
from clients.kit.outbound import Slots
from clients.kit.protocol.client_authentication import client_authentication
from clients.kit.protocol.discovery import Discovery
from clients.kit.protocol.ended_feed import EndedFeed
from clients.kit.protocol.fetch import Fetcher
from clients.kit.protocol.introspection import Introspection
from clients.kit.protocol.key_set import KeySet
from clients.kit.protocol.token_request import TokenEndpoint
from clients.kit.records.tables import sweep
from clients.kit.settings import Settings
from clients.kit.sweeper import Sweeper

EXTENSION = "motcua_relying_party"


class RelyingParty:
    """One relying party: its settings, its clock, and its connections to the provider.

    :param home: endpoint of its front page.
    :param layout: template that its pages, the kit's among them, extend.
    """

    def __init__(self, settings: Settings, clock: Clock = system_clock, *, home: str, layout: str) -> None:
        self.settings = settings
        self.home = home
        self.layout = layout
        self.clock = clock
        self.fetcher = Fetcher(settings.demo, settings.allowed_fetch_networks)
        self.discovery = Discovery(settings.issuer, self.fetcher, clock)
        self.keys = KeySet(lambda: self.discovery().jwks_uri, self.fetcher, clock)
        self.slots = Slots(settings.threads // 2)
        self.authentication = client_authentication(
            settings.client_id, settings.secret_file, settings.private_key_file, clock
        )
        self.token_endpoint = TokenEndpoint(self.discovery, self.fetcher, self.authentication, clock)
        self.introspection = Introspection(self.discovery, self.fetcher, self.authentication, clock)
        self.ended = EndedFeed(settings.issuer, self.fetcher, self.token_endpoint, clock)
        self.sweeper = Sweeper(sweep, clock)
        self.follower = Follower(self.ended, PAUSE if settings.follow_ended else None)

    def init_app(self, app: Flask) -> None:
        """Tie it to ``app``."""
        app.extensions[EXTENSION] = self

    def address(self, path: str) -> str:
        """Give the absolute address of a path of this application, from settings and never from ``Host``."""
        return f"{self.settings.url}{path}"

    @property
    def now(self) -> int:
        """The present in whole Unix seconds."""
        return int(self.clock())

    @cached_property
    def cookie_name(self) -> str:
        """The session cookie's name, this application's own: cookies on one host are shared between ports."""
        return f"{'__Host-' if self.settings.secure else ''}motcua-{self.settings.application.name}"

    @cached_property
    def form_key(self) -> str:
        """What signs form tokens: the same in every process of this client, and nobody else's."""
        file = self.settings.private_key_file or self.settings.secret_file
        secret = file.read_bytes() if file is not None else b""
        return hashlib.blake2b(secret, key=b"motcua forms").hexdigest()


def relying_party() -> RelyingParty:
    """Give the relying party of the application that is answering."""
    found: RelyingParty = current_app.extensions[EXTENSION]
    return found
