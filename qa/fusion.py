"""Dense and lexical scores to one: a convex combination.

Fusion of ranks throws the scores away; on every collection measured, a weighted sum of scores did better (see
``docs/decisions.md``; Bruch, Gai and Ingber, "An Analysis of Fusion Functions for Hybrid Retrieval", 2023).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from qa.engine import Candidates


def dense_scores(candidates: Candidates) -> NDArray[np.float32]:
    """Return the mean of each candidate's own cosine and its best span's."""
    return (candidates.passage_cosines + candidates.span_cosines) / np.float32(2)


def best_share(lexical: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return BM25 scores as shares of the best one; where none is above 0, all are 0."""
    return lexical / np.float32(lexical.max(initial=0.0) or 1.0)


def fuse(candidates: Candidates, dense_weight: float) -> NDArray[np.float32]:
    """Return ``dense_weight * dense + (1 - dense_weight) * lexical / best lexical`` for each candidate."""
    fused = dense_weight * dense_scores(candidates) + (1 - dense_weight) * best_share(candidates.lexical)
    return fused.astype(np.float32)
