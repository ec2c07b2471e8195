"""What people say of answers is kept, once, bounded, and goes with the collection."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from index.collection import Collection
from index.errors import CollectionBusy, CollectionNotFound, StorageError
from qa import feedback
from qa.feedback import FILE, FeedbackStore, Vote, delete_with_votes
from tests.conftest import environment

QUESTION = "When does the canteen open?"


def collection_in(data_dir: Path, name: str = "default") -> Collection:
    """Make what passes for a collection: one has to be there, and is not looked into."""
    collection = Collection(data_dir, name)
    collection.generation_folder("one").mkdir(parents=True)
    (collection.generation_folder("one") / "manifest.json").write_text("{}", encoding="utf-8")
    collection.point_to("one")
    return collection


@pytest.fixture
def collection(tmp_path: Path) -> Collection:
    return collection_in(tmp_path)


@pytest.fixture
def store(tmp_path: Path) -> FeedbackStore:
    return FeedbackStore(tmp_path)


def test_what_was_said_is_read_back_as_it_was(store: FeedbackStore, collection: Collection) -> None:
    said = Vote(
        QUESTION, helpful=False, answered=True, generation="one", citations=("A-_", "b"), comment="Né\0\n😀", id="x"
    )
    store.add(collection, said)
    store.add(collection, Vote(QUESTION, helpful=False))
    store.add(collection, Vote(QUESTION, helpful=True))

    assert store.unhelpful("default") == [said, Vote(QUESTION, helpful=False)]
    assert store.tally("default") == (1, 3)
    assert (store.unhelpful("other"), store.tally("other")) == ([], (0, 0))


def test_where_nobody_has_said_anything_there_is_nothing_not_even_a_file(store: FeedbackStore, tmp_path: Path) -> None:
    assert (store.unhelpful("default"), store.tally("default")) == ([], (0, 0))
    store.forget("default")
    assert list(tmp_path.iterdir()) == []


def test_who_changes_their_mind_has_one_vote_in_each_collection(store: FeedbackStore, collection: Collection) -> None:
    other = collection_in(collection.data_dir, "other")
    for target, helpful in ((collection, False), (other, False), (collection, True)):
        store.add(target, Vote(QUESTION, helpful=helpful, id="mine"))

    assert store.tally("default") == (1, 1)
    assert store.tally("other") == (0, 1)


def test_the_oldest_go_when_there_are_too_many_of_one_collection(
    store: FeedbackStore, collection: Collection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feedback, "MOST_VOTES", 3)
    other = collection_in(collection.data_dir, "other")
    store.add(other, Vote("other", helpful=False))
    for number in range(5):
        store.add(collection, Vote(str(number), helpful=False))

    assert [vote.question for vote in store.unhelpful("default")] == ["2", "3", "4"]
    assert store.tally("other") == (0, 1)


def test_several_processes_lose_no_vote(store: FeedbackStore, collection: Collection) -> None:
    code = (
        "import sys; from pathlib import Path; from index.collection import Collection\n"
        "from qa.feedback import FeedbackStore, Vote\n"
        "data = Path(sys.argv[1])\n"
        "for number in range(20): FeedbackStore(data).add(Collection(data, 'default'), Vote('x', helpful=True))\n"
    )
    command = [sys.executable, "-W", "error", "-c", code, str(collection.data_dir)]
    writers = [subprocess.Popen(command, env=environment(collection.data_dir)) for _ in range(3)]

    assert [writer.wait(timeout=60) for writer in writers] == [0, 0, 0]
    assert store.tally("default") == (60, 60)


def test_a_collection_that_is_not_there_takes_no_vote(store: FeedbackStore, tmp_path: Path) -> None:
    with pytest.raises(CollectionNotFound):
        store.add(Collection(tmp_path, "nowhere"), Vote(QUESTION, helpful=True))
    assert store.tally("nowhere") == (0, 0)


def test_votes_go_with_their_collection_and_no_byte_of_them_stays(
    store: FeedbackStore, collection: Collection, tmp_path: Path
) -> None:
    other = collection_in(tmp_path, "other")
    for target in (collection, other):
        store.add(target, Vote(f"asked of {target.name}", helpful=False, comment=f"said of {target.name}"))
    delete_with_votes(collection)

    assert store.tally("default") == (0, 0)
    assert [vote.comment for vote in store.unhelpful("other")] == ["said of other"]
    assert b"of default" not in (tmp_path / FILE).read_bytes()


def test_a_collection_that_stays_keeps_its_votes(store: FeedbackStore, collection: Collection) -> None:
    store.add(collection, Vote(QUESTION, helpful=True))
    with collection.lock("a test"), pytest.raises(CollectionBusy):
        delete_with_votes(collection, wait=0)

    assert store.tally("default") == (1, 1)


def test_what_a_broken_off_deletion_left_goes_when_it_is_repeated(store: FeedbackStore, collection: Collection) -> None:
    store.add(collection, Vote(QUESTION, helpful=True))
    collection.folder.rename(collection.folder.with_name(".removing-default"))
    with pytest.raises(CollectionNotFound):
        delete_with_votes(collection)

    assert store.tally("default") == (0, 0)


def test_a_damaged_file_and_one_of_another_format_are_refused_with_what_to_do(
    store: FeedbackStore, collection: Collection, tmp_path: Path
) -> None:
    (tmp_path / FILE).write_bytes(b"this is no database, whatever its name says" * 100)
    with pytest.raises(StorageError, match=r"not a database\. .*move it away, and with it all that was said"):
        store.add(collection, Vote(QUESTION, helpful=True))
    (tmp_path / FILE).unlink()
    with sqlite3.connect(tmp_path / FILE) as connection:
        connection.execute("PRAGMA user_version = 7")
    connection.close()
    with pytest.raises(StorageError, match="format 7"):
        store.tally("default")


def test_a_full_disk_keeps_what_was_there_and_says_so(
    store: FeedbackStore, collection: Collection, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.add(collection, Vote(QUESTION, helpful=True))
    connect = sqlite3.connect

    def small(*arguments: object, **options: object) -> sqlite3.Connection:
        connection: sqlite3.Connection = connect(*arguments, **options)  # type: ignore[call-overload]
        connection.execute("PRAGMA max_page_count = 1")  # SQLite's own word for a disk without room
        return connection

    with monkeypatch.context() as patch:
        patch.setattr(sqlite3, "connect", small)
        with pytest.raises(StorageError, match=r"full\. Free some space"):
            store.add(collection, Vote("x" * 100_000, helpful=True))
    assert store.tally("default") == (1, 1)
