"""How messages leave: shown on a page (demo), by SMTP, or through an SMS gateway that the operator plugs in.

``senders`` makes those that the settings ask for; without any, sign-up and recovery are off (design, processes).
"""

import json
import smtplib
import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import formatdate
from importlib import import_module
from urllib.parse import unquote, urlsplit

from sqlalchemy import Connection

from idp.clock import Clock
from idp.domain.messages import CHANNELS, Channel, Outgoing, Recipient, Sender
from idp.settings import Settings
from idp.store import demo_messages as store
from idp.store.database import Database
from idp.store.demo_messages import DemoMessageRow
from keys.sealing import Sealer

DEMO_BOX = "demo message"
SMTP_TIMEOUT = 10.0
"""Seconds that each step of a conversation with the mail server may take."""


def senders(settings: Settings, database: Database, sealer: Sealer, clock: Clock) -> list[Sender]:
    """Make the senders that the settings ask for.

    :raises ValueError: when a setting names none that exists.
    """
    if shows(settings):
        return [DemoSender(database, sealer, clock)]
    made: list[Sender] = [SmtpSender(settings)] if settings.message_sender == "smtp" else []
    if settings.sms_sender:
        made.append(plugged_in(settings))
    return made


def channels(settings: Settings) -> frozenset[Channel]:
    """Give the channels that people can be reached through, for pages to offer."""
    if shows(settings):
        return frozenset(CHANNELS)
    by_mail: frozenset[Channel] = frozenset({"email"}) if settings.message_sender == "smtp" else frozenset()
    by_phone: frozenset[Channel] = frozenset({"phone"}) if settings.sms_sender else frozenset()
    return by_mail | by_phone


def shows(settings: Settings) -> bool:
    """Say whether messages are shown on a page instead of sent: only ever in the demo, which is its default."""
    return settings.demo and settings.message_sender != "smtp"


def plugged_in(settings: Settings) -> Sender:
    """Give the operator's own sender: ``settings.sms_sender`` names ``module:callable``, called with the settings.

    :raises ValueError: when there is no such thing.
    """
    module, _, name = settings.sms_sender.partition(":")
    try:
        make: Callable[[Settings], Sender] = getattr(import_module(module), name)
    except (ImportError, AttributeError, ValueError):
        raise ValueError(f"MOTCUA_SMS_SENDER: there is no {settings.sms_sender!r}; it names module:callable") from None
    return make(settings)


@dataclass(frozen=True)
class ShownMessage:
    """A message as the demo's page shows it; ``sent_at`` in Unix seconds."""

    recipient: Recipient
    subject: str
    body: str
    sent_at: float


class DemoSender:
    """Keeps messages for the demo's page, sealed like everything that names a person."""

    channels: frozenset[Channel] = frozenset(CHANNELS)

    def __init__(self, database: Database, sealer: Sealer, clock: Clock) -> None:
        self._database = database
        self._sealer = sealer
        self._clock = clock

    def send(self, message: Outgoing) -> None:
        """Keep one message; the same one again changes nothing."""
        content = {"to": message.recipient.__dict__, "subject": message.subject, "body": message.body}
        sealed = self._sealer.seal(json.dumps(content).encode(), DEMO_BOX)
        with self._database.write() as connection:
            store.add(connection, DemoMessageRow(message.id, sealed, self._clock()))


def demo_box(connection: Connection, sealer: Sealer, limit: int = 50) -> Sequence[ShownMessage]:
    """Give the newest messages of the demo, the last first."""
    shown = []
    for row in store.newest(connection, limit):
        content = json.loads(sealer.open(row.sealed, DEMO_BOX))
        shown.append(ShownMessage(Recipient(**content["to"]), content["subject"], content["body"], row.sent_at))
    return shown


class SmtpSender:
    """Sends e-mail through one mail server: always encrypted, but for a server on this machine."""

    channels: frozenset[Channel] = frozenset({"email"})

    def __init__(self, settings: Settings) -> None:
        address = urlsplit(settings.smtp_url)
        self._host = address.hostname or ""
        self._implicit_tls = address.scheme == "smtps"
        self._port = address.port or (465 if self._implicit_tls else 587)
        self._user = unquote(address.username or "")
        self._password_file = settings.smtp_password_file
        self._from = settings.message_from
        # Said here, since smtplib would otherwise ask the machine's resolver for a name.
        self._own_name = urlsplit(settings.issuer).hostname

    def send(self, message: Outgoing) -> None:
        """Send one e-mail; its Message-ID is the same when it is tried again, so a second copy can be told."""
        mail = EmailMessage()
        mail["From"] = self._from
        mail["To"] = message.recipient.address
        mail["Subject"] = message.subject
        mail["Date"] = formatdate()
        mail["Message-ID"] = f"<{message.id}@{self._from.rpartition('@')[2]}>"
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content(message.body)
        mail["Content-Language"] = message.recipient.locale
        with self._connected() as server:
            server.send_message(mail)

    def _connected(self) -> smtplib.SMTP:
        """Give a conversation that is encrypted and, where there is a user, authenticated."""
        context = ssl.create_default_context()
        if self._implicit_tls:
            server: smtplib.SMTP = smtplib.SMTP_SSL(
                self._host, self._port, self._own_name, timeout=SMTP_TIMEOUT, context=context
            )
        else:
            server = smtplib.SMTP(self._host, self._port, self._own_name, timeout=SMTP_TIMEOUT)
        try:
            if not self._implicit_tls and self._host not in ("localhost", "127.0.0.1", "::1"):
                server.starttls(context=context)
            if self._user and self._password_file is not None:
                server.login(self._user, self._password_file.read_text(encoding="utf-8").strip())
        except BaseException:
            server.close()
            raise
        return server
