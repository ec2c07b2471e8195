"""Documents that come one by one, not as folders: reading them, and fitting them in among those that are there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from pathlib import Path

from index.documents import Document
from index.identity import Known, keep_ids
from index.reading import Reading
from index.sources import SourceFile, ids_for, read_all
from index.worker import ReadLimits

_REASONS = 3
"""So many reasons of one file are told; of the others, their number."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that somebody sent.

    Attributes:
        path: Where it lies, under a name of ours with the suffix of its kind.
        source: What whoever sent it calls it, which is never used as a path; None for a document that was no file.
        document_id: Id that its one document is to have; None where ids are made of ``source``.
    """

    path: Path
    source: str | None
    document_id: str | None


@dataclass(frozen=True, slots=True)
class Received:
    """What a file that was sent holds.

    Attributes:
        documents: Readable ones; empty if none is.
        reason: What of it could not be read, and why; None where all could.
    """

    documents: tuple[Document, ...]
    reason: str | None


def read_uploads(uploads: Sequence[Upload], limits: ReadLimits) -> list[Received]:
    """Read files as ``pincite index`` does; one that cannot be read is told by its reason.

    Args:
        uploads: The files.
        limits: What reading one may take.

    Returns:
        What each holds, in their order. Ids are as the files state them or derived from their names.
    """
    names = [upload.source or "" for upload in uploads]
    ids = ids_for(names, [name.encode() for name in names])
    files = [(SourceFile(one.path, name), id_) for one, name, id_ in zip(uploads, names, ids, strict=True)]
    readings = {file.path: reading for file, reading in read_all(files, limits)}
    taken: set[str] = set()
    return [_received(upload, readings[upload.path], taken) for upload in uploads]


def _received(upload: Upload, reading: Reading, taken: set[str]) -> Received:
    """Return what a reading gives; ids that files of the same request have already are taken."""
    faults = [skip.reason for skip in reading.skipped]
    documents = list(reading.documents)
    if upload.document_id is not None:
        faults = [fault.removeprefix("line 1: ") for fault in faults]
        if len(documents) > 1:
            faults, documents = [f"it holds {len(documents)} documents, and one was asked for"], []
        documents = [replace(one, id=upload.document_id, source=upload.source, id_stated=True) for one in documents]
    if reading.left_out:
        faults = ["it asks not to be indexed (index: false)"]
    kept = []
    for document in documents:
        if document.id in taken:
            faults.append(f"its document id {document.id!r} is taken by another of the same request; ids must differ")
        else:
            taken.add(document.id)
            kept.append(document)
    more = f"; and {len(faults) - _REASONS} more" if len(faults) > _REASONS else ""
    return Received(tuple(kept), "; ".join(faults[:_REASONS]) + more if faults else None)


class Revision:
    """The documents of a collection while changes to them are applied, one after the other.

    Args:
        documents: Those that it holds.
    """

    def __init__(self, documents: Iterable[Document]) -> None:
        self._documents = {document.id: document for document in documents}

    def get(self, document_id: str) -> Document | None:
        """Return a document as it is by now, or None."""
        return self._documents.get(document_id)

    def add(
        self, documents: Sequence[Document], sources: AbstractSet[str] = frozenset()
    ) -> tuple[tuple[Document, ...], list[Document]]:
        """Add documents, and take away those that they stand for: of the same files, and of ids that they state.

        Args:
            documents: As ``read_uploads`` returns them; their ids differ.
            sources: Names of files that hold just these documents, and no longer what else they held.

        Returns:
            Each as it is now, by id, and those that they stand for. Ids are kept from those and differ from all others.
        """
        stated = {document.id for document in documents if document.id_stated}
        gone = [one for one in self._documents.values() if one.source in sources or one.id in stated]
        for one in gone:
            del self._documents[one.id]
        kept = keep_ids(documents, [Known.of(one) for one in gone], taken=self._documents)
        self._documents.update({document.id: document for document in kept})
        return kept, gone

    def documents(self) -> list[Document]:
        """Return all, by id."""
        return [document for _, document in sorted(self._documents.items())]
