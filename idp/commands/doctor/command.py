"""The command ``motcua doctor`` and the list of what it looks at."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict

import click

from idp.clock import system_clock
from idp.commands.doctor.database import (
    look_at_audit,
    look_at_clients,
    look_at_database,
    look_at_keys,
    look_at_outbox,
    look_at_worker,
)
from idp.commands.doctor.finding import Check, Finding
from idp.commands.doctor.settings import look_at_messages, look_at_passkeys, look_at_redis, look_at_safety
from idp.commands.doctor.validation import look_at_confinement, look_at_trust
from idp.commands.settings import read_settings
from idp.settings import Settings

CHECKS: tuple[Check, ...] = (
    look_at_safety,
    look_at_database,
    look_at_keys,
    look_at_redis,
    look_at_worker,
    look_at_outbox,
    look_at_audit,
    look_at_clients,
    look_at_messages,
    look_at_passkeys,
    look_at_confinement,
    look_at_trust,
)
"""Each thing that is looked at, in the order in which one rests on the other."""

MARKS = {"good": "✓", "note": "·", "fault": "✗"}


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Give the findings as JSON.")
def doctor(as_json: bool) -> None:
    """Say what is wrong with this installation and how to mend it; exit status 1 when something is."""
    findings = list(examine(read_settings(), system_clock()))
    if as_json:
        click.echo(json.dumps([asdict(finding) for finding in findings], ensure_ascii=False, indent=2))
    else:
        click.echo("\n".join(_lines(findings)))
    if any(finding.state == "fault" for finding in findings):
        raise SystemExit(1)


def examine(settings: Settings, now: float, checks: Sequence[Check] = CHECKS) -> Iterator[Finding]:
    """Give every finding.

    :param now: Unix seconds.
    """
    for check in checks:
        try:
            yield from check(settings, now)
        except Exception as error:
            subject = check.__name__.removeprefix("look_at_").replace("_", " ")
            yield Finding(subject, "fault", f"cannot be looked at: {type(error).__name__}: {error}")


def _lines(findings: Sequence[Finding]) -> Iterator[str]:
    width = max(len(finding.subject) for finding in findings)
    for finding in findings:
        yield f"{MARKS[finding.state]} {finding.subject.ljust(width)}  {finding.sentence}"
        if finding.remedy:
            yield f"  {' ' * width}  → {finding.remedy}"
