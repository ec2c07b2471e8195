"""The first estimate of whether there is an answer: a logistic function of two features."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.confidence import _INTERCEPT, _LEXICAL_SHARE, _SPAN_COSINE, confidence, features
from qa.engine import Candidates

LIMIT = 16.0
COSINES = st.floats(-1, 1, width=32)
SHARES = st.floats(0, 1, width=32)


def candidates(cosines: list[float], lexical: list[float], limit: float = LIMIT) -> Candidates:
    return Candidates(
        rows=np.arange(len(cosines)),
        # The passage's own cosine is no feature; it is set to what would be noticed.
        passage_cosines=np.full(len(cosines), 9, dtype=np.float32),
        span_cosines=np.array(cosines, dtype=np.float32),
        best_spans=np.zeros(len(cosines), dtype=np.int64),
        lexical=np.array(lexical, dtype=np.float32),
        lexical_limit=limit,
    )


def of(cosine: float, share: float) -> float:
    return confidence(candidates([cosine], [share * LIMIT]))


@given(COSINES, SHARES)
def test_confidence_is_the_logistic_of_the_features_and_a_probability(cosine: float, share: float) -> None:
    log_odds = _INTERCEPT + _SPAN_COSINE * cosine + _LEXICAL_SHARE * share
    assert of(cosine, share) == pytest.approx(1 / (1 + math.exp(-log_odds)))
    assert 0 <= of(cosine, share) <= 1


@given(COSINES, COSINES, SHARES)
def test_a_nearer_span_never_lowers_confidence(one: float, other: float, share: float) -> None:
    assert of(min(one, other), share) <= of(max(one, other), share)


@given(COSINES, SHARES, SHARES)
def test_a_better_lexical_match_never_lowers_confidence(cosine: float, one: float, other: float) -> None:
    assert of(cosine, min(one, other)) <= of(cosine, max(one, other))


def test_each_feature_counts_on_its_own() -> None:
    assert of(0.5, 0.4) < of(0.6, 0.4)
    assert of(0.5, 0.4) < of(0.5, 0.5)


def test_each_feature_is_that_of_the_best_candidate_for_it() -> None:
    assert features(candidates([0.25, 0.75, 0.5], [8.0, 2.0, 4.0])) == (0.75, 0.5)


def test_no_candidates_give_next_to_no_confidence() -> None:
    nothing = candidates([], [])
    assert features(nothing) == (0.0, 0.0)
    assert confidence(nothing) == of(0.0, 0.0) < 0.001


def test_a_question_without_terms_has_no_lexical_share() -> None:
    assert features(candidates([0.5], [0.0], limit=0.0)) == (0.5, 0.0)
