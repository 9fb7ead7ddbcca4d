"""Message catalogues: where they are, and that what is used is what was written.

The wheel carries compiled catalogues (``setup.py`` compiles them). In a source checkout a catalogue that was edited is
compiled at the next start, so that a page never shows stale words or silently falls back to English.
"""

import os
import tempfile
from functools import cache
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations

FOLDER = Path(__file__).parent
TRANSLATIONS = FOLDER / "translations"
STATIC = FOLDER / "static"
LANGUAGES = ("vi", "en")
"""The languages of every page, the default first. Message identifiers are English, so English has no catalogue."""

SHARED = ("shared", "wtforms")
"""Catalogues that every application adds to its own: ``base.html`` and the macros; the form library's messages."""


def ensure_compiled(folder: Path = TRANSLATIONS) -> list[Path]:
    """Compile each catalogue whose compiled form is missing or older; give those that were.

    :raises OSError: where a compiled catalogue is missing and cannot be written.
    """
    compiled = []
    for written in sorted(folder.glob("*/LC_MESSAGES/*.po")):
        target = written.with_suffix(".mo")
        if not target.exists() or target.stat().st_mtime < written.stat().st_mtime:
            try:
                _compile(written, target)
            except OSError:
                # An installation that may not be written to keeps what its wheel brought.
                if not target.exists():
                    raise
                continue
            compiled.append(target)
    return compiled


def flask_babel_settings(domain: str) -> dict[str, str]:
    """Give the Flask-Babel configuration of an application whose own words are in ``domain``."""
    return {
        "BABEL_DEFAULT_LOCALE": LANGUAGES[0],
        "BABEL_DEFAULT_TIMEZONE": "Asia/Ho_Chi_Minh",
        "BABEL_DOMAIN": ";".join((*SHARED, domain)),
        "BABEL_TRANSLATION_DIRECTORIES": ";".join([str(TRANSLATIONS)] * (len(SHARED) + 1)),
    }


@cache
def catalogue(domain: str, language: str) -> NullTranslations:
    """Give one catalogue where no web framework is at hand (messages that a worker sends)."""
    return Translations.load(TRANSLATIONS, [language], domain)


def _compile(written: Path, target: Path) -> None:
    """Replace ``target`` in one step: several processes may start at the same moment."""
    with written.open("rb") as source:
        catalog = read_po(source, locale=written.parent.parent.name)
    handle, temporary = tempfile.mkstemp(dir=target.parent, suffix=".mo.part")
    try:
        with os.fdopen(handle, "wb") as output:
            write_mo(output, catalog)
        Path(temporary).chmod(0o644)
        Path(temporary).replace(target)
    finally:
        Path(temporary).unlink(missing_ok=True)
