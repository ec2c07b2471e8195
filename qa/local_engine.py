"""The engine over a generation on disk: FAISS rows, BM25 postings and terms of passages in this process."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property, lru_cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from index.arrays import ranges
from index.bm25 import best_rows
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


def _best_spans(
    cosines: NDArray[np.float32], offsets: NDArray[np.int64]
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Return the best cosine of each passage's spans, and the place of the first that has it among them."""
    begins = offsets[:-1]
    best = np.maximum.reduceat(cosines, begins)
    places = (cosines == best.repeat(offsets[1:] - begins)).nonzero()[0]
    return best, places[places.searchsorted(begins)] - begins


class LocalEngine:
    """Searches an open generation; safe to call from several threads at once."""

    def __init__(self, generation: Generation) -> None:
        self._generation = generation
        self._passages = generation.manifest.counts.passages
        self._allowed = lru_cache(maxsize=_KEPT_FILTERS)(_Filtering(generation).allowed)
        # One question's cosines are asked for twice. Vector and cosines are put here at once, for other threads' sake.
        self._last: tuple[NDArray[np.float32], NDArray[np.float32] | None] | None = None

    def _scanned(self, vector: NDArray[np.float32]) -> NDArray[np.float32] | None:
        """Return the cosines of all rows, where they are few enough."""
        last = self._last
        if last is None or last[0] is not vector:
            last = self._last = vector, self._generation.vectors.scan(vector)
        return last[1]

    def candidates(self, query: Query, depth: int) -> Candidates:
        """See ``Engine.candidates``."""
        generation, postings = self._generation, self._generation.passage_postings
        numbers = [generation.vocabulary.get(term) for term in query.terms]
        terms = [number for number in numbers if number is not None]
        allowed = self._allowed(query.filters)
        mask = None if allowed is None else allowed[: self._passages]
        few = self._few(mask, depth)
        scanned = self._scanned(query.vector)
        if scanned is not None:
            passage_cosines, cosines = scanned[: self._passages], scanned[self._passages :]
            span_cosines, best_spans = _best_spans(cosines, generation.span_offsets)
            lexical = postings.scores(terms)
            rows = few
            if rows is None:
                near = np.maximum(span_cosines, passage_cosines)
                if mask is not None:
                    near = np.where(mask, near, np.float32(-np.inf))
                kept = np.zeros(self._passages, dtype=np.bool_)
                kept[(-near).argpartition(depth - 1)[:depth]] = True
                kept[best_rows(lexical, depth, mask)] = True
                rows = kept.nonzero()[0]
            passage_cosines, span_cosines, best_spans = passage_cosines[rows], span_cosines[rows], best_spans[rows]
            lexical = lexical[rows]
        else:
            rows = few if few is not None else self._nearest(query, terms, allowed, depth)
            span_rows, offsets = self._spans(rows)
            passage_cosines = generation.vectors.similarities(query.vector, rows)
            span_cosines, best_spans = _best_spans(
                generation.vectors.similarities(query.vector, self._passages + span_rows), offsets
            )
            lexical = postings.scores_of(terms, rows)
        return Candidates(
            rows=rows,
            passage_cosines=passage_cosines,
            span_cosines=span_cosines,
            best_spans=best_spans,
            lexical=lexical,
            lexical_limit=sum(postings.limit(number) for number in numbers),
        )

    def _few(self, mask: NDArray[np.bool_] | None, depth: int) -> NDArray[np.int64] | None:
        """Return the rows of all passages that are allowed, where no more of them are than are wanted."""
        if mask is None:
            return np.arange(self._passages) if self._passages <= depth else None
        return np.flatnonzero(mask) if np.count_nonzero(mask) <= depth else None

    def _nearest(
        self, query: Query, terms: Sequence[int], allowed: NDArray[np.bool_] | None, depth: int
    ) -> NDArray[np.int64]:
        """Return the best rows of each kind, ascending, where there are too many to look at all."""
        nearest = self._generation.vectors.nearest(query.vector, depth * _ROWS_A_PASSAGE, allowed)
        owners = np.searchsorted(self._generation.span_offsets, nearest - self._passages, side="right") - 1
        dense_rows = np.where(nearest < self._passages, nearest, owners)
        _, first_seen = np.unique(dense_rows, return_index=True)
        dense_rows = dense_rows[np.sort(first_seen)][:depth]
        mask = None if allowed is None else allowed[: self._passages]
        return np.union1d(dense_rows, self._generation.passage_postings.best(terms, depth, mask))

    def _spans(self, rows: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the numbers of all spans of some passages, and where each passage's begin among them."""
        return ranges(self._generation.span_offsets[rows], self._generation.span_offsets[rows + 1])

    def evidence(self, query: Query, rows: NDArray[np.int64]) -> Evidence:
        """See ``Engine.evidence``."""
        generation = self._generation
        span_rows, offsets = self._spans(rows)
        scanned = self._scanned(query.vector)
        if scanned is not None:
            cosines = scanned[self._passages + span_rows]
        else:
            cosines = generation.vectors.similarities(query.vector, self._passages + span_rows)
        places = {term: place for place, term in enumerate(dict.fromkeys(query.terms))}
        pairs = list(
            dict.fromkeys((places[first], places[second]) for first, second in pairwise(query.terms) if first != second)
        )
        numbers = [generation.vocabulary.get(term) for term in places]
        weights = [generation.passage_postings.idf(number) for number in numbers]
        held, beside = self._held(rows, numbers, pairs)
        # A passage has one segment more than spans, and that is its first.
        contexts = offsets[:-1] + np.arange(len(rows))
        spans = np.arange(len(span_rows)) + np.arange(1, len(rows) + 1).repeat(offsets[1:] - offsets[:-1])
        return Evidence(
            offsets=offsets,
            cosines=cosines,
            windows=_window_cosines(cosines, generation.neighbours[span_rows], offsets),
            term_weights=np.array(weights, dtype=np.float32),
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
        sequences, span_offsets = self._generation.sequences, self._generation.span_offsets
        # A passage's segments lie one after the other, and so do their terms.
        firsts, lasts = span_offsets[rows] + rows, span_offsets[rows + 1] + rows + 1
        segments, begins = ranges(firsts, lasts)
        held = np.zeros((len(segments), len(terms)), dtype=np.bool_)
        beside = np.zeros((len(segments), len(pairs)), dtype=np.bool_)
        places, starts = ranges(sequences.offsets[firsts], sequences.offsets[lasts])
        # Of each term: its place in the question, counted from 1.
        asked = np.zeros(len(self._generation.vocabulary), dtype=np.int16)
        for place, term in enumerate(terms, start=1):
            if term is not None:
                asked[term] = place
        matches = asked[sequences.numbers[places]] if len(asked) else asked
        found = matches.nonzero()[0]
        matches = matches[found] - 1
        ends = (sequences.offsets[segments + 1] - sequences.offsets[segments]).cumsum()
        segment_of = ends.searchsorted(found, side="right")
        held[segment_of, matches] = True
        if pairs and len(found) > 1:
            table = np.full((len(terms), len(terms)), -1)
            for number, pair in enumerate(pairs):
                table[pair] = number
            numbers = table[matches[:-1], matches[1:]]
            # One text is a passage's title and headings, and another its spans together.
            is_context = np.zeros(len(segments), dtype=np.bool_)
            is_context[begins[:-1]] = True
            text_of = 2 * starts.searchsorted(found, side="right") + is_context[segment_of]
            joined = (found[1:] - found[:-1] == 1) & (text_of[:-1] == text_of[1:]) & (numbers >= 0)
            beside[segment_of[:-1][joined], numbers[joined]] = True
        return held, beside

    def likeness(self, rows: NDArray[np.int64], weights: NDArray[np.float32]) -> NDArray[np.float32]:
        """See ``Engine.likeness``."""
        generation = self._generation
        vectors, profiles = generation.vectors.rows(rows), generation.profiles
        chosen = np.flatnonzero(weights)
        dense = vectors @ (weights[chosen] @ vectors[chosen])
        entries, offsets = ranges(profiles.offsets[rows], profiles.offsets[rows + 1])
        numbers, own = profiles.numbers[entries], profiles.weights[entries]
        said = weights.repeat(offsets[1:] - offsets[:-1])
        mean = np.bincount(numbers, said * own, minlength=1)
        sums = np.zeros(len(entries) + 1)
        (mean[numbers] * own).cumsum(out=sums[1:])
        lexical = sums[offsets[1:]] - sums[offsets[:-1]]
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
    # |a + b| of unit vectors is sqrt(2 + 2ab); opposite ones have no direction together.
    windows = (cosines[:-1] + cosines[1:]) / np.sqrt(np.maximum(2 + 2 * neighbours[:-1], 1e-6))
    windows[offsets[1:-1] - 1] = -np.inf  # the next span is another passage's
    best = np.full(len(cosines), -np.inf, dtype=np.float32)
    best[:-1] = windows
    np.maximum(best[1:], windows, out=best[1:])
    return np.where(best == -np.inf, cosines, best)
