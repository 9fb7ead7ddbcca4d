"""``motcua signature``: is this document really signed? From the shell, with or without a network.

Exit status: 0 TOTAL-PASSED, 1 TOTAL-FAILED, 2 INDETERMINATE, 3 no signature or unreadable. With ``--json`` the answer
is SiVa's simple report on all four; nothing but the answer goes to standard output. A command line that cannot be
understood ends with 64. What a status lacks is fetched with the context's ``obj`` (``online.Fetch``) unless ``--offline``
forbids it; opening connections is that function's.
"""

import json
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from keys.validation.model import Content, Indication

if TYPE_CHECKING:
    from keys.validation.policy import Policy
    from keys.validation.revocation.online import Fetch
    from keys.validation.trust import TrustStore
    from keys.validation.verdict import Verdict

EXIT = {Indication.TOTAL_PASSED: 0, Indication.TOTAL_FAILED: 1, Indication.INDETERMINATE: 2}
NO_SIGNATURE = 3

_RFC3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)", re.ASCII)
_FILE = click.Path(path_type=Path)


USAGE = 64
"""A command line that cannot be understood (sysexits' EX_USAGE): click's own 2 would read as INDETERMINATE."""


class NotUnderstood(click.UsageError):
    """A usage error that ends with ``USAGE``."""

    exit_code = USAGE


class Strict(click.Command):
    """A command whose usage errors end with ``USAGE``."""

    def make_context(self, *args: Any, **kwargs: Any) -> click.Context:
        """Parse the arguments."""
        with _usage():
            return super().make_context(*args, **kwargs)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command."""
        with _usage():
            return super().invoke(ctx)


@contextmanager
def _usage() -> Iterator[None]:
    try:
        yield
    except click.UsageError as error:
        raise NotUnderstood(error.format_message(), error.ctx) from None


class Moment(click.ParamType[datetime]):
    """A time in RFC 3339 with its zone."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """The aware time that the text names."""
        if isinstance(value, datetime):
            return value
        if not _RFC3339.fullmatch(value):
            self.fail(f"{value!r} is not a time with its zone, such as 2026-03-02T09:00:00+07:00", param, ctx)
        try:
            moment = datetime.fromisoformat(value.upper())
        except ValueError:
            self.fail(f"{value!r} names no day or hour that there is", param, ctx)
        if moment > datetime.now(UTC):
            self.fail(f"{value!r} has not come yet", param, ctx)
        return moment


@click.group()
def signature() -> None:
    """Check the signatures of documents."""


@signature.command(cls=Strict)
@click.argument("file", type=_FILE)
@click.option(
    "--content", "contents", multiple=True, type=_FILE, help="Signed content that is kept apart (repeatable)."
)
@click.option("--anchor", "anchors", multiple=True, type=_FILE, help="Trust only this certificate, PEM (repeatable).")
@click.option(
    "--crl", "crls", multiple=True, type=_FILE, help="A certificate revocation list, DER or PEM (repeatable)."
)
@click.option("--ocsp", "ocsps", multiple=True, type=_FILE, help="An OCSP answer, DER (repeatable).")
@click.option("--at", type=Moment(), help="Judge as of this time, RFC 3339 with zone; not ahead of now.")
@click.option("--offline", is_flag=True, help="Use only what is given and what the document embeds.")
@click.option(
    "--mode",
    type=click.Choice(["live", "long-term"]),
    default="long-term",
    show_default=True,
    help="Whether a status must be current now, or may be that of the time that is proven.",
)
@click.option("--json", "as_json", is_flag=True, help="Print SiVa's simple report.")
@click.option("--report", type=click.Choice(["simple", "detailed", "etsi", "pdf"]), help="Print this report instead.")
@click.option(
    "--home", type=_FILE, default=Path("var"), envvar="MOTCUA_HOME", show_default=True, help="Where the trust store is."
)
def verify(
    file: Path,
    contents: tuple[Path, ...],
    anchors: tuple[Path, ...],
    crls: tuple[Path, ...],
    ocsps: tuple[Path, ...],
    at: datetime | None,
    offline: bool,
    mode: str,
    as_json: bool,
    report: str | None,
    home: Path,
) -> None:
    """Say whether FILE is really signed.

    Exit status: 0 passed, 1 failed, 2 indeterminate, 3 no signature or unreadable.
    """
    trust = _trust(anchors, home)
    try:
        document = file.read_bytes()
    except OSError as error:
        _print(_unreadable(file, at, trust, error), as_json, report)
        sys.exit(NO_SIGNATURE)
    given: dict[str, Any] = {
        "name": file.name,
        "contents": [Content(path.name, _read(path, "--content")) for path in contents],
        "trust": trust,
        "crls": [der for path in crls for der in _lists(path)],
        "ocsps": [_read(path, "--ocsp") for path in ocsps],
        "at": at,
        "policy": _policy(mode),
    }
    verdict = _verdict(document, given, None if offline else click.get_current_context().obj)
    _print(verdict, as_json, report)
    sys.exit(EXIT[verdict.indication] if verdict.indication else NO_SIGNATURE)


def _verdict(document: bytes, given: dict[str, Any], fetch: "Fetch | None") -> "Verdict":
    """Judge; where a status is lacking and may be fetched, fetch it and judge again."""
    from keys.validation import facade
    from keys.validation.revocation.online import fetched, wanted

    verdict = facade.validate(document, **given)
    if fetch is None or not (lacking := wanted(verdict)):
        return verdict
    crls, answers = fetched(lacking, fetch)
    return facade.validate(document, **given | {"crls": given["crls"] + crls, "ocsps": given["ocsps"] + answers})


def _policy(mode: str) -> "Policy":
    from dataclasses import replace

    from keys.validation.policy import DEFAULT_POLICY, Mode

    return replace(DEFAULT_POLICY, mode=Mode(mode))


def _trust(anchors: tuple[Path, ...], home: Path) -> "TrustStore":
    from keys.validation.trust import TrustStoreError, from_certificates, from_directory

    try:
        if anchors:
            return from_certificates(_read(path, "--anchor") for path in anchors)
        return from_directory(home / "trust")
    except TrustStoreError as error:
        raise click.BadParameter(str(error), param_hint="--anchor" if anchors else "--home") from error


def _read(path: Path, option: str) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise click.BadParameter(f"{path}: {error.strerror}", param_hint=option) from error


def _lists(path: Path) -> list[bytes]:
    from asn1crypto import pem

    data = _read(path, "--crl")
    if not pem.detect(data):
        return [data]
    try:
        return [der for kind, _, der in pem.unarmor(data, multiple=True) if kind == "X509 CRL"]
    except ValueError as error:
        raise click.BadParameter(f"{path}: {error}", param_hint="--crl") from error


def _unreadable(file: Path, at: datetime | None, trust: "TrustStore", error: OSError) -> "Verdict":
    from keys.validation import facade
    from keys.validation.model import ParsedDocument

    problem = ParsedDocument(format=None, problems=(f"the file cannot be read: {error.strerror}",))
    return facade.validate(b"", name=file.name, trust=trust, at=at, parse=lambda data, name, detached: problem)


def _print(verdict: "Verdict", as_json: bool, kind: str | None) -> None:
    from keys.validation.report import Kind, render, simple

    if kind is not None:
        sys.stdout.buffer.write(render(verdict, Kind(kind)).content)
    elif as_json:
        click.echo(json.dumps(simple(verdict), ensure_ascii=False, indent=2))
    else:
        for line in _lines(verdict):
            click.echo(line)


def _lines(verdict: "Verdict") -> list[str]:
    from keys.validation.report.names import common_name
    from keys.validation.report.siva import readable_signer
    from keys.validation.report.words import reason, sentence

    lines = [sentence(verdict.conclusion, "en") + ".", *verdict.problems]
    for found in verdict.signatures:
        signer = readable_signer(found)
        sub_indication = found.conclusion.sub_indication
        why = f" / {sub_indication}: {reason(sub_indication, 'en')}" if sub_indication else ""
        lines.append(f"{found.signature.id}: {found.conclusion.indication}{why}")
        lines.append(f"  {found.level}, signed by {common_name(signer) if signer else 'nobody known'}")
        lines += [f"  error: {error}" for error in found.errors] + [f"  note: {note}" for note in found.warnings]
    return lines


if __name__ == "__main__":
    signature(prog_name="motcua signature")
