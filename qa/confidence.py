"""How probable it is that the documents answer the question: a first, simple estimate.

A logistic function of two features of the match. Its coefficients were fitted once on a public collection (questions
of indexed articles against questions of articles left out; see ``docs/decisions.md``) and hold for the default
encoder; they know nothing of the corpus at hand. Where the encoder does not know the documents' language, all its
cosines are high, and the words that question and passage share decide alone.
"""

from __future__ import annotations

import math

from qa.engine import Candidates

_INTERCEPT = -16.2
_SPAN_COSINE = 23.8
_LEXICAL_SHARE = 11.0
_LEXICAL_ONLY_INTERCEPT = -4.6
_LEXICAL_ONLY_SHARE = 25.0


def features(candidates: Candidates) -> tuple[float, float]:
    """Return the best span's cosine, and the best BM25 as a share of the most that the question could get."""
    if not len(candidates.rows):
        return 0.0, 0.0
    share = float(candidates.lexical.max()) / candidates.lexical_limit if candidates.lexical_limit > 0 else 0.0
    return float(candidates.span_cosines.max()), share


def confidence(candidates: Candidates, knows_language: bool = True) -> float:
    """Return the estimated probability, 0 to 1, that the candidates hold an answer.

    Args:
        candidates: For the question.
        knows_language: Whether the encoder knows the documents' language.
    """
    cosine, share = features(candidates)
    if knows_language:
        strength = _INTERCEPT + _SPAN_COSINE * cosine + _LEXICAL_SHARE * share
    else:
        strength = _LEXICAL_ONLY_INTERCEPT + _LEXICAL_ONLY_SHARE * share
    return 1 / (1 + math.exp(-strength))
