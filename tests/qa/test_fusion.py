"""Dense and lexical scores to one, by arithmetic that can be done by hand."""

from __future__ import annotations

import numpy as np
import pytest

from qa.engine import Candidates
from qa.fusion import dense_scores, fuse


def candidates(passage: list[float], span: list[float], lexical: list[float]) -> Candidates:
    return Candidates(
        rows=np.arange(len(passage)),
        passage_cosines=np.array(passage, dtype=np.float32),
        span_cosines=np.array(span, dtype=np.float32),
        best_spans=np.zeros(len(passage), dtype=np.int64),
        lexical=np.array(lexical, dtype=np.float32),
        lexical_limit=20.0,
    )


@pytest.fixture
def three() -> Candidates:
    """Dense scores .4, .6 and -.1; lexical shares 1, .5 and 0."""
    return candidates([0.2, 0.4, -0.4], [0.6, 0.8, 0.2], [5.0, 2.5, 0.0])


def test_the_dense_score_is_the_mean_of_both_cosines(three: Candidates) -> None:
    np.testing.assert_allclose(dense_scores(three), [0.4, 0.6, -0.1], atol=1e-6)


@pytest.mark.parametrize(
    ("weight", "expected"),
    [
        (0.7, [0.28 + 0.3, 0.42 + 0.15, -0.07]),
        (0.5, [0.2 + 0.5, 0.3 + 0.25, -0.05]),
        (0.0, [1.0, 0.5, 0.0]),
        (1.0, [0.4, 0.6, -0.1]),
    ],
)
def test_the_fused_score_weighs_dense_against_the_share_of_the_best_lexical(
    weight: float, expected: list[float], three: Candidates
) -> None:
    np.testing.assert_allclose(fuse(three, weight), expected, atol=1e-6)


def test_without_any_lexical_match_only_the_dense_part_is_left() -> None:
    found = candidates([0.2, 0.4], [0.6, 0.8], [0.0, 0.0])
    np.testing.assert_allclose(fuse(found, 0.7), [0.28, 0.42], atol=1e-6)


def test_fusing_nothing_gives_nothing() -> None:
    assert fuse(candidates([], [], []), 0.7).shape == (0,)


def test_fusing_leaves_the_scores_it_was_given_as_they_were(three: Candidates) -> None:
    fuse(three, 0.7)
    np.testing.assert_array_equal(three.lexical, [5.0, 2.5, 0.0])


@pytest.mark.parametrize("factor", [10, 0.01])
def test_the_scale_of_the_lexical_scores_does_not_matter(factor: float, three: Candidates) -> None:
    scaled = candidates([0.2, 0.4, -0.4], [0.6, 0.8, 0.2], [5.0 * factor, 2.5 * factor, 0.0])
    np.testing.assert_allclose(fuse(scaled, 0.7), fuse(three, 0.7), atol=1e-6)
