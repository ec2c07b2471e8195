"""How probable it is that the documents hold an answer.

A logistic function of two features of the match. Its coefficients were fitted on public training questions, half of
them on documents that were left out (``python -m eval.training confidence``; see ``docs/decisions.md``); they hold for
the default encoder and know nothing of the corpus at hand. Where the encoder
does not know the documents' language, all its cosines are high, and the words that question and passage share decide
alone.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from qa.engine import Candidates
from qa.fusion import dense_scores

FEATURES = ("dense", "lexical")
WEIGHTS = np.array([19.34, 12.21])
INTERCEPT = -13.08
RISKS = ((0.0, 1.0), (0.01, 0.955), (0.02, 0.859), (0.05, 0.568), (0.1, 0.296), (0.2, 0.09), (0.3, 0.032), (1.0, 0.0))
"""Share of answers that nothing in the documents supports, and from which confidence to answer to keep it there.

Measured on the training questions, of which the indexed documents answer half.
"""
_LEXICAL_ONLY_INTERCEPT = -5.85
_LEXICAL_ONLY_SHARE = 25.0


def features(candidates: Candidates) -> NDArray[np.float64]:
    """Return the features of a match, ``(2,)`` float64, in the order of ``FEATURES``.

    The best dense score, and the best BM25 as a share of the most that the question could get; 0 and 0 where there are
    no candidates.
    """
    if not len(candidates.rows):
        return np.zeros(len(FEATURES))
    share = float(candidates.lexical.max()) / candidates.lexical_limit if candidates.lexical_limit > 0 else 0.0
    return np.array([dense_scores(candidates).max(), share], dtype=np.float64)


def confidence(values: NDArray[np.float64], knows_language: bool = True) -> float:
    """Return the estimated probability, 0 to 1, that the documents hold an answer.

    Args:
        values: As ``features`` returns them.
        knows_language: Whether the encoder knows the documents' language.
    """
    if knows_language:
        strength = INTERCEPT + float(values @ WEIGHTS)
    else:
        strength = _LEXICAL_ONLY_INTERCEPT + _LEXICAL_ONLY_SHARE * float(values[FEATURES.index("lexical")])
    return 1 / (1 + math.exp(-strength))


def threshold(max_risk: float) -> float:
    """Return the confidence from which questions are answered, so that at most this share of them is unsupported.

    Read off the curve of ``RISKS`` between its points.
    """
    risks, thresholds = zip(*RISKS, strict=True)
    return float(np.interp(max_risk, risks, thresholds))
