"""Whatever stops a build, the generation before it stays current, whole and untouched, and the next build succeeds."""

from __future__ import annotations

import errno
import os
import resource
from pathlib import Path

import pytest

from index import publish as publish_module
from index.build import BuildReport, build
from index.collection import Collection
from index.errors import CollectionBusy, ModelError, SourceError, StorageError
from index.generation import open_generation
from index.manifest import Manifest
from index.models import DEFAULT_MODEL
from index.publish import Contents, write_generation
from tests.conftest import Silent
from tests.index.conftest import nearest


@pytest.fixture
def collection(small: Collection, documents: Path) -> Collection:
    """A collection that holds ``documents``, which have changed since."""
    (documents / "rye.txt").write_text("Rye bread keeps for a week.\n", encoding="utf-8")
    return small


def index(collection: Collection, *paths: Path, model: str = DEFAULT_MODEL) -> BuildReport:
    return build(collection, paths, model, Silent())


def everything(collection: Collection) -> dict[Path, bytes | None]:
    """Return every path of a collection but its lock, with the bytes of files."""
    paths = [path for path in collection.folder.rglob("*") if path.name != "build.lock"]
    return {path: path.read_bytes() if path.is_file() else None for path in paths}


def assert_answers(collection: Collection) -> None:
    """Check that a collection is whole, holds the changed documents, and finds the new one."""
    assert open_generation(collection).manifest.counts.documents == 4
    assert nearest(collection, "How long does rye bread keep?") == "Rye bread keeps for a week."


def test_nothing_to_index_or_no_model_changes_nothing(collection: Collection, documents: Path, tmp_path: Path) -> None:
    before = everything(collection)
    (tmp_path / "empty").mkdir()
    for path in (tmp_path / "empty", documents / "absent.md"):
        with pytest.raises(SourceError):
            index(collection, path)
    with pytest.raises(ModelError):
        index(collection, documents, model="absent")
    assert everything(collection) == before


def test_a_disk_that_fills_while_writing_changes_nothing(
    collection: Collection, documents: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = everything(collection)

    def write_until_full(folder: Path, collection: str, generation: str, contents: Contents) -> Manifest:
        write_generation(folder, collection, generation, contents)
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(publish_module, "write_generation", write_until_full)
        with pytest.raises(StorageError, match=f"the data folder {collection.data_dir}: the disk is full"):
            index(collection, documents)
    assert everything(collection) == before
    index(collection, documents)
    assert_answers(collection)


def test_a_file_that_the_system_refuses_to_write_changes_nothing(collection: Collection, documents: Path) -> None:
    before = everything(collection)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, hard))
    try:
        with pytest.raises(StorageError, match="What was indexed before is unchanged"):
            index(collection, documents)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert everything(collection) == before


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit, MemoryError])
def test_a_build_that_is_broken_off_changes_nothing(
    collection: Collection, documents: Path, monkeypatch: pytest.MonkeyPatch, error: type[BaseException]
) -> None:
    before = everything(collection)

    def stop(path: Path, *_: object) -> None:
        path.write_bytes(b"half of it")
        raise error

    monkeypatch.setattr("index.publish.write_database", stop)
    with pytest.raises(error):
        index(collection, documents)
    assert everything(collection) == before


def test_a_pointer_that_cannot_be_moved_leaves_the_old_generation_current(
    collection: Collection, documents: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = everything(collection)

    def full(path: Path, data: bytes) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr("index.collection.write_atomically", full)
        with pytest.raises(StorageError, match="the disk is full"):
            index(collection, documents)
    assert everything(collection).items() >= before.items()
    assert open_generation(collection).manifest.counts.documents == 3
    index(collection, documents)
    assert_answers(collection)


def test_leftovers_of_a_kill_are_cleaned_up_by_the_next_build(collection: Collection, documents: Path) -> None:
    leftover = collection.generation_folder(".building-x")
    leftover.mkdir()
    (leftover / "documents.sqlite").write_bytes(b"half of it")
    index(collection, documents)
    assert not leftover.exists()
    assert_answers(collection)


def test_a_second_builder_is_turned_away_and_changes_nothing(collection: Collection, documents: Path) -> None:
    before = everything(collection)
    with collection.lock("test"):
        with pytest.raises(CollectionBusy):
            build(collection, [documents], DEFAULT_MODEL, Silent(), wait=0)
        assert everything(collection).keys() - before.keys() == {collection.folder / "build.holder"}
    assert everything(collection) == before
    index(collection, documents)
    assert_answers(collection)


def test_a_data_folder_that_cannot_be_written_says_so(documents: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StorageError, match=f"the data folder {tmp_path / 'file' / 'data'}: Not a directory"):
        index(Collection(tmp_path / "file" / "data", "small"), documents)
