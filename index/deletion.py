"""Taking a document out of a collection, with a receipt of what was removed and where it still lies; or all of it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from index.collection import DEFAULT_WAIT, Collection, clear_removed
from index.documents import Document
from index.earlier import open_earlier
from index.errors import CollectionFollowed, DocumentNotFound, IndexDamaged, StorageError
from index.portions import Portions
from index.publish import DEFAULT_KEEP, prune_generations, publish


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a deletion removed.

    Attributes:
        collection: Name of the collection.
        document_id: The document.
        title: Its title.
        source: The file that it was read from, if any; the file itself is never touched.
        sha256: SHA-256 of its text.
        characters: Length of its text.
        passages: How many passages were removed,
        spans: and how many spans.
        generation: The generation without it, which is the current one now.
        still_in: Earlier generations that are kept, and may hold its text until they are pruned.
    """

    collection: str
    document_id: str
    title: str
    source: str | None
    sha256: str
    characters: int
    passages: int
    spans: int
    generation: str
    still_in: tuple[str, ...]


def delete_document(
    collection: Collection,
    document_id: str,
    *,
    prune: bool = False,
    follows: Path | None = None,
    check: Callable[[Document], None] = lambda _document: None,
    keep: int = DEFAULT_KEEP,
    wait: float = DEFAULT_WAIT,
) -> Receipt:
    """Publish a generation without a document; nothing is encoded.

    Args:
        collection: The collection.
        document_id: Id of one of its documents.
        prune: Remove all earlier generations, too, so that none of its text is left.
        follows: The folder that the collection follows, if it does.
        check: Called with the document before anything changes; what it raises leaves all as it was.
        keep: How many generations stay, the new one included, where they are not pruned.
        wait: Seconds to wait for another change to the same collection.

    Raises:
        CollectionNotFound: Nothing was indexed under the collection's name.
        CollectionFollowed: It follows a folder, which would bring the document back.
        DocumentNotFound: It holds no such document.
        IndexDamaged: Its current generation is damaged; nothing has changed.
        CollectionBusy: Another process is changing the collection.
        StorageError: The data folder cannot be written.
    """
    refuse_if_followed(collection, follows)
    collection.current()  # a collection that is not there gets no folder and no lock
    with collection.lock("pincite delete", wait):
        earlier = open_earlier(collection)
        document = earlier.database.document(document_id)
        if document is None:
            raise DocumentNotFound(
                f"there is no document {document_id!r} in the collection {collection.name!r}; nothing was deleted. "
                "`pincite documents` and GET /v1/documents list those that are there."
            )
        check(document)
        passages = earlier.database.passages_of(document_id)
        manifest = publish(collection, earlier.without(document_id), keep)
        if prune:
            _prune(collection, document_id)
        still_in = tuple(name for name in collection.generations() if name != manifest.generation)
    return Receipt(
        collection=collection.name,
        document_id=document.id,
        title=document.title,
        source=document.source,
        sha256=document.sha256,
        characters=len(document.text),
        passages=len(passages),
        spans=sum(len(passage.spans) for passage in passages),
        generation=manifest.generation,
        still_in=still_in,
    )


def refuse_if_followed(collection: Collection, follows: Path | None) -> None:
    """Refuse to change a collection that holds what a folder holds, and will again after the next look.

    Raises:
        CollectionFollowed: It follows a folder.
    """
    if follows is not None:
        raise CollectionFollowed(
            f"the collection {collection.name!r} follows the folder {follows} (PINCITE_WATCH), which would undo the "
            "change. Add, change or delete files there, and the documents follow."
        )


def delete_collection(collection: Collection, *, follows: Path | None = None, wait: float = DEFAULT_WAIT) -> None:
    """Remove a collection with all its generations, at once; whoever has one open reads on until it is closed.

    Args:
        collection: The collection.
        follows: The folder that it follows, if it does.
        wait: Seconds to wait for another change to it.

    Raises:
        CollectionNotFound: There is no such collection.
        CollectionFollowed: It follows a folder, which would bring it back.
        CollectionBusy: Another process is changing it.
        StorageError: The data folder cannot be written.
    """
    refuse_if_followed(collection, follows)
    _check_exists(collection)
    clear_removed(collection.data_dir)
    with collection.lock("pincite drop", wait):
        _check_exists(collection)
        collection.remove()


def _check_exists(collection: Collection) -> None:
    with suppress(IndexDamaged):  # a damaged one may be removed as well
        collection.current()


def _prune(collection: Collection, document_id: str) -> None:
    try:
        Portions(collection.portions).clear()
        prune_generations(collection, 1)
    except OSError as error:
        raise StorageError(
            f"{document_id!r} is deleted, but earlier generations, which may hold its text, could not all be removed "
            f"({error}). Run `pincite prune{collection.option}` to remove them."
        ) from error
