"""When a result is due: working days, with Tết by the moon, days off in between, and the hour until which is taken."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from clients.dossiers.working_days import appointment, day_of_receipt, is_working_day

HANOI = ZoneInfo("Asia/Ho_Chi_Minh")


def at(day: str, hour: int = 9, minute: int = 0) -> float:
    return datetime.fromisoformat(f"{day}T{hour:02}:{minute:02}").replace(tzinfo=HANOI).timestamp()


@pytest.mark.parametrize(
    ("received", "days", "due"),
    [
        ("2026-03-02", 0, "2026-03-02"),
        ("2026-03-02", 1, "2026-03-03"),
        ("2026-03-06", 1, "2026-03-09"),
        ("2026-03-02", 5, "2026-03-09"),
        ("2026-03-02", 10, "2026-03-16"),
        ("2026-02-13", 1, "2026-02-23"),
        ("2026-02-12", 3, "2026-02-24"),
        ("2027-02-03", 1, "2027-02-11"),
        ("2026-04-29", 1, "2026-05-04"),
        ("2026-04-24", 2, "2026-04-29"),
        ("2026-09-01", 0, "2026-09-03"),
        ("2026-12-31", 1, "2027-01-04"),
        ("2026-12-01", 30, "2027-01-13"),
    ],
    ids=["the same day", "the next day", "over a week-end", "a week", "two weeks", "over Tết 2026", "into Tết 2026",
         "over Tết 2027", "30 April and 1 May", "Hùng Kings on a Sunday", "received on National Day", "New Year",
         "a month into the next year"],
)  # fmt: skip
def test_the_day_on_which_a_result_is_due(received: str, days: int, due: str) -> None:
    assert appointment(at(received), days) == date.fromisoformat(due)


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        (at("2026-03-02", 14, 59), "2026-03-02"),
        (at("2026-03-02", 15, 0), "2026-03-03"),
        (at("2026-03-06", 23, 59), "2026-03-09"),
        (at("2026-03-07", 8), "2026-03-09"),
        (at("2026-03-08", 22), "2026-03-09"),
        (at("2026-03-02", 0, 1), "2026-03-02"),
    ],
)
def test_after_the_hour_and_on_days_off_it_counts_as_the_next_working_day(moment: float, day: str) -> None:
    assert day_of_receipt(moment) == date.fromisoformat(day)


def test_the_day_is_the_agencys_own_not_that_of_greenwich() -> None:
    """01:00 of Tuesday in Hà Nội is still Monday in Greenwich."""
    assert day_of_receipt(at("2026-03-03", 1)) == date(2026, 3, 3)


def test_week_ends_and_holidays_are_no_working_days() -> None:
    assert [day for day in range(14, 24) if is_working_day(date(2026, 2, day))] == [23]
