"""The terms of every passage in the order of its text, as arrays that can be mapped from disk.

Postings tell which passages hold a term; these sequences tell which terms a passage holds, in which of its spans, and
which stand side by side. A passage is a run of segments: the terms of its title and headings, then those of each span.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.arrays import write_array


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
        numbers, offsets = (
            np.load(folder / f"{name}.{part}.npy", mmap_mode="r", allow_pickle=False) for part in ("numbers", "offsets")
        )
        if not len(offsets) or offsets[-1] != len(numbers):
            raise ValueError(f"the arrays of {name} have different lengths")
        return cls(numbers, offsets)
