"""What a generation holds, and the one way to make it the current one: write aside, flush, rename, point, prune."""

from __future__ import annotations

import datetime
import hashlib
import json
from bisect import bisect_left
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.analysis import analyzer, name_of, placed_terms
from index.arrays import write_array
from index.bm25 import BM25
from index.collection import Collection
from index.database import write_database
from index.documents import Document, Passage
from index.encoder import EncoderRecord
from index.files import sha256_file, sync
from index.generation import (
    DATABASE,
    NEIGHBOURS,
    PASSAGE_POSTINGS,
    ROW_KEYS,
    SPAN_OFFSETS,
    TERM_PROFILES,
    TERM_SEQUENCES,
    TERMS,
    VECTORS,
)
from index.manifest import FORMAT_VERSION, MANIFEST, Counts, Manifest, Search
from index.seal import seal
from index.terms import TermProfiles, TermSequences
from index.vectors import VectorIndex

DEFAULT_KEEP = 3
"""How many generations are kept, the current one among them."""
CONTEXT_WEIGHT = 2
"""How often a term of title and headings counts in BM25 (BM25F's field weight)."""


@dataclass(frozen=True, slots=True)
class Contents:
    """What a generation will hold.

    Attributes:
        documents: All documents, by id.
        passages: All passages; a passage's place is its row.
        vectors: ``(passages + spans, dimension)`` float32 unit vectors: the passages' rows, then their spans' rows in
            the same order.
        keys: ``(passages + spans, 2)`` uint64, what each row was encoded from; see ``index.embedding.Rows.keys``.
        language: See ``Manifest.language``.
        encoder_knows_language: See there, too.
        segmenter: And there.
        encoder: What made the vectors.
    """

    documents: Sequence[Document]
    passages: Sequence[Passage]
    vectors: NDArray[np.float32]
    keys: NDArray[np.uint64]
    language: str
    encoder_knows_language: bool
    segmenter: str
    encoder: EncoderRecord


def content_hash(documents: Sequence[Document], language: str, segmenter: str, fingerprint: str) -> str:
    """Return ``Manifest.content`` of what will be made of documents."""
    digest = hashlib.sha256(json.dumps([FORMAT_VERSION, name_of(language), segmenter, fingerprint]).encode())
    for document in documents:
        digest.update(json.dumps(asdict(document), sort_keys=True).encode())
    return digest.hexdigest()


def publish(collection: Collection, contents: Contents, keep: int = DEFAULT_KEEP) -> Manifest:
    """Make a generation and move the collection to it; the collection's lock must be held.

    Until the last step, an atomic rename, the earlier generation stays current and untouched.

    Args:
        collection: May be new.
        contents: What the generation will hold.
        keep: How many generations stay, the new one included; the oldest go.

    Raises:
        ValueError: The number of vectors or keys is not that of passages and spans.
        OSError: The folder cannot be written.
    """
    name = collection.new_generation_name()
    with collection.building(name) as folder:
        manifest = write_generation(folder, collection.name, name, contents)
    collection.point_to(name)
    with suppress(OSError):  # the change is made; whoever takes the lock next finds what is left
        prune_generations(collection, keep)
    return manifest


def prune_generations(collection: Collection, keep: int) -> list[str]:
    """Remove all generations but the current one and the newest others; the collection's lock must be held.

    Args:
        collection: Has a current generation.
        keep: How many stay, the current one included; 1 or more.

    Returns:
        The names of those that were removed, oldest first.

    Raises:
        CollectionNotFound: Nothing was indexed under the collection's name.
        IndexDamaged: Its pointer is unreadable, so that nothing says which generation is current.
        OSError: One cannot be removed.
    """
    current = collection.current()
    others = [name for name in collection.generations() if name != current]
    doomed = others[: max(len(others) - (keep - 1), 0)]
    for name in doomed:
        collection.remove_generation(name)
    return doomed


def write_generation(folder: Path, collection: str, generation: str, contents: Contents) -> Manifest:
    """Write every file of a generation into an empty folder and flush them to disk.

    Args:
        folder: Empty; the caller renames it into place.
        collection: Name of the collection.
        generation: Name of the generation.
        contents: What it holds.

    Raises:
        ValueError: The number of vectors or keys is not that of passages and spans.
        OSError: The folder cannot be written.
    """
    documents, passages = contents.documents, contents.passages
    spans = [len(passage.spans) for passage in passages]
    counts = Counts(documents=len(documents), passages=len(passages), spans=sum(spans))
    rows = counts.passages + counts.spans
    if len(contents.vectors) != rows or contents.keys.shape != (rows, 2):
        raise ValueError(
            f"{len(contents.vectors)} vectors and {len(contents.keys)} keys for {counts.passages} passages and "
            f"{counts.spans} spans"
        )
    write_database(folder / DATABASE, documents, passages)
    vectors = VectorIndex.build(contents.vectors)
    vectors.save(folder / VECTORS)
    write_array(folder / ROW_KEYS, contents.keys)
    span_offsets = np.cumsum([0, *spans], dtype=np.int64)
    write_array(folder / SPAN_OFFSETS, span_offsets)
    write_array(folder / NEIGHBOURS, neighbour_cosines(contents.vectors[counts.passages :]))
    _write_terms(folder, documents, passages, contents.language, span_offsets)
    manifest = Manifest(
        format_version=FORMAT_VERSION,
        collection=collection,
        generation=generation,
        created=datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        content=content_hash(documents, contents.language, contents.segmenter, contents.encoder.fingerprint),
        counts=counts,
        language=contents.language,
        encoder_knows_language=contents.encoder_knows_language,
        analyzer=name_of(contents.language),
        segmenter=contents.segmenter,
        encoder=contents.encoder,
        search=Search(**asdict(vectors.how)),
        files={path.name: sha256_file(path) for path in sorted(folder.iterdir())},
    )
    (folder / MANIFEST).write_bytes(seal(manifest))
    for path in (*folder.iterdir(), folder):
        sync(path)
    return manifest


def neighbour_cosines(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the cosine of each of some unit vectors with the one after it, float32; 0 for the last."""
    cosines = np.zeros(len(vectors), dtype=np.float32)
    cosines[:-1] = np.einsum("ij,ij->i", vectors[:-1], vectors[1:])
    return cosines


def _write_terms(
    folder: Path,
    documents: Sequence[Document],
    passages: Sequence[Passage],
    language: str,
    span_offsets: NDArray[np.int64],
) -> None:
    """Write the vocabulary, the postings of passages, their terms in order, and their profiles."""
    analyze = analyzer(language)
    titles = {document.id: analyze(document.title) if document.titled else [] for document in documents}
    headings = {path: analyze("\n".join(path)) for path in {passage.headings for passage in passages}}
    passage_terms: list[list[str]] = []
    segments: list[list[str]] = []
    for passage in passages:
        context = titles[passage.document_id] + headings[passage.headings]
        terms, starts, _ = placed_terms(language, passage.text)
        passage_terms.append(context * CONTEXT_WEIGHT + terms)
        # What stands before the first span, or between two, goes with the span before it, so that nothing is lost.
        cuts = [0, *(bisect_left(starts, span.start - passage.start) for span in passage.spans[1:]), len(terms)]
        segments += (context, *(terms[begin:end] for begin, end in pairwise(cuts)))
    vocabulary = {term: number for number, term in enumerate(sorted({t for terms in passage_terms for t in terms}))}
    postings, sequences = BM25.build(passage_terms, vocabulary), TermSequences.build(segments, vocabulary)
    postings.save(folder, PASSAGE_POSTINGS)
    sequences.save(folder, TERM_SEQUENCES)
    idfs = postings.idfs(np.arange(len(vocabulary), dtype=np.int32))
    TermProfiles.build(sequences, span_offsets, idfs).save(folder, TERM_PROFILES)
    (folder / TERMS).write_text("\n".join(vocabulary), encoding="utf-8")
