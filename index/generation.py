"""One immutable, complete, checksummed build of a collection's index: written once, opened read-only."""

from __future__ import annotations

import datetime
import secrets
import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.analysis import analyzer, name_of
from index.bm25 import BM25
from index.collection import Collection
from index.database import Database, write_database
from index.documents import Document, Passage
from index.encoder import Encoder, EncoderRecord
from index.encoder_store import StoredEncoder, check_file, read_encoder
from index.errors import IndexDamaged
from index.files import sha256_file, sync
from index.manifest import FORMAT_VERSION, MANIFEST, Counts, Manifest, read_manifest
from index.vectors import VectorIndex

_DATABASE = "documents.sqlite"
_VECTORS = "vectors.faiss"
_SPAN_OFFSETS = "spans.npy"
_TERMS = "terms.txt"
_PASSAGES = "bm25.passages"
_SPANS = "bm25.spans"


def new_generation_name() -> str:
    """Return a name that sorts by time of creation, to the second, and never repeats."""
    now = datetime.datetime.now(datetime.UTC)
    return f"{now:%Y%m%dT%H%M%SZ}-{secrets.token_hex(4)}"


def write_generation(
    folder: Path,
    *,
    collection: str,
    generation: str,
    content: str,
    segmenter: str,
    language: str,
    encoder_knows_language: bool,
    documents: Sequence[Document],
    passages: Sequence[Passage],
    vectors: NDArray[np.float32],
    encoder: EncoderRecord,
) -> Manifest:
    """Write every file of a generation into an empty folder and flush them to disk.

    Args:
        folder: Empty; the caller renames it into place.
        collection: Name of the collection.
        generation: Name of the generation.
        content: See ``Manifest.content``.
        segmenter: See ``Manifest.segmenter``.
        language: See ``Manifest.language``.
        encoder_knows_language: See there, too.
        documents: All documents.
        passages: All passages; a passage's place is its row.
        vectors: ``(passages + spans, dimension)`` float32 unit vectors: the passages' rows, then their spans' rows
            in the same order.
        encoder: What made the vectors.

    Raises:
        ValueError: The number of vectors is not that of passages and spans.
        OSError: The folder cannot be written.
    """
    counts = Counts(
        documents=len(documents), passages=len(passages), spans=sum(len(passage.spans) for passage in passages)
    )
    if len(vectors) != counts.passages + counts.spans:
        raise ValueError(f"{len(vectors)} vectors for {counts.passages} passages and {counts.spans} spans")
    write_database(folder / _DATABASE, documents, passages)
    VectorIndex.build(vectors).save(folder / _VECTORS)
    span_offsets = np.cumsum([0] + [len(passage.spans) for passage in passages], dtype=np.int64)
    np.save(folder / _SPAN_OFFSETS, span_offsets, allow_pickle=False)
    _write_postings(folder, documents, passages, analyzer(language))
    files = {path.name: sha256_file(path) for path in sorted(folder.iterdir())}
    manifest = Manifest(
        format_version=FORMAT_VERSION,
        collection=collection,
        generation=generation,
        created=datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        content=content,
        counts=counts,
        language=language,
        encoder_knows_language=encoder_knows_language,
        analyzer=name_of(language),
        segmenter=segmenter,
        encoder=encoder,
        files=files,
    )
    (folder / MANIFEST).write_bytes(manifest.sealed())
    for path in (*folder.iterdir(), folder):
        sync(path)
    return manifest


def _write_postings(
    folder: Path, documents: Sequence[Document], passages: Sequence[Passage], analyze: Callable[[str], list[str]]
) -> None:
    titles = {document.id: analyze(document.title) if document.titled else [] for document in documents}
    headings = {path: analyze("\n".join(path)) for path in {passage.headings for passage in passages}}
    passage_terms = [
        titles[passage.document_id] + headings[passage.headings] + analyze(passage.text) for passage in passages
    ]
    span_terms = [
        analyze(passage.text[span.start - passage.start : span.end - passage.start])
        for passage in passages
        for span in passage.spans
    ]
    vocabulary = {term: number for number, term in enumerate(sorted({t for terms in passage_terms for t in terms}))}
    BM25.build(passage_terms, vocabulary).save(folder, _PASSAGES)
    BM25.build(span_terms, vocabulary).save(folder, _SPANS)
    (folder / _TERMS).write_text("\n".join(vocabulary), encoding="utf-8")


class Generation:
    """An open generation; safe to read from several threads.

    Attributes:
        manifest: What it says about itself.
        database: Documents and passages.
        vectors: Passage rows, then span rows.
        span_offsets: ``(passages + 1,)`` int64; spans of passage p are numbers ``[span_offsets[p], span_offsets[p+1])``
            and their vectors stand that far behind the last passage's.
        passage_postings: BM25 over title, headings and text of passages.
        span_postings: BM25 over spans.
        vocabulary: Every term's number.
        encoder: Encodes questions as the rows were encoded.
        analyze: Analyses questions as the passages were analysed.
    """

    def __init__(self, folder: Path, manifest: Manifest, encoder: Encoder) -> None:
        self.manifest = manifest
        self.encoder = encoder
        self.analyze = analyzer(manifest.language)
        counts = manifest.counts
        self.database = Database(folder / _DATABASE)
        self.vectors = VectorIndex.load(folder / _VECTORS)
        self.span_offsets: NDArray[np.int64] = np.load(folder / _SPAN_OFFSETS, allow_pickle=False)
        self.passage_postings = BM25.load(folder, _PASSAGES, counts.passages)
        self.span_postings = BM25.load(folder, _SPANS, counts.spans)
        terms = (folder / _TERMS).read_text(encoding="utf-8")
        self.vocabulary = {term: number for number, term in enumerate(terms.split("\n"))} if terms else {}
        self._check_counts()

    def _check_counts(self) -> None:
        """Refuse parts that do not belong together, even where every hash is right."""
        counts = self.manifest.counts
        found = {
            "documents and passages": self.database.counts() == (counts.documents, counts.passages),
            "vectors": self.vectors.count == counts.passages + counts.spans,
            "spans": len(self.span_offsets) == counts.passages + 1 and self.span_offsets[-1] == counts.spans,
            "dimension": self.vectors.dimension == self.encoder.dimension == self.manifest.encoder.dimension,
            "terms": len(self.passage_postings.offsets) == len(self.vocabulary) + 1 == len(self.span_postings.offsets),
        }
        wrong = [what for what, right in found.items() if not right]
        if wrong:
            raise ValueError(f"its counts disagree: {', '.join(wrong)}")

    @property
    def name(self) -> str:
        """The generation's name."""
        return self.manifest.generation


def verify_generation(collection: Collection) -> tuple[Path, Manifest, StoredEncoder]:
    """Check a collection's current generation without loading it: its manifest, and the hash of every file.

    Returns:
        Its folder, its manifest, and the encoder that it names.

    Raises:
        CollectionNotFound: Nothing was indexed under the collection's name.
        IndexDamaged: A file is missing, half-written or changed, or was made by another version; the message names it.
    """
    folder = collection.generation_folder(collection.current())
    again = "Run `pincite index` again to rebuild it."
    if not folder.is_dir():
        raise IndexDamaged(f"{collection.pointer} names the generation {folder.name}, which is not there. {again}")
    manifest = read_manifest(folder)
    if (manifest.collection, manifest.generation) != (collection.name, folder.name):
        raise IndexDamaged(
            f"{folder} holds the generation {manifest.generation} of the collection {manifest.collection!r}: it was "
            f"moved or copied there. {again}"
        )
    if manifest.analyzer != name_of(manifest.language):
        raise IndexDamaged(f"the index in {folder} was made by another version of Pincite. {again}")
    for name, sha256 in manifest.files.items():
        check_file(folder / name, sha256)
    stored = read_encoder(collection.encoders, manifest.encoder.fingerprint)
    # The model's name may differ: the same model, found elsewhere, is the same encoder.
    if stored.record.model_copy(update={"model": manifest.encoder.model}) != manifest.encoder:
        raise IndexDamaged(
            f"the exported encoder in {stored.folder} is not the one that this index was made with. {again}"
        )
    stored.check()
    return folder, manifest, stored


def open_generation(collection: Collection) -> Generation:
    """Open a collection's current generation, checking hashes and counts first.

    Raises:
        CollectionNotFound: Nothing was indexed under the collection's name.
        IndexDamaged: A file is missing, half-written or changed; the message names it.
        ModelError: sentence-transformers has to serve, since the model could not be exported, and cannot load it.
    """
    folder, manifest, stored = verify_generation(collection)
    try:
        return Generation(folder, manifest, stored.open())
    except (OSError, ValueError, EOFError, sqlite3.DatabaseError) as error:
        raise IndexDamaged(f"the index in {folder} cannot be opened: {error}. Run `pincite index` again.") from error
