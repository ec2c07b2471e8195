"""BM25 over rows, as arrays that can be mapped from disk.

The score of row d for the terms of a question is::

    sum over terms t of  idf(t) * tf(t, d) * (k1 + 1) / (tf(t, d) + k1 * (1 - b + b * |d| / average length))
    idf(t) = ln(1 + (N - df(t) + 0.5) / (df(t) + 0.5))

(Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond", 2009; the idf that cannot become
negative is Lucene's.) Everything but the sum is known when the index is built, so each posting holds its finished
weight, and a question costs one addition a posting or less.

Less, because the best rows are found by MaxScore (Turtle and Flood, "Query Evaluation: Strategies and Optimizations",
1995): terms are taken by the most that they can add, in falling order, until few rows can still be among the best. Only
those are then looked up in the postings of the remaining terms, which are the common ones and hold most postings.

A score is a sum of float32 in that order of terms, whichever way a row was found, so that equal rows stay equal.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import accumulate
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from index.arrays import map_array, write_array

K1 = 1.2
B = 0.75

_LOOK_UP = 32
"""How many postings can be added in the time that it takes to look up one row in a term's postings; measured."""
_ROUNDING = 2.0**-23
"""More than a float32 addition can be off by, as a share of its result, and than a float32 is off a float64."""
_PARTS = ("offsets", "rows", "weights", "limits")


def _idf(rows: int, frequencies: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the inverse document frequency of terms that stand in so many of all rows."""
    return np.asarray(np.log1p((rows - frequencies + 0.5) / (frequencies + 0.5)))


class _Term(NamedTuple):
    """A term of a question.

    Attributes:
        limit: The most that it adds to any row's score.
        rows: int32 rows that have it, ascending; at least one.
        weights: float32, what it adds to each of them where it comes once.
        times: How often it comes in the question.
    """

    limit: float
    rows: NDArray[np.int32]
    weights: NDArray[np.float32]
    times: int

    def add_to_all(self, scores: NDArray[np.float32]) -> None:
        """Add to the scores of all rows."""
        np.add.at(scores, self.rows, self._times(self.weights))

    def add_to(self, scores: NDArray[np.float32], rows: NDArray[np.int32]) -> None:
        """Add to the scores of some rows."""
        places = np.minimum(np.searchsorted(self.rows, rows), len(self.rows) - 1)
        held = np.flatnonzero(self.rows[places] == rows)
        scores[held] += self._times(self.weights[places[held]])

    def _times(self, weights: NDArray[np.float32]) -> NDArray[np.float32]:
        return weights if self.times == 1 else weights * np.float32(self.times)


class BM25:
    """Postings of one kind of row.

    Args:
        offsets: ``(terms + 1,)`` int64; the postings of term t are ``[offsets[t], offsets[t + 1])``.
        rows: ``(postings,)`` int32 row numbers, ascending within a term.
        weights: ``(postings,)`` float32 finished term weights, all above 0.
        limits: ``(terms,)`` float32, the largest weight of each term; 0 for a term without postings.
        row_count: How many rows there are, those without any term included.
    """

    def __init__(
        self,
        offsets: NDArray[np.int64],
        rows: NDArray[np.int32],
        weights: NDArray[np.float32],
        limits: NDArray[np.float32],
        row_count: int,
    ) -> None:
        self.offsets = offsets
        self.rows = rows
        self.weights = weights
        self.limits = limits
        self.row_count = row_count

    @classmethod
    def build(cls, texts: Iterable[Sequence[str]], vocabulary: dict[str, int]) -> BM25:
        """Build postings.

        Args:
            texts: The terms of each row.
            vocabulary: Every term's number; numbers are 0 to ``len(vocabulary) - 1``.

        Raises:
            KeyError: A row has a term that the vocabulary lacks.
        """
        words = list(texts)
        lengths = np.fromiter(map(len, words), dtype=np.int64, count=len(words))
        terms = np.fromiter((vocabulary[word] for row in words for word in row), np.int64, count=int(lengths.sum()))
        # One number a pair of term and row: sorted, they are the postings.
        pairs, tf = np.unique(terms * len(words) + np.repeat(np.arange(len(words)), lengths), return_counts=True)
        term_array, row_array = np.divmod(pairs, max(len(words), 1))
        document_frequency = np.bincount(term_array, minlength=len(vocabulary))
        offsets = np.concatenate(([0], np.cumsum(document_frequency))).astype(np.int64)
        average = lengths.mean() if lengths.any() else 1.0
        idf = _idf(len(words), document_frequency)
        norm = K1 * (1 - B + B * lengths[row_array] / average)
        weights = (idf[term_array] * tf * (K1 + 1) / (tf + norm)).astype(np.float32)
        limits = np.zeros(len(vocabulary), dtype=np.float32)
        np.maximum.at(limits, term_array, weights)
        return cls(offsets, row_array.astype(np.int32), weights, limits, len(words))

    def scores(self, terms: Iterable[int]) -> NDArray[np.float32]:
        """Score every row.

        Args:
            terms: Term numbers of the question; a term that comes twice counts twice.

        Returns:
            ``(row_count,)`` float32; 0 where no term occurs.
        """
        scores = np.zeros(self.row_count, dtype=np.float32)
        for term in self._question(terms):
            term.add_to_all(scores)
        return scores

    def scores_of(self, terms: Sequence[int], rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """Score some rows.

        Args:
            terms: As for ``scores``.
            rows: Row numbers, ascending, each once.

        Returns:
            ``(len(rows),)`` float32, bit for bit what ``scores`` gives these rows.
        """
        question = self._question(terms)
        if len(rows) * len(question) * _LOOK_UP > self.row_count + sum(len(term.rows) for term in question):
            return self.scores(terms)[rows]
        scores, wanted = np.zeros(len(rows), dtype=np.float32), rows.astype(np.int32)
        for term in question:
            term.add_to(scores, wanted)
        return scores

    def best(self, terms: Sequence[int], count: int, allowed: NDArray[np.bool_] | None = None) -> NDArray[np.int64]:
        """Find the rows with the best scores above 0.

        Args:
            terms: As for ``scores``.
            count: How many rows are wanted; where fewer match, fewer come.
            allowed: ``(row_count,)``, which rows are looked at; None stands for all.

        Returns:
            Row numbers, ascending. Of rows with equal scores, the lower ones come first to be chosen.
        """
        question = self._question(terms)
        if count < 1 or not question:
            return np.empty(0, dtype=np.int64)
        # How many postings the terms from each one on have.
        left = [*accumulate((len(term.rows) for term in reversed(question)), initial=0)][::-1]
        if allowed is not None and np.count_nonzero(allowed) * len(question) * _LOOK_UP < left[0]:
            rows = np.flatnonzero(allowed).astype(np.int32)
            return _best_of(rows, np.zeros(len(rows), dtype=np.float32), question, count, 0.0)
        scores = np.zeros(self.row_count, dtype=np.float32)
        floor = 0.0
        for done, term in enumerate(question, start=1):
            term.add_to_all(scores)
            # Any rows' count-th best score will do for a floor; a rare term's rows are few, and their scores high.
            if not floor or len(term.rows) * 16 < self.row_count:
                rows = term.rows if allowed is None else term.rows[allowed[term.rows]]
                floor = max(floor, _nth_best(scores[rows], count))
            remaining = question[done:]
            needed = _needed(floor, remaining)
            # To see who can still be among the best takes a look at all scores; that must be worth its while.
            if remaining and (not needed or left[done] * 8 < self.row_count):
                continue
            reaching = scores >= needed if needed else scores > 0
            if allowed is not None:
                reaching &= allowed
            if np.count_nonzero(reaching) * len(remaining) * _LOOK_UP <= left[done]:
                break
        rows = np.flatnonzero(reaching).astype(np.int32)
        return _best_of(rows, scores[rows], remaining, count, floor)

    def _question(self, terms: Iterable[int]) -> list[_Term]:
        """Return a question's terms in the order in which all sums are made: by what they can add, falling."""
        found: list[tuple[float, int, int]] = []
        for term, times in Counter(terms).items():
            if self.limits[term]:
                found.append((-float(self.limits[term] * np.float32(times)), term, times))
        question = []
        for limit, term, times in sorted(found):
            postings = slice(self.offsets[term], self.offsets[term + 1])
            question.append(_Term(-limit, self.rows[postings], self.weights[postings], times))
        return question

    def idf(self, term: int | None) -> float:
        """Return a term's inverse document frequency; None is a term without rows."""
        document_frequency = 0 if term is None else int(self.offsets[term + 1] - self.offsets[term])
        return math.log1p((self.row_count - document_frequency + 0.5) / (document_frequency + 0.5))

    def idfs(self, terms: NDArray[np.int32]) -> NDArray[np.float32]:
        """Return the inverse document frequency of each of the given terms."""
        frequencies = self.offsets[terms + 1] - self.offsets[terms]
        return _idf(self.row_count, frequencies).astype(np.float32)

    def limit(self, term: int | None) -> float:
        """Return what no row's weight for a term can reach: that of endless repetition; None is a term without rows."""
        return self.idf(term) * (K1 + 1)

    def save(self, folder: Path, name: str) -> None:
        """Write the arrays as ``NAME.offsets.npy``, ``NAME.rows.npy``, ``NAME.weights.npy`` and ``NAME.limits.npy``."""
        for part in _PARTS:
            write_array(folder / f"{name}.{part}.npy", getattr(self, part))

    @classmethod
    def load(cls, folder: Path, name: str, row_count: int) -> BM25:
        """Map the arrays that ``save`` wrote, read-only.

        Raises:
            OSError: A file is missing.
            ValueError: A file is not an array, or the arrays do not belong together.
        """
        offsets, rows, weights, limits = (map_array(folder / f"{name}.{part}.npy") for part in _PARTS)
        terms = len(offsets) - 1
        if terms < 0 or offsets[-1] != len(rows) or len(rows) != len(weights) or len(limits) != terms:
            raise ValueError(f"the arrays of {name} have different lengths")
        return cls(offsets, rows, weights, limits, row_count)


def best_rows(scores: NDArray[np.float32], count: int, allowed: NDArray[np.bool_] | None = None) -> NDArray[np.int64]:
    """Return what ``BM25.best`` returns, given the scores of all rows."""
    if allowed is not None:
        scores = scores * allowed
    least = _nth_best(scores, count) if len(scores) > count else 0.0
    chosen = scores > least
    if least:
        equal = (scores == least).nonzero()[0]
        chosen[equal[: count - np.count_nonzero(chosen)]] = True
    return np.asarray(chosen.nonzero()[0])


def _needed(floor: float, remaining: Sequence[_Term]) -> float:
    """Return what a row must score by now if the remaining terms shall lift it to a floor; 0 if they can from nothing.

    Each addition, and the comparison with a float32, may be off by rounding; a row is let pass rather than lost.
    """
    return max(0.0, floor * (1 - (len(remaining) + 1) * _ROUNDING) - sum(term.limit for term in remaining))


def _nth_best(scores: NDArray[np.float32], count: int) -> float:
    """Return the ``count``-th best score; 0 if there are fewer."""
    place = len(scores) - count
    return float(np.partition(scores, place)[place]) if place >= 0 else 0.0


def _best_of(
    rows: NDArray[np.int32], scores: NDArray[np.float32], remaining: Sequence[_Term], count: int, floor: float
) -> NDArray[np.int64]:
    """Add the remaining terms to the scores of the only rows that can be among the best, and return the best.

    Args:
        rows: Row numbers, ascending.
        scores: Of these rows, by the terms before.
        remaining: The terms that come after.
        count: As for ``BM25.best``.
        floor: What the last of the best scores at least.
    """
    for done, term in enumerate(remaining, start=1):
        term.add_to(scores, rows)
        floor = max(floor, _nth_best(scores, count))
        reaching = scores >= _needed(floor, remaining[done:])
        rows, scores = rows[reaching], scores[reaching]
    return rows[best_rows(scores, count)].astype(np.int64)
