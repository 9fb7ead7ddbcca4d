"""How measured rounds are told."""

import pytest

from bench.figures import percentile, spread, table


class TestSpread:
    def test_one_round_that_went_wrong_moves_the_span_and_not_the_middle(self) -> None:
        told = spread([0.30, 9.0, 0.31])
        assert (told.middle, told.low, told.high) == (0.31, 0.30, 9.0)

    def test_nothing_is_told_of_no_rounds(self) -> None:
        with pytest.raises(ValueError, match="nothing was measured"):
            spread([])


class TestPercentile:
    def test_of_a_hundred_the_99th_leaves_one_above(self) -> None:
        assert percentile([float(number) for number in range(100, 0, -1)], 0.99) == 99

    def test_of_a_few_it_is_the_largest(self) -> None:
        assert percentile([3.0, 1.0, 2.0], 0.99) == 3.0

    def test_the_half_of_an_odd_number_is_the_middle(self) -> None:
        assert percentile([5.0, 1.0, 3.0], 0.5) == 3.0

    def test_of_nothing_there_is_none(self) -> None:
        with pytest.raises(ValueError, match="nothing was measured"):
            percentile([], 0.99)


class TestTable:
    def test_each_further_column_is_divided_by_the_first(self) -> None:
        told = table("CPU ms", ["10,000", "1,000,000"], {"refresh": {"10,000": [0.4, 0.5, 0.6], "1,000,000": [0.6]}})
        assert told.splitlines()[1].split() == ["refresh", "0.500", "(0.400-0.600)", "0.600", "(0.600-0.600)", "1.20"]

    def test_what_was_not_measured_is_a_dash_and_has_no_ratio(self) -> None:
        told = table("CPU ms", ["a", "b"], {"code": {"a": [1.0]}})
        assert told.splitlines()[1].split() == ["code", "1.000", "(1.000-1.000)", "-", "-"]

    def test_without_the_first_column_nothing_can_be_compared(self) -> None:
        told = table("CPU ms", ["a", "b"], {"code": {"b": [1.0]}})
        assert told.splitlines()[1].split()[-1] == "-"
