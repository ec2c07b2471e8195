"""Bytes on disk: hashing, durable writing, and errors that say which path is in trouble."""

from __future__ import annotations

import errno
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from index.errors import StorageError

_DATA_FOLDER = "the data folder"


def sha256_file(path: Path) -> str:
    """Return the hexadecimal SHA-256 of a file's bytes.

    Raises:
        OSError: The file cannot be read.
    """
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sync(path: Path) -> None:
    """Flush a file's contents, or a folder's list of names, to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_atomically(path: Path, data: bytes, mode: int | None = None) -> None:
    """Replace a file whole: a reader sees the old bytes or the new, after a crash too.

    Args:
        path: The file.
        data: All that it is to hold.
        mode: Who may read and write it, from its first byte on; by default what the process's umask says.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        if mode is not None:
            temporary.unlink(missing_ok=True)
            temporary.touch(mode)
        temporary.write_bytes(data)
        sync(temporary)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    sync(path.parent)


@contextmanager
def storage_errors(folder: Path, what: str = _DATA_FOLDER) -> Iterator[None]:
    """Turn an ``OSError`` of writing under a folder into a ``StorageError`` that says what to do."""
    try:
        yield
    except OSError as error:
        if error.errno == errno.ENOSPC:
            advice = "the disk is full; free some space and run the command again"
        elif error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
            elsewhere = "set PINCITE_DATA_DIR to another folder" if what == _DATA_FOLDER else "choose another"
            advice = f"it cannot be written; check its permissions, or {elsewhere}"
        else:
            advice = error.strerror or str(error)
        raise StorageError(f"{what} {folder}: {advice}. What was indexed before is unchanged.") from error
