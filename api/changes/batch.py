"""Operations of one collection that are applied together: what each does to the documents, and what came of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from api.changes.conditions import check
from api.changes.inbox import Inbox
from api.changes.operations import File, Operation
from api.changes.store import now
from index.documents import Document, Passage
from index.errors import PreconditionFailed, SourceError
from index.uploads import Received, Revision, Upload, read_uploads
from index.worker import ReadLimits

_REASONS = 5


def failed(operation: Operation, error: Exception) -> Operation:
    """Return an operation that ended with an error."""
    return replace(operation, state="failed", finished=now(), error=type(error).__name__, detail=str(error))


class Batch:
    """Applies operations to the documents of their collection.

    Args:
        operations: In their order.
        inbox: Where their files lie.
        limits: What reading one file may take.

    Attributes:
        operations: As they are now; after ``revise``, those that failed are marked so.
    """

    def __init__(self, operations: Sequence[Operation], inbox: Inbox, limits: ReadLimits) -> None:
        self.operations = list(operations)
        self._inbox = inbox
        self._limits = limits

    def revise(self, documents: Sequence[Document]) -> list[Document]:
        """Return what the operations, one after the other, make of a collection's documents."""
        revision = Revision(documents)
        self.operations = [self._apply(one, revision) for one in self.operations]
        return revision.documents()

    def _apply(self, operation: Operation, revision: Revision) -> Operation:
        folder = self._inbox.folder_of(operation.id)
        uploads = [Upload(folder / file.stored, file.source, file.document_id) for file in operation.files]
        if operation.kind == "replace-document":
            (document_id,) = (file.document_id or "" for file in operation.files)
            try:
                check(operation.condition, revision.get(document_id), document_id)
            except PreconditionFailed as error:
                return failed(operation, error)
        received = read_uploads(uploads, self._limits)
        documents = [document for one in received for document in one.documents]
        if not documents:
            skipped = tuple(_came_of(file, one, (), ()) for file, one in zip(operation.files, received, strict=True))
            return failed(replace(operation, files=skipped), SourceError(_why_none(operation.files, received)))
        # A file that was sent under an id is that document; one that was not holds all that is of its name.
        sources = {
            file.source
            for file, one in zip(operation.files, received, strict=True)
            if one.documents and file.source is not None and file.document_id is None
        }
        kept, gone = revision.add(documents, sources)
        files = (_came_of(file, one, kept, gone) for file, one in zip(operation.files, received, strict=True))
        return replace(operation, files=tuple(files))

    def count(self, passages: Sequence[Passage]) -> None:
        """Put down how many passages each file has, given all of the collection."""
        counts = Counter(passage.document_id for passage in passages)

        def counted(file: File) -> File:
            return replace(file, passages=sum(counts[document_id] for document_id in file.document_ids))

        self.operations = [replace(one, files=tuple(map(counted, one.files))) for one in self.operations]


def _came_of(file: File, received: Received, kept: Sequence[Document], gone: Sequence[Document]) -> File:
    """Return what came of a file.

    Args:
        file: The file.
        received: What was read of it.
        kept: The documents of its operation, as they are now.
        gone: Those in whose place they are.
    """
    if not received.documents:
        return replace(file, state="skipped", reason=received.reason)

    def of_file(documents: Sequence[Document]) -> list[Document]:
        if file.document_id is not None:
            return [one for one in documents if one.id == file.document_id]
        return [one for one in documents if one.source == file.source]

    now_there, before = of_file(kept), of_file(gone)
    same = sorted(before, key=lambda one: one.id) == now_there
    ids = tuple(one.id for one in now_there)
    return replace(file, state="unchanged" if same else "indexed", document_ids=ids, reason=received.reason)


def _why_none(files: Sequence[File], received: Sequence[Received]) -> str:
    reasons = [f"{file.name}: {one.reason}" for file, one in zip(files, received, strict=True)]
    more = f"; and {len(reasons) - _REASONS} more" if len(reasons) > _REASONS else ""
    return f"nothing that was sent can be indexed: {'; '.join(reasons[:_REASONS])}{more}. Nothing has changed."
