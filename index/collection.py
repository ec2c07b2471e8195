"""Where collections live in the data folder, and which generation of each is current.

::

    DATA_DIR/encoders/FINGERPRINT/                    exported encoders, shared by all collections
    DATA_DIR/collections/NAME/CURRENT                 name of the current generation, and its manifest's SHA-256
    DATA_DIR/collections/NAME/generations/GENERATION/ one immutable build
    DATA_DIR/collections/NAME/encoded/                what a build has encoded that is not complete
    DATA_DIR/collections/NAME/build.lock              held by whoever changes the collection
    DATA_DIR/collections/NAME/build.holder            who that is

Readers take no lock: they follow CURRENT, and what they have opened stays readable when it is removed. Whoever changes
a collection holds its lock. A folder of generations or of collections whose name begins with a full stop is none: it is
being built or removed, or was when its process was killed.
"""

from __future__ import annotations

import datetime
import json
import os
import re
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from filelock import BaseFileLock, FileLock, Timeout

from index.errors import CollectionBusy, CollectionNotFound, IndexDamaged, SettingsError
from index.files import sha256_file, storage_errors, sync, write_atomically
from index.manifest import MANIFEST
from index.settings import COLLECTION_NAME

DEFAULT_WAIT = 10.0
"""Seconds that a change waits for another to the same collection."""

_POINTER = re.compile(rb"([0-9A-Za-z-]+) ([0-9a-f]{64})\n")
_MOMENT = "%Y%m%dT%H%M%S-%fZ"
_NAME = re.compile(r"\d{8}T\d{6}-\d{6}Z")
_BUILDING, _REMOVING = ".building-", ".removing-"


@dataclass(frozen=True, slots=True)
class Collection:
    """The folder of one collection; it need not exist yet.

    Raises:
        SettingsError: The name is not fit to be a folder's.
    """

    data_dir: Path
    name: str

    def __post_init__(self) -> None:
        if not re.fullmatch(COLLECTION_NAME, self.name):
            raise SettingsError(
                f"{self.name!r} cannot name a collection: use lower-case letters, digits, - and _, 64 at most."
            )

    @property
    def folder(self) -> Path:
        """Where this collection lives."""
        return self.data_dir / "collections" / self.name

    @property
    def encoders(self) -> Path:
        """Where exported encoders live."""
        return self.data_dir / "encoders"

    @property
    def pointer(self) -> Path:
        """The file that names the current generation."""
        return self.folder / "CURRENT"

    @property
    def portions(self) -> Path:
        """Where a build keeps what it has encoded."""
        return self.folder / "encoded"

    def generation_folder(self, generation: str) -> Path:
        """Where a generation lives."""
        return self.folder / "generations" / generation

    def current(self) -> str:
        """Return the name of the current generation.

        Raises:
            CollectionNotFound: Nothing was ever indexed under this name.
            IndexDamaged: The pointer is unreadable.
        """
        return self.pointed()[0]

    def stamp(self) -> tuple[int, ...]:
        """Return what is another as soon as another generation is current, and is read sooner; nothing if none is."""
        try:
            found = self.pointer.stat()
        except OSError:
            return ()
        return found.st_ino, found.st_mtime_ns, found.st_ctime_ns, found.st_size

    def pointed(self) -> tuple[str, str]:
        """Return the name of the current generation, and the SHA-256 that its manifest has to have.

        Raises:
            CollectionNotFound: Nothing was ever indexed under this name.
            IndexDamaged: The pointer is unreadable.
        """
        try:
            content = self.pointer.read_bytes()
        except FileNotFoundError:
            raise self.missing() from None
        except OSError as error:
            raise IndexDamaged(f"{self.pointer} cannot be read. {self._repair}") from error
        found = _POINTER.fullmatch(content)
        if not found:
            raise IndexDamaged(f"{self.pointer} names no generation: its contents have changed. {self._repair}")
        return found[1].decode(), found[2].decode()

    def missing(self) -> CollectionNotFound:
        """Return the error that says that there is no such collection."""
        return CollectionNotFound(
            f"there is no collection {self.name!r}. Make it with: pincite index{self.option} PATH (a file or "
            "folder of documents). Collections live in PINCITE_DATA_DIR; `pincite status` shows which that is."
        )

    @property
    def option(self) -> str:
        """What a command needs to name this collection: `` --collection NAME``, or nothing for the default one."""
        return "" if self.name == "default" else f" --collection {self.name}"

    @property
    def _repair(self) -> str:
        return f"Run `pincite index` again to rebuild it, or `pincite rollback{self.option}`."

    def generations(self) -> list[str]:
        """Return the names of the generations that are kept, oldest first; each was complete when it was named."""
        folder = self.folder / "generations"
        if not folder.is_dir():
            return []
        return sorted(child.name for child in folder.iterdir() if child.is_dir() and not child.name.startswith("."))

    def new_generation_name(self) -> str:
        """Return a name that sorts behind all that are there, whatever the clock says; the lock must be held."""
        moment = datetime.datetime.now(datetime.UTC)
        newest = max(filter(_NAME.fullmatch, self.generations()), default="")
        if f"{moment:{_MOMENT}}" <= newest:
            stamp = datetime.datetime.strptime(newest, _MOMENT).replace(tzinfo=datetime.UTC)
            moment = stamp + datetime.timedelta(microseconds=1)
        return f"{moment:{_MOMENT}}"

    @contextmanager
    def building(self, generation: str) -> Iterator[Path]:
        """Give an empty folder to build in; rename it into place at the end, or remove it after an error.

        The lock must be held.
        """
        final = self.generation_folder(generation)
        final.parent.mkdir(parents=True, exist_ok=True)
        folder = final.with_name(f"{_BUILDING}{generation}")
        folder.mkdir()
        try:
            yield folder
            folder.replace(final)
            sync(final.parent)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise

    def point_to(self, generation: str) -> None:
        """Make a generation the current one, in one atomic step; the lock must be held."""
        manifest = sha256_file(self.generation_folder(generation) / MANIFEST)
        write_atomically(self.pointer, f"{generation} {manifest}\n".encode("ascii"))

    def remove_generation(self, generation: str) -> None:
        """Remove a generation that is not the current one; the lock must be held.

        It loses its name first, so that no one takes what is half removed for a generation.
        """
        folder = self.generation_folder(generation)
        doomed = folder.with_name(f"{_REMOVING}{generation}")
        folder.replace(doomed)
        sync(folder.parent)
        shutil.rmtree(doomed)

    @contextmanager
    def lock(
        self, action: str, wait: float = DEFAULT_WAIT, waiting: Callable[[str], None] | None = None
    ) -> Iterator[None]:
        """Keep others from changing the collection; what a killed process left half-done is cleared away.

        Args:
            action: What the lock is taken for, such as "pincite index"; others are told.
            wait: Seconds to wait for whoever holds it.
            waiting: Called, if there is something to wait for, with who holds the lock.

        Raises:
            CollectionBusy: It is still held; the message names the holder.
            StorageError: The data folder cannot be written, here or by what is done while the lock is held.
        """
        with storage_errors(self.data_dir):
            lock = FileLock(self._lock)
            self._acquire(lock, wait, waiting)
            try:
                self._clear_leftovers()
                self._say_who_holds(action)
                yield
            finally:
                with suppress(OSError):
                    self._holder.unlink(missing_ok=True)
                lock.release()

    def remove(self) -> None:
        """Remove the collection: its folder loses its name in one atomic step, then it goes; the lock must be held.

        What a kill leaves of it no longer counts as a collection; ``clear_removed`` takes it away.
        """
        doomed = self.folder.with_name(f"{_REMOVING}{self.name}-{secrets.token_hex(4)}")
        self.folder.replace(doomed)
        (doomed / self._lock.name).unlink()  # so that whoever waits for it knows that it guards nothing any more
        sync(self.folder.parent)
        shutil.rmtree(doomed)

    @property
    def _lock(self) -> Path:
        return self.folder / "build.lock"

    @property
    def _holder(self) -> Path:
        return self.folder / "build.holder"

    def _make_folder(self) -> None:
        if not self.folder.is_dir():
            self.folder.mkdir(parents=True, exist_ok=True)
            sync(self.folder.parent)
            sync(self.data_dir)

    def _acquire(self, lock: BaseFileLock, wait: float, waiting: Callable[[str], None] | None) -> None:
        while True:
            self._make_folder()
            with suppress(FileNotFoundError):  # the collection was removed while it was waited for
                self._acquire_once(lock, wait, waiting)
                if self._lock.exists():
                    return
                lock.release()

    def _acquire_once(self, lock: BaseFileLock, wait: float, waiting: Callable[[str], None] | None) -> None:
        with suppress(Timeout):
            lock.acquire(timeout=0)
            return
        if waiting is not None:
            waiting(f"waiting for {_read_holder(self._holder)}")
        try:
            lock.acquire(timeout=wait)
        except Timeout:
            raise CollectionBusy(
                f"the collection {self.name!r} is being changed by {_read_holder(self._holder)}; {wait:g} s of waiting "
                "were not enough (PINCITE_LOCK_SECONDS). Run the command again once that has finished."
            ) from None

    def _say_who_holds(self, action: str) -> None:
        since = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
        told = json.dumps({"process": os.getpid(), "action": action, "since": since})
        with suppress(OSError):  # it only tells others who they wait for; and pruning must work on a full disk
            self._holder.write_text(told, encoding="utf-8")

    def _clear_leftovers(self) -> None:
        folder = self.folder / "generations"
        for leftover in (*folder.glob(f"{_BUILDING}*"), *folder.glob(f"{_REMOVING}*")):
            shutil.rmtree(leftover)
        for leftover in (*self.folder.glob(f".{self.pointer.name}.*.tmp"), *self.portions.glob(".*.tmp")):
            leftover.unlink()


def _read_holder(path: Path) -> str:
    try:
        holder = json.loads(path.read_text(encoding="utf-8"))
        return f"process {holder['process']} (`{holder['action']}`, since {holder['since']})"
    except (OSError, ValueError, LookupError, TypeError):  # it has just ended, or is just beginning
        return "another process"


def clear_removed(data_dir: Path) -> None:
    """Take away what is left of collections whose removal was broken off."""
    for leftover in (data_dir / "collections").glob(f"{_REMOVING}*"):
        shutil.rmtree(leftover, ignore_errors=True)  # another may be at it, too


def list_collections(data_dir: Path) -> list[Collection]:
    """Return the collections that have a current generation, by name."""
    folder = data_dir / "collections"
    names = sorted(child.parent.name for child in folder.glob("*/CURRENT")) if folder.is_dir() else []
    return [Collection(data_dir, name) for name in names if re.fullmatch(COLLECTION_NAME, name)]
