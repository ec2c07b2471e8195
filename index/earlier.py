"""What the next generation takes over from those before it: ids, passages and vectors of what has not changed."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.collection import Collection
from index.database import Database
from index.documents import Document, Passage
from index.errors import IndexUnavailable
from index.generation import DATABASE, ROW_KEYS, SPAN_OFFSETS, VECTORS, open_verified
from index.manifest import Manifest
from index.publish import Contents
from index.vectors import VectorIndex


class Earlier:
    """A generation on disk, without what only questions need: its postings and its encoder.

    Args:
        folder: Its folder; every file's hash has been checked.
        manifest: Its manifest.

    Attributes:
        manifest: Its manifest.
        database: Its documents and passages.
        keys: ``(passages + spans, 2)`` uint64, what each row was encoded from; see ``index.embedding.Rows.keys``.
    """

    def __init__(self, folder: Path, manifest: Manifest) -> None:
        self.manifest = manifest
        self.database = Database(folder / DATABASE)
        self.keys: NDArray[np.uint64] = np.load(folder / ROW_KEYS, allow_pickle=False)
        self._folder = folder

    @cached_property
    def _vectors(self) -> VectorIndex:
        return VectorIndex.load(self._folder / VECTORS)

    def vectors_at(self, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return the vectors of some rows, ``(len(rows), dimension)``."""
        return self._vectors.rows(rows)

    def passages_of(self, document: Document, segmenter: str, fingerprint: str) -> list[Passage] | None:
        """Return the passages of a document as they were cut; None if it has changed, or would be cut otherwise."""
        if (self.manifest.segmenter, self.manifest.encoder.fingerprint) != (segmenter, fingerprint):
            return None
        return self.database.passages_of(document.id) if self.database.document(document.id) == document else None

    def without(self, document_id: str) -> Contents:
        """Return all that it holds but one document."""
        documents = [document for document, _ in self.database.documents()]
        passages = self.database.all_passages()
        stays = np.array([passage.document_id != document_id for passage in passages], dtype=np.bool_)
        span_offsets = np.load(self._folder / SPAN_OFFSETS, allow_pickle=False)
        rows = np.flatnonzero(np.concatenate((stays, np.repeat(stays, np.diff(span_offsets)))))
        return Contents(
            documents=[document for document in documents if document.id != document_id],
            passages=[passage for passage in passages if passage.document_id != document_id],
            vectors=self.vectors_at(rows),
            keys=self.keys[rows],
            language=self.manifest.language,
            encoder_knows_language=self.manifest.encoder_knows_language,
            segmenter=self.manifest.segmenter,
            encoder=self.manifest.encoder,
        )


def open_earlier(collection: Collection, name: str | None = None) -> Earlier:
    """Open a generation to take over from it, checking hashes first; other analysers' are good for that, too.

    Args:
        collection: The collection.
        name: Of one of its generations; the current one by default.

    Raises:
        CollectionNotFound: Nothing was indexed under the collection's name.
        GenerationNotFound: It keeps no generation of that name.
        IndexDamaged: A file is missing, half-written or changed; the message names it.
    """
    return open_verified(collection, name, Earlier)


def open_all_earlier(collection: Collection, current: Earlier | None) -> Iterator[Earlier]:
    """Yield the current generation, then the others that are kept, newest first; those that are damaged are left out.

    Args:
        collection: The collection.
        current: Its current generation, if that is whole.
    """
    if current is not None:
        yield current
    for name in reversed(collection.generations()):
        if current is None or name != current.manifest.generation:
            try:
                yield open_earlier(collection, name)
            except IndexUnavailable:
                continue
