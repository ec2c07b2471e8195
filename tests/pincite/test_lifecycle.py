from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from index.collection import Collection
from index.generation import open_generation
from tests.conftest import SEEDS, Command

ESSAY = "chinas-sputnik-moment"
QUESTION = "what did ZTE's ban cause?"


@pytest.fixture
def collection(data_dir: Path) -> Collection:
    return Collection(data_dir, "default")


def test_documents_are_listed_by_the_ids_that_other_commands_take(data_dir: Path, pincite: Command) -> None:
    done = pincite(data_dir, "documents")
    lines = [line.split("\t") for line in done.stdout.splitlines()]
    assert [(line[0], line[1], line[3]) for line in lines] == [
        ("catch-up-and-surpass", "22 passages", "catch-up-and-surpass.md"),
        (ESSAY, "32 passages", f"{ESSAY}.md"),
    ]
    assert done.returncode == 0


def test_a_deleted_document_is_not_answered_from_until_it_is_brought_back(
    data_dir: Path, collection: Collection, pincite: Command
) -> None:
    before = collection.current()
    done = pincite(data_dir, "delete", ESSAY)
    assert done.returncode == 0
    for line in (
        f"Deleted '{ESSAY}' (How Washington gave China its Sputnik moment) from the collection 'default': ",
        "32 passages",
        f"generation {collection.current()} answers without it",
        f"kept earlier generations may still hold its text: {before}",
        "to remove them for good: pincite prune\n",
        f"its file, {ESSAY}.md, is not touched",
    ):
        assert line in done.stdout
    assert "operations collapsed" not in pincite(data_dir, "ask", QUESTION).stdout

    back = pincite(data_dir, "rollback")
    assert back.stdout.startswith(f"Collection 'default' answers from generation {before} again: 2 documents")
    assert f"back, or as they were: {ESSAY}\n" in back.stdout
    undo = re.search(r"To undo this: pincite (rollback \S+)$", back.stdout, re.MULTILINE)
    assert undo
    assert "operations collapsed" in " ".join(pincite(data_dir, "ask", QUESTION).stdout.split())
    assert f"not there any more: {ESSAY}\n" in pincite(data_dir, *undo[1].split()).stdout
    assert "operations collapsed" not in pincite(data_dir, "ask", QUESTION).stdout

    again = pincite(data_dir, "index", str(SEEDS))
    assert "0 of 301 passages and sentences were new" in again.stderr
    assert "operations collapsed" in " ".join(pincite(data_dir, "ask", QUESTION).stdout.split())


def test_a_receipt_as_json_is_all_of_it_and_prune_leaves_one_generation(
    data_dir: Path, collection: Collection, pincite: Command
) -> None:
    essay = open_generation(collection).database.document(ESSAY)
    assert essay is not None
    receipt = json.loads(pincite(data_dir, "delete", ESSAY, "--prune", "--json").stdout)
    assert receipt == {
        "collection": "default", "document_id": ESSAY, "title": essay.title, "source": f"{ESSAY}.md",
        "sha256": essay.sha256, "characters": len(essay.text), "passages": 32, "spans": receipt["spans"],
        "generation": collection.current(), "still_in": [],
    }  # fmt: skip
    assert receipt["spans"] > 100
    assert collection.generations() == [collection.current()]
    sentence = "operations collapsed because"
    assert sentence in essay.text
    assert [file for file in data_dir.rglob("*") if file.is_file() and sentence.encode() in file.read_bytes()] == []


def test_generations_are_listed_newest_first_and_pruned(
    data_dir: Path, collection: Collection, pincite: Command
) -> None:
    first = collection.current()
    pincite(data_dir, "delete", ESSAY)
    second = collection.current()
    listed = pincite(data_dir, "generations").stdout.splitlines()
    assert [line[: len(second) + 2] for line in listed] == [f"* {second}", f"  {first}"]
    assert "1 document," in listed[0]
    assert re.search(r"2 documents, 54 passages, \d\.\d MB, encoder all-MiniLM-L6-v2$", listed[1])

    (collection.generation_folder(first) / "manifest.json").write_text("{}")
    assert f"{first}  damaged: " in pincite(data_dir, "generations").stdout
    done = pincite(data_dir, "prune")
    assert f"removed {first}" in done.stdout
    assert re.search(r"Collection 'default' keeps 1 of 2 generations; \d\.\d MB were freed\.", done.stdout)
    assert collection.generations() == [second]
    nothing = pincite(data_dir, "rollback")
    assert nothing.returncode == 1
    assert f"keeps no generation before {second}" in nothing.stderr


def test_so_many_generations_are_kept_as_the_setting_says(data_dir: Path, tmp_path: Path, pincite: Command) -> None:
    for number in range(3):
        (tmp_path / "note.md").write_text(f"Note number {number}.")
        pincite(data_dir, "index", str(tmp_path / "note.md"), PINCITE_KEEP_GENERATIONS="2")
    assert len(Collection(data_dir, "default").generations()) == 2


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["delete", "absent"], 1, "there is no document 'absent' in the collection 'default'; nothing was deleted"),
        (["delete", ESSAY, "--collection", "absent"], 1, "there is no collection 'absent'"),
        (["rollback", "absent"], 1, "keeps no generation 'absent'; `pincite generations` lists"),
        (["prune", "--keep", "0"], 2, "--keep"),
        (["prune", "--collection", "absent"], 1, "there is no collection 'absent'"),
        (["generations", "--collection", "absent"], 1, "there is no collection 'absent'"),
        (["documents", "--collection", "absent"], 1, "there is no collection 'absent'"),
    ],
)
def test_what_cannot_be_done_is_said_and_changes_nothing(
    seeds_data: Path, arguments: list[str], code: int, message: str, pincite: Command
) -> None:
    before = Collection(seeds_data, "default").pointer.read_bytes()
    done = pincite(seeds_data, *arguments)
    assert (done.returncode, done.stdout) == (code, "")
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert Collection(seeds_data, "default").pointer.read_bytes() == before
    assert not (seeds_data / "collections" / "absent").exists()


def test_a_collection_that_is_being_changed_names_who_holds_it(collection: Collection, pincite: Command) -> None:
    with collection.lock("pincite index"):
        for arguments in (["index", str(SEEDS)], ["delete", ESSAY], ["prune"], ["rollback"]):
            done = pincite(collection.data_dir, *arguments, PINCITE_LOCK_SECONDS="0.1")
            assert done.returncode == 1
            assert re.search(r"is being changed by process \d+ \(`pincite index`, since ", done.stderr)
    assert len(collection.generations()) == 1


def test_a_collection_that_follows_a_folder_is_not_changed_alone(
    data_dir: Path, tmp_path: Path, pincite: Command
) -> None:
    done = pincite(data_dir, "delete", ESSAY, PINCITE_WATCH=str(tmp_path))
    assert done.returncode == 1
    assert f"follows the folder {tmp_path} (PINCITE_WATCH)" in done.stderr
    pincite(data_dir, "index", "--collection", "other", str(SEEDS))
    other = pincite(data_dir, "delete", ESSAY, "--collection", "other", PINCITE_WATCH=str(tmp_path))
    assert other.returncode == 0, "only the collection that the settings name follows it"
