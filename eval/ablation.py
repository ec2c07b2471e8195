"""Retrieval with parts of it turned off: what each part is worth, and a regression to test a gate with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from eval.records import Part
from qa.engine import Candidates, Engine, Query, SpanScores


class AblatedEngine:
    """An engine whose scores lack some parts; what it searches stays whole.

    Args:
        engine: The whole engine.
        without: What to turn off: spans (a passage's own vector stands for them), lexical (BM25), dense (all vectors).
    """

    def __init__(self, engine: Engine, without: frozenset[Part]) -> None:
        self._engine = engine
        self._without = without

    def candidates(self, query: Query, depth: int) -> Candidates:
        """See ``Engine.candidates``."""
        found = self._engine.candidates(query, depth)
        if Part.SPANS in self._without:
            found = replace(found, span_cosines=found.passage_cosines)
        if Part.LEXICAL in self._without:
            found = replace(found, lexical=np.zeros_like(found.lexical))
        if Part.DENSE in self._without:
            nothing = np.zeros_like(found.passage_cosines)
            found = replace(found, passage_cosines=nothing, span_cosines=nothing)
        return found

    def span_scores(self, query: Query, rows: Sequence[int]) -> list[SpanScores]:
        """See ``Engine.span_scores``."""
        scores = self._engine.span_scores(query, rows)
        if self._without & {Part.SPANS, Part.DENSE}:
            scores = [replace(score, cosines=np.zeros_like(score.cosines)) for score in scores]
        if Part.LEXICAL in self._without:
            scores = [replace(score, lexical=np.zeros_like(score.lexical)) for score in scores]
        return scores
