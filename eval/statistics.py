"""How sure a figure is, and whether two runs differ: bootstrap intervals and paired randomisation tests.

Everything random is seeded: the same runs give the same figures everywhere.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

SEED = 20_261_122
RESAMPLES = 2_000
PERMUTATIONS = 9_999


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure with its 95% bootstrap interval.

    Attributes:
        value: The measure.
        low: Lower end; None where there are too few cases for an interval.
        high: Upper end; None likewise.
        count: How many cases it is over.
    """

    value: float
    low: float | None
    high: float | None
    count: int


def mean_estimate(values: Sequence[float]) -> Estimate:
    """Return a mean with its interval (percentile bootstrap over cases)."""
    data = np.asarray(values, dtype=np.float64)
    if len(data) < 2 or np.ptp(data) == 0:
        # Resampling equal values gives no width; that is no knowledge of how sure the figure is.
        return Estimate(float(data.mean()), None, None, len(data))
    found = stats.bootstrap(
        (data,), np.mean, n_resamples=RESAMPLES, method="percentile", rng=np.random.default_rng(SEED)
    ).confidence_interval
    return Estimate(float(data.mean()), float(found.low), float(found.high), len(data))


def columns_estimate(statistic: Callable[..., tuple[float, ...]], columns: Sequence[NDArray[Any]]) -> list[Estimate]:
    """Return the several values of a statistic of paired columns, each with its interval.

    Args:
        statistic: Of the columns, resampled together by case.
        columns: One array an argument, of one length.
    """
    count = len(columns[0])
    values = statistic(*columns)
    random = np.random.default_rng(SEED)
    draws = (random.integers(count, size=count) for _ in range(RESAMPLES))
    drawn = np.array([statistic(*(column[rows] for column in columns)) for rows in draws])
    estimates = []
    for place, value in enumerate(values):
        column = drawn[:, place][~np.isnan(drawn[:, place])]
        enough = len(column) > RESAMPLES // 2 and np.ptp(column) > 0
        low, high = np.percentile(column, (2.5, 97.5)) if enough else (None, None)
        estimates.append(
            Estimate(value, low if low is None else float(low), high if high is None else float(high), count)
        )
    return estimates


def paired_p_value(differences: Sequence[float]) -> float:
    """Return the two-sided p-value of a paired randomisation test: are these differences' signs up to chance?

    (Smucker, Allan and Carterette, "A Comparison of Statistical Significance Tests for IR Evaluation", 2007.)
    """
    data = np.asarray(differences, dtype=np.float64)
    if len(data) < 2 or not data.any():
        return 1.0
    test = stats.permutation_test(
        (data,),
        lambda sample, axis: np.mean(sample, axis=axis),
        permutation_type="samples",
        n_resamples=PERMUTATIONS,
        vectorized=True,
        rng=np.random.default_rng(SEED),
    )
    return float(test.pvalue)


def swapped_p_values(
    statistic: Callable[..., tuple[float, ...]],
    base: Sequence[NDArray[Any]],
    new: Sequence[NDArray[Any]],
    permutations: int = RESAMPLES,
) -> list[float]:
    """Return the p-value of each value of a statistic: the runs' cases are swapped at random, pair by pair.

    Args:
        statistic: Of columns.
        base: Columns of one run, one entry a case.
        new: Columns of the other, in the same order of cases.
        permutations: How many random swaps.
    """
    observed = np.array(statistic(*new)) - np.array(statistic(*base))
    random = np.random.default_rng(SEED)
    extreme = np.ones(len(observed))
    for _ in range(permutations):
        swap = random.random(len(base[0])) < 0.5
        one = [np.where(swap, b, a) for a, b in zip(base, new, strict=True)]
        other = [np.where(swap, a, b) for a, b in zip(base, new, strict=True)]
        difference = np.array(statistic(*other)) - np.array(statistic(*one))
        extreme += ~(np.abs(difference) < np.abs(observed) - 1e-12)  # a draw without a value counts as extreme
    return [float(value) for value in np.where(observed == 0, 1.0, extreme / (permutations + 1))]


def holm(p_values: dict[str, float]) -> dict[str, float]:
    """Return p-values adjusted for being several (Holm, 1979): the chance of any false alarm stays below the level."""
    adjusted: dict[str, float] = {}
    floor = 0.0
    for place, (name, p_value) in enumerate(sorted(p_values.items(), key=lambda item: item[1])):
        floor = max(floor, min(1.0, p_value * (len(p_values) - place)))
        adjusted[name] = floor
    return adjusted
