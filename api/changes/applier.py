"""Applies operations that wait, in their order; all of one collection in one build, so that it changes once."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace

from api.changes.batch import Batch, failed
from api.changes.inbox import Inbox
from api.changes.operations import File, Operation
from api.changes.store import OperationStore, now
from index.build import create_collection, revise_documents
from index.collection import Collection, clear_removed
from index.documents import Passage
from index.errors import CollectionBusy, IndexUnavailable, OperationInterrupted, PinciteError
from index.manifest import Manifest, read_manifest
from index.settings import Settings
from index.worker import ReadLimits

MOST_ATTEMPTS = 3
"""How often an operation is begun at most, if whatever applies it is killed each time."""
BUSY_SECONDS = 600.0
"""How long an operation waits for others who are changing its collection."""
_TOLD_EVERY_SECONDS = 0.5
_log = logging.getLogger("pincite.changes")


class Applier:
    """Applies the operations of a data folder; there must be one only at a time.

    Args:
        settings: All of them.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._store = OperationStore(settings.data_dir)
        self._inbox = Inbox(settings.data_dir)
        self._busy_since: dict[str, float] = {}

    def recover(self) -> None:
        """Put right what a kill has left: what was being applied was applied, or is to be applied again."""
        clear_removed(self._settings.data_dir)
        for one in self._store.unfinished():
            if one.state == "running":
                self._store.save(self._after_kill(one))
        self._clear()

    def _clear(self) -> None:
        self._inbox.clear(lambda: [one.id for one in self._store.unfinished()])
        self._store.forget_old()

    def _after_kill(self, one: Operation) -> Operation:
        manifest = self._made(one)
        if manifest is not None:
            return _succeeded(one, manifest)
        if one.attempts >= MOST_ATTEMPTS:
            return failed(
                one,
                OperationInterrupted(
                    f"the process that applied it was killed {one.attempts} times, perhaps for want of memory. Send "
                    "the documents again in smaller numbers, or without the largest."
                ),
            )
        files = tuple(File(file.stored, file.source, file.document_id) for file in one.files)
        return replace(one, state="pending", files=files, encoded=0, total=None)

    def _made(self, one: Operation) -> Manifest | None:
        """Return the manifest of the current generation, if that holds just what the operation was to make."""
        collection = Collection(self._settings.data_dir, one.collection)
        with suppress(IndexUnavailable):
            manifest = read_manifest(collection.generation_folder(collection.current()))
            return manifest if manifest.content == one.planned else None
        return None

    def apply_pending(self) -> bool:
        """Apply what waits; return whether anything did."""
        unfinished = self._store.unfinished()
        held_up: set[str] = set()
        for batch in _batches(unfinished):
            if batch[0].collection not in held_up and not self._apply(batch):
                held_up.add(batch[0].collection)  # what comes after must not overtake it
        if unfinished:
            self._clear()
        return bool(unfinished)

    def _apply(self, operations: Sequence[Operation]) -> bool:
        """Apply operations; return whether they have ended, one way or the other."""
        began = [replace(one, state="running", started=now(), attempts=one.attempts + 1) for one in operations]
        self._store.save(*began)
        try:
            ended = self._create(began[0]) if began[0].kind == "create-collection" else self._revise(began)
        except (SystemExit, KeyboardInterrupt):
            self._store.excuse(began)
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, those who wait for the operations are told
            if isinstance(error, CollectionBusy) and self._may_wait(began[0].collection):
                self._store.save(*operations)
                return False
            known = isinstance(error, PinciteError)
            _log.error("%s: %s", began[0].id, error, exc_info=None if known else error)
            ended = [failed(one, error) for one in began]
        self._busy_since.pop(began[0].collection, None)
        self._store.save(*ended)
        for one in ended:
            self._inbox.remove(one.id)
        return True

    def _may_wait(self, collection: str) -> bool:
        since = self._busy_since.setdefault(collection, time.monotonic())
        return time.monotonic() - since < BUSY_SECONDS

    def _create(self, one: Operation) -> list[Operation]:
        settings = self._settings
        told = _Told(self._store, [one])
        manifest = create_collection(
            Collection(settings.data_dir, one.collection), settings.model, told, wait=settings.lock_seconds
        )
        return [_succeeded(one, manifest)]

    def _revise(self, operations: Sequence[Operation]) -> list[Operation]:
        settings = self._settings
        limits = ReadLimits(settings.max_file_mb, settings.max_read_seconds, settings.max_read_memory_mb)
        batch = Batch(operations, self._inbox, limits)
        told = _Told(self._store, operations)

        def planned(content: str, passages: Sequence[Passage]) -> None:
            # After a kill, this is what came of the operations, if that generation is the current one.
            batch.count(passages)
            self._store.save(*(replace(one, planned=content) for one in batch.operations))

        built = revise_documents(
            Collection(settings.data_dir, operations[0].collection),
            batch.revise,
            settings.model if "model" in settings.model_fields_set else None,
            told,
            planned=planned,
            keep=settings.keep_generations,
            wait=settings.lock_seconds,
        )
        batch.count(built.passages)
        return [
            one if one.ended else replace(_succeeded(one, built.manifest), encoded=told.encoded, total=told.texts)
            for one in batch.operations
        ]


def _succeeded(one: Operation, manifest: Manifest) -> Operation:
    return replace(one, state="succeeded", finished=now(), generation=manifest.generation)


def _batches(operations: Sequence[Operation]) -> Iterator[list[Operation]]:
    """Yield operations that are applied together; those of each collection stay in their order.

    One that a kill has interrupted before is applied alone, so that it takes no others with it.
    """
    by_collection: dict[str, list[Operation]] = {}
    for one in operations:
        by_collection.setdefault(one.collection, []).append(one)
    for those in by_collection.values():
        batch: list[Operation] = []
        for one in those:
            if one.attempts or one.kind == "create-collection":
                yield from (some for some in (batch, [one]) if some)
                batch = []
            else:
                batch.append(one)
        if batch:
            yield batch


class _Told:
    """Puts down how a build goes on, now and then."""

    def __init__(self, store: OperationStore, operations: Sequence[Operation]) -> None:
        self._store = store
        self._operations = operations
        self._told = 0.0
        self.encoded = 0
        self.texts: int | None = None

    def step(self, text: str) -> None:
        """Do nothing: steps are not told."""

    def total(self, count: int) -> None:
        """Put down how many texts will be encoded."""
        self.texts = count
        self._store.progress(self._operations, 0, count)

    def advance(self, count: int) -> None:
        """Put down that more are."""
        self.encoded += count
        if self.texts is not None and time.monotonic() - self._told >= _TOLD_EVERY_SECONDS:
            self._told = time.monotonic()
            self._store.progress(self._operations, self.encoded, self.texts)
