"""Whether there is an answer: a logistic function of the match, and the confidence that a risk asks for."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.confidence import FEATURES, INTERCEPT, RISKS, WEIGHTS, confidence, features, threshold
from qa.engine import Candidates

LIMIT = 16.0
SHARES = st.floats(0, 1)
VALUES = st.lists(SHARES, min_size=len(FEATURES), max_size=len(FEATURES)).map(np.array)


def candidates(passages: list[float], spans: list[float], lexical: list[float], limit: float = LIMIT) -> Candidates:
    return Candidates(
        rows=np.arange(len(spans)),
        passage_cosines=np.array(passages, dtype=np.float32),
        span_cosines=np.array(spans, dtype=np.float32),
        best_spans=np.zeros(len(spans), dtype=np.int64),
        lexical=np.array(lexical, dtype=np.float32),
        lexical_limit=limit,
    )


def test_each_feature_is_that_of_the_best_candidate_for_it() -> None:
    assert FEATURES == ("dense", "lexical")
    found = features(candidates([0.5, 0.75, 1.0], [0.25, 0.75, -0.25], [8.0, 2.0, 4.0]))
    assert found.tolist() == [0.75, 0.5]
    assert found.dtype == np.float64


def test_no_candidates_and_a_question_without_terms_have_features_too() -> None:
    assert features(candidates([], [], [])).tolist() == [0, 0]
    assert features(candidates([0.5], [0.25], [0.0], limit=0.0)).tolist() == [0.375, 0]


def test_there_is_a_weight_for_each_feature_and_a_better_match_never_lowers_confidence() -> None:
    assert WEIGHTS.shape == (len(FEATURES),)
    assert (WEIGHTS > 0).all()


@given(VALUES)
def test_confidence_is_the_logistic_of_the_features_and_a_probability(values: np.ndarray) -> None:
    log_odds = INTERCEPT + sum(weight * value for weight, value in zip(WEIGHTS, values, strict=True))
    assert confidence(values) == pytest.approx(1 / (1 + math.exp(-log_odds)))
    assert 0 < confidence(values) < 1


@given(VALUES, VALUES)
def test_of_two_matches_the_one_that_is_better_in_all_is_more_certain(one: np.ndarray, other: np.ndarray) -> None:
    assert confidence(np.minimum(one, other)) <= confidence(np.maximum(one, other))


def test_each_feature_counts_on_its_own() -> None:
    values = np.full(len(FEATURES), 0.5)
    for place in range(len(FEATURES)):
        better = values.copy()
        better[place] += 0.1
        assert confidence(better) > confidence(values), FEATURES[place]


@given(VALUES, VALUES)
def test_where_the_encoder_does_not_know_the_language_words_alone_count(one: np.ndarray, other: np.ndarray) -> None:
    lexical = FEATURES.index("lexical")
    other[lexical] = one[lexical]
    assert confidence(one, knows_language=False) == confidence(other, knows_language=False)
    more = one.copy()
    more[lexical] += 0.1
    assert 0 < confidence(one, knows_language=False) < confidence(more, knows_language=False) < 1


def test_no_words_in_common_are_no_answer_in_a_language_that_the_encoder_does_not_know() -> None:
    values = np.ones(len(FEATURES))
    assert confidence(values, knows_language=False) > 0.99
    values[FEATURES.index("lexical")] = 0
    assert confidence(values, knows_language=False) < 0.05


def test_the_curve_of_risks_runs_from_none_to_all_and_falls() -> None:
    risks, thresholds = zip(*RISKS, strict=True)
    assert list(risks) == sorted(set(risks))
    assert list(thresholds) == sorted(thresholds, reverse=True)
    assert RISKS[-1] == (1.0, 0.0)
    assert 0.9 < thresholds[0] <= 1


@given(SHARES, SHARES)
def test_who_takes_more_risk_never_asks_for_more_confidence(one: float, other: float) -> None:
    assert 0 <= threshold(max(one, other)) <= threshold(min(one, other)) <= 1


@pytest.mark.parametrize(("risk", "expected"), RISKS)
def test_the_points_of_the_curve_are_met(risk: float, expected: float) -> None:
    assert threshold(risk) == pytest.approx(expected)


def test_between_two_points_of_the_curve_is_a_straight_line() -> None:
    (below, upper), (above, lower) = RISKS[1:3]
    assert threshold(below + (above - below) / 4) == pytest.approx(upper + (lower - upper) / 4)


def test_with_all_risk_everything_is_answered_and_with_none_next_to_nothing() -> None:
    assert threshold(1) == threshold(1.0) == 0.0
    assert threshold(0) == RISKS[0][1]
    assert confidence(np.zeros(len(FEATURES))) < threshold(0.1)
