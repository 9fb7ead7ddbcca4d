"""The look that every application shares: Bootstrap served by ourselves, our own style, and what templates may call.

Owns the names that ``base.html`` and the macros use. Each application adds ``site_title``, ``site_subtitle``,
``home_address`` and ``demo`` by a context processor, and its own pages.
"""

import hashlib
from datetime import UTC, date, datetime
from functools import cache
from urllib.parse import quote

from flask import Flask, current_app, request
from flask_babel import format_date, format_datetime, format_decimal, to_user_timezone
from flask_bootstrap import Bootstrap5
from markupsafe import Markup

from templates.addresses import here
from templates.catalogs import STATIC
from templates.language import current_language

_DAY_FORMATS = {"vi": "dd/MM/y", "en": "d MMMM y"}
STATIC_LIFETIME = 86400
"""Seconds that a browser may keep a static file; its address changes with its content."""


def set_up_look(app: Flask) -> None:
    """Give an application the shared look; its static folder must be ``templates.catalogs.STATIC``."""
    app.config.update(BOOTSTRAP_SERVE_LOCAL=True, SEND_FILE_MAX_AGE_DEFAULT=STATIC_LIFETIME)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    Bootstrap5(app)
    app.jinja_env.globals.update(here=here, static_file=static_file)
    app.jinja_env.filters.update(moment=moment, day=day, calendar_day=calendar_day, dong=dong, names=names)


def static_file(name: str) -> str:
    """Give the address of a static file, which changes with its content so that browsers may keep it."""
    return f"{request.script_root}{current_app.static_url_path}/{_version(name)}"


def moment(seconds: float) -> Markup:
    """Give Unix time as day and minute in the reader's language, in the country's time, and exactly for machines."""
    when = datetime.fromtimestamp(int(seconds), UTC)
    return Markup('<time datetime="{}">{}</time>').format(_iso(when), format_datetime(when, f"{_day_format()} HH:mm"))


def day(seconds: float) -> Markup:
    """Give Unix time as a day in the reader's language, in the country's time."""
    when = datetime.fromtimestamp(int(seconds), UTC)
    return Markup('<time datetime="{}">{}</time>').format(_iso(when), day_words(to_user_timezone(when).date()))


def calendar_day(iso: str) -> Markup:
    """Give a calendar day that is kept as ``2026-03-02`` in the reader's language."""
    return Markup('<time datetime="{}">{}</time>').format(iso, day_words(date.fromisoformat(iso)))


def dong(amount: int) -> str:
    """Give an amount of money as it is written in the reader's language: 15.000 đồng, VND 15,000."""
    figures = format_decimal(amount)
    return f"{figures} đồng" if current_language() == "vi" else f"VND {figures}"


def names(item: tuple[str, dict[str, str]], language: str) -> tuple[str, str]:
    """Give a value and its words in one language, of a value and its words in every language."""
    return item[0], item[1][language]


def day_words(date: date) -> str:
    """Give a calendar day as it is written in the reader's language: 08/03/1994, or 8 March 1994."""
    return str(format_date(date, _day_format()))


def _day_format() -> str:
    return _DAY_FORMATS[current_language()]


def _iso(when: datetime) -> str:
    return str(to_user_timezone(when).isoformat())


@cache
def _version(name: str) -> str:
    return f"{quote(name)}?v={hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]}"
