"""The terms of every passage, as arrays that can be mapped from disk.

Postings tell which passages hold a term. Sequences tell which terms a passage holds, in which of its spans, and which
stand side by side: a passage is a run of segments, the terms of its title and headings, then those of each span.
Profiles are what passages are compared with one another by.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.arrays import map_array, write_array
from index.bm25 import K1

RARITY = 1.5
"""Power of a term's inverse document frequency where two passages are compared by their terms."""


class TermSequences:
    """Segments of term numbers.

    Args:
        numbers: ``(terms,)`` int32, all segments' term numbers, one segment after the other.
        offsets: ``(segments + 1,)`` int64; segment s is ``numbers[offsets[s]:offsets[s + 1]]``.
    """

    def __init__(self, numbers: NDArray[np.int32], offsets: NDArray[np.int64]) -> None:
        self.numbers = numbers
        self.offsets = offsets

    @classmethod
    def build(cls, segments: Iterable[Sequence[str]], vocabulary: dict[str, int]) -> TermSequences:
        """Build from each segment's terms.

        Raises:
            KeyError: A segment has a term that the vocabulary lacks.
        """
        words = list(segments)
        offsets = np.cumsum([0, *map(len, words)], dtype=np.int64)
        numbers = (vocabulary[word] for word in chain.from_iterable(words))
        return cls(np.fromiter(numbers, dtype=np.int32, count=int(offsets[-1])), offsets)

    def save(self, folder: Path, name: str) -> None:
        """Write the arrays as ``NAME.numbers.npy`` and ``NAME.offsets.npy``."""
        write_array(folder / f"{name}.numbers.npy", self.numbers)
        write_array(folder / f"{name}.offsets.npy", self.offsets)

    @classmethod
    def load(cls, folder: Path, name: str) -> TermSequences:
        """Map the arrays that ``save`` wrote, read-only.

        Raises:
            OSError: A file is missing.
            ValueError: A file is not an array, or the arrays do not belong together.
        """
        numbers, offsets = (map_array(folder / f"{name}.{part}.npy") for part in ("numbers", "offsets"))
        if not len(offsets) or offsets[-1] != len(numbers):
            raise ValueError(f"the arrays of {name} have different lengths")
        return cls(numbers, offsets)


class TermProfiles:
    """The different terms of each passage with their weights, as unit vectors.

    A term's weight is ``tf / (tf + k1) * idf ** RARITY``, divided by the length of all of the passage's weights.

    Args:
        offsets: ``(passages + 1,)`` int64; the terms of passage p are ``[offsets[p], offsets[p + 1])``.
        numbers: int32 term numbers, ascending within a passage.
        weights: float32.
    """

    def __init__(self, offsets: NDArray[np.int64], numbers: NDArray[np.int32], weights: NDArray[np.float32]) -> None:
        self.offsets = offsets
        self.numbers = numbers
        self.weights = weights

    @classmethod
    def build(
        cls, sequences: TermSequences, span_offsets: NDArray[np.int64], idfs: NDArray[np.float32]
    ) -> TermProfiles:
        """Build from passages' terms.

        Args:
            sequences: Of all passages.
            span_offsets: ``(passages + 1,)``, where each passage's spans begin.
            idfs: Of each term.
        """
        passages = len(span_offsets) - 1
        # Passage p has one segment more than spans, so those of p begin at span_offsets[p] + p.
        begins = sequences.offsets[span_offsets + np.arange(passages + 1)]
        owners = np.repeat(np.arange(passages), np.diff(begins))
        # One number a pair of passage and term: sorted, they are the profiles.
        terms = max(len(idfs), 1)
        pairs, counts = np.unique(owners * terms + sequences.numbers, return_counts=True)
        owners, numbers = np.divmod(pairs, terms)
        weights = counts / (counts + K1) * idfs[numbers] ** RARITY
        lengths = np.sqrt(np.bincount(owners, weights**2, minlength=passages))
        offsets = np.concatenate(([0], np.cumsum(np.bincount(owners, minlength=passages)))).astype(np.int64)
        return cls(offsets, numbers.astype(np.int32), (weights / np.maximum(lengths[owners], 1e-9)).astype(np.float32))

    def save(self, folder: Path, name: str) -> None:
        """Write the arrays as ``NAME.offsets.npy``, ``NAME.numbers.npy`` and ``NAME.weights.npy``."""
        for part, array in (("offsets", self.offsets), ("numbers", self.numbers), ("weights", self.weights)):
            write_array(folder / f"{name}.{part}.npy", array)

    @classmethod
    def load(cls, folder: Path, name: str) -> TermProfiles:
        """Map the arrays that ``save`` wrote, read-only.

        Raises:
            OSError: A file is missing.
            ValueError: A file is not an array, or the arrays do not belong together.
        """
        offsets, numbers, weights = (
            map_array(folder / f"{name}.{part}.npy") for part in ("offsets", "numbers", "weights")
        )
        if not len(offsets) or not offsets[-1] == len(numbers) == len(weights):
            raise ValueError(f"the arrays of {name} have different lengths")
        return cls(offsets, numbers, weights)
