"""NumPy arrays on disk; ``index.files`` does without NumPy, since every command imports that."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray


def write_array(path: Path, array: NDArray[Any]) -> None:
    """Write an array as ``.npy``.

    ``np.save`` to a path writes through C, which passes over an error that comes as the file is closed: on a full disk
    it would leave a file cut short, and say nothing.

    Raises:
        OSError: It cannot be written.
    """
    content = io.BytesIO()
    np.save(content, array, allow_pickle=False)
    path.write_bytes(content.getbuffer())


def map_array(path: Path) -> NDArray[Any]:
    """Map an array that ``write_array`` wrote, read-only, as a plain array.

    ``np.memmap`` is a subclass that makes each slice and each sum of it several times as dear.

    Raises:
        OSError: The file is missing.
        ValueError: It is not an array.
    """
    return np.asarray(np.load(path, mmap_mode="r", allow_pickle=False))


def ranges(starts: NDArray[np.int64], ends: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the numbers of all ranges, one after the other, and where each begins among them (one entry more)."""
    lengths = ends - starts
    offsets = np.zeros(len(lengths) + 1, dtype=np.int64)
    lengths.cumsum(out=offsets[1:])
    numbers = np.arange(offsets[-1])
    numbers += (starts - offsets[:-1]).repeat(lengths)
    return numbers, offsets
