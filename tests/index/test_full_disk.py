"""A disk that is really full, and a folder that really cannot be written: clear errors, and what was there serves on.

The tests need file systems of their own, which Linux gives to a process in a mount namespace. This module is that
process, too: it is started once as a program, mounts what it needs, goes through it all and prints what it saw.
"""

from __future__ import annotations

import errno
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from index.blocks import Block, assemble
from index.build import build_documents
from index.collection import Collection
from index.deletion import delete_document
from index.documents import Document
from index.errors import IndexDamaged, StorageError
from index.generation import ROW_KEYS
from index.history import list_generations, prune, rollback
from index.settings import Settings
from qa.factory import open_asker
from tests.conftest import ROOT, Silent, environment
from tests.index.crasher import make_model

PAGE = 4096
FULL = "the disk is full; free some space and run the command again. What was indexed before is unchanged."
CLOSED = (
    "it cannot be written; check its permissions, or set PINCITE_DATA_DIR to another folder. What was indexed before "
    "is unchanged."
)
NAME = "small"


def documents(count: int) -> list[Document]:
    """Return some documents, so many that no file of their generation fits into one page."""
    made = []
    for number in range(count):
        blocks = [Block(f"Berth {number}", level=1)]
        blocks += [
            Block(f"Ship {number} of line {line} lies here. She carries {number * line} barrels of {word}.")
            for line, word in enumerate(("herring", "salt", "tar"))
        ]
        assembled = assemble(blocks)
        title = f"Berth {number}"
        made.append(
            Document(f"b{number:03}", title, assembled.text, assembled.headings, assembled.blocks, language="en")
        )
    return made


class Changes:
    """What may be done to a collection that holds ``documents(84)``, and before that held ``documents(83)``."""

    def __init__(self, model: Path) -> None:
        self._model = str(model)

    def build(self, collection: Collection, count: int = 85) -> None:
        build_documents(collection, documents(count), self._model, Silent())

    def delete(self, collection: Collection) -> None:
        delete_document(collection, "b000")

    def rollback(self, collection: Collection) -> None:
        rollback(collection)

    def prune(self, collection: Collection) -> None:
        prune(collection)

    def all(self) -> dict[str, Callable[[Collection], None]]:
        return {"build": self.build, "delete": self.delete, "rollback": self.rollback, "prune": self.prune}


def serves(collection: Collection) -> dict[str, Any]:
    """Return what a collection answers, opened anew and whole, or why it does not."""
    asker = open_asker(Settings(data_dir=collection.data_dir, collection=NAME, max_risk=1))
    answer = asker.ask("Which ship carries 57 barrels of salt?")
    return {
        "documents": asker.generation.manifest.counts.documents,
        "cited": answer.citations[0].cited_text,
        "generations": [(one.name, one.fault) for one in list_generations(collection)],
        "keys": (collection.generation_folder(asker.generation.name) / ROW_KEYS).stat().st_size,
        "left": sorted(path.name for path in collection.folder.glob("**/.*")),
    }


def attempt(collection: Collection, change: Callable[[Collection], None]) -> dict[str, Any]:
    """Change a collection, and return how that ended, what was written last, and what the collection answers then."""
    _written.clear()
    error = ""
    try:
        change(collection)
    except StorageError as raised:
        error = str(raised)
    seen = {"error": error, "last": _written[-1] if _written else ""}
    try:
        return {**seen, "damage": "", **serves(collection)}
    except IndexDamaged as damaged:
        return {**seen, "damage": str(damaged)}


_written: list[str] = []
_freed_when_full: list[Path] = []


def _note_writing(event: str, arguments: tuple[object, ...]) -> None:
    """Note which file is about to be written; free the space of a full disk, where that is asked for."""
    writes = event == "open" and isinstance(arguments[2], int) and bool(arguments[2] & (os.O_WRONLY | os.O_RDWR))
    if not writes and (event != "sqlite3.connect" or "mode=ro" in str(arguments[0])):
        return
    _written.append(Path(str(arguments[0])).name)
    if _freed_when_full and os.statvfs(_freed_when_full[0].parent).f_bavail == 0:
        _freed_when_full.pop().unlink()


@contextmanager
def mounted(folder: Path, *options: str) -> Iterator[Path]:
    """Mount something on a new folder."""
    folder.mkdir()
    subprocess.run(["mount", *options, str(folder)], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(folder: Path, free: int) -> None:
    """Fill a file system but for some bytes."""
    (folder / "reserve").write_bytes(b"x" * free)
    try:
        with (folder / "filler").open("wb", buffering=0) as file:
            while True:
                file.write(b"x" * PAGE)
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
    (folder / "reserve").unlink()


def go_through(base: Path) -> dict[str, Any]:
    """Go through it all in this process, which has a mount namespace of its own."""
    changes = Changes(make_model(base / "encoder"))
    origin = base / "origin"
    for count in (83, 84):
        changes.build(Collection(origin, NAME), count)
    size = sum(file.stat().st_size for file in (origin / "collections").rglob("*")) // 2 + 30 * PAGE
    sys.addaudithook(_note_writing)
    seen: dict[str, Any] = {"full": {}, "building": [], "freed": [], "closed": {}, "new": {}}
    for name, change in changes.all().items():
        with mounted(base / f"full-{name}", "-t", "tmpfs", "-o", "size=8m", "tmpfs") as folder:
            collection = Collection(Path(shutil.copytree(origin, folder / "data")), NAME)
            fill(folder, 0)
            seen["full"][name] = attempt(collection, change)
            (folder / "filler").unlink()
            seen["full"][name]["then"] = attempt(collection, change)
    for free in range(0, size, PAGE):
        with mounted(base / f"free-{free}", "-t", "tmpfs", "-o", "size=8m", "tmpfs") as folder:
            collection = Collection(Path(shutil.copytree(origin, folder / "data")), NAME)
            fill(folder, free)
            tried = attempt(collection, changes.build)
            (folder / "filler").unlink()
            seen["building"].append({"free": free, **tried, "then": attempt(collection, changes.build)})
        if not tried["error"]:
            break
        with mounted(base / f"freed-{free}", "-t", "tmpfs", "-o", "size=8m", "tmpfs") as folder:
            collection = Collection(Path(shutil.copytree(origin, folder / "data")), NAME)
            fill(folder, free)
            _freed_when_full.append(folder / "filler")
            seen["freed"].append({"free": free, **attempt(collection, changes.build)})
            _freed_when_full.clear()
    with mounted(base / "closed", "--bind", str(origin)) as folder:
        subprocess.run(["mount", "-o", "remount,bind,ro", str(folder)], check=True)
        for name, change in changes.all().items():
            seen["closed"][name] = attempt(Collection(folder, NAME), change)
        seen["new"]["closed"] = failure(lambda: changes.build(Collection(folder, "new")))
    with mounted(base / "tiny", "-t", "tmpfs", "-o", "size=64k", "tmpfs") as folder:
        seen["new"]["full"] = failure(lambda: changes.build(Collection(folder, "new")))
    return seen


def failure(work: Callable[[], None]) -> str:
    """Return the error that something ends with."""
    try:
        work()
    except StorageError as error:
        return str(error)
    return ""


def namespace() -> list[str] | None:
    """Return the command that gives a process mounts of its own; None where the system does not allow it."""
    for options in (["--mount"], ["--mount", "--map-root-user"]):
        command = ["unshare", *options]
        probe = [*command, "mount", "-t", "tmpfs", "tmpfs", "/mnt"]
        if shutil.which("unshare") and subprocess.run(probe, capture_output=True, check=False).returncode == 0:
            return command
    return None


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What ``go_through`` saw."""
    command = namespace()
    if command is None:
        pytest.skip("this system gives no process mounts of its own (unshare --mount)")
    base = tmp_path_factory.mktemp("full")
    ended = subprocess.run(
        [*command, sys.executable, "-m", "tests.index.test_full_disk", str(base)],
        env=environment(base, TMPDIR=str(base)),
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    found: dict[str, Any] = json.loads(ended.stdout)
    return found


def assert_as_before(tried: dict[str, Any]) -> None:
    assert (tried["damage"], tried["documents"]) == ("", 84)
    assert tried["cited"] == "She carries 57 barrels of salt."
    assert [fault for _, fault in tried["generations"]][:2] == ["", ""]
    assert tried["left"] == []


@pytest.mark.parametrize("change", ["build", "delete", "rollback"])
def test_a_change_on_a_full_disk_says_so_and_changes_nothing(seen: dict[str, Any], change: str) -> None:
    tried = seen["full"][change]
    assert tried["error"].endswith(f"full-{change}/data: {FULL}")
    assert_as_before(tried)


@pytest.mark.parametrize(("change", "count"), [("build", 85), ("delete", 83), ("rollback", 83)])
def test_once_there_is_space_the_same_change_succeeds(seen: dict[str, Any], change: str, count: int) -> None:
    then = seen["full"][change]["then"]
    assert (then["error"], then["documents"]) == ("", count)


def test_pruning_a_full_disk_frees_space(seen: dict[str, Any]) -> None:
    tried = seen["full"]["prune"]
    assert tried["error"] == ""
    assert (tried["documents"], len(tried["generations"])) == (84, 1)


def test_a_disk_that_fills_amid_any_file_says_so_and_changes_nothing(seen: dict[str, Any]) -> None:
    *failed, succeeded = seen["building"]
    header, end = 128, succeeded["keys"] % PAGE
    assert 0 < end < header, "rows.npy ends in a page that only the last, buffered part of it needs"
    assert not succeeded["error"]
    assert (succeeded["documents"], len(succeeded["generations"])) == (85, 3)
    for tried in failed:
        assert tried["error"].endswith(f"free-{tried['free']}/data: {FULL}"), tried
        assert_as_before(tried)
        assert (tried["then"]["error"], tried["then"]["documents"]) == ("", 85)


def test_space_that_is_freed_amid_a_build_hides_no_file_that_was_cut_short(seen: dict[str, Any]) -> None:
    assert {bool(tried["error"]) for tried in seen["freed"]} == {True, False}
    for tried in seen["freed"]:
        assert tried["damage"] == "", tried
        assert tried["documents"] == (84 if tried["error"] else 85)


def test_those_disks_filled_amid_most_files(seen: dict[str, Any]) -> None:
    last = {tried["last"] for tried in seen["building"][:-1]}
    assert last >= {
        "documents.sqlite",
        "vectors.faiss",
        "bm25.passages.rows.npy",
        "sequences.numbers.npy",
        "manifest.json",
    }


@pytest.mark.parametrize("change", ["build", "delete", "rollback", "prune"])
def test_a_change_in_a_folder_that_cannot_be_written_says_so_and_the_folder_serves_on(
    seen: dict[str, Any], change: str
) -> None:
    tried = seen["closed"][change]
    assert tried["error"].endswith(f"/closed: {CLOSED}")
    assert_as_before(tried)


def test_a_first_build_without_space_or_permission_says_so(seen: dict[str, Any]) -> None:
    assert seen["new"]["full"].endswith(f"/tiny: {FULL}")
    assert seen["new"]["closed"].endswith(f"/closed: {CLOSED}")


if __name__ == "__main__":
    print(json.dumps(go_through(Path(sys.argv[1]))))
