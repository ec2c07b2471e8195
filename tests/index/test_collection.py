from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from index.collection import Collection, list_collections
from index.errors import CollectionBusy, CollectionNotFound, IndexDamaged, SettingsError
from tests.conftest import environment


@pytest.fixture
def collection(tmp_path: Path) -> Collection:
    return Collection(tmp_path, "essays")


def point(collection: Collection, content: bytes) -> None:
    collection.folder.mkdir(parents=True, exist_ok=True)
    collection.pointer.write_bytes(content)


def test_everything_of_a_collection_lies_in_the_data_folder(tmp_path: Path, collection: Collection) -> None:
    assert collection.pointer == tmp_path / "collections" / "essays" / "CURRENT"
    assert collection.generation_folder("g") == tmp_path / "collections" / "essays" / "generations" / "g"
    assert collection.encoders == tmp_path / "encoders"


def test_asking_about_a_collection_makes_no_folder(tmp_path: Path, collection: Collection) -> None:
    with pytest.raises(CollectionNotFound):
        collection.current()
    assert list_collections(tmp_path) == []
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["", "A", "a b", "a/b", "..", "../a", ".a", "-a", "a" * 65, "a\n", "é"])
def test_a_name_that_is_not_fit_to_be_a_folders_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(SettingsError) as caught:
        Collection(tmp_path, name)
    assert f"{name!r} cannot name a collection" in str(caught.value)


@pytest.mark.parametrize(
    ("name", "command"), [("essays", "pincite index --collection essays PATH"), ("default", "pincite index PATH")]
)
def test_a_collection_that_was_never_made_says_how_to_make_it(tmp_path: Path, name: str, command: str) -> None:
    with pytest.raises(CollectionNotFound) as caught:
        Collection(tmp_path, name).current()
    assert f"there is no collection {name!r}. Make it with: {command}" in str(caught.value)


def test_the_current_generation_is_the_one_last_pointed_to(collection: Collection) -> None:
    collection.folder.mkdir(parents=True)
    for name in ("20260101T000000Z-aaaaaaaa", "20260102T000000Z-bbbbbbbb"):
        collection.point_to(name)
        assert collection.current() == name
    assert os.listdir(collection.folder) == ["CURRENT"]  # noqa: PTH208 - names, not paths


@pytest.mark.parametrize("content", [b"", b"\n", b"../../elsewhere\n", b"a b\n", b"a\nb\n", b".\n", b"a/b\n"])
def test_a_pointer_that_names_no_generation_is_damage(collection: Collection, content: bytes) -> None:
    point(collection, content)
    with pytest.raises(IndexDamaged, match=r"CURRENT names no generation\. Run `pincite index` again"):
        collection.current()


def test_a_pointer_that_cannot_be_read_is_damage(collection: Collection) -> None:
    point(collection, b"caf\xe9\n")
    with pytest.raises(IndexDamaged, match=r"CURRENT cannot be read\. Run `pincite index` again"):
        collection.current()
    collection.pointer.unlink()
    collection.pointer.mkdir()
    with pytest.raises(IndexDamaged, match=r"CURRENT cannot be read"):
        collection.current()


def test_a_folder_to_build_in_is_empty_and_leftovers_of_a_kill_are_gone(collection: Collection) -> None:
    kept = collection.generation_folder("old")
    leftover = collection.generation_folder(".building-x")
    for folder in (kept, leftover):
        folder.mkdir(parents=True)
        (folder / "file").touch()
    building = collection.building_folder("new")
    assert list(building.iterdir()) == []
    assert building.parent == kept.parent
    assert not leftover.exists()
    assert (kept / "file").exists()


def test_a_second_builder_is_turned_away_and_told_what_to_do(collection: Collection) -> None:
    same = Collection(collection.data_dir, collection.name)
    with collection.lock(), pytest.raises(CollectionBusy) as caught, same.lock():
        pytest.fail("two builders at once")
    assert "another process is indexing the collection 'essays'. Wait until it has finished" in str(caught.value)


def test_a_second_builder_in_another_process_is_turned_away(collection: Collection) -> None:
    script = (
        "import sys; from pathlib import Path; from index.collection import Collection\n"
        "with Collection(Path(sys.argv[1]), 'essays').lock(): print('locked')"
    )
    command = [sys.executable, "-c", script, str(collection.data_dir)]

    def lock_elsewhere() -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command, env=environment(collection.data_dir), capture_output=True, text=True, check=False
        )

    with collection.lock():
        refused = lock_elsewhere()
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "CollectionBusy" in refused.stderr
    assert lock_elsewhere().stdout == "locked\n"


def test_the_lock_is_let_go_after_an_error_and_never_shared_with_another_collection(collection: Collection) -> None:
    with pytest.raises(ValueError, match="broken"), collection.lock():
        raise ValueError("broken")
    with collection.lock(), Collection(collection.data_dir, "other").lock():
        assert collection.folder.is_dir()


def test_collections_with_a_current_generation_are_listed_by_name(tmp_path: Path) -> None:
    for name in ("zebras", "essays"):
        point(Collection(tmp_path, name), b"g\n")
    for name in ("Not-A-Name", ".hidden", "line\n"):
        (tmp_path / "collections" / name).mkdir()
        (tmp_path / "collections" / name / "CURRENT").write_bytes(b"g\n")
    Collection(tmp_path, "empty").folder.mkdir()
    (tmp_path / "collections" / "file").touch()
    assert [collection.name for collection in list_collections(tmp_path)] == ["essays", "zebras"]
    assert list_collections(tmp_path / "nowhere") == []
