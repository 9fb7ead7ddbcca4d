"""Working days of the administration: when a result is due (Decree 118/2025/NĐ-CP counts working days).

The calendar with Tết, whose day follows the moon, and the days worked in exchange are ``holidays``'. The day that comes
out is kept with the dossier, so that a calendar which changes later rewrites no appointment.
"""

from datetime import date, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING

from clients.dossiers.practice import practice

if TYPE_CHECKING:
    from holidays import HolidayBase


def appointment(received_at: float, days: int) -> date:
    """Give the day on which a result is due.

    :param received_at: Unix seconds; after the hour until which dossiers are taken, and on days off, it counts as the
        next working day.
    :param days: working days that the procedure takes; the day of receipt is not counted, and none means that day.
    """
    day = day_of_receipt(received_at)
    for _ in range(days):
        day = _next(day)
    return day


def day_of_receipt(received_at: float) -> date:
    """Give the working day as whose work a receipt counts."""
    moment = datetime.fromtimestamp(received_at, practice().zone)
    late = moment.hour >= practice().takes_until
    return moment.date() if is_working_day(moment.date()) and not late else _next(moment.date())


def local_day(at: float) -> date:
    """Give the agency's calendar day of a moment."""
    return datetime.fromtimestamp(at, practice().zone).date()


def is_working_day(day: date) -> bool:
    """Tell whether the administration works on a day."""
    return _calendar().is_working_day(day)


def _next(day: date) -> date:
    day += timedelta(days=1)
    while not is_working_day(day):
        day += timedelta(days=1)
    return day


@cache
def _calendar() -> "HolidayBase":
    from holidays import country_holidays

    return country_holidays("VN")
