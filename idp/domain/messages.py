"""Messages to people: one-time codes and notices, posted with the act they tell of and sent by the worker.

A message waits in the outbox sealed, since it holds an address and often a code; nothing of it is ever logged. How it
leaves is behind ``Sender`` (``message_senders``); its words are data in both languages.
"""

import base64
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import structlog
from sqlalchemy import Connection

from idp.clock import Clock
from idp.data import read_json
from idp.domain import freeze_link, outbox
from idp.domain.outbox import Handler
from idp.domain.profile import SealedColumns
from idp.store.accounts import AccountRow
from idp.store.outbox import Message
from keys.sealing import Sealer

log = structlog.get_logger(__name__)

MESSAGE = "message"
"""The outbox kind of a message to a person, and the purpose it is sealed for."""

Channel = Literal["phone", "email"]
CHANNELS: tuple[Channel, ...] = ("phone", "email")


@dataclass(frozen=True)
class Recipient:
    """Where a message goes: a phone number (E.164) or an e-mail address, and the language it is written in."""

    channel: Channel
    address: str
    locale: str = "vi"


@dataclass(frozen=True)
class Outgoing:
    """A message in words, ready to leave. ``id`` is the same when it is tried again."""

    id: str
    recipient: Recipient
    subject: str
    body: str


class Sender(Protocol):
    """Sends messages through some channels."""

    @property
    def channels(self) -> frozenset[Channel]:
        """The channels it can reach people through."""

    def send(self, message: Outgoing) -> None:
        """Send one message; whatever it raises means *not yet*. May be called twice with the same ``id``."""


def post(
    connection: Connection,
    sealer: Sealer,
    recipient: Recipient,
    text: str,
    *,
    now: float,
    good_until: float | None = None,
    freeze: str = "",
    **values: str | int,
) -> None:
    """Post a message in the caller's transaction.

    :param text: its name in ``idp/data/message_texts.json``.
    :param good_until: Unix seconds after which it is not sent any more; a code that came too late would only confuse.
    :param freeze: the secret part of a link that stops everything (``freeze_link``), which the message ends with.
    :param values: what its words ask for.
    :raises KeyError: for a text or a value that is not there, before anything is posted.
    """
    written(text, recipient.locale, issuer="", **values)
    content = {"to": recipient.__dict__, "text": text, "values": values, "good_until": good_until}
    content |= {"freeze": freeze} if freeze else {}
    sealed = base64.b64encode(sealer.seal(json.dumps(content).encode(), MESSAGE)).decode()
    outbox.post(connection, MESSAGE, {"sealed": sealed}, now=now)


def post_code(
    connection: Connection, sealer: Sealer, recipient: Recipient, code: str, *, now: float, lifetime: int
) -> None:
    """Post a confirmation code that is good for ``lifetime`` seconds; later it is not sent any more."""
    minutes, until = lifetime // 60, now + lifetime
    post(connection, sealer, recipient, "confirmation_code", now=now, good_until=until, code=code, minutes=minutes)


def post_nothing(connection: Connection, sealer: Sealer, *, now: float) -> None:
    """Post a message that the worker throws away, where there is nobody to write to: the work is the same then."""
    nobody = Recipient("email", "nobody@localhost")
    post(connection, sealer, nobody, "account_closed", now=now, good_until=0.0)


def notify(connection: Connection, sealer: Sealer, account: AccountRow, text: str, *, now: float) -> None:
    """Tell an account's owner through every confirmed channel, in their language."""
    for recipient in recipients_of(sealer, account):
        post(connection, sealer, recipient, text, now=now)


def announce(
    connection: Connection, sealer: Sealer, account: AccountRow, text: str, *, now: float, **values: Any
) -> None:
    """Tell an account's owner of a sensitive change through every confirmed channel, with a link that only freezes.

    :param text: its name in ``idp/data/message_texts.json``.
    :raises KeyError: for a text or a value that is not there, before anything is posted.
    """
    for recipient in recipients_of(sealer, account):
        freeze = freeze_link.make(sealer, account.id, at=now)
        post(connection, sealer, recipient, text, now=now, freeze=freeze, **values)


def recipients_of(sealer: Sealer, account: AccountRow) -> list[Recipient]:
    """Give an account's confirmed channels, the phone first."""
    sealed = SealedColumns(sealer, account.id)
    columns: Iterable[tuple[Channel, bytes | None, bool]] = (
        ("phone", account.phone_sealed, account.phone_confirmed),
        ("email", account.email_sealed, account.email_confirmed),
    )
    confirmed = ((channel, sealed.open(column, channel)) for channel, column, known in columns if known)
    return [Recipient(channel, address, account.locale) for channel, address in confirmed if address]


def written(text: str, locale: str, **values: str | int) -> tuple[str, str]:
    """Give subject and body of a text.

    :raises KeyError: for a text or a value that is not there.
    """
    words: Mapping[str, str] = read_json("message_texts.json")["texts"][text]["en" if locale == "en" else "vi"]
    return words["subject"], words["body"].format_map(values)


def handler(senders: Iterable[Sender], sealer: Sealer, issuer: str, clock: Clock) -> Handler:
    """Give the worker's handler of messages.

    :param senders: the first that has a message's channel sends it; a channel that no sender has is a failure, which
        the operator sees among the messages given up.
    """
    by_channel: dict[Channel, Sender] = {}
    for sender in senders:
        by_channel |= {channel: sender for channel in sender.channels if channel not in by_channel}

    def deliver(message: Message) -> None:
        content = _opened(sealer, message.payload)
        if content["good_until"] is not None and clock() > content["good_until"]:
            if content["good_until"]:
                log.warning("message_too_late", message=message.id, text=content["text"])
            return
        recipient = Recipient(**content["to"])
        subject, body = written(content["text"], recipient.locale, issuer=issuer, **content["values"])
        if content.get("freeze"):
            link = f"{issuer}/freeze/{content['freeze']}"
            body = f"{body} {written('freeze_link', recipient.locale, link=link)[1]}"
        by_channel[recipient.channel].send(Outgoing(message.id, recipient, subject, body))

    return Handler(deliver)


def _opened(sealer: Sealer, payload: Mapping[str, Any]) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(sealer.open(base64.b64decode(payload["sealed"]), MESSAGE))
    return content
