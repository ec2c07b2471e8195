"""The seam for search engines: what one is given, what it must return.

Fusion, reading, abstention and citation see only what stands here; they never know which engine answered.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from qa.filters import NO_FILTERS, Filters


@dataclass(frozen=True, slots=True)
class Query:
    """A question, encoded and analysed once.

    Attributes:
        vector: ``(dimension,)`` float32, length 1.
        terms: Terms as the lexical analyser gives them, repetitions kept.
        filters: Which documents it is put to.
    """

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
class SpanScores:
    """Exact scores of all spans of one passage, in order.

    Attributes:
        cosines: float32 cosine of question and span.
        lexical: float32 BM25 of the span among all spans.
    """

    cosines: NDArray[np.float32]
    lexical: NDArray[np.float32]


class Engine(Protocol):
    """Searches one generation. Implementation: ``LocalEngine``."""

    def candidates(self, query: Query, depth: int) -> Candidates:
        """Return the union of the passages nearest by vector and the best by BM25, ``depth`` of each or fewer.

        Only passages of documents that match the query's filters are looked at: what comes is what would come if the
        others were not there, but for BM25, whose statistics are those of the whole collection. Where ``depth`` or
        fewer passages match, all come; where none does, nothing.
        """

    def span_scores(self, query: Query, rows: Sequence[int]) -> list[SpanScores]:
        """Score the spans of the given passages."""
