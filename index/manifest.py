"""The page that identifies a generation: what it holds, how it was made, and the hash of every file."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from index.encoder import EncoderRecord
from index.errors import IndexDamaged
from index.seal import unseal

FORMAT_VERSION = 7
MANIFEST = "manifest.json"


class Counts(BaseModel):
    """How many of each noun a generation holds."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    documents: int
    passages: int
    spans: int


class Search(BaseModel):
    """How the nearest rows are found; see ``index.vectors.Nearest``, whose fields these are."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: str
    rows: int
    effort: int
    recall_at_10: float
    sample: int


class Manifest(BaseModel):
    """``manifest.json``.

    Attributes:
        format_version: Of the folder's layout.
        collection: Name of the collection.
        generation: Name of the folder.
        created: ISO 8601 time, UTC.
        content: Hash over the documents and everything that decides what is made of them; equal means nothing changed.
        counts: How many of each noun.
        language: ISO 639-1 code of the documents' language, by most of their text.
        encoder_knows_language: False where the model says that it is for other languages.
        analyzer: Which lexical analysis made the postings.
        segmenter: Which rules cut the passages and spans.
        encoder: Which encoder made the vectors, with the hashes of its files.
        search: How the nearest of them are found, and how well.
        files: SHA-256 of every other file in the folder, by name.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    format_version: int
    collection: str
    generation: str
    created: str
    content: str
    counts: Counts
    language: str
    encoder_knows_language: bool
    analyzer: str
    segmenter: str
    encoder: EncoderRecord
    search: Search
    files: dict[str, str]


def read_manifest(folder: Path) -> Manifest:
    """Read and check a generation's manifest.

    Raises:
        IndexDamaged: It is missing, unreadable, changed, or of another format version.
    """
    path = folder / MANIFEST
    again = "Run `pincite index` again to rebuild it."
    try:
        manifest = Manifest.model_validate_json(unseal(path))
    except ValidationError as error:
        raise IndexDamaged(f"{path} was written by another version of Pincite. {again}") from error
    if manifest.format_version != FORMAT_VERSION:
        raise IndexDamaged(
            f"{path} has format version {manifest.format_version}; this version of Pincite reads {FORMAT_VERSION}. "
            + again
        )
    return manifest
