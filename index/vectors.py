"""The one module that knows FAISS: unit vectors, searched exactly by inner product."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import faiss
import numpy as np
from numpy.typing import NDArray


class VectorIndex:
    """Rows of unit vectors; inner product is cosine similarity.

    FAISS allows any number of searches at once, but none beside an addition: rows are never added after building.
    """

    def __init__(self, flat: faiss.IndexFlatIP) -> None:
        self._flat = flat
        # A view of FAISS's own memory: exact scores of chosen rows are then one NumPy product away.
        storage = faiss.rev_swig_ptr(flat.get_xb(), flat.ntotal * flat.d)
        self._rows = cast("NDArray[np.float32]", storage).reshape(flat.ntotal, flat.d)

    @classmethod
    def build(cls, vectors: NDArray[np.float32]) -> VectorIndex:
        """Build from ``(rows, dimension)`` float32 unit vectors."""
        flat = faiss.IndexFlatIP(vectors.shape[1])
        flat.add(np.ascontiguousarray(vectors, dtype=np.float32))
        return cls(flat)

    @property
    def count(self) -> int:
        """How many rows there are."""
        return int(self._flat.ntotal)

    @property
    def dimension(self) -> int:
        """How many components a row has."""
        return int(self._flat.d)

    def nearest(
        self, vector: NDArray[np.float32], count: int, allowed: NDArray[np.bool_] | None = None
    ) -> NDArray[np.int64]:
        """Return the rows nearest to a vector, exactly.

        Args:
            vector: ``(dimension,)`` float32 unit vector.
            count: How many rows; fewer come back when there are fewer.
            allowed: ``(rows,)`` bool, which rows to look at; all of them if None.

        Returns:
            int64 row numbers, nearest first.

        Raises:
            ValueError: The vector's dimension is not the index's, or ``allowed`` has not one entry a row. (FAISS
                itself asserts the one and takes no notice of the other.)
        """
        if vector.shape != (self.dimension,):
            raise ValueError(f"the vector has shape {vector.shape}, the index holds vectors of {self.dimension}")
        parameters = None
        if allowed is not None:
            if allowed.shape != (self.count,):
                raise ValueError(f"allowed has shape {allowed.shape}, the index holds {self.count} rows")
            # FAISS declares its C++ signatures; its Python layer takes an array, and fields by name.
            selector = faiss.IDSelectorBitmap(np.packbits(allowed, bitorder="little"))  # type: ignore[call-arg, arg-type]
            parameters = faiss.SearchParameters(sel=selector)  # type: ignore[call-arg]
        _, rows = self._flat.search(vector[np.newaxis, :].astype(np.float32), min(count, self.count), params=parameters)
        found = rows[0]
        return cast("NDArray[np.int64]", found[found >= 0])  # FAISS pads with -1

    def similarities(self, vector: NDArray[np.float32], rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return the cosine of a ``(dimension,)`` float32 unit vector and each of the given rows, as float32."""
        return cast("NDArray[np.float32]", self._rows[rows] @ vector)

    def rows(self, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return copies of the given rows, ``(len(rows), dimension)`` float32."""
        return self._rows[rows]

    def save(self, path: Path) -> None:
        """Write the index to a file.

        Raises:
            OSError: It cannot be written.
        """
        path.write_bytes(faiss.serialize_index(self._flat).tobytes())

    @classmethod
    def load(cls, path: Path) -> VectorIndex:
        """Read what ``save`` wrote; the caller has checked the file's hash.

        Raises:
            ValueError: The file holds no flat inner-product index.
        """
        try:
            flat = faiss.read_index(str(path))
        except RuntimeError as error:
            raise ValueError(f"{path.name} is not a FAISS index") from error
        if not isinstance(flat, faiss.IndexFlatIP):
            raise ValueError(f"{path.name} holds another kind of FAISS index")  # noqa: TRY004 - a bad file, not a bad call
        return cls(flat)
