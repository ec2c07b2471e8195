"""A process may be killed at any moment: what is there then is the state before or the one after, and whole.

``tests/index/crasher.py`` does the killing and the checking; here a short run of it, and what a kill cannot show: that
everything reaches the disk before it is named, and that who looks while others change the collection sees no fault.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from index.build import build
from index.collection import Collection
from index.deletion import delete_document
from index.encoder_store import ensure_encoder
from index.files import sha256_file
from index.generation import open_generation
from index.history import list_generations, prune, rollback
from index.manifest import Manifest, read_manifest
from index.models import DEFAULT_MODEL, ModelFolder
from tests.conftest import ROOT, Silent, environment

SWEPT = ["first build", "build", "delete with prune", "rollback", "prune"]


@pytest.fixture(scope="module")
def crashes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The report of a short run."""
    folder = tmp_path_factory.mktemp("crashes")
    sweeps = [option for name in SWEPT for option in ("--sweep", name)]
    ended = subprocess.run(
        [sys.executable, "-m", "tests.index.crasher", "--rounds", "20", "--seed", "1", "--json", *sweeps],
        env=environment(folder, TMPDIR=str(folder)),
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert ended.stdout, ended.stderr
    report: dict[str, Any] = json.loads(ended.stdout)
    assert ended.returncode == bool(report["failures"])
    return report


def kills(report: dict[str, Any], kind: str, operation: str) -> dict[str, int]:
    """Return how often a kill of an operation left which state."""
    keys = [key.split("|") for key in report["kills"]]
    return {key[2]: report["kills"]["|".join(key)] for key in keys if key[:2] == [kind, operation]}


def test_after_every_kill_the_old_or_the_new_generation_is_there_and_the_next_change_succeeds(
    crashes: dict[str, Any],
) -> None:
    assert "\n".join(crashes["failures"]) == ""
    assert crashes["operations"] > crashes["rounds"] > 150


@pytest.mark.parametrize("operation", SWEPT)
def test_an_operation_is_killed_before_each_of_its_changes_on_both_sides_of_the_pointer(
    crashes: dict[str, Any], operation: str
) -> None:
    found = kills(crashes, "sweep", operation)
    at_least = {"rollback": 5, "prune": 5}.get(operation, 15)  # before the pointer moves, or the first name goes
    assert found["old"] >= at_least
    assert found["new"] >= 1
    assert ("named" in found) == (operation not in {"rollback", "prune"})
    assert ("between" in found) == (operation == "prune")


@pytest.mark.parametrize("operation", SWEPT)
def test_an_operation_is_killed_amid_each_file_that_it_writes(crashes: dict[str, Any], operation: str) -> None:
    found = kills(crashes, "torn", operation)
    assert found.keys() <= {"old", "named"}, "a pointer is never half written"
    assert found["old"] >= {"rollback": 2, "prune": 1}.get(operation, 12)


def test_readers_see_no_fault_while_changes_are_killed(crashes: dict[str, Any]) -> None:
    assert sum(count for key, count in crashes["kills"].items() if key.startswith("random|")) == 20
    assert crashes["looks"] > 20


# What a kill cannot show.


@dataclass(frozen=True)
class Step:
    """A file or folder that was flushed, with what it held then, or one that was renamed."""

    kind: str
    path: Path
    to: Path | None = None
    held: str = ""


def held(path: Path) -> str:
    """Return what a path holds: a hash of a file's bytes, or the names in a folder."""
    return sha256_file(path) if path.is_file() else "\n".join(sorted(child.name for child in path.iterdir()))


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Step]]:
    """Every flush and every renaming, in order."""
    noted: list[Step] = []
    opened: dict[int, Path] = {}
    real_open, real_fsync, real_replace = os.open, os.fsync, os.replace

    def spy_open(path: str | Path, flags: int, *options: int, dir_fd: int | None = None) -> int:
        descriptor = real_open(path, flags, *options, dir_fd=dir_fd)
        opened[descriptor] = Path(path)
        return descriptor

    def spy_fsync(descriptor: int) -> None:
        real_fsync(descriptor)
        noted.append(Step("flush", opened[descriptor], held=held(opened[descriptor])))

    def spy_replace(source: Path, target: Path) -> None:
        real_replace(source, target)
        noted.append(Step("rename", source, target))

    with monkeypatch.context() as patch:
        patch.setattr(os, "open", spy_open)
        patch.setattr(os, "fsync", spy_fsync)
        patch.setattr(os, "replace", spy_replace)
        yield noted


def renaming(steps: list[Step], to: Path) -> int:
    """Return where a path got its name."""
    (place,) = [place for place, step in enumerate(steps) if step.to == to]
    return place


def assert_flushed_before_named(steps: list[Step], folder: Path) -> int:
    """Check that a folder and its files were flushed as they are now, then named, then their parent was flushed.

    Returns:
        Where the parent was flushed.
    """
    named = renaming(steps, folder)
    aside = steps[named].path
    for file in folder.iterdir():
        assert Step("flush", aside / file.name, held=held(file)) in steps[:named]
    assert Step("flush", aside, held=held(folder)) in steps[:named]
    flushes = [step.kind == "flush" and step.path == folder.parent for step in steps[named:]]
    return named + flushes.index(True)


def assert_pointer_flushed(steps: list[Step], collection: Collection) -> int:
    """Check that the pointer was flushed, then named, then its folder was flushed; return where it was named."""
    moved = renaming(steps, collection.pointer)
    assert Step("flush", steps[moved].path, held=held(collection.pointer)) in steps[:moved]
    assert any(step.kind == "flush" and step.path == collection.folder for step in steps[moved:])
    return moved


def _build(collection: Collection, documents: Path) -> Manifest:
    (documents / "rye.txt").write_text("Rye bread keeps for a week.\n", encoding="utf-8")
    return build(collection, [documents], DEFAULT_MODEL, Silent()).manifest


def _delete(collection: Collection, documents: Path) -> Manifest:
    made = delete_document(collection, "bread").generation
    return read_manifest(collection.generation_folder(made))


@pytest.mark.parametrize("change", [_build, _delete])
def test_a_generation_is_flushed_before_it_is_named_and_named_before_it_is_pointed_to(
    small: Collection, documents: Path, steps: list[Step], change: Callable[[Collection, Path], Manifest]
) -> None:
    made = change(small, documents)
    folder = small.generation_folder(made.generation)
    assert len(list(folder.iterdir())) == len(made.files) + 1
    assert assert_flushed_before_named(steps, folder) < assert_pointer_flushed(steps, small)


def test_going_back_flushes_the_pointer(small: Collection, documents: Path, steps: list[Step]) -> None:
    _build(small, documents)
    steps.clear()
    rollback(small)
    assert_pointer_flushed(steps, small)


def test_a_removed_generation_has_lost_its_name_on_disk_before_its_files_go(
    small: Collection, documents: Path, steps: list[Step], monkeypatch: pytest.MonkeyPatch
) -> None:
    first = small.current()
    _build(small, documents)
    steps.clear()
    before: list[list[Step]] = []
    real = shutil.rmtree

    def spy(path: Path) -> None:
        before.append(list(steps))
        real(path)

    monkeypatch.setattr(shutil, "rmtree", spy)
    assert [one.name for one in prune(small)] == [first]
    ((renamed, flushed),) = before
    doomed = small.generation_folder(f".removing-{first}")
    assert renamed == Step("rename", small.generation_folder(first), doomed)
    assert (flushed.kind, flushed.path) == ("flush", small.folder / "generations")
    assert first not in flushed.held.split("\n")


def test_an_exported_encoder_is_flushed_before_it_is_named(
    encoders: Path, model: ModelFolder, steps: list[Step]
) -> None:
    stored = ensure_encoder(encoders, model)
    assert_flushed_before_named(steps, stored.folder)


def test_the_folders_of_a_new_collection_are_flushed(encoder_data: Path, documents: Path, steps: list[Step]) -> None:
    collection = Collection(encoder_data, "new")
    build(collection, [documents], DEFAULT_MODEL, Silent())
    flushed = {step.path for step in steps if step.kind == "flush"}
    assert flushed >= {collection.folder / "generations", collection.folder, collection.folder.parent, encoder_data}


def test_listing_passes_over_a_generation_that_is_removed_meanwhile(
    small: Collection, documents: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = small.current()
    _build(small, documents)

    def read(folder: Path) -> Manifest:
        manifest = read_manifest(folder)
        if folder.name == first:
            shutil.rmtree(folder)
        return manifest

    monkeypatch.setattr("index.history.read_manifest", read)
    assert [one.name for one in list_generations(small)] == [small.current()]


def test_a_pointer_that_moves_on_and_back_while_it_is_followed_is_no_damage(
    small: Collection, documents: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = small.current()
    second = _build(small, documents).generation
    rollback(small)
    real = Collection.pointed
    looks: list[str] = []

    def pointed(collection: Collection) -> tuple[str, str]:
        found = real(collection)
        looks.append(found[0])
        if len(looks) == 2:  # between the first look at the pointer and the opening of what it names
            monkeypatch.setattr(Collection, "pointed", real)
            rollback(small, second)
            found = real(collection)
            rollback(small, first)
            prune(small)
        return found

    monkeypatch.setattr(Collection, "pointed", pointed)
    assert open_generation(small).name == first
    assert looks[0] == first
