"""What a build has encoded so far, kept beside the generations, so that one that is killed is gone on with.

A portion is a file of keys and vectors, written whole, with its own SHA-256 before them; one that is damaged is as if
it were not there, and its texts are encoded again. No text stands in it. Portions go when the generation is complete.
"""

from __future__ import annotations

import hashlib
import io
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.files import write_atomically

_HASH = hashlib.sha256().digest_size


@dataclass(frozen=True, slots=True)
class Portion:
    """Some rows that were encoded.

    Attributes:
        keys: ``(rows, 2)`` uint64; see ``index.embedding.Rows.keys``.
        vectors: ``(rows, dimension)`` float32 unit vectors.
    """

    keys: NDArray[np.uint64]
    vectors: NDArray[np.float32]

    def vectors_at(self, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return the vectors of some rows, ``(len(rows), dimension)``."""
        return self.vectors[rows]


@dataclass(frozen=True, slots=True)
class Portions:
    """The portions of one collection; its lock must be held.

    Args:
        folder: Where they are kept; need not exist.
    """

    folder: Path

    def add(self, portion: Portion) -> None:
        """Keep a portion.

        Raises:
            OSError: It cannot be written.
        """
        content = io.BytesIO()
        for array in (portion.keys, portion.vectors):
            np.save(content, array, allow_pickle=False)
        data = content.getvalue()
        self.folder.mkdir(exist_ok=True)
        number = max((int(path.stem) for path in self._files()), default=0) + 1
        write_atomically(self.folder / f"{number:06}.portion", hashlib.sha256(data).digest() + data)

    def __iter__(self) -> Iterator[Portion]:
        """Read those that are whole, oldest first."""
        for path in self._files():
            data = path.read_bytes()
            if hashlib.sha256(data[_HASH:]).digest() == data[:_HASH]:
                content = io.BytesIO(data[_HASH:])
                keys, vectors = (np.load(content, allow_pickle=False) for _ in range(2))
                yield Portion(keys, vectors)

    def _files(self) -> list[Path]:
        return sorted(self.folder.glob("[0-9]*.portion"))

    def clear(self) -> None:
        """Remove all of them.

        Raises:
            OSError: They cannot be removed.
        """
        if self.folder.exists():
            shutil.rmtree(self.folder)
