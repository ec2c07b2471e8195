"""Files that were sent and wait to be indexed, each operation's in a folder of its own.

A folder is filled under a name that begins with a full stop, flushed, and renamed within the transaction that keeps its
operation: so a kill leaves an operation with all its files, or none. No name of a client's is ever one of a file here.
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from index.files import storage_errors, sync

_SUFFIX = re.compile(r"\.[a-z0-9]{1,16}")


def stored_name(number: int, source: str) -> str:
    """Return the name under which a file is kept: a number, and the suffix that tells its kind."""
    suffix = PurePosixPath(source).suffix.lower()
    return f"{number}{suffix if _SUFFIX.fullmatch(suffix) else ''}"


class Inbox:
    """The folder ``DATA_DIR/uploads``.

    Args:
        data_dir: The data folder.
    """

    def __init__(self, data_dir: Path) -> None:
        self._folder = data_dir / "uploads"

    def folder_of(self, operation_id: str) -> Path:
        """Where the files of an operation lie."""
        return self._folder / operation_id

    @contextmanager
    def receiving(self, operation_id: str, files: Iterable[tuple[str, BinaryIO]]) -> Iterator[Callable[[], None]]:
        """Write files aside, and give what moves them into place; without that call, nothing stays of them.

        Args:
            operation_id: Whose they are.
            files: The name of each, by ``stored_name``, and where to read it.

        Raises:
            StorageError: They cannot be written.
        """
        aside, place = self._folder / f".{operation_id}", self.folder_of(operation_id)
        with storage_errors(self._folder.parent), self._held(fcntl.LOCK_SH):
            try:
                aside.mkdir()
                for name, content in files:
                    _write(aside / name, content)
                sync(aside)

                def keep() -> None:
                    aside.replace(place)
                    sync(self._folder)

                yield keep
            except BaseException:
                shutil.rmtree(place, ignore_errors=True)
                raise
            finally:
                shutil.rmtree(aside, ignore_errors=True)

    def remove(self, operation_id: str) -> None:
        """Remove the files of an operation that has ended."""
        shutil.rmtree(self.folder_of(operation_id), ignore_errors=True)

    def clear(self, wanted: Callable[[], Iterable[str]]) -> None:
        """Remove what kills left behind, unless something is being received right now.

        Args:
            wanted: Returns the ids of operations whose files are still needed.
        """
        if not self._folder.is_dir():
            return
        try:
            with self._held(fcntl.LOCK_EX | fcntl.LOCK_NB):
                names = set(wanted())
                for folder in self._folder.iterdir():
                    if folder.name not in names:
                        shutil.rmtree(folder, ignore_errors=True)
        except BlockingIOError:
            pass

    @contextmanager
    def _held(self, how: int) -> Iterator[None]:
        """Hold a lock on the folder: shared by those who receive, alone by who clears up. A kill lets it go."""
        if not self._folder.is_dir():
            self._folder.mkdir(parents=True, exist_ok=True)
            sync(self._folder.parent)
        descriptor = os.open(self._folder, os.O_RDONLY)
        try:
            fcntl.flock(descriptor, how)
            yield
        finally:
            os.close(descriptor)


def _write(path: Path, content: BinaryIO) -> None:
    with path.open("xb") as file:
        shutil.copyfileobj(content, file, 1 << 20)
        file.flush()
        os.fsync(file.fileno())
