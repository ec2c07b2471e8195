"""The engine over a generation on disk: FAISS rows, BM25 postings and terms of passages in this process."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property, lru_cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from index.database import DocumentMetadata
from index.generation import Generation
from qa.engine import Candidates, Evidence, Query
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
        terms = [vocabulary[term] for term in query.terms if term in vocabulary]
        scanned = generation.vectors.scan(query.vector)
        rows = self._candidate_rows(query, terms, scanned, depth)
        span_rows, offsets = self._spans(rows)
        if scanned is not None:
            passage_cosines, cosines = scanned[rows], scanned[self._passages + span_rows]
        else:
            passage_cosines = generation.vectors.similarities(query.vector, rows)
            cosines = generation.vectors.similarities(query.vector, self._passages + span_rows)
        span_cosines = np.maximum.reduceat(cosines, offsets[:-1])
        is_best = cosines == np.repeat(span_cosines, np.diff(offsets))
        positions = np.arange(len(cosines)) - np.repeat(offsets[:-1], np.diff(offsets))
        best_spans = np.minimum.reduceat(np.where(is_best, positions, len(cosines)), offsets[:-1])
        return Candidates(
            rows=rows,
            passage_cosines=passage_cosines,
            span_cosines=span_cosines,
            best_spans=best_spans.astype(np.int64),
            lexical=generation.passage_postings.scores_of(terms, rows),
            lexical_limit=sum(generation.passage_postings.limit(vocabulary.get(term)) for term in query.terms),
        )

    def _candidate_rows(
        self, query: Query, terms: Sequence[int], scanned: NDArray[np.float32] | None, depth: int
    ) -> NDArray[np.int64]:
        """Return the candidates' rows, ascending: all that are allowed if they are few, else the best of each kind."""
        allowed = self._allowed(query.filters)
        mask = None if allowed is None else allowed[: self._passages]
        if mask is None:
            if self._passages <= depth:
                return np.arange(self._passages)
        elif np.count_nonzero(mask) <= depth:
            return np.flatnonzero(mask)
        if scanned is not None:
            best = np.maximum.reduceat(scanned[self._passages :], self._generation.span_offsets[:-1])
            best = np.maximum(best, scanned[: self._passages])
            if mask is not None:
                best = np.where(mask, best, np.float32(-np.inf))
            dense_rows = np.argpartition(-best, depth - 1)[:depth]
        else:
            nearest = self._generation.vectors.nearest(query.vector, depth * _ROWS_A_PASSAGE, allowed)
            owners = np.searchsorted(self._generation.span_offsets, nearest - self._passages, side="right") - 1
            dense_rows = np.where(nearest < self._passages, nearest, owners)
            _, first_seen = np.unique(dense_rows, return_index=True)
            dense_rows = dense_rows[np.sort(first_seen)][:depth]
        return np.union1d(dense_rows, self._generation.passage_postings.best(terms, depth, mask))

    def _spans(self, rows: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the numbers of all spans of some passages, and where each passage's begin among them."""
        return _ranges(self._generation.span_offsets[rows], self._generation.span_offsets[rows + 1])

    def evidence(self, query: Query, rows: NDArray[np.int64]) -> Evidence:
        """See ``Engine.evidence``."""
        generation = self._generation
        span_rows, offsets = self._spans(rows)
        cosines = generation.vectors.similarities(query.vector, self._passages + span_rows)
        terms = tuple(dict.fromkeys(query.terms))
        number_of = {term: number for number, term in enumerate(terms)}
        pairs = list(
            dict.fromkeys(
                (number_of[first], number_of[second]) for first, second in pairwise(query.terms) if first != second
            )
        )
        vocabulary = generation.vocabulary
        weights = np.array([generation.passage_postings.idf(vocabulary.get(term)) for term in terms], dtype=np.float32)
        held, beside = self._held(rows, [vocabulary.get(term) for term in terms], pairs)
        # A passage has one segment more than spans, and that is its first.
        contexts = offsets[:-1] + np.arange(len(rows))
        spans = np.ones(len(held), dtype=np.bool_)
        spans[contexts] = False
        return Evidence(
            offsets=offsets,
            cosines=cosines,
            windows=_window_cosines(cosines, generation.neighbours[span_rows], offsets),
            term_weights=weights,
            span_terms=held[spans],
            context_terms=held[contexts],
            pair_weights=np.array([min(weights[a], weights[b]) for a, b in pairs], dtype=np.float32),
            span_pairs=beside[spans],
            context_pairs=beside[contexts],
        )

    def _held(
        self, rows: NDArray[np.int64], terms: Sequence[int | None], pairs: Sequence[tuple[int, int]]
    ) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Return which terms, and which pairs of them side by side, each segment of some passages holds.

        Args:
            rows: The passages.
            terms: Term numbers, each once; None is a term that no passage has.
            pairs: Places among the terms.

        Returns:
            ``(segments, terms)`` and ``(segments, pairs)`` bool.
        """
        sequences, offsets = self._generation.sequences, self._generation.span_offsets
        segments, firsts = _ranges(offsets[rows] + rows, offsets[rows + 1] + rows + 1)
        held = np.zeros((len(segments), len(terms)), dtype=np.bool_)
        beside = np.zeros((len(segments), len(pairs)), dtype=np.bool_)
        # A passage's segments lie one after the other, so its terms are one range.
        places, begins = _ranges(
            sequences.offsets[segments[firsts[:-1]]], sequences.offsets[segments[firsts[1:] - 1] + 1]
        )
        # Of each term: its place in the question, counted from 1.
        asked = np.zeros(len(self._generation.vocabulary), dtype=np.int16)
        for place, term in enumerate(terms, start=1):
            if term is not None:
                asked[term] = place
        matches = asked[sequences.numbers[places]] if len(asked) else asked
        found = np.flatnonzero(matches)
        matches = matches[found] - 1
        lengths = sequences.offsets[segments + 1] - sequences.offsets[segments]
        segment_of = np.searchsorted(np.cumsum(lengths), found, side="right")
        held[segment_of, matches] = True
        if pairs and len(found) > 1:
            table = np.full((len(terms), len(terms)), -1)
            for number, pair in enumerate(pairs):
                table[pair] = number
            numbers = table[matches[:-1], matches[1:]]
            # One text is a passage's title and headings, and another its spans together.
            is_context = np.zeros(len(segments), dtype=np.bool_)
            is_context[firsts[:-1]] = True
            text_of = 2 * np.searchsorted(begins, found, side="right") + is_context[segment_of]
            side_by_side = (np.diff(found) == 1) & (text_of[:-1] == text_of[1:]) & (numbers >= 0)
            beside[segment_of[:-1][side_by_side], numbers[side_by_side]] = True
        return held, beside

    def likeness(self, rows: NDArray[np.int64], weights: NDArray[np.float32]) -> NDArray[np.float32]:
        """See ``Engine.likeness``."""
        generation = self._generation
        vectors, profiles = generation.vectors.rows(rows), generation.profiles
        chosen = np.flatnonzero(weights)
        dense = vectors @ (weights[chosen] @ vectors[chosen])
        entries, offsets = _ranges(profiles.offsets[rows], profiles.offsets[rows + 1])
        numbers, own = profiles.numbers[entries], profiles.weights[entries]
        mean = np.zeros(len(generation.vocabulary), dtype=np.float32)
        for place in chosen:
            part = slice(offsets[place], offsets[place + 1])
            mean[numbers[part]] += weights[place] * own[part]  # a passage has each term once
        shares = mean[numbers] * own
        lexical = np.diff(np.concatenate(([0.0], np.cumsum(shares, dtype=np.float64)))[offsets])
        products = np.stack((dense, lexical), axis=1)
        # The mean is a sum of the rows it is multiplied with, so its own length follows from the products.
        lengths = np.sqrt(np.maximum(weights @ products, 1e-18))
        return np.asarray(products / lengths, dtype=np.float32)


def _window_cosines(
    cosines: NDArray[np.float32], neighbours: NDArray[np.float32], offsets: NDArray[np.int64]
) -> NDArray[np.float32]:
    """Return the best cosine of each span taken together with a neighbour of its passage; see ``Evidence.windows``.

    Args:
        cosines: Of question and span.
        neighbours: Of each span and the next.
        offsets: Where each passage's spans begin.
    """
    best = np.full(len(cosines), -np.inf, dtype=np.float32)
    alone = offsets[:-1][np.diff(offsets) == 1]
    best[alone] = cosines[alone]
    joined = np.ones(max(len(cosines) - 1, 0), dtype=np.bool_)  # whether span i and i + 1 are of one passage
    joined[offsets[1:-1] - 1] = False
    first = np.flatnonzero(joined)
    # |a + b| of unit vectors is sqrt(2 + 2ab); opposite ones have no direction together.
    windows = (cosines[first] + cosines[first + 1]) / np.sqrt(np.maximum(2 + 2 * neighbours[first], 1e-6))
    best[first] = windows
    best[first + 1] = np.maximum(best[first + 1], windows)
    return best
