"""``motcua worker``: the process that delivers messages and keeps the periodic duties.

Here its handlers and duties are put together; a part that posts a kind of message adds its handler here, one that must
do something again and again its duty. Any number of workers may run.
"""

import signal
import uuid
from collections.abc import Mapping, Sequence

import click
from sqlalchemy import Connection

from idp.commands.refusals import refusals
from idp.commands.settings import read_settings
from idp.domain import account_recovery, audit, closing, message_senders, messages
from idp.domain.audit import Action
from idp.domain.audit_sequencer import keep_in_sequence
from idp.domain.certificates import authorities, issuing
from idp.domain.key_rotation import rotate_keys
from idp.domain.outbox import Handler
from idp.domain.sessions import TELL_PORTAL
from idp.domain.validations import batches, look_ups
from idp.domain.validations.service import Validations, make_validations
from idp.domain.work import Duty, Worker
from idp.domain.work.duties import heartbeat, sweeping
from idp.domain.work.waking import Bell
from idp.logging import configure_logging
from idp.protocol import back_channel_logout
from idp.services import Services, make_services
from idp.store import workers
from idp.store.outbox import Message

ROTATE_EVERY = 60.0
KEEP_EVERY = 30.0
RECOVER_EVERY = 60.0
PLACE_WAIT = 20.0
"""Seconds that a document of a batch waits for a place to be judged."""
SEQUENCE_EVERY = 0.5
"""The trail promises a number within a second."""


def handlers(services: Services) -> Mapping[str, Handler]:
    """Give the handler of every kind of message that the provider posts."""
    sending = message_senders.senders(services.settings, services.database, services.sealer, services.clock)
    return {
        TELL_PORTAL: Handler(
            lambda message: back_channel_logout.tell(services, **message.payload),
            lambda connection, message: _portal_not_told(services, connection, message),
        ),
        **_of_certificates(services),
        closing.CLOSE: closing.handler(services),
        batches.VALIDATE: batches.handler(services, _patient_validations(services)),
        look_ups.LOOK_UP: look_ups.handler(services.settings, services.database, services.clock),
        messages.MESSAGE: messages.handler(sending, services.sealer, services.settings.issuer, services.clock),
    }


def duties(services: Services, worker_id: str) -> Sequence[Duty]:
    """Give what is done again and again, in the order in which a worker begins with it."""
    database, clock = services.database, services.clock

    def sequence() -> None:
        keep_in_sequence(database, lambda: services.key_ring.get().signing["ES256"], services.settings.issuer, clock)

    vault = authorities.open_vault(services.settings)
    fresh = () if vault is None else (Duty("authorities", KEEP_EVERY, lambda: authorities.keep_fresh(services, vault)),)
    return (
        heartbeat(database, clock, worker_id),
        Duty("rotate_keys", ROTATE_EVERY, lambda: rotate_keys(services)),
        Duty("audit_sequence", SEQUENCE_EVERY, sequence),
        *fresh,
        Duty("recoveries", RECOVER_EVERY, lambda: account_recovery.take_effect_where_due(services)),
        sweeping(database, clock),
    )


def _of_certificates(services: Services) -> Mapping[str, Handler]:
    """Without a vault nothing is handled here: what waits is left to a worker that has one."""
    vault = authorities.open_vault(services.settings)
    if vault is None:
        return {}
    return {
        issuing.ISSUE: Handler(lambda message: issuing.issue_posted(services, vault, message.payload)),
        authorities.PUBLISH_LIST: Handler(lambda message: authorities.publish_posted(services, vault, message.payload)),
    }


@click.command()
@click.option("--threads", type=click.IntRange(1, 64), default=8, show_default=True, help="Messages handed on at once.")
def worker(threads: int) -> None:
    """Deliver messages and keep the periodic duties, in the foreground, until SIGTERM."""
    settings = read_settings()
    if reasons := refusals(settings):
        raise click.ClickException("\n".join(["The worker does not start:", *(f"- {reason}" for reason in reasons)]))
    configure_logging()
    services = make_services(settings)
    worker_id = str(uuid.uuid4())
    at_work = Worker(
        services.database,
        services.clock,
        handlers(services),
        duties(services, worker_id),
        Bell(services.database),
        threads,
    )
    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, lambda *_: at_work.stop())
    at_work.run()
    with services.database.write() as connection:
        workers.leave(connection, worker_id)
    services.database.dispose()


def _patient_validations(services: Services) -> Validations:
    """Nobody waits for the worker, so it waits longer for a place; a message's lease is longer still."""
    settings, database = services.settings, services.database
    return make_validations(settings, database, services.clock, services.key_ring, PLACE_WAIT)


def _portal_not_told(services: Services, connection: Connection, message: Message) -> None:
    sid, client_id = message.payload["sid"], message.payload["client_id"]
    entry = audit.entry(
        Action.LOGOUT_NOTICE_GIVEN_UP,
        services.clock(),
        actor=("system", "worker"),
        object=("client", client_id),
        client_id=client_id,
        session=sid,
        outcome="failed",
    )
    audit.record(connection, entry)
