"""The message catalogues: ``update`` collects every marked word into them, ``check`` says what they lack.

Three catalogues for each language: ``idp``, ``clients``, and ``shared`` for what both use. Message identifiers are
English, so only other languages have files. Compiling them is the work of ``templates.catalogs``.
"""

import os
import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.pofile import read_po, write_po

from templates.catalogs import LANGUAGES, ensure_compiled

ROOT = Path(__file__).resolve().parent.parent
TRANSLATED = tuple(language for language in LANGUAGES if language != "en")
KEYWORDS = {**DEFAULT_KEYWORDS, "mark": None, "lazy_gettext": None, "_l": None, "lazy_ngettext": (1, 2)}
SOURCES = {
    "shared": ("templates/*.py", "templates/*.html", "templates/macros/**/*.html"),
    "idp": ("idp/**/*.py", "keys/**/*.py", "templates/idp/**/*.html", "templates/idp/**/*.txt"),
    "clients": ("clients/**/*.py", "templates/clients/**/*.html", "templates/console/**/*.html"),
}
"""Where each catalogue's words stand."""


def _read(path: Path, language: str, domain: str | None = None) -> Catalog:
    if not path.exists():
        return Catalog(locale=language, domain=domain, project="Motcua", fuzzy=False)
    with path.open("rb") as file:
        return read_po(file, locale=language, domain=domain)


def collect(domain: str, root: Path = ROOT) -> Catalog:
    """Give every marked message of one catalogue, with the files it stands in."""
    method_map = [(pattern, "python" if pattern.endswith(".py") else "jinja2") for pattern in SOURCES[domain]]
    options = {pattern: {"encoding": "utf-8", "silent": "false"} for pattern, _ in method_map}
    template = Catalog(domain=domain)
    found = extract_from_dir(
        root, method_map, options, KEYWORDS, ["Translators:"], directory_filter=_is_source, strip_comment_tags=True
    )
    for file, _line, message, comments, context in found:
        template.add(message, locations=[(file, 0)], auto_comments=comments, context=context)
    return template


def _is_source(folder: str | os.PathLike[str]) -> bool:
    return not Path(folder).name.startswith(("_", ".")) and Path(folder).name not in ("node_modules", "tests", "var")


def catalogue_path(language: str, domain: str, root: Path = ROOT) -> Path:
    """Say where a catalogue is kept."""
    return root / "templates" / "translations" / language / "LC_MESSAGES" / f"{domain}.po"


def updated(language: str, domain: str, root: Path = ROOT) -> bytes:
    """Give the catalogue as it would be written now: every message, the old translations kept, in a fixed order."""
    template = collect(domain, root)
    if not len(template):
        return b""
    catalogue = _read(catalogue_path(language, domain, root), language, domain)
    catalogue.update(template, no_fuzzy_matching=True, update_creation_date=False)
    text = BytesIO()
    write_po(text, catalogue, width=120, ignore_obsolete=True, sort_output=True, include_lineno=False, omit_header=True)
    return HEADER.format(language=language).encode() + text.getvalue()


HEADER = """\
msgid ""
msgstr ""
"Project-Id-Version: Motcua\\n"
"Language: {language}\\n"
"Plural-Forms: nplurals=1; plural=0;\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"

"""
"""No dates: they change with every run and say nothing that the history does not."""


def catalogues() -> Iterator[tuple[str, str]]:
    """Give every language and domain."""
    return ((language, domain) for language in TRANSLATED for domain in SOURCES)


def untranslated(language: str, domain: str, root: Path = ROOT) -> list[str]:
    """Give the message identifiers of the kept catalogue that have no translation, or one that lost a placeholder."""
    catalogue = _read(catalogue_path(language, domain, root), language, domain)
    return [_identifier(message) for message in catalogue if message.id and _is_unfit(message, catalogue)]


def _is_unfit(message: Message, catalogue: Catalog) -> bool:
    strings = message.string if isinstance(message.string, (list, tuple)) else [message.string]
    return message.fuzzy or not all(strings) or bool(message.check(catalogue))


def _identifier(message: Message) -> str:
    return message.id if isinstance(message.id, str) else str(message.id[0])


def update() -> int:
    """Rewrite every catalogue from the words in use and compile it; say what still wants translating."""
    for language, domain in catalogues():
        path = catalogue_path(language, domain)
        text = updated(language, domain)
        if _read_bytes(path) != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text)
        for identifier in untranslated(language, domain):
            print(f"{language}/{domain}: no translation of {identifier!r}")
    ensure_compiled()
    return 0


def check() -> int:
    """Say which catalogues are not what ``update`` would write, and what is untranslated; 1 when there is any."""
    complaints = [
        f"{catalogue_path(language, domain).relative_to(ROOT)} is not up to date: make catalogs"
        for language, domain in catalogues()
        if _read_bytes(catalogue_path(language, domain)) != updated(language, domain)
    ] + [
        f"{language}/{domain}: no translation of {identifier!r}"
        for language, domain in catalogues()
        for identifier in untranslated(language, domain)
    ]
    print("\n".join(complaints) or "Catalogues are fresh and whole.")
    return 1 if complaints else 0


def _read_bytes(path: Path) -> bytes:
    return path.read_bytes() if path.exists() else b""


if __name__ == "__main__":
    sys.exit({"update": update, "check": check}[sys.argv[1]]())
