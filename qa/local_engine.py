"""The engine over a generation on disk: FAISS rows and BM25 postings in this process."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from index.generation import Generation
from qa.engine import Candidates, Query, SpanScores

_ROWS_A_PASSAGE = 3
"""How many nearest rows to look at for each passage wanted: a passage is often near through several of its spans."""


class LocalEngine:
    """Searches an open generation; safe to call from several threads at once."""

    def __init__(self, generation: Generation) -> None:
        self._generation = generation
        self._passages = generation.manifest.counts.passages

    def _term_numbers(self, query: Query) -> list[int]:
        vocabulary = self._generation.vocabulary
        return [vocabulary[term] for term in query.terms if term in vocabulary]

    def candidates(self, query: Query, depth: int) -> Candidates:
        """See ``Engine.candidates``."""
        generation = self._generation
        nearest = generation.vectors.nearest(query.vector, depth * _ROWS_A_PASSAGE)
        owners = np.searchsorted(generation.span_offsets, nearest - self._passages, side="right") - 1
        dense_rows = np.where(nearest < self._passages, nearest, owners)
        _, first_seen = np.unique(dense_rows, return_index=True)
        dense_rows = dense_rows[np.sort(first_seen)][:depth]
        lexical = generation.passage_postings.scores(self._term_numbers(query))
        wanted = min(depth, int(np.count_nonzero(lexical)))
        lexical_rows = np.argpartition(-lexical, wanted - 1)[:wanted] if wanted else np.empty(0, dtype=np.int64)
        rows = np.union1d(dense_rows, lexical_rows).astype(np.int64)

        starts, ends = generation.span_offsets[rows], generation.span_offsets[rows + 1]
        counts = ends - starts
        begins = np.concatenate(([0], np.cumsum(counts)[:-1]))
        span_rows = np.arange(counts.sum()) + np.repeat(starts - begins, counts)
        cosines = generation.vectors.similarities(query.vector, self._passages + span_rows)
        span_cosines = np.maximum.reduceat(cosines, begins)
        is_best = cosines == np.repeat(span_cosines, counts)
        positions = np.arange(len(cosines)) - np.repeat(begins, counts)
        best_spans = np.minimum.reduceat(np.where(is_best, positions, len(cosines)), begins)
        return Candidates(
            rows=rows,
            passage_cosines=generation.vectors.similarities(query.vector, rows),
            span_cosines=span_cosines,
            best_spans=best_spans.astype(np.int64),
            lexical=lexical[rows],
            lexical_limit=sum(
                generation.passage_postings.limit(generation.vocabulary.get(term)) for term in query.terms
            ),
        )

    def span_scores(self, query: Query, rows: Sequence[int]) -> list[SpanScores]:
        """See ``Engine.span_scores``."""
        generation = self._generation
        lexical = generation.span_postings.scores(self._term_numbers(query))
        scores = []
        for row in rows:
            spans = np.arange(generation.span_offsets[row], generation.span_offsets[row + 1])
            cosines = generation.vectors.similarities(query.vector, self._passages + spans)
            scores.append(SpanScores(cosines=cosines, lexical=lexical[spans]))
        return scores
