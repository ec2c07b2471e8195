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

import numpy as np
from numpy.typing import NDArray

from index.analysis import ANALYZER
from index.collection import Collection
from index.documents import Document, Passage
from index.encoder import Encoder
from index.encoder_store import ensure_encoder
from index.errors import IndexUnavailable
from index.files import storage_errors, sync
from index.generation import new_generation_name, verify_generation, write_generation
from index.manifest import FORMAT_VERSION, Manifest
from index.models import ModelFolder, resolve_model
from index.segment import SEGMENTER, segment
from index.sentence_transformer import SentenceTransformerEncoder
from index.sources import Skipped, read_sources


class Progress(Protocol):
    """Hears how a build goes on."""

    def step(self, text: str) -> None:
        """Note that a new piece of work begins."""

    def total(self, count: int) -> None:
        """Note how many texts will be encoded."""

    def advance(self, count: int) -> None:
        """Note that this many more texts are encoded."""


@dataclass(frozen=True, slots=True)
class BuildReport:
    """What a build did.

    Attributes:
        manifest: Of the collection's current generation.
        changed: False when the collection already held just this, so that nothing was built.
        passages: Number of passages by the file that they come from; empty when nothing was built.
        skipped: Files that were not indexed, with reasons.
        left_out: Files that ask not to be indexed.
    """

    manifest: Manifest
    changed: bool
    passages: dict[str, int]
    skipped: tuple[Skipped, ...]
    left_out: tuple[str, ...]


def build(collection: Collection, paths: Sequence[Path], model: str, progress: Progress) -> BuildReport:
    """Make a collection hold what the paths hold.

    Until the last step, an atomic rename, the collection's earlier generation stays current and untouched.

    Args:
        collection: May be new.
        paths: Files and folders of documents.
        model: The embedding model, as in ``Settings.model``.
        progress: Hears what happens.

    Raises:
        SourceError: A path is missing or holds nothing to index.
        ModelError: The model is missing, altered or cannot be loaded.
        CollectionBusy: Another process is building this collection.
        StorageError: The data folder cannot be written.
    """
    progress.step("reading documents")
    sources = read_sources(paths)
    manifest, passages = build_documents(collection, sources.documents, model, progress)
    sharing = Counter(document.source for document in sources.documents)
    files = {
        document.id: f"{document.source} ({document.id})" if sharing[document.source] > 1 else str(document.source)
        for document in sources.documents
    }
    by_document = Counter(passage.document_id for passage in passages)
    by_file = {files[name]: by_document[name] for name in files} if passages else {}
    return BuildReport(manifest, bool(passages), by_file, sources.skipped, sources.left_out)


def build_documents(
    collection: Collection, documents: Sequence[Document], model: str, progress: Progress
) -> tuple[Manifest, list[Passage]]:
    """Make a collection hold the given documents; see ``build``.

    Returns:
        The current manifest, and the passages of a new generation (none when the collection held just this already).
    """
    model_folder = resolve_model(model)
    content = _content(documents, model_folder)
    with storage_errors(collection.data_dir), collection.lock():
        current = _current_if_whole(collection)
        if current is not None and current.content == content:
            return current, []
        progress.step("preparing the encoder")
        stored = ensure_encoder(collection.encoders, model_folder)
        encoder = SentenceTransformerEncoder(model_folder.path)
        passages = [passage for document in documents for passage in segment(document)]
        vectors = _encode(documents, passages, encoder, progress)
        progress.step("writing the index")
        name = new_generation_name()
        with _building(collection, name) as folder:
            manifest = write_generation(
                folder,
                collection=collection.name,
                generation=name,
                content=content,
                segmenter=SEGMENTER,
                documents=documents,
                passages=passages,
                vectors=vectors,
                encoder=stored.record,
            )
        collection.point_to(name)
    return manifest, passages


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


def _content(documents: Iterable[Document], model: ModelFolder) -> str:
    digest = hashlib.sha256(json.dumps([FORMAT_VERSION, ANALYZER, SEGMENTER, model.fingerprint]).encode())
    for document in documents:
        digest.update(json.dumps(asdict(document), sort_keys=True).encode())
    return digest.hexdigest()


def _encode(
    documents: Sequence[Document], passages: Sequence[Passage], encoder: Encoder, progress: Progress
) -> NDArray[np.float32]:
    """Encode title and text of every passage, then the text of every span; rows as ``write_generation`` wants them."""
    titles = {document.id: document.title for document in documents}
    texts = [f"{titles[passage.document_id]}\n{passage.text}" for passage in passages]
    texts += [
        passage.text[span.start - passage.start : span.end - passage.start]
        for passage in passages
        for span in passage.spans
    ]
    progress.step("encoding")
    progress.total(len(texts))
    return encoder.encode(texts, progress.advance)
