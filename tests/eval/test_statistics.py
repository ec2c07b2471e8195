"""Intervals and p-values against samples whose truth is known."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from eval.statistics import Estimate, columns_estimate, holm, mean_estimate, paired_p_value, swapped_p_values

SIMULATIONS = 200


def mean_of(column: NDArray[np.float64]) -> tuple[float]:
    return (float(column.mean()),)


def mean_and_spread(column: NDArray[np.float64]) -> tuple[float, float]:
    return float(column.mean()), float(np.ptp(column))


def flipped(differences: Sequence[float]) -> float:
    """Return the share of all ways to flip signs that bring the sum at least as far from 0."""
    sums = [
        abs(sum(s * d for s, d in zip(signs, differences, strict=True)))
        for signs in product((1, -1), repeat=len(differences))
    ]
    return sum(one >= abs(sum(differences)) - 1e-12 for one in sums) / len(sums)


def test_an_interval_holds_the_mean_and_is_the_same_every_time() -> None:
    values = np.random.default_rng(1).random(30).tolist()
    found = mean_estimate(values)
    assert found.low is not None
    assert found.high is not None
    assert 0 < found.low < found.value < found.high < 1
    assert found.value == pytest.approx(sum(values) / 30)
    assert found.count == 30
    assert mean_estimate(values) == found


@pytest.mark.parametrize("values", [[0.5], [1.0, 1.0, 1.0], [0.0, 0.0]])
def test_one_value_and_equal_values_have_no_interval(values: list[float]) -> None:
    assert mean_estimate(values) == Estimate(values[0], None, None, len(values))


def test_more_cases_make_a_narrower_interval() -> None:
    few, many = mean_estimate([0, 1] * 10), mean_estimate([0, 1] * 100)
    assert few.low is not None
    assert many.low is not None
    assert few.low < many.low < 0.5


def test_the_interval_covers_the_truth_about_as_often_as_it_says() -> None:
    random = np.random.default_rng(2)
    covered = 0
    for sample in random.random((SIMULATIONS, 40)) < 0.7:
        found = mean_estimate(sample.astype(float).tolist())
        assert found.low is not None
        assert found.high is not None
        covered += found.low <= 0.7 <= found.high
    assert 0.88 <= covered / SIMULATIONS <= 0.99


def test_columns_are_drawn_together_and_each_value_has_its_interval() -> None:
    column = np.random.default_rng(3).random(40)

    def statistic(one: NDArray[Any], two: NDArray[Any]) -> tuple[float, ...]:
        return float(one.mean()), float((one + two).mean()), float("nan")

    mean, constant, nothing = columns_estimate(statistic, [column, 1 - column])
    assert mean.low is not None
    assert mean.high is not None
    assert mean.low < mean.value < mean.high
    assert mean.high - mean.low < 0.3
    assert constant.high is None or constant.high - 1 < 1e-9
    assert (nothing.low, nothing.high, nothing.count) == (None, None, 40)
    assert columns_estimate(statistic, [column, 1 - column])[0] == mean


def test_an_interval_that_ends_at_zero_is_an_interval() -> None:
    (found,) = columns_estimate(mean_of, [np.array([0.0, 0.0, 0.0, 1.0])])
    assert (found.low, found.value) == (0.0, 0.25)
    assert isinstance(found.low, float)


def test_no_difference_has_a_p_value_of_one() -> None:
    assert paired_p_value([0.0] * 20) == 1
    assert swapped_p_values(mean_of, [np.ones(5)], [np.ones(5)]) == [1]


@pytest.mark.parametrize("seed", range(5))
def test_a_small_sample_has_the_p_value_of_every_flip_of_signs(seed: int) -> None:
    differences = np.random.default_rng(seed).normal(0.4, 1, 8).tolist()
    assert paired_p_value(differences) == pytest.approx(flipped(differences))


def test_a_clear_shift_has_a_small_p_value_in_either_direction() -> None:
    shift = np.random.default_rng(4).normal(0.5, 0.3, 30)
    assert paired_p_value(shift.tolist()) == paired_p_value((-shift).tolist()) < 0.001
    base = np.random.default_rng(5).random(30)
    (worse,) = swapped_p_values(mean_of, [base], [base - shift])
    (better,) = swapped_p_values(mean_of, [base - shift], [base])
    assert worse == better < 0.001


def test_swapping_runs_agrees_with_flipping_signs() -> None:
    random = np.random.default_rng(6)
    base, new = random.random(8), random.random(8) + 0.2
    (found,) = swapped_p_values(mean_of, [base], [new], permutations=4000)
    assert found == pytest.approx(flipped((new - base).tolist()), abs=0.03)


def test_each_value_of_a_statistic_has_its_own_p_value() -> None:
    base = np.linspace(0, 1, 30)
    mean, spread = swapped_p_values(mean_and_spread, [base], [base + 0.2])
    assert mean < 0.001
    assert spread == 1


def test_false_alarms_are_as_rare_as_the_level_says() -> None:
    random = np.random.default_rng(7)
    paired = swapped = 0
    for _ in range(SIMULATIONS):
        base, new = random.random((2, 25))
        paired += paired_p_value((new - base).tolist()) < 0.05
        swapped += swapped_p_values(mean_of, [base], [new], permutations=199)[0] < 0.05
    assert paired / SIMULATIONS < 0.12
    assert swapped / SIMULATIONS < 0.12
    assert min(paired, swapped) > 0


def test_p_values_under_chance_are_spread_evenly() -> None:
    random = np.random.default_rng(8)
    values = [paired_p_value(random.normal(size=12).tolist()) for _ in range(SIMULATIONS)]
    assert np.quantile(values, (0.25, 0.5, 0.75)) == pytest.approx((0.25, 0.5, 0.75), abs=0.1)


def test_p_values_are_adjusted_as_holm_does() -> None:
    assert holm({"a": 0.01, "b": 0.04, "c": 0.03}) == pytest.approx({"a": 0.03, "c": 0.06, "b": 0.06})
    assert holm({"a": 0.6, "b": 0.5}) == {"b": 1, "a": 1}
    assert holm({"a": 0.2}) == {"a": 0.2}
    assert holm({}) == {}


@settings(deadline=None, derandomize=True)
@given(st.dictionaries(st.text(max_size=3), st.floats(0, 1), max_size=8))
def test_adjusted_p_values_keep_their_order_and_never_fall(p_values: dict[str, float]) -> None:
    adjusted = holm(p_values)
    assert adjusted.keys() == p_values.keys()
    assert all(p_values[name] <= adjusted[name] <= 1 for name in p_values)
    order = sorted(p_values, key=p_values.__getitem__)
    assert [adjusted[name] for name in order] == sorted(adjusted.values())
