"""The engine over a generation on disk: FAISS rows, BM25 postings and term sequences in this process."""

from __future__ import annotations

from functools import cached_property, lru_cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from index.bm25 import K1
from index.database import DocumentMetadata
from index.generation import Generation
from qa.engine import Candidates, Evidence, Query
from qa.filters import Filters

_ROWS_A_PASSAGE = 3
"""How many nearest rows to look at for each passage wanted: a passage is often near through several of its spans."""
_RARITY = 1.5
"""Power of a term's inverse document frequency where two passages are compared by their terms."""
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


def _ranges(starts: NDArray[np.int64], ends: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the numbers of all ranges, one after the other, and where each begins among them (one entry more)."""
    lengths = ends - starts
    offsets = np.concatenate(([0], np.cumsum(lengths)))
    return np.arange(offsets[-1]) + np.repeat(starts - offsets[:-1], lengths), offsets


class LocalEngine:
    """Searches an open generation; safe to call from several threads at once."""

    def __init__(self, generation: Generation) -> None:
        self._generation = generation
        self._passages = generation.manifest.counts.passages
        self._allowed = lru_cache(maxsize=_KEPT_FILTERS)(_Filtering(generation).allowed)

    def candidates(self, query: Query, depth: int) -> Candidates:
        """See ``Engine.candidates``."""
        generation, vocabulary = self._generation, self._generation.vocabulary
        allowed = self._allowed(query.filters)
        lexical = generation.passage_postings.scores(vocabulary[term] for term in query.terms if term in vocabulary)
        rows = self._candidate_rows(query, depth, allowed, lexical)
        span_rows, offsets = self._spans(rows)
        cosines = generation.vectors.similarities(query.vector, self._passages + span_rows)
        span_cosines = np.maximum.reduceat(cosines, offsets[:-1])
        is_best = cosines == np.repeat(span_cosines, np.diff(offsets))
        positions = np.arange(len(cosines)) - np.repeat(offsets[:-1], np.diff(offsets))
        best_spans = np.minimum.reduceat(np.where(is_best, positions, len(cosines)), offsets[:-1])
        return Candidates(
            rows=rows,
            passage_cosines=generation.vectors.similarities(query.vector, rows),
            span_cosines=span_cosines,
            best_spans=best_spans.astype(np.int64),
            lexical=lexical[rows],
            lexical_limit=sum(generation.passage_postings.limit(vocabulary.get(term)) for term in query.terms),
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

    def _spans(self, rows: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the numbers of all spans of some passages, and where each passage's begin among them."""
        return _ranges(self._generation.span_offsets[rows], self._generation.span_offsets[rows + 1])

    def _segments(self, rows: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the numbers of all term segments of some passages, and where each passage's begin among them."""
        offsets = self._generation.span_offsets
        return _ranges(offsets[rows] + rows, offsets[rows + 1] + rows + 1)

    def _terms(self, segments: NDArray[np.int64]) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        """Return the term numbers of some segments, and where each segment's begin among them."""
        sequences = self._generation.sequences
        places, offsets = _ranges(sequences.offsets[segments], sequences.offsets[segments + 1])
        return sequences.numbers[places], offsets

    def evidence(self, query: Query, rows: NDArray[np.int64]) -> Evidence:
        """See ``Engine.evidence``."""
        generation = self._generation
        span_rows, offsets = self._spans(rows)
        vectors = generation.vectors.rows(self._passages + span_rows)
        cosines = vectors @ query.vector

        terms = tuple(dict.fromkeys(query.terms))
        number_of = {term: number for number, term in enumerate(terms)}
        pairs = {
            pair: number
            for number, pair in enumerate(
                dict.fromkeys(
                    (number_of[first], number_of[second]) for first, second in pairwise(query.terms) if first != second
                )
            )
        }
        postings, vocabulary = generation.passage_postings, generation.vocabulary
        weights = np.array([postings.idf(vocabulary.get(term)) for term in terms], dtype=np.float32)
        segments, segment_offsets = self._segments(rows)
        found, term_offsets = self._terms(segments)
        # Which of the question's terms stands at each place, or -1.
        asked = np.array([vocabulary.get(term, -1) for term in terms], dtype=np.int64)
        order = np.argsort(asked)
        matches = np.full(len(found), -1)
        if terms:
            guess = order[np.minimum(np.searchsorted(asked[order], found), len(terms) - 1)]
            matches = np.where(asked[guess] == found, guess, -1)
        segment_of = np.repeat(np.arange(len(segments)), np.diff(term_offsets))
        held = np.zeros((len(segments), len(terms)), dtype=np.bool_)
        places = np.flatnonzero(matches >= 0)
        held[segment_of[places], matches[places]] = True

        beside = np.zeros((len(segments), len(pairs)), dtype=np.bool_)
        if pairs and len(places) > 1:
            table = np.full((len(terms), len(terms)), -1)
            for pair, number in pairs.items():
                table[pair] = number
            first, second = places[:-1], places[1:]
            passage_of = np.repeat(np.arange(len(rows)), np.diff(segment_offsets))[segment_of]
            is_context = np.zeros(len(segments), dtype=np.bool_)
            is_context[segment_offsets[:-1]] = True
            one_text = (passage_of[first] == passage_of[second]) & (
                is_context[segment_of[first]] == is_context[segment_of[second]]
            )
            number = table[matches[first], matches[second]]
            side_by_side = (second - first == 1) & one_text & (number >= 0)
            beside[segment_of[first][side_by_side], number[side_by_side]] = True

        contexts = segment_offsets[:-1]
        spans = np.ones(len(segments), dtype=np.bool_)
        spans[contexts] = False
        return Evidence(
            offsets=offsets,
            cosines=cosines,
            windows=_window_cosines(vectors, cosines, offsets),
            term_weights=weights,
            span_terms=held[spans],
            context_terms=held[contexts],
            pair_weights=np.array([min(weights[a], weights[b]) for a, b in pairs], dtype=np.float32),
            span_pairs=beside[spans],
            context_pairs=beside[contexts],
        )

    def likeness(self, rows: NDArray[np.int64], weights: NDArray[np.float32]) -> NDArray[np.float32]:
        """See ``Engine.likeness``."""
        vectors = self._generation.vectors.rows(rows)
        return np.stack((_likeness(vectors, weights), _likeness(self._term_matrix(rows), weights)), axis=1)

    def _term_matrix(self, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return the weighted terms of passages as unit vectors, ``(len(rows), terms in them)`` float32."""
        segments, offsets = self._segments(rows)
        found, term_offsets = self._terms(segments)
        lengths = np.diff(term_offsets[offsets])
        numbers, columns = np.unique(found, return_inverse=True)
        counts = np.bincount(
            np.repeat(np.arange(len(rows)), lengths) * len(numbers) + columns, minlength=len(rows) * len(numbers)
        ).reshape(len(rows), len(numbers))
        weighted = counts / (counts + K1) * self._generation.passage_postings.idfs(numbers) ** _RARITY
        lengths_of = np.maximum(np.linalg.norm(weighted, axis=1, keepdims=True), 1e-9)
        return np.asarray(weighted / lengths_of, dtype=np.float32)


def _likeness(vectors: NDArray[np.float32], weights: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the cosine of unit vectors with their weighted mean; 0 where that has no direction."""
    chosen = weights > 0
    mean = weights[chosen] @ vectors[chosen]
    return np.asarray(vectors @ (mean / max(float(np.linalg.norm(mean)), 1e-9)), dtype=np.float32)


def _window_cosines(
    vectors: NDArray[np.float32], cosines: NDArray[np.float32], offsets: NDArray[np.int64]
) -> NDArray[np.float32]:
    """Return the best cosine of each span taken together with a neighbour of its passage; see ``Evidence.windows``."""
    best = np.full(len(cosines), -np.inf, dtype=np.float32)
    alone = np.diff(offsets) == 1
    best[offsets[:-1][alone]] = cosines[offsets[:-1][alone]]
    joined = np.ones(max(len(cosines) - 1, 0), dtype=np.bool_)  # whether span i and i + 1 are of one passage
    joined[offsets[1:-1] - 1] = False
    first = np.flatnonzero(joined)
    products = np.einsum("ij,ij->i", vectors[first], vectors[first + 1])
    # |a + b| of unit vectors is sqrt(2 + 2ab); opposite ones have no direction together.
    windows = (cosines[first] + cosines[first + 1]) / np.sqrt(np.maximum(2 + 2 * products, 1e-6))
    best[first] = windows
    best[first + 1] = np.maximum(best[first + 1], windows)
    return best
