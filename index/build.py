"""The one way to make a generation: read sources, cut, encode, write aside, rename into place."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Protocol

from index.analysis import name_of
from index.collection import Collection
from index.documents import Document, Passage
from index.embedding import encode_rows
from index.encoder_store import ensure_encoder
from index.errors import IndexUnavailable
from index.files import storage_errors, sync
from index.generation import new_generation_name, verify_generation, write_generation
from index.languages import majority, spoken_by
from index.manifest import FORMAT_VERSION, Manifest
from index.models import ModelFolder, resolve_model
from index.reading import Skipped
from index.segment import SEGMENTER, segment
from index.sentence_transformer import SentenceTransformerEncoder
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
        files: What came of each file, by path.
        skipped: Files that were not indexed, with reasons.
        left_out: Files that ask not to be indexed.
    """

    manifest: Manifest
    changed: bool
    files: tuple[FileReport, ...]
    skipped: tuple[Skipped, ...]
    left_out: tuple[str, ...]


def build(
    collection: Collection,
    paths: Sequence[Path],
    model: str,
    progress: Progress,
    limits: ReadLimits = ReadLimits(),  # noqa: B008 - immutable
) -> BuildReport:
    """Make a collection hold what the paths hold.

    Until the last step, an atomic rename, the collection's earlier generation stays current and untouched.

    Args:
        collection: May be new.
        paths: Files and folders of documents.
        model: The embedding model, as in ``Settings.model``.
        progress: Hears what happens.
        limits: What reading one file may take.

    Raises:
        SourceError: A path is missing or holds nothing to index.
        ModelError: The model is missing, altered or cannot be loaded.
        CollectionBusy: Another process is building this collection.
        StorageError: The data folder cannot be written.
    """
    progress.step("reading documents")
    sources = read_sources(paths, limits)
    done = build_documents(collection, sources.documents, model, progress)
    counted = Counter(passage.document_id for passage in done.passages)
    return BuildReport(
        done.manifest, done.changed, _file_reports(sources.documents, counted), sources.skipped, sources.left_out
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
    """What ``build_documents`` made: the current manifest, whether it is new, and the passages of the documents."""

    manifest: Manifest
    changed: bool
    passages: list[Passage]


def build_documents(collection: Collection, documents: Sequence[Document], model: str, progress: Progress) -> Built:
    """Make a collection hold the given documents; see ``build``."""
    model_folder = resolve_model(model)
    stated = majority((document.language, len(document.text)) for document in documents)
    language, spoken = stated or "en", spoken_by(model_folder.path)
    content = _content(documents, model_folder, language)
    tokens = Tokens(model_folder)
    passages = [passage for document in documents for passage in segment(document, tokens)]
    with storage_errors(collection.data_dir), collection.lock():
        current = _current_if_whole(collection)
        if current is not None and current.content == content:
            return Built(current, changed=False, passages=passages)
        progress.step("preparing the encoder")
        stored = ensure_encoder(collection.encoders, model_folder)
        encoder = SentenceTransformerEncoder(model_folder.path)
        progress.step("encoding")
        vectors = encode_rows(documents, passages, encoder, tokens, total=progress.total, advance=progress.advance)
        progress.step("writing the index")
        name = new_generation_name()
        with _building(collection, name) as folder:
            manifest = write_generation(
                folder,
                collection=collection.name,
                generation=name,
                content=content,
                segmenter=SEGMENTER,
                language=language,
                encoder_knows_language=stated is None or spoken is None or stated in spoken,
                documents=documents,
                passages=passages,
                vectors=vectors,
                encoder=stored.record,
            )
        collection.point_to(name)
    return Built(manifest, changed=True, passages=passages)


@contextmanager
def _building(collection: Collection, name: str) -> Iterator[Path]:
    """Give a folder to build in; rename it into place at the end, or remove it after an error."""
    folder = collection.building_folder(name)
    try:
        yield folder
        final = collection.generation_folder(name)
        folder.replace(final)
        sync(final.parent)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def _current_if_whole(collection: Collection) -> Manifest | None:
    try:
        _, manifest, _ = verify_generation(collection)
    except IndexUnavailable:
        return None
    return manifest


def _content(documents: Iterable[Document], model: ModelFolder, language: str) -> str:
    digest = hashlib.sha256(json.dumps([FORMAT_VERSION, name_of(language), SEGMENTER, model.fingerprint]).encode())
    for document in documents:
        digest.update(json.dumps(asdict(document), sort_keys=True).encode())
    return digest.hexdigest()
