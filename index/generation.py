"""One immutable, complete, checksummed build of a collection's index, opened read-only; ``index.publish`` writes it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from index.analysis import analyzer, name_of
from index.arrays import map_array
from index.bm25 import BM25
from index.collection import Collection
from index.database import Database
from index.encoder import Encoder
from index.encoder_store import StoredEncoder, check_file, read_encoder
from index.errors import GenerationNotFound, IndexDamaged
from index.files import sha256_file
from index.manifest import MANIFEST, Manifest, read_manifest
from index.terms import TermProfiles, TermSequences
from index.vectors import Nearest, VectorIndex

_T = TypeVar("_T")

DATABASE = "documents.sqlite"
VECTORS = "vectors.faiss"
ROW_KEYS = "rows.npy"
SPAN_OFFSETS = "spans.npy"
TERMS = "terms.txt"
PASSAGE_POSTINGS = "bm25.passages"
TERM_SEQUENCES = "sequences"
TERM_PROFILES = "profiles"
NEIGHBOURS = "neighbours.npy"


class Generation:
    """An open generation; safe to read from several threads.

    Attributes:
        manifest: What it says about itself.
        database: Documents and passages.
        vectors: Passage rows, then span rows.
        span_offsets: ``(passages + 1,)`` int64; spans of passage p are numbers ``[span_offsets[p], span_offsets[p+1])``
            and their vectors stand that far behind the last passage's.
        passage_postings: BM25 over title, headings and text of passages.
        sequences: Terms in order; the segments of passage p begin at ``span_offsets[p] + p``: its title and headings,
            then its spans.
        profiles: Terms of each passage with their weights.
        neighbours: ``(spans,)`` float32, cosine of each span with the one after it; of no meaning for a passage's last.
        vocabulary: Every term's number.
        encoder: Encodes questions as the rows were encoded.
        analyze: Analyses questions as the passages were analysed.
    """

    def __init__(self, folder: Path, manifest: Manifest, encoder: Encoder) -> None:
        self.manifest = manifest
        self.encoder = encoder
        self.analyze = analyzer(manifest.language)
        counts = manifest.counts
        self.database = Database(folder / DATABASE)
        self.vectors = VectorIndex.load(folder / VECTORS, Nearest(**manifest.search.model_dump()))
        self.span_offsets: NDArray[np.int64] = map_array(folder / SPAN_OFFSETS)
        self.passage_postings = BM25.load(folder, PASSAGE_POSTINGS, counts.passages)
        self.sequences = TermSequences.load(folder, TERM_SEQUENCES)
        self.profiles = TermProfiles.load(folder, TERM_PROFILES)
        self.neighbours: NDArray[np.float32] = map_array(folder / NEIGHBOURS)
        terms = (folder / TERMS).read_text(encoding="utf-8")
        self.vocabulary = {term: number for number, term in enumerate(terms.split("\n"))} if terms else {}
        self._check_counts(map_array(folder / ROW_KEYS))

    def _check_counts(self, row_keys: NDArray[np.uint64]) -> None:
        """Refuse parts that do not belong together, even where every hash is right."""
        counts = self.manifest.counts
        found = {
            "documents and passages": self.database.counts() == (counts.documents, counts.passages),
            "vectors": self.vectors.count == counts.passages + counts.spans == len(row_keys),
            "spans": len(self.span_offsets) == counts.passages + 1 and self.span_offsets[-1] == counts.spans,
            "dimension": self.vectors.dimension == self.encoder.dimension == self.manifest.encoder.dimension,
            "terms": len(self.passage_postings.offsets) == len(self.vocabulary) + 1,
            "neighbours": len(self.neighbours) == counts.spans,
            "profiles": len(self.profiles.offsets) == counts.passages + 1,
            "segments": len(self.sequences.offsets) == counts.passages + counts.spans + 1,
        }
        wrong = [what for what, right in found.items() if not right]
        if wrong:
            raise ValueError(f"its counts disagree: {', '.join(wrong)}")

    @property
    def name(self) -> str:
        """The generation's name."""
        return self.manifest.generation


def open_verified(collection: Collection, name: str | None, opened: Callable[[Path, Manifest], _T]) -> _T:
    """Check a generation's manifest and the hash of every file, then open what is to be opened of it.

    Args:
        collection: The collection.
        name: Of one of its generations; the current one if None, whichever that is by then: it may be replaced, and
            removed, between our looking at the pointer and opening what it named.
        opened: Opens it, given its folder and its manifest.

    Raises:
        CollectionNotFound: Nothing was indexed under the collection's name.
        GenerationNotFound: It keeps no generation of that name.
        IndexDamaged: A file is missing, half-written or changed, was made by another version, or cannot be opened; the
            message names it.
    """
    while True:
        pointed = collection.pointed() if name is None else (name, None)
        try:
            folder, manifest = _verify(collection, *pointed)
            try:
                return opened(folder, manifest)
            except (OSError, ValueError, EOFError, sqlite3.DatabaseError) as error:
                raise IndexDamaged(
                    f"the index in {folder} cannot be opened: {error}. Run `pincite index` again."
                ) from error
        except IndexDamaged:
            if name is not None or collection.pointed() == pointed:
                raise


def _verify(collection: Collection, name: str, expected: str | None) -> tuple[Path, Manifest]:
    """Check a generation; the pointer, where that named it, says which hash its manifest has to have."""
    again = "Run `pincite index` again to rebuild it."
    if name not in collection.generations():
        if expected is not None:
            raise IndexDamaged(f"{collection.pointer} names the generation {name}, which is not there. {again}")
        raise GenerationNotFound(
            f"the collection {collection.name!r} keeps no generation {name!r}; "
            f"`pincite generations{collection.option}` lists those that it keeps."
        )
    folder = collection.generation_folder(name)
    manifest = read_manifest(folder)
    if expected is not None and _hash_of(folder / MANIFEST) != expected:
        raise IndexDamaged(f"{folder / MANIFEST} is not the one that {collection.pointer} names. {again}")
    if (manifest.collection, manifest.generation) != (collection.name, folder.name):
        raise IndexDamaged(
            f"{folder} holds the generation {manifest.generation} of the collection {manifest.collection!r}: it was "
            f"moved or copied there. {again}"
        )
    for file, sha256 in manifest.files.items():
        check_file(folder / file, sha256)
    return folder, manifest


def _hash_of(manifest: Path) -> str:
    try:
        return sha256_file(manifest)
    except OSError as error:  # removed since it was read
        raise IndexDamaged(
            f"{manifest} cannot be read ({error.strerror}). Run `pincite index` again to rebuild it."
        ) from error


def check_analyzer(manifest: Manifest) -> None:
    """Check that questions would be analysed as a generation's passages were.

    Raises:
        IndexDamaged: Another version of Pincite analysed them.
    """
    if manifest.analyzer != name_of(manifest.language):
        raise IndexDamaged(
            f"the generation {manifest.generation} of the collection {manifest.collection!r} was made by another "
            "version of Pincite. Run `pincite index` again to rebuild it."
        )


def verify_encoder(collection: Collection, manifest: Manifest) -> StoredEncoder:
    """Check the encoder that a generation names: that it is that one, and the hash of every file.

    Raises:
        IndexDamaged: It is missing, changed, or another.
    """
    stored = read_encoder(collection.encoders, manifest.encoder.fingerprint)
    if not stored.record.is_same(manifest.encoder):
        raise IndexDamaged(
            f"the exported encoder in {stored.folder} is not the one that the generation {manifest.generation} was "
            "made with. Run `pincite index` again to rebuild it."
        )
    stored.check()
    return stored


def open_generation(collection: Collection, earlier: Generation | None = None) -> Generation:
    """Open a collection's current generation, checking hashes and counts first.

    Args:
        collection: The collection.
        earlier: An open generation, whose encoder is taken over where it is the same one.

    Raises:
        CollectionNotFound: Nothing was indexed under the collection's name.
        IndexDamaged: A file is missing, half-written or changed; the message names it.
        ModelError: sentence-transformers has to serve, since the model could not be exported, and cannot load it.
    """

    def opened(folder: Path, manifest: Manifest) -> Generation:
        check_analyzer(manifest)
        if earlier is not None and earlier.manifest.encoder.is_same(manifest.encoder):
            return Generation(folder, manifest, earlier.encoder)
        return Generation(folder, manifest, verify_encoder(collection, manifest).open())

    return open_verified(collection, None, opened)
