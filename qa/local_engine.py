"""The engine over a generation on disk: FAISS rows and BM25 postings in this process."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray

from index.database import DocumentMetadata
from index.generation import Generation
from qa.engine import Candidates, Query, SpanScores
from qa.filters import Filters

_ROWS_A_PASSAGE = 3
"""How many nearest rows to look at for each passage wanted: a passage is often near through several of its spans."""
_KEPT_FILTERS = 16
"""How many filters' rows are kept, at one byte a row."""


class _Filtering:
    """Finds the rows that filters leave; a part of its own, so that no cache holds the engine that holds the cache."""

    def __init__(self, generation: Generation) -> None:
        self._generation = generation

    @cached_property
    def _documents(self) -> list[DocumentMetadata]:
        """What filters look at; read when the first question with filters comes."""
        return self._generation.database.metadata()

    def allowed(self, filters: Filters) -> NDArray[np.bool_] | None:
        """Return which vectors (passages, then spans) belong to documents that match; None stands for all."""
        if not filters:
            return None
        rows = [row for document in self._documents if filters.matches(document) for row in document.rows]
        passages = np.zeros(self._generation.manifest.counts.passages, dtype=np.bool_)
        passages[rows] = True
        return np.concatenate((passages, np.repeat(passages, np.diff(self._generation.span_offsets))))


class LocalEngine:
    """Searches an open generation; safe to call from several threads at once."""

    def __init__(self, generation: Generation) -> None:
        self._generation = generation
        self._passages = generation.manifest.counts.passages
        self._allowed = lru_cache(maxsize=_KEPT_FILTERS)(_Filtering(generation).allowed)

    def _term_numbers(self, query: Query) -> list[int]:
        vocabulary = self._generation.vocabulary
        return [vocabulary[term] for term in query.terms if term in vocabulary]

    def candidates(self, query: Query, depth: int) -> Candidates:
        """See ``Engine.candidates``."""
        generation = self._generation
        allowed = self._allowed(query.filters)
        lexical = generation.passage_postings.scores(self._term_numbers(query))
        rows = self._candidate_rows(query, depth, allowed, lexical)
        starts, ends = generation.span_offsets[rows], generation.span_offsets[rows + 1]
        counts = ends - starts
        begins = np.cumsum(counts) - counts
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

    def _candidate_rows(
        self, query: Query, depth: int, allowed: NDArray[np.bool_] | None, lexical: NDArray[np.float32]
    ) -> NDArray[np.int64]:
        """Return the candidates' rows, ascending: all that are allowed if they are few, else the best of each kind."""
        if allowed is None:
            matching = lexical
            if self._passages <= depth:
                return np.arange(self._passages)
        else:
            matching = np.where(allowed[: self._passages], lexical, np.float32(0))
            if np.count_nonzero(allowed[: self._passages]) <= depth:
                return np.flatnonzero(allowed[: self._passages])
        nearest = self._generation.vectors.nearest(query.vector, depth * _ROWS_A_PASSAGE, allowed)
        owners = np.searchsorted(self._generation.span_offsets, nearest - self._passages, side="right") - 1
        dense_rows = np.where(nearest < self._passages, nearest, owners)
        _, first_seen = np.unique(dense_rows, return_index=True)
        dense_rows = dense_rows[np.sort(first_seen)][:depth]
        wanted = min(depth, int(np.count_nonzero(matching)))
        lexical_rows = np.argpartition(-matching, wanted - 1)[:wanted] if wanted else np.empty(0, dtype=np.int64)
        return np.union1d(dense_rows, lexical_rows).astype(np.int64)

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
