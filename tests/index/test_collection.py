from __future__ import annotations

import datetime
import hashlib
import json
import os
import re
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


def keep(collection: Collection, name: str) -> None:
    """Make a folder that passes for a generation."""
    folder = collection.generation_folder(name)
    folder.mkdir(parents=True)
    (folder / "manifest.json").write_text(name)


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
    for name in ("20260101T000000-000000Z", "20260102T000000-000000Z"):
        keep(collection, name)
        collection.point_to(name)
        assert collection.current() == name
        assert collection.pointed() == (name, hashlib.sha256(name.encode()).hexdigest())
    assert sorted(os.listdir(collection.folder)) == ["CURRENT", "generations"]  # noqa: PTH208 - names, not paths


HASH = b"0" * 64


@pytest.mark.parametrize(
    "content",
    [b"", b"\n", b"a", b"a\n", b"a " + HASH, b" " + HASH + b"\n", b"a  " + HASH + b"\n", b"a " + HASH + b"\n\n",
     b"../../elsewhere " + HASH + b"\n", b"a\nb " + HASH + b"\n", b". " + HASH + b"\n", b"a/b " + HASH + b"\n",
     b"a " + HASH[1:] + b"\n", b"caf\xe9 " + HASH + b"\n"],
)  # fmt: skip
def test_a_pointer_that_names_no_generation_is_damage(collection: Collection, content: bytes) -> None:
    point(collection, content)
    with pytest.raises(IndexDamaged, match=r"CURRENT names no generation: .* Run `pincite index` again"):
        collection.current()


def test_a_flip_of_any_byte_of_the_pointer_names_another_manifest_or_nothing(collection: Collection) -> None:
    name = "20260101T000000-000000Z"
    keep(collection, name)
    collection.point_to(name)
    right, content = collection.pointed(), collection.pointer.read_bytes()
    for place in range(len(content)):
        for bit in range(8):
            flipped = content[:place] + bytes([content[place] ^ 1 << bit]) + content[place + 1 :]
            collection.pointer.write_bytes(flipped)
            try:
                assert collection.pointed() != right, f"bit {bit} of byte {place}"
            except IndexDamaged:
                continue


def test_a_pointer_that_cannot_be_read_is_damage(collection: Collection) -> None:
    collection.pointer.mkdir(parents=True)
    with pytest.raises(IndexDamaged, match=r"CURRENT cannot be read\. Run `pincite index` again"):
        collection.current()


def test_a_generation_is_built_under_a_name_that_is_none_and_then_renamed(collection: Collection) -> None:
    with collection.building("new") as folder:
        assert list(folder.iterdir()) == []
        (folder / "file").touch()
        assert collection.generations() == []
    assert collection.generations() == ["new"]
    assert (collection.generation_folder("new") / "file").exists()
    assert not folder.exists()


def test_a_build_that_fails_leaves_nothing(collection: Collection) -> None:
    def build() -> None:
        with collection.building("new") as folder:
            (folder / "file").touch()
            raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        build()
    assert list(collection.generation_folder("new").parent.iterdir()) == []


def test_a_removed_generation_is_gone(collection: Collection) -> None:
    for name in ("one", "two"):
        keep(collection, name)
    collection.remove_generation("one")
    assert [folder.name for folder in collection.generation_folder("one").parent.iterdir()] == ["two"]


def test_whoever_takes_the_lock_clears_away_what_a_kill_left(collection: Collection) -> None:
    keep(collection, "old")
    point(collection, b"whatever")
    leftovers = [
        collection.generation_folder(".building-x") / "documents.sqlite",
        collection.generation_folder(".removing-y") / "documents.sqlite",
        collection.folder / ".CURRENT.123.tmp",
    ]
    for file in leftovers:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
    assert collection.generations() == ["old"]
    with collection.lock("test"):
        pass
    left = {str(path.relative_to(collection.folder)) for path in collection.folder.rglob("*")}
    assert left == {"CURRENT", "build.lock", "generations", "generations/old", "generations/old/manifest.json"}


def test_names_sort_by_time_and_behind_all_others_whatever_the_clock_says(collection: Collection) -> None:
    for _ in range(100):
        name = collection.new_generation_name()
        assert all(name > other for other in collection.generations())
        keep(collection, name)
    assert abs(datetime.datetime.now(datetime.UTC) - moment_of(name)) < datetime.timedelta(days=1)
    keep(collection, "20990101T000000Z-0a1b2c3d")  # as an earlier version named them
    keep(collection, "a folder that somebody made")
    assert collection.new_generation_name() < "2099"
    keep(collection, "29991231T235959-999999Z")  # made by a clock that went wrong
    assert collection.new_generation_name() == "30000101T000000-000000Z"


def moment_of(name: str) -> datetime.datetime:
    return datetime.datetime.strptime(name, "%Y%m%dT%H%M%S-%fZ").replace(tzinfo=datetime.UTC)


def test_a_second_one_is_turned_away_and_told_who_holds_the_lock(collection: Collection) -> None:
    same = Collection(collection.data_dir, collection.name)
    heard: list[str] = []
    with (
        collection.lock("pincite prune"),
        pytest.raises(CollectionBusy) as caught,
        same.lock("pincite index", wait=0.2, waiting=heard.append),
    ):
        pytest.fail("two at once")
    holder = rf"process {os.getpid()} \(`pincite prune`, since \d{{4}}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00\)"
    assert re.search(
        rf"the collection 'essays' is being changed by {holder}; 0\.2 s .*Run the command again", str(caught.value)
    )
    assert len(heard) == 1
    assert re.fullmatch(f"waiting for {holder}", heard[0])


@pytest.mark.parametrize("content", [None, b"", b"[]", b"{}", b"\xff"])
def test_a_holder_that_has_not_said_who_it_is_is_another_process(collection: Collection, content: bytes | None) -> None:
    same = Collection(collection.data_dir, collection.name)
    holder = collection.folder / "build.holder"
    with collection.lock("pincite index"):
        holder.unlink() if content is None else holder.write_bytes(content)
        with pytest.raises(CollectionBusy, match="is being changed by another process;"), same.lock("test", wait=0):
            pytest.fail("two at once")


LOCK = (
    "import sys; from pathlib import Path; from index.collection import Collection\n"
    "with Collection(Path(sys.argv[1]), 'essays').lock('test', wait=float(sys.argv[2]), waiting=print): print('locked')"
)


def lock_elsewhere(collection: Collection, wait: float) -> subprocess.Popen[str]:
    command = [sys.executable, "-u", "-c", LOCK, str(collection.data_dir), str(wait)]
    env = environment(collection.data_dir)
    return subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_a_second_one_in_another_process_is_turned_away(collection: Collection) -> None:
    with collection.lock("test"):
        out, errors = (refused := lock_elsewhere(collection, 0)).communicate(timeout=60)
    assert refused.returncode == 1
    assert "locked" not in out
    assert "CollectionBusy" in errors
    assert lock_elsewhere(collection, 0).communicate(timeout=60)[0] == "locked\n"


def test_a_second_one_that_waits_goes_on_once_the_first_has_finished(collection: Collection) -> None:
    with collection.lock("test"):
        waiting = lock_elsewhere(collection, 60)
        assert waiting.stdout is not None
        assert waiting.stdout.readline().startswith(f"waiting for process {os.getpid()}")
    assert waiting.communicate(timeout=60)[0] == "locked\n"


def test_the_lock_of_a_process_that_was_killed_is_free(collection: Collection) -> None:
    script = LOCK.replace("print('locked')", "print('locked'); sys.stdin.read()")
    command = [sys.executable, "-u", "-c", script, str(collection.data_dir), "0"]
    with subprocess.Popen(
        command, env=environment(collection.data_dir), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "locked\n"
        process.kill()
    with collection.lock("test", wait=0):
        assert json.loads((collection.folder / "build.holder").read_text())["process"] == os.getpid()


def test_the_lock_is_let_go_after_an_error_and_never_shared_with_another_collection(collection: Collection) -> None:
    with pytest.raises(ValueError, match="broken"), collection.lock("test"):
        raise ValueError("broken")
    with collection.lock("test", wait=0), Collection(collection.data_dir, "other").lock("test", wait=0):
        assert collection.folder.is_dir()
    assert not (collection.folder / "build.holder").exists()


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
