"""The best candidates put in a better order by a closer look at each.

The first implementation of ``Reranker`` looks at what the index knows: how much of the question a passage, and one
span of it, holds; which neighbouring terms stand side by side; and how like a passage is to the best ones
(pseudo-relevance feedback; Rocchio, "Relevance Feedback in Information Retrieval", 1971, over vectors and over
terms). Its weights were chosen on training questions of three public collections; see ``docs/decisions.md``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from qa.engine import Candidates, Engine, Evidence, Query
from qa.fusion import best_share, dense_scores

_DEPTH = 50
"""How many candidates are looked at closely."""
_FEEDBACK_DEPTH = 10
_FEEDBACK_SHARPNESS = 50.0
"""How fast a passage's say in the feedback falls with its score: .01 less is e^-.5 of it."""
_DENSE_FEEDBACK = 0.2
_LEXICAL_FEEDBACK = 0.4
_QUESTION = re.compile(r"[?\uff1f\u061f]|\b(?:who|whom|whose|when|where|which|what|how|why)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Ranking:
    """Candidates in their final order, best first.

    Attributes:
        places: int64 places among the candidates.
        scores: float32, descending.
        signals: What the scores of the best were made of, by name: float32, each with one entry for each candidate
            that was looked at closely, in the final order.
        close: int64 places of the candidates that ``evidence`` is of, in its order.
        evidence: What those hold of the question; None where the reranker had no look at it.
    """

    places: NDArray[np.int64]
    scores: NDArray[np.float32]
    signals: Mapping[str, NDArray[np.float32]]
    close: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    evidence: Evidence | None = None

    def evidence_of(self, places: NDArray[np.int64]) -> Evidence | None:
        """Return what some candidates hold of the question, where all of them were looked at."""
        if self.evidence is None:
            return None
        same = self.close == places[:, np.newaxis]
        return self.evidence.of(same.argmax(axis=1)) if same.any(axis=1).all() else None


class Reranker(Protocol):
    """Orders candidates. Implementations: ``EvidenceReranker``, ``CrossEncoderReranker``."""

    def rank(self, query: Query, candidates: Candidates, first: NDArray[np.float32]) -> Ranking:
        """Return all candidates in their final order.

        Args:
            query: The question.
            candidates: One or more.
            first: ``(candidates,)`` float32 scores of the first pass.
        """


def coverage(held: NDArray[np.bool_], weights: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return which share of the weights is held: ``(n, t)`` bool and ``(t,)`` to ``(n,)`` float32, 0 to 1."""
    total = float(weights.sum())
    return (held @ weights / total if total > 0 else np.zeros(len(held))).astype(np.float32)


def passage_coverage(evidence: Evidence) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
    """Return coverage, coverage of the best span, and coverage of pairs, of each passage: float32, 0 to 1."""
    begins = evidence.offsets[:-1]
    terms = np.logical_or.reduceat(evidence.span_terms, begins) | evidence.context_terms
    pairs = np.logical_or.reduceat(evidence.span_pairs, begins) | evidence.context_pairs
    spans = coverage(evidence.span_terms, evidence.term_weights)
    return (
        coverage(terms, evidence.term_weights),
        np.maximum.reduceat(spans, begins),
        coverage(pairs, evidence.pair_weights),
    )


def is_question(text: str) -> bool:
    """Tell a question from a statement or keywords: an answer to it stands in few words, near the question's own."""
    return _QUESTION.search(text) is not None


class EvidenceReranker:
    """Ranks by a weighted sum of what the index knows.

    Its signals, 0 to 1 but for cosines: ``dense``, mean of the passage's cosine and its best span's; ``lexical``, BM25
    as a share of the best candidate's; ``coverage``, the share of the question's terms, by weight, that text, title
    and headings hold, and ``span_coverage``, that the best single span holds; ``pairs``, the share of the question's
    pairs of neighbouring terms that stand side by side; ``dense_feedback`` and ``lexical_feedback``, likeness to the
    best passages by vector and by terms.

    Args:
        engine: Gives the evidence.
        dense_weight: Share of the dense score; the rest is that of words.
    """

    def __init__(self, engine: Engine, dense_weight: float) -> None:
        self._engine = engine
        self._dense_weight = dense_weight
        # What the parts can add up to, so that scores stay within 1.
        self._scale = dense_weight + (1 - dense_weight) * 4 / 3 + _DENSE_FEEDBACK + _LEXICAL_FEEDBACK

    def rank(self, query: Query, candidates: Candidates, first: NDArray[np.float32]) -> Ranking:
        """See ``Reranker.rank``."""
        order = np.argsort(-first, kind="stable")
        close = order[:_DEPTH]
        rows = candidates.rows[close]
        dense = dense_scores(candidates)[close]
        lexical = best_share(candidates.lexical)[close]
        evidence = self._engine.evidence(query, rows)
        covered, span_covered, pairs = passage_coverage(evidence)
        near = span_covered + covered if is_question(query.text) else 2 * lexical
        words = (lexical + near + pairs) / 3
        match = np.float32(self._dense_weight) * dense + np.float32(1 - self._dense_weight) * words
        feedback = self._engine.likeness(rows, _feedback_weights(match.astype(np.float32)))
        scores = (match + feedback @ np.array([_DENSE_FEEDBACK, _LEXICAL_FEEDBACK])) / self._scale
        signals = {
            "dense": dense,
            "lexical": lexical,
            "coverage": covered,
            "span_coverage": span_covered,
            "pairs": pairs,
            "dense_feedback": feedback[:, 0],
            "lexical_feedback": feedback[:, 1],
        }
        return replace(
            put_first(order, first[order], scores.astype(np.float32), signals), close=close, evidence=evidence
        )


def _feedback_weights(scores: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return each passage's say in the feedback: only the best have one, and less the further behind they are."""
    weights = np.zeros(len(scores), dtype=np.float32)
    best = np.argsort(-scores, kind="stable")[:_FEEDBACK_DEPTH]
    weights[best] = np.exp(_FEEDBACK_SHARPNESS * (scores[best] - scores[best[0]]))
    return weights


def put_first(
    places: NDArray[np.int64],
    first: NDArray[np.float32],
    scores: NDArray[np.float32],
    signals: Mapping[str, NDArray[np.float32]],
) -> Ranking:
    """Rank the best candidates by their new scores, and the others, as they were, after them.

    Args:
        places: All candidates' places, best first.
        first: Their scores so far, descending.
        scores: New scores of the first of them.
        signals: What the new scores were made of.
    """
    count = len(scores)
    order = np.argsort(-scores, kind="stable")
    behind = first[count:] - first[count - 1] + scores.min()  # their distances stay
    return Ranking(
        places=np.concatenate((places[:count][order], places[count:])),
        scores=np.concatenate((scores[order], behind)).astype(np.float32),
        signals={name: values[order] for name, values in signals.items()},
    )
