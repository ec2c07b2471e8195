"""The one way to make a generation out of sources: read, cut, encode what is new, publish."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Protocol

from index.collection import DEFAULT_WAIT, Collection
from index.documents import Document, Passage
from index.earlier import Earlier, open_all_earlier, open_earlier
from index.embedding import encode_rows, rows_of
from index.encoder_store import ensure_encoder
from index.errors import CollectionExists, IndexUnavailable
from index.identity import keep_ids
from index.languages import majority, spoken_by
from index.manifest import Manifest
from index.models import resolve_model
from index.portions import Portion, Portions
from index.publish import DEFAULT_KEEP, Contents, content_hash, publish
from index.reading import Skipped
from index.segment import SEGMENTER, segment
from index.sources import read_sources
from index.tokens import Tokens
from index.worker import ReadLimits


class Progress(Protocol):
    """Hears how a build goes on."""

    def step(self, text: str) -> None:
        """Note that a new piece of work begins."""

    def total(self, count: int) -> None:
        """Note how many texts will be encoded."""

    def advance(self, count: int) -> None:
        """Note that this many more texts are encoded."""


@dataclass(frozen=True, slots=True)
class FileReport:
    """What came of a file.

    Attributes:
        source: Its path, relative to the path that was indexed.
        documents: Number of its documents.
        passages: Number of its passages.
        pages: Number of its pages; 0 where it has none.
    """

    source: str
    documents: int
    passages: int
    pages: int


@dataclass(frozen=True, slots=True)
class BuildReport:
    """What a build did.

    Attributes:
        manifest: Of the collection's current generation.
        changed: False when the collection already held just this, so that nothing was built.
        encoded: How many passages and spans had to be encoded; the others were taken from earlier generations.
        files: What came of each file, by path.
        skipped: Files that were not indexed, with reasons.
        left_out: Files that ask not to be indexed.
    """

    manifest: Manifest
    changed: bool
    encoded: int
    files: tuple[FileReport, ...]
    skipped: tuple[Skipped, ...]
    left_out: tuple[str, ...]


def build(
    collection: Collection,
    paths: Sequence[Path],
    model: str,
    progress: Progress,
    limits: ReadLimits = ReadLimits(),  # noqa: B008 - immutable
    *,
    keep: int = DEFAULT_KEEP,
    wait: float = DEFAULT_WAIT,
) -> BuildReport:
    """Make a collection hold what the paths hold.

    Until the last step, an atomic rename, the collection's earlier generation stays current and untouched. The lock is
    taken before anything is read, so that of two builds the later one's reading wins.

    Args:
        collection: May be new.
        paths: Files and folders of documents.
        model: The embedding model, as in ``Settings.model``.
        progress: Hears what happens.
        limits: What reading one file may take.
        keep: How many generations stay, the new one included.
        wait: Seconds to wait for another change to the same collection.

    Raises:
        SourceError: A path is missing or holds nothing to index.
        ModelError: The model is missing, altered or cannot be loaded.
        CollectionBusy: Another process is changing this collection.
        StorageError: The data folder cannot be written.
    """
    with collection.lock("pincite index", wait, progress.step):
        progress.step("reading documents")
        sources = read_sources(paths, limits, collection.data_dir)
        earlier = _current_if_whole(collection)
        documents = keep_ids(sources.documents, earlier.database.known() if earlier else ())
        done = _build(collection, documents, earlier, model=model, progress=progress, keep=keep)
    counted = Counter(passage.document_id for passage in done.passages)
    return BuildReport(
        manifest=done.manifest,
        changed=done.changed,
        encoded=done.encoded,
        files=_file_reports(documents, counted),
        skipped=sources.skipped,
        left_out=sources.left_out,
    )


def _file_reports(documents: Sequence[Document], passages: Counter[str]) -> tuple[FileReport, ...]:
    by_source: dict[str, list[Document]] = {}
    for document in documents:
        by_source.setdefault(str(document.source), []).append(document)
    return tuple(
        FileReport(
            source,
            documents=len(those),
            passages=sum(passages[document.id] for document in those),
            pages=sum(len(document.pages) for document in those),
        )
        for source, those in sorted(by_source.items())
    )


@dataclass(frozen=True, slots=True)
class Built:
    """What ``build_documents`` made.

    Attributes:
        manifest: Of the collection's current generation.
        changed: Whether it is new.
        encoded: How many of its rows had to be encoded.
        passages: All passages.
    """

    manifest: Manifest
    changed: bool
    encoded: int
    passages: list[Passage]


def build_documents(
    collection: Collection, documents: Sequence[Document], model: str, progress: Progress, *, keep: int = DEFAULT_KEEP
) -> Built:
    """Make a collection hold the given documents, whose ids stay as they are; see ``build``."""
    with collection.lock("pincite index", waiting=progress.step):
        earlier = _current_if_whole(collection)
        return _build(collection, documents, earlier, model=model, progress=progress, keep=keep)


def create_collection(
    collection: Collection, model: str, progress: Progress, *, wait: float = DEFAULT_WAIT
) -> Manifest:
    """Make a collection without documents.

    Raises:
        CollectionExists: There is one of this name.
        ModelError: The model is missing, altered or cannot be loaded.
        CollectionBusy: Another process is changing this collection.
        StorageError: The data folder cannot be written.
    """
    with collection.lock("creating it over HTTP", wait, progress.step):
        if collection.stamp():
            raise CollectionExists(f"there is a collection {collection.name!r} already; nothing has changed.")
        return _build(collection, (), None, model=model, progress=progress, keep=1).manifest


def revise_documents(
    collection: Collection,
    revise: Callable[[Sequence[Document]], Sequence[Document]],
    model: str | None,
    progress: Progress,
    *,
    planned: Callable[[str, Sequence[Passage]], None] = lambda _content, _passages: None,
    keep: int = DEFAULT_KEEP,
    wait: float = DEFAULT_WAIT,
) -> Built:
    """Make a collection hold what a function makes of its documents; see ``build``.

    Args:
        collection: The collection.
        revise: Given all documents, by id, returns those that are to be there; ids are its business. Called while the
            lock is held.
        model: The embedding model; None stays with the one that the collection was indexed with.
        progress: Hears what happens.
        planned: Called before anything is encoded or written, with what ``Manifest.content`` of the next generation
            will be, and with all passages.
        keep: How many generations stay, the new one included.
        wait: Seconds to wait for another change to the same collection.

    Raises:
        CollectionNotFound: There is no such collection.
        IndexDamaged: Its current generation is damaged; nothing has changed.
        ModelError: The model is missing, altered or cannot be loaded.
        CollectionBusy: Another process is changing this collection.
        StorageError: The data folder cannot be written.
    """
    collection.current()  # a collection that is not there gets no folder and no lock
    with collection.lock("changes over HTTP", wait, progress.step):
        earlier = open_earlier(collection)
        documents = revise([document for document, _ in earlier.database.documents()])
        return _build(
            collection,
            documents,
            earlier,
            model=model or earlier.manifest.encoder.model,
            progress=progress,
            keep=keep,
            planned=planned,
        )


def _current_if_whole(collection: Collection) -> Earlier | None:
    try:
        return open_earlier(collection)
    except IndexUnavailable:
        return None


def _build(
    collection: Collection,
    documents: Sequence[Document],
    earlier: Earlier | None,
    *,
    model: str,
    progress: Progress,
    keep: int,
    planned: Callable[[str, Sequence[Passage]], None] = lambda _content, _passages: None,
) -> Built:
    """Publish a generation of the documents, if it would be another than the current one; the lock must be held."""
    model_folder = resolve_model(model)
    fingerprint = model_folder.fingerprint
    stated = majority((document.language, len(document.text)) for document in documents)
    language, spoken = stated or "en", spoken_by(model_folder.path)
    tokens = Tokens(model_folder)
    passages: list[Passage] = []
    for document in documents:
        as_before = earlier.passages_of(document, SEGMENTER, fingerprint) if earlier else None
        passages += segment(document, tokens) if as_before is None else as_before
    progress.step("preparing the encoder")
    stored = ensure_encoder(collection.encoders, model_folder)
    content = content_hash(documents, language, SEGMENTER, fingerprint)
    if earlier is not None and earlier.manifest.content == content and earlier.manifest.encoder.is_same(stored.record):
        return Built(earlier.manifest, changed=False, encoded=0, passages=passages)
    planned(content, passages)
    progress.step("encoding")
    rows = rows_of(documents, passages, tokens)
    keys = rows.keys(fingerprint)
    portions = Portions(collection.portions)
    vectors, encoded = encode_rows(
        rows,
        keys,
        chain(open_all_earlier(collection, earlier), portions),
        dimension=stored.record.dimension,
        encoder=stored.open_for_documents,
        tokens=tokens,
        total=progress.total,
        advance=progress.advance,
        keep=lambda keys, vectors: portions.add(Portion(keys, vectors)),
    )
    progress.step("writing the index")
    contents = Contents(
        documents=documents,
        passages=passages,
        vectors=vectors,
        keys=keys,
        language=language,
        encoder_knows_language=stated is None or spoken is None or stated in spoken,
        segmenter=SEGMENTER,
        encoder=stored.record,
    )
    manifest = publish(collection, contents, keep)
    with suppress(OSError):  # the change is made; they go after the next one
        portions.clear()
    return Built(manifest, changed=True, encoded=encoded, passages=passages)
