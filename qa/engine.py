"""The seam for search engines: what one is given, what it must return.

Ranking, reading, abstention and citation see only what stands here; they never know which engine answered.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from index.arrays import ranges
from qa.filters import NO_FILTERS, Filters


@dataclass(frozen=True, slots=True)
class Query:
    """A question, encoded and analysed once.

    Attributes:
        text: As it was asked.
        vector: ``(dimension,)`` float32, length 1.
        terms: Terms as the lexical analyser gives them, repetitions kept.
        filters: Which documents it is put to.
    """

    text: str
    vector: NDArray[np.float32]
    terms: tuple[str, ...]
    filters: Filters = NO_FILTERS


@dataclass(frozen=True, slots=True)
class Candidates:
    """Passages that may answer, with exact scores; all arrays have one entry a candidate.

    Attributes:
        rows: int64 passage rows, each once.
        passage_cosines: float32 cosine of question and passage.
        span_cosines: float32 cosine of question and the passage's best span.
        best_spans: int64 place of that span among its passage's spans.
        lexical: float32 BM25 of the passage.
        lexical_limit: The most that BM25 could give any passage for this question; terms that no passage has count,
            and so do passages that the filters leave out.
    """

    rows: NDArray[np.int64]
    passage_cosines: NDArray[np.float32]
    span_cosines: NDArray[np.float32]
    best_spans: NDArray[np.int64]
    lexical: NDArray[np.float32]
    lexical_limit: float


@dataclass(frozen=True, slots=True)
class Evidence:
    """What some passages hold of a question, span by span.

    With n passages, m spans of theirs, t different terms and p different pairs of neighbouring terms in the question:

    Attributes:
        offsets: ``(n + 1,)`` int64; the spans of passage i are ``[offsets[i], offsets[i + 1])``, one or more.
        cosines: ``(m,)`` float32 cosine of question and span.
        windows: ``(m,)`` float32 cosine of question and the mean direction of the span and a neighbour, the better of
            the two; the span's own where it stands alone.
        term_weights: ``(t,)`` float32 inverse document frequency of each term.
        span_terms: ``(m, t)`` bool, which terms a span holds.
        context_terms: ``(n, t)`` bool, which terms title and headings hold.
        pair_weights: ``(p,)`` float32, the lower of its terms' weights.
        span_pairs: ``(m, p)`` bool, which pairs stand side by side, in order, and begin in a span.
        context_pairs: ``(n, p)`` bool, those in title and headings.
    """

    offsets: NDArray[np.int64]
    cosines: NDArray[np.float32]
    windows: NDArray[np.float32]
    term_weights: NDArray[np.float32]
    span_terms: NDArray[np.bool_]
    context_terms: NDArray[np.bool_]
    pair_weights: NDArray[np.float32]
    span_pairs: NDArray[np.bool_]
    context_pairs: NDArray[np.bool_]

    @property
    def owners(self) -> NDArray[np.int64]:
        """``(m,)`` int64, the number of each span's passage."""
        return np.repeat(np.arange(len(self.offsets) - 1), np.diff(self.offsets))

    def of(self, passages: NDArray[np.int64]) -> Evidence:
        """Return what some of the passages hold, given their numbers, in that order."""
        spans, offsets = ranges(self.offsets[passages], self.offsets[passages + 1])
        return Evidence(
            offsets=offsets,
            cosines=self.cosines[spans],
            windows=self.windows[spans],
            term_weights=self.term_weights,
            span_terms=self.span_terms[spans],
            context_terms=self.context_terms[passages],
            pair_weights=self.pair_weights,
            span_pairs=self.span_pairs[spans],
            context_pairs=self.context_pairs[passages],
        )


class Engine(Protocol):
    """Searches one generation. Implementation: ``LocalEngine``."""

    def candidates(self, query: Query, depth: int) -> Candidates:
        """Return the union of the passages nearest by vector and the best by BM25, ``depth`` of each or fewer.

        Only passages of documents that match the query's filters are looked at: what comes is what would come if the
        others were not there, but for BM25, whose statistics are those of the whole collection. Where ``depth`` or
        fewer passages match, all come; where none does, nothing.
        """

    def evidence(self, query: Query, rows: NDArray[np.int64]) -> Evidence:
        """Return what the given passages hold of a question, in the order of ``rows``."""

    def likeness(self, rows: NDArray[np.int64], weights: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return how like each of the given passages is to their own weighted mean.

        Args:
            rows: n passage rows, each once, at least one.
            weights: ``(n,)`` float32, none negative, at least one above 0.

        Returns:
            ``(n, 2)`` float32: cosine with the mean of the vectors, and with the mean of the terms, each weighted by
            inverse document frequency and by frequency with diminishing returns.
        """
