"""Taking a document out of a collection, with a receipt of what was removed and where it still lies."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from index.collection import DEFAULT_WAIT, Collection
from index.earlier import open_earlier
from index.errors import CollectionFollowed, DocumentNotFound, StorageError
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
    keep: int = DEFAULT_KEEP,
    wait: float = DEFAULT_WAIT,
) -> Receipt:
    """Publish a generation without a document; nothing is encoded.

    Args:
        collection: The collection.
        document_id: Id of one of its documents.
        prune: Remove all earlier generations, too, so that none of its text is left.
        follows: The folder that the collection follows, if it does.
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
    if follows is not None:
        raise CollectionFollowed(
            f"the collection {collection.name!r} follows the folder {follows} (PINCITE_WATCH), which would bring "
            f"{document_id!r} back. Delete its file there, and the document goes with it."
        )
    collection.current()  # a collection that is not there gets no folder and no lock
    with collection.lock("pincite delete", wait):
        earlier = open_earlier(collection)
        document = earlier.database.document(document_id)
        if document is None:
            raise DocumentNotFound(
                f"there is no document {document_id!r} in the collection {collection.name!r}; nothing was deleted. "
                "`pincite documents` and GET /v1/documents list those that are there."
            )
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


def _prune(collection: Collection, document_id: str) -> None:
    try:
        Portions(collection.portions).clear()
        prune_generations(collection, 1)
    except OSError as error:
        raise StorageError(
            f"{document_id!r} is deleted, but earlier generations, which may hold its text, could not all be removed "
            f"({error}). Run `pincite prune{collection.option}` to remove them."
        ) from error
