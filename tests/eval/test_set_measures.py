"""Confidence and refusals: measures of a set against examples worked out by hand, and slower ways of counting."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from eval.measures import SET_MEASURES, auroc, calibration_error, coverage_at_risk, risk_coverage, set_values

thorough = settings(deadline=None, max_examples=60, derandomize=True)
SHARES = st.one_of(st.sampled_from((0.0, 0.25, 0.5, 1.0)), st.floats(0, 1))
ROWS = st.lists(st.tuples(st.booleans(), st.booleans(), st.booleans(), SHARES), min_size=1, max_size=30)
Row = tuple[bool, bool, bool, float]


def flags(*values: int) -> NDArray[np.bool_]:
    return np.array(values, dtype=bool)


def shares(*values: float) -> NDArray[np.float64]:
    return np.array(values, dtype=np.float64)


@pytest.mark.parametrize(
    ("answerable", "confidence", "value"),
    [
        (flags(1, 1, 0, 0), shares(0.9, 0.4, 0.5, 0.1), 3 / 4),
        (flags(1, 0), shares(0.5, 0.5), 1 / 2),
        (flags(0, 1), shares(0.7, 0.2), 0),
    ],
)
def test_auroc_is_the_share_of_pairs_in_order(
    answerable: NDArray[np.bool_], confidence: NDArray[np.float64], value: float
) -> None:
    assert auroc(answerable, confidence) == pytest.approx(value)


def test_auroc_of_one_kind_only_is_no_number() -> None:
    assert math.isnan(auroc(flags(1, 1), shares(0.2, 0.3)))
    assert math.isnan(auroc(flags(0), shares(0.2)))


def test_cases_of_equal_confidence_are_answered_together() -> None:
    coverage, risk = risk_coverage(flags(1, 0, 1, 0), shares(0.9, 0.8, 0.8, 0.1))
    assert coverage.tolist() == [0.25, 0.75, 1]
    assert risk.tolist() == pytest.approx([0, 1 / 3, 1 / 2])


@pytest.mark.parametrize(("risk", "coverage"), [(0.05, 0.25), (0.34, 0.75), (0.5, 1)])
def test_coverage_at_a_risk_is_the_most_that_can_be_answered(risk: float, coverage: float) -> None:
    assert coverage_at_risk(flags(1, 0, 1, 0), shares(0.9, 0.8, 0.8, 0.1), risk) == coverage
    assert coverage_at_risk(flags(0, 0), shares(0.9, 0.8), risk) == 0
    assert coverage_at_risk(flags(0, 1, 1, 1), shares(0.9, 0.8, 0.7, 0.6), 0.25) == 1


@pytest.mark.parametrize(
    ("right", "confidence", "error"),
    [
        (flags(1, 0), shares(0.95, 0.85), 0.45),  # two bins: (.05 + .85) / 2
        (flags(1, 0), shares(0.62, 0.68), 0.15),  # one bin: |1/2 - .65|
        (flags(1, 1), shares(1.0, 0.9), 0.05),  # 1 belongs to the last bin
        (flags(0, 0), shares(0.0, 0.0), 0.0),
    ],
)
def test_calibration_error_is_the_mean_gap_of_the_bins(
    right: NDArray[np.bool_], confidence: NDArray[np.float64], error: float
) -> None:
    assert calibration_error(right, confidence) == pytest.approx(error)


def test_the_measures_of_a_set_are_those_of_its_cases_together() -> None:
    # Right and answered; wrong but answered; right but refused; answered though nothing answers it.
    values = set_values(flags(1, 1, 1, 0), flags(1, 0, 1, 0), flags(1, 1, 0, 1), shares(0.9, 0.8, 0.3, 0.6))
    assert dict(zip(SET_MEASURES, values, strict=True)) == pytest.approx(
        {"AUROC": 2 / 3, "Coverage@5%risk": 1 / 4, "Precision": 1 / 3, "Recall": 1 / 3, "ECE": 2.2 / 4}
    )


def test_shares_of_nothing_are_no_numbers() -> None:
    nothing = set_values(flags(0, 0), flags(0, 0), flags(0, 0), shares(0.1, 0.2))
    assert [math.isnan(value) for value in nothing] == [True, False, True, True, False]


@thorough
@given(ROWS)
def test_values_of_a_set_lie_between_0_and_1(rows: list[Row]) -> None:
    answerable, right, given_, confidence = zip(*rows, strict=True)
    values = set_values(flags(*answerable), flags(*right), flags(*given_), shares(*confidence))
    assert all(math.isnan(value) or 0 <= value <= 1 + 1e-9 for value in values)


@thorough
@given(ROWS)
def test_auroc_agrees_with_counting_every_pair(rows: list[Row]) -> None:
    wins = [(a > b) + (a == b) / 2 for yes, _, _, a in rows if yes for no, _, _, b in rows if not no]
    columns = flags(*(row[0] for row in rows)), shares(*(row[3] for row in rows))
    if wins:
        assert auroc(*columns) == pytest.approx(sum(wins) / len(wins))
    else:
        assert math.isnan(auroc(*columns))


@thorough
@given(ROWS, SHARES)
def test_risk_and_coverage_agree_with_trying_every_threshold(rows: list[Row], limit: float) -> None:
    right, confidence = flags(*(row[1] for row in rows)), shares(*(row[3] for row in rows))
    coverages, risks, best = [], [], 0.0
    for threshold in sorted(set(confidence), reverse=True):
        answered = [row for row in rows if row[3] >= threshold]
        coverages.append(len(answered) / len(rows))
        risks.append(sum(not row[1] for row in answered) / len(answered))
        best = max(best, coverages[-1] if risks[-1] <= limit else 0)
    found_coverages, found_risks = risk_coverage(right, confidence)
    assert found_coverages.tolist() == pytest.approx(coverages)
    assert found_risks.tolist() == pytest.approx(risks)
    assert coverage_at_risk(right, confidence, limit) == pytest.approx(best)
