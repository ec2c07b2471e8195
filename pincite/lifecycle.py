"""``pincite documents``, ``generations``, ``rollback``, ``prune``, ``delete``: what a collection holds and keeps."""

from __future__ import annotations

import json
from dataclasses import asdict

from index.collection import Collection
from index.deletion import delete_document
from index.earlier import open_earlier
from index.history import KeptGeneration, list_generations, prune, rollback
from index.settings import Settings, load_settings
from pincite.wording import counted
from qa.feedback import delete_with_votes

_MEGABYTE = 1_000_000


def _collection(settings: Settings) -> Collection:
    return Collection(settings.data_dir, settings.collection)


def run_documents(settings: Settings) -> None:
    """Print the collection's documents: id, passages, title and source."""
    for document, passages in open_earlier(_collection(settings)).database.documents():
        print(f"{document.id}\t{counted(passages, 'passage')}\t{document.title}\t{document.source or ''}")


def run_generations(settings: Settings) -> None:
    """Print the generations that are kept, newest first; the current one has a star."""
    for kept in reversed(list_generations(_collection(settings))):
        print(f"{'*' if kept.current else ' '} {_described(kept)}")


def _described(kept: KeptGeneration) -> str:
    if kept.manifest is None:
        return f"{kept.name}  damaged: {kept.fault}"
    counts = kept.manifest.counts
    return (
        f"{kept.name}  made {kept.manifest.created}, {counted(counts.documents, 'document')}, "
        f"{counted(counts.passages, 'passage')}, {kept.size / _MEGABYTE:.1f} MB, encoder {kept.manifest.encoder.model}"
    )


def run_rollback(settings: Settings, generation: str | None) -> None:
    """Make another generation the current one, and say what that changes."""
    collection = _collection(settings)
    done = rollback(collection, generation, wait=settings.lock_seconds)
    counts = done.manifest.counts
    print(
        f"Collection {collection.name!r} answers from generation {done.manifest.generation} again: "
        f"{counted(counts.documents, 'document')}, {counted(counts.passages, 'passage')}."
    )
    if done.back is not None and done.gone is not None:
        _print_ids("back, or as they were", done.back)
        _print_ids("not there any more", done.gone)
    if done.before is not None:
        print(f"To undo this: pincite rollback{collection.option} {done.before}")


def _print_ids(what: str, ids: tuple[str, ...]) -> None:
    if ids:
        print(f"  {what}: {', '.join(ids)}")


def run_prune(settings: Settings, keep: int) -> None:
    """Remove generations, and say which."""
    collection = _collection(settings)
    removed = prune(collection, keep, wait=settings.lock_seconds)
    for kept in removed:
        print(f"removed {_described(kept)}")
    left = len(collection.generations())
    freed = sum(kept.size for kept in removed) / _MEGABYTE
    print(
        f"Collection {collection.name!r} keeps {left} of {left + len(removed)} generations; {freed:.1f} MB were freed."
    )


def run_drop(settings: Settings) -> None:
    """Delete a collection."""
    configured = load_settings()
    collection = _collection(settings)
    delete_with_votes(
        collection,
        follows=configured.watch if configured.collection == settings.collection else None,
        wait=settings.lock_seconds,
    )
    print(f"Deleted the collection {collection.name!r} with all its generations.")


def run_delete(settings: Settings, document_id: str, *, prune_too: bool, as_json: bool) -> None:
    """Delete a document and print the receipt."""
    configured = load_settings()
    receipt = delete_document(
        collection := _collection(settings),
        document_id,
        prune=prune_too,
        follows=configured.watch if configured.collection == settings.collection else None,
        keep=settings.keep_generations,
        wait=settings.lock_seconds,
    )
    if as_json:
        print(json.dumps(asdict(receipt), ensure_ascii=False, indent=2))
        return
    print(
        f"Deleted {receipt.document_id!r} ({receipt.title}) from the collection {receipt.collection!r}: "
        f"{counted(receipt.characters, 'character')}, {counted(receipt.passages, 'passage')}, "
        f"{counted(receipt.spans, 'sentence')}.\n"
        f"  SHA-256 of its text {receipt.sha256}\n"
        f"  generation {receipt.generation} answers without it"
    )
    if receipt.still_in:
        print(
            f"  kept earlier generations may still hold its text: {', '.join(receipt.still_in)}\n"
            f"  to remove them for good: pincite prune{collection.option}"
        )
    else:
        print("  no generation that is kept holds its text")
    if receipt.source is not None:
        print(
            f"  its file, {receipt.source}, is not touched: while it lies in a folder that you index, the next "
            "`pincite index` brings it back"
        )
