"""Removing a collection: at once, with all that it holds, and safe against others who change it."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from index.build import build_documents, create_collection, revise_documents
from index.collection import Collection, clear_removed, list_collections
from index.deletion import delete_collection
from index.errors import CollectionBusy, CollectionExists, CollectionFollowed, CollectionNotFound
from index.generation import open_generation
from index.settings import Settings
from qa.factory import Askers
from tests.conftest import SEEDS, Command, Silent


def test_a_collection_that_is_deleted_is_gone_with_its_files_and_what_is_open_reads_on(data_dir: Path) -> None:
    collection = Collection(data_dir, "default")
    opened = open_generation(collection)
    delete_collection(collection)

    assert list_collections(data_dir) == []
    assert list((data_dir / "collections").iterdir()) == []
    assert len(opened.database.documents()) == 2
    for again in (lambda: delete_collection(collection), lambda: open_generation(collection)):
        with pytest.raises(CollectionNotFound):
            again()
    assert not collection.folder.exists(), "a collection that is not there gets no folder"


def test_askers_let_a_deleted_collection_go(data_dir: Path) -> None:
    askers = Askers(Settings(data_dir=data_dir))
    askers.get()
    delete_collection(Collection(data_dir, "default"))
    with pytest.raises(CollectionNotFound):
        askers.get()
    assert askers._open == {}


def test_a_collection_that_is_being_changed_or_follows_a_folder_stays(data_dir: Path) -> None:
    collection = Collection(data_dir, "default")
    with collection.lock("a test"), pytest.raises(CollectionBusy, match="a test"):
        delete_collection(collection, wait=0)
    with pytest.raises(CollectionFollowed, match=str(SEEDS)):
        delete_collection(collection, follows=SEEDS)
    assert collection.current()


def test_whoever_waits_for_a_collection_that_is_deleted_makes_a_new_one(data_dir: Path) -> None:
    collection = Collection(data_dir, "default")
    waiting = threading.Event()
    made: list[str] = []

    class Told(Silent):
        def step(self, text: str) -> None:
            if text.startswith("waiting for"):
                waiting.set()

    def make() -> None:
        made.append(build_documents(collection, [], Settings().model, Told()).manifest.generation)

    with collection.lock("a test"):
        other = threading.Thread(target=make)
        other.start()
        assert waiting.wait(60)
        collection.remove()
    other.join(60)
    assert made == [collection.current()]
    assert open_generation(collection).manifest.counts.documents == 0
    with collection.lock("another"), pytest.raises(CollectionBusy):
        delete_collection(collection, wait=0)


def test_what_is_left_of_a_removal_that_was_broken_off_is_no_collection_and_goes(data_dir: Path) -> None:
    left = data_dir / "collections" / ".removing-old-1a2b3c4d"
    (left / "generations").mkdir(parents=True)
    (left / "CURRENT").write_text("x", encoding="ascii")
    assert [one.name for one in list_collections(data_dir)] == ["default"]
    clear_removed(data_dir)
    assert not left.exists()


def test_a_collection_is_made_once(empty_data: Path) -> None:
    collection = Collection(empty_data, "new")
    manifest = create_collection(collection, Settings().model, Silent())
    assert (manifest.counts.documents, manifest.generation) == (0, collection.current())
    with pytest.raises(CollectionExists, match="'new'"):
        create_collection(collection, Settings().model, Silent())
    assert collection.current() == manifest.generation


def test_revising_takes_the_documents_that_are_there_and_needs_a_collection(data_dir: Path) -> None:
    collection = Collection(data_dir, "default")
    told: list[str] = []
    built = revise_documents(
        collection, lambda documents: documents[:1], None, Silent(), planned=lambda content, _: told.append(content)
    )
    assert (built.manifest.counts.documents, built.encoded) == (1, 0)
    assert told == [built.manifest.content]
    same = revise_documents(collection, lambda documents: documents, None, Silent())
    assert (same.changed, same.manifest.generation) == (False, built.manifest.generation)
    with pytest.raises(CollectionNotFound):
        revise_documents(Collection(data_dir, "nowhere"), lambda documents: documents, None, Silent())
    assert not (data_dir / "collections" / "nowhere").exists()


def test_the_command_drops_a_collection(data_dir: Path, pincite: Command) -> None:
    refused = pincite(data_dir, "drop", "default", PINCITE_WATCH=str(SEEDS))
    assert refused.returncode == 1
    assert "follows the folder" in refused.stderr
    done = pincite(data_dir, "drop", "default")
    assert (done.returncode, done.stdout) == (0, "Deleted the collection 'default' with all its generations.\n")
    again = pincite(data_dir, "drop", "default")
    assert again.returncode == 1
    assert "there is no collection 'default'" in again.stderr
