"""BM25 over rows, as arrays that can be mapped from disk.

The score of row d for the terms of a question is::

    sum over terms t of  idf(t) * tf(t, d) * (k1 + 1) / (tf(t, d) + k1 * (1 - b + b * |d| / average length))
    idf(t) = ln(1 + (N - df(t) + 0.5) / (df(t) + 0.5))

(Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond", 2009; the idf that cannot become
negative is Lucene's.) Everything but the sum is known when the index is built, so each posting holds its finished
weight, and a question costs one addition a posting.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.arrays import write_array

K1 = 1.2
B = 0.75


def _idf(rows: int, frequencies: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the inverse document frequency of terms that stand in so many of all rows."""
    return np.asarray(np.log1p((rows - frequencies + 0.5) / (frequencies + 0.5)))


class BM25:
    """Postings of one kind of row.

    Args:
        offsets: ``(terms + 1,)`` int64; the postings of term t are ``[offsets[t], offsets[t + 1])``.
        rows: ``(postings,)`` int32 row numbers, ascending within a term.
        weights: ``(postings,)`` float32 finished term weights.
        row_count: How many rows there are, those without any term included.
    """

    def __init__(
        self, offsets: NDArray[np.int64], rows: NDArray[np.int32], weights: NDArray[np.float32], row_count: int
    ) -> None:
        self.offsets = offsets
        self.rows = rows
        self.weights = weights
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
        weights = idf[term_array] * tf * (K1 + 1) / (tf + norm)
        return cls(offsets, row_array.astype(np.int32), weights.astype(np.float32), len(words))

    def scores(self, terms: Iterable[int]) -> NDArray[np.float32]:
        """Score every row.

        Args:
            terms: Term numbers of the question; a term that comes twice counts twice.

        Returns:
            ``(row_count,)`` float32; 0 where no term occurs.
        """
        scores = np.zeros(self.row_count, dtype=np.float32)
        for term in terms:
            postings = slice(self.offsets[term], self.offsets[term + 1])
            scores[self.rows[postings]] += self.weights[postings]
        return scores

    def idf(self, term: int | None) -> float:
        """Return a term's inverse document frequency; None is a term without rows."""
        document_frequency = 0 if term is None else int(self.offsets[term + 1] - self.offsets[term])
        return float(_idf(self.row_count, np.array(document_frequency)))

    def idfs(self, terms: NDArray[np.int32]) -> NDArray[np.float32]:
        """Return the inverse document frequency of each of the given terms."""
        frequencies = self.offsets[terms + 1] - self.offsets[terms]
        return _idf(self.row_count, frequencies).astype(np.float32)

    def limit(self, term: int | None) -> float:
        """Return what no row's weight for a term can reach: that of endless repetition; None is a term without rows."""
        return self.idf(term) * (K1 + 1)

    def save(self, folder: Path, name: str) -> None:
        """Write the arrays as ``NAME.offsets.npy``, ``NAME.rows.npy`` and ``NAME.weights.npy``."""
        for part, array in (("offsets", self.offsets), ("rows", self.rows), ("weights", self.weights)):
            write_array(folder / f"{name}.{part}.npy", array)

    @classmethod
    def load(cls, folder: Path, name: str, row_count: int) -> BM25:
        """Map the arrays that ``save`` wrote, read-only.

        Raises:
            OSError: A file is missing.
            ValueError: A file is not an array, or the arrays do not belong together.
        """
        offsets, rows, weights = (
            np.load(folder / f"{name}.{part}.npy", mmap_mode="r", allow_pickle=False)
            for part in ("offsets", "rows", "weights")
        )
        if not len(offsets) or offsets[-1] != len(rows) or len(rows) != len(weights):
            raise ValueError(f"the arrays of {name} have different lengths")
        return cls(offsets, rows, weights, row_count)
