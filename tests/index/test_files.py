from __future__ import annotations

import errno
import hashlib
import os
from pathlib import Path

import pytest

from index.errors import IndexDamaged, StorageError
from index.files import sha256_file, storage_errors, sync, write_atomically


def names(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


@pytest.mark.parametrize("content", [b"", b"abc", b"\x00\xff" * 1_000_000])
def test_a_files_hash_is_that_of_its_bytes(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "file").write_bytes(content)
    assert sha256_file(tmp_path / "file") == hashlib.sha256(content).hexdigest()


def test_a_file_that_cannot_be_read_has_no_hash(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        sha256_file(tmp_path / "absent")
    with pytest.raises(IsADirectoryError):
        sha256_file(tmp_path)


def test_files_and_folders_are_flushed_to_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    flushed: list[int] = []
    monkeypatch.setattr(os, "fsync", lambda descriptor: flushed.append(os.fstat(descriptor).st_ino))
    (tmp_path / "file").write_bytes(b"")
    for path in (tmp_path / "file", tmp_path):
        sync(path)
    assert flushed == [(tmp_path / "file").stat().st_ino, tmp_path.stat().st_ino]


def test_a_file_is_made_or_replaced_whole_and_nothing_is_left_beside_it(tmp_path: Path) -> None:
    for content in (b"old", b"new and longer", b""):
        write_atomically(tmp_path / "file", content)
        assert (tmp_path / "file").read_bytes() == content
        assert names(tmp_path) == ["file"]


def test_who_has_the_old_file_open_still_reads_the_old_bytes(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"old")
    with (tmp_path / "file").open("rb") as reader:
        write_atomically(tmp_path / "file", b"new")
        assert reader.read() == b"old"


def test_a_failed_write_leaves_the_old_file_and_nothing_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_bytes(b"old")

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        write_atomically(tmp_path / "file", b"new")
    assert (tmp_path / "file").read_bytes() == b"old"
    assert names(tmp_path) == ["file"]


@pytest.mark.parametrize(
    ("number", "advice"),
    [
        (errno.ENOSPC, "the disk is full; free some space"),
        (errno.EACCES, "check its permissions, or set PINCITE_DATA_DIR"),
        (errno.EPERM, "check its permissions, or set PINCITE_DATA_DIR"),
        (errno.EROFS, "check its permissions, or set PINCITE_DATA_DIR"),
        (errno.EIO, os.strerror(errno.EIO)),
    ],
)
def test_an_error_of_the_disk_says_which_folder_and_what_to_do(number: int, advice: str) -> None:
    with pytest.raises(StorageError) as caught, storage_errors(Path("data")):
        raise OSError(number, os.strerror(number))
    assert str(caught.value).startswith("the data folder data: ")
    assert advice in str(caught.value)
    assert str(caught.value).endswith("What was indexed before is unchanged.")


def test_an_error_without_a_number_keeps_its_words() -> None:
    with pytest.raises(StorageError, match="the cable fell out"), storage_errors(Path("data")):
        raise OSError("the cable fell out")


@pytest.mark.parametrize("error", [IndexDamaged("x"), ValueError("x"), KeyboardInterrupt()])
def test_other_errors_pass_as_they_are(error: BaseException) -> None:
    with pytest.raises(type(error)) as caught, storage_errors(Path("data")):
        raise error
    assert caught.value is error
