"""Filling is refused before it begins when it cannot end well."""

from collections import namedtuple
from pathlib import Path

import pytest

from bench.scale import plan
from bench.scale.plan import PARTS, DiskTooSmall, Plan, bytes_of, parse_parts, parse_sizes, seconds_expected

Usage = namedtuple("Usage", "total used free")


def room(monkeypatch: pytest.MonkeyPatch, free: int) -> None:
    monkeypatch.setattr("bench.scale.plan.shutil.disk_usage", lambda _folder: Usage(free * 2, free, free))


class TestDisk:
    def test_every_size_is_told_before_anything_is_written(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        room(monkeypatch, 2**40)
        told = Plan((10_000, 1_000_000)).check(tmp_path)
        assert "10,000 accounts" in told
        assert "1,000,000 accounts" in told

    def test_a_disk_too_small_by_one_byte_is_refused(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        wanted = Plan((10_000,))
        room(monkeypatch, wanted.bytes_needed - 1)
        with pytest.raises(DiskTooSmall, match="needed"):
            wanted.check(tmp_path)
        room(monkeypatch, wanted.bytes_needed)
        assert wanted.check(tmp_path)

    def test_all_sizes_stand_at_once(self) -> None:
        both = Plan((10_000, 20_000)).bytes_needed
        assert both - Plan((10_000,)).bytes_needed == bytes_of(20_000)

    def test_only_a_hundred_thousand_are_active(self) -> None:
        assert bytes_of(300_000) - bytes_of(200_000) == 100_000 * plan.BYTES_OF_ACCOUNT


class TestSizes:
    def test_the_smallest_comes_first_whatever_the_order(self) -> None:
        assert parse_sizes("1_000_000,10_000") == (10_000, 1_000_000)

    @pytest.mark.parametrize("text", ["", "0", "-5", "ten", "10,,20"])
    def test_what_is_no_size_is_refused(self, text: str) -> None:
        with pytest.raises(ValueError, match=r"sizes|invalid literal"):
            parse_sizes(text)


class TestParts:
    def test_any_of_them_can_be_left_out(self) -> None:
        assert parse_parts("workers,growth") == ("workers", "growth")
        assert parse_parts(",".join(PARTS)) == PARTS

    @pytest.mark.parametrize("text", ["", "growth,", "everything"])
    def test_what_is_no_part_is_refused(self, text: str) -> None:
        with pytest.raises(ValueError, match="parts are growth, clean-up, workers"):
            parse_parts(text)


class TestTime:
    def test_the_first_size_is_not_guessed_at(self) -> None:
        assert seconds_expected([], 10_000_000) == 0

    def test_a_size_is_expected_to_take_as_much_longer_as_it_is_larger(self) -> None:
        expected = seconds_expected([(10_000, 3.0), (1_000_000, 60.0)], 10_000_000)
        assert expected == pytest.approx(60 * bytes_of(10_000_000) / bytes_of(1_000_000))
