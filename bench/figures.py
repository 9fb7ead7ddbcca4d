"""What is told of several measured rounds: the middle, the span, and how a row compares with its first column.

Decides how figures are read; taking them is ``load``'s affair.
"""

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Spread:
    """Median, minimum and maximum of some rounds."""

    middle: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.middle:.3f} ({self.low:.3f}-{self.high:.3f})"


def spread(values: Sequence[float]) -> Spread:
    """Sum up the rounds of one cell.

    :raises ValueError: for no rounds at all, which nothing may be told of.
    """
    if not values:
        raise ValueError("nothing was measured")
    return Spread(statistics.median(values), min(values), max(values))


def percentile(values: Sequence[float], share: float) -> float:
    """Give the smallest value that at least ``share`` (0 to 1) of all do not exceed (nearest rank).

    :raises ValueError: for no values.
    """
    if not values:
        raise ValueError("nothing was measured")
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]


def table(title: str, columns: Sequence[str], rows: Mapping[str, Mapping[str, Sequence[float]]]) -> str:
    """Write rounds by row and column, and behind them each further column's median divided by the first column's.

    A ratio above one is dearer than the first column. A cell without rounds is a dash.
    """
    lines = [f"{title:36}" + "".join(f"{name:>25}" for name in columns) + "   to the first"]
    for name, cells in rows.items():
        spreads = {column: spread(cells[column]) for column in columns if cells.get(column)}
        told = "".join(f"{spreads[column]!s:>25}" if column in spreads else f"{'-':>25}" for column in columns)
        lines.append(f"{name:36}{told}   {ratios(columns, spreads)}".rstrip())
    return "\n".join(lines)


def ratios(columns: Sequence[str], spreads: Mapping[str, Spread]) -> str:
    """Give the further columns' medians divided by the first one's."""
    first = spreads.get(columns[0])
    told = [spreads[name].middle / first.middle if first and name in spreads else None for name in columns[1:]]
    return " ".join("     -" if ratio is None else f"{ratio:6.2f}" for ratio in told)
