"""Retrieval with parts of it turned off: what each part is worth, and a regression to test a gate with."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from eval.part import Part
from qa.engine import Candidates, Engine, Evidence, Query


class AblatedEngine:
    """An engine whose scores lack some parts; what it searches stays whole.

    Args:
        engine: The whole engine.
        without: What to turn off: spans (a passage's own vector stands for them), lexical (BM25), dense (all vectors),
            feedback (likeness to the best passages).
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

    def evidence(self, query: Query, rows: NDArray[np.int64]) -> Evidence:
        """See ``Engine.evidence``."""
        found = self._engine.evidence(query, rows)
        if self._without & {Part.SPANS, Part.DENSE}:
            nothing = np.zeros_like(found.cosines)
            found = replace(found, cosines=nothing, windows=nothing)
        if Part.LEXICAL in self._without:
            found = replace(
                found,
                span_terms=np.zeros_like(found.span_terms),
                context_terms=np.zeros_like(found.context_terms),
                span_pairs=np.zeros_like(found.span_pairs),
                context_pairs=np.zeros_like(found.context_pairs),
            )
        return found

    def likeness(self, rows: NDArray[np.int64], weights: NDArray[np.float32]) -> NDArray[np.float32]:
        """See ``Engine.likeness``."""
        alike = self._engine.likeness(rows, weights)
        kept = [not self._without & {part, Part.FEEDBACK} for part in (Part.DENSE, Part.LEXICAL)]
        return alike * np.array(kept, dtype=np.float32)
