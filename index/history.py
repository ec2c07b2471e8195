"""The generations that a collection keeps: listing them, going back to one, removing the others."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

from index.collection import DEFAULT_WAIT, Collection
from index.earlier import Earlier, open_earlier
from index.errors import GenerationNotFound, IndexDamaged, IndexUnavailable
from index.generation import check_analyzer, verify_encoder
from index.manifest import Manifest, read_manifest
from index.portions import Portions
from index.publish import prune_generations


@dataclass(frozen=True, slots=True)
class KeptGeneration:
    """A generation on disk.

    Attributes:
        name: Its name.
        current: Whether questions are answered from it.
        size: Bytes that its files take.
        manifest: What it says about itself; None where that cannot be read.
        fault: Why it cannot; empty where it can. Only the manifest is looked at.
    """

    name: str
    current: bool
    size: int
    manifest: Manifest | None
    fault: str


@dataclass(frozen=True, slots=True)
class Rollback:
    """What going back to another generation did.

    Attributes:
        manifest: Of the generation that is current now.
        before: Name of the one that was; None where the pointer named none.
        back: Ids of documents that are there again, or in an earlier state; None where the one before cannot be read.
        gone: Ids of documents that are not there any more; None, too.
    """

    manifest: Manifest
    before: str | None
    back: tuple[str, ...] | None
    gone: tuple[str, ...] | None


def list_generations(collection: Collection) -> list[KeptGeneration]:
    """Return the generations that a collection keeps, oldest first.

    Raises:
        CollectionNotFound: Nothing was indexed under the collection's name.
    """
    current = _current(collection)
    kept = []
    for name in collection.generations():
        folder = collection.generation_folder(name)
        manifest, fault = None, ""
        try:
            manifest = read_manifest(folder)
        except IndexDamaged as error:
            fault = str(error)
        try:
            size = sum(file.stat().st_size for file in folder.iterdir())
        except FileNotFoundError:
            continue  # another process has just removed it
        kept.append(KeptGeneration(name, name == current, size, manifest, fault))
    return kept


def rollback(collection: Collection, name: str | None = None, *, wait: float = DEFAULT_WAIT) -> Rollback:
    """Make another generation that is kept the current one; its files and its encoder are checked first.

    Args:
        collection: The collection.
        name: Of the generation; by default the newest that is older than the current one, or, where the pointer is
            unreadable, the newest of all.
        wait: Seconds to wait for another change to the same collection.

    Raises:
        CollectionNotFound: Nothing was indexed under the collection's name.
        GenerationNotFound: There is no such generation, or none before the current one.
        IndexDamaged: That generation is damaged; nothing has changed.
        CollectionBusy: Another process is changing the collection.
        StorageError: The data folder cannot be written.
    """
    _current(collection)  # a collection that is not there gets no folder and no lock
    with collection.lock("pincite rollback", wait):
        current = _current(collection)
        chosen = _before(collection, current) if name is None else name
        wanted = open_earlier(collection, chosen)
        check_analyzer(wanted.manifest)
        verify_encoder(collection, wanted.manifest)
        back = gone = None
        with suppress(IndexUnavailable, GenerationNotFound):  # a damaged one is a good reason to go back
            back, gone = _difference(open_earlier(collection, current), wanted) if current else (None, None)
        collection.point_to(chosen)
    return Rollback(wanted.manifest, current, back, gone)


def prune(collection: Collection, keep: int = 1, *, wait: float = DEFAULT_WAIT) -> list[KeptGeneration]:
    """Remove all generations but the current one and the newest others.

    Args:
        collection: The collection.
        keep: How many stay, the current one included; 1 or more.
        wait: Seconds to wait for another change to the same collection.

    Returns:
        Those that were removed, oldest first.

    Raises:
        CollectionNotFound: Nothing was indexed under the collection's name.
        IndexDamaged: Its pointer is unreadable, so that nothing says which generation is current.
        CollectionBusy: Another process is changing the collection.
        StorageError: The data folder cannot be written.
    """
    collection.current()
    with collection.lock("pincite prune", wait):
        Portions(collection.portions).clear()  # of texts that may be deleted by now
        kept = {one.name: one for one in list_generations(collection)}
        return [kept[name] for name in prune_generations(collection, keep)]


def _current(collection: Collection) -> str | None:
    """Return the current generation's name; None where the pointer is unreadable."""
    try:
        return collection.current()
    except IndexDamaged:
        return None


def _before(collection: Collection, current: str | None) -> str:
    older = [one for one in collection.generations() if current is None or one < current]
    if not older:
        raise GenerationNotFound(
            f"the collection {collection.name!r} keeps no generation before {current}: there is nothing to go back to."
            f" `pincite generations{collection.option}` lists those that it keeps."
        )
    return older[-1]


def _difference(before: Earlier, after: Earlier) -> tuple[tuple[str, ...], tuple[str, ...]]:
    was, now = ({document.id: document.sha256 for document in one.database.known()} for one in (before, after))
    back = tuple(sorted(name for name, sha256 in now.items() if was.get(name) != sha256))
    return back, tuple(sorted(was.keys() - now.keys()))
