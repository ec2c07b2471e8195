from __future__ import annotations

import errno
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from index import generation as generation_module
from index.build import build
from index.collection import Collection
from index.deletion import delete_document
from index.earlier import Earlier, open_earlier
from index.errors import (
    CollectionBusy,
    CollectionFollowed,
    CollectionNotFound,
    DocumentNotFound,
    GenerationNotFound,
    IndexDamaged,
    StorageError,
)
from index.generation import NEIGHBOURS, Generation, open_generation
from index.history import list_generations, prune, rollback
from index.models import DEFAULT_MODEL
from tests.conftest import Silent
from tests.index.conftest import nearest

SENTENCE = "Bakers feed the starter every day."


def held(collection: Collection) -> list[str]:
    return [document.id for document, _ in open_generation(collection).database.documents()]


def without(collection: Collection, documents: Path, *names: str) -> str:
    """Index what is left when files go; return the new generation's name."""
    for name in names:
        (documents / name).unlink()
    return build(collection, [documents], DEFAULT_MODEL, Silent()).manifest.generation


@pytest.fixture
def three(small: Collection, documents: Path) -> list[str]:
    """The names of three generations, of three, two and one document; the last is current."""
    first = small.current()
    return [first, without(small, documents, "bread.md"), without(small, documents, "tides.txt")]


def test_generations_are_listed_oldest_first_with_what_they_hold(small: Collection, three: list[str]) -> None:
    kept = list_generations(small)
    assert [one.name for one in kept] == three
    assert [one.current for one in kept] == [False, False, True]
    assert [one.manifest.counts.documents for one in kept if one.manifest] == [3, 2, 1]
    for one in kept:
        files = small.generation_folder(one.name).iterdir()
        assert (one.size, one.fault) == (sum(file.stat().st_size for file in files), "")


def test_a_damaged_generation_is_listed_with_its_fault(small: Collection, three: list[str]) -> None:
    (small.generation_folder(three[1]) / "manifest.json").write_text("{}")
    damaged = list_generations(small)[1]
    assert damaged.manifest is None
    assert "its contents have changed" in damaged.fault


def test_a_rollback_goes_one_back_and_can_be_undone(small: Collection, three: list[str]) -> None:
    done = rollback(small)
    assert (done.manifest.generation, done.before) == (three[1], three[2])
    assert (done.back, done.gone) == (("tides",), ())
    assert held(small) == ["bridges", "tides"]
    assert nearest(small, "How often does the moon pull the sea?").startswith("The moon pulls")
    assert rollback(small).manifest.generation == three[0]
    with pytest.raises(GenerationNotFound, match=f"no generation before {three[0]}"):
        rollback(small)
    done = rollback(small, three[2])
    assert (done.back, done.gone) == ((), ("bread", "tides"))
    assert held(small) == ["bridges"]


def test_a_document_in_an_earlier_state_counts_as_brought_back(small: Collection, documents: Path) -> None:
    (documents / "bread.md").write_text("# Bread\n\nRye keeps.\n", encoding="utf-8")
    build(small, [documents], DEFAULT_MODEL, Silent())
    assert rollback(small).back == ("bread",)


def test_the_next_index_after_a_rollback_is_behind_all_others(
    small: Collection, three: list[str], documents: Path
) -> None:
    rollback(small, three[0])
    newest = without(small, documents)
    assert newest > three[2]
    assert held(small) == ["bridges"]


@pytest.mark.parametrize("name", ["absent", "../generations", "", ".", ".building-x"])
def test_a_generation_that_is_not_kept_is_no_place_to_go_back_to(
    small: Collection, three: list[str], name: str
) -> None:
    small.generation_folder(".building-x").mkdir()
    with pytest.raises(GenerationNotFound, match=r"`pincite generations --collection small` lists"):
        rollback(small, name)
    assert small.current() == three[2]


def test_a_damaged_generation_is_no_place_to_go_back_to(small: Collection, three: list[str]) -> None:
    file = small.generation_folder(three[1]) / "terms.txt"
    file.write_text("changed")
    with pytest.raises(IndexDamaged, match=r"terms\.txt is not the file that was written"):
        rollback(small)
    assert small.current() == three[2]
    assert rollback(small, three[0]).manifest.generation == three[0]


def test_a_rollback_needs_the_encoder_too(small: Collection, three: list[str]) -> None:
    next(small.encoders.glob("*/tokenizer.json")).unlink()
    with pytest.raises(IndexDamaged, match=r"tokenizer\.json cannot be read"):
        rollback(small)
    assert small.current() == three[2]


def test_a_rollback_never_goes_to_what_this_version_cannot_answer_from(
    small: Collection, three: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("index.analysis._VERSION", 99)
    with pytest.raises(IndexDamaged, match=f"the generation {three[1]} .* was made by another version of Pincite"):
        rollback(small)
    assert small.current() == three[2]


@pytest.mark.parametrize("opens", [open_generation, open_earlier])
@pytest.mark.parametrize("moment", ["read_manifest", "_hash_of", "check_file"])
def test_a_generation_that_is_replaced_and_removed_while_it_is_opened_is_no_damage(
    small: Collection,
    documents: Path,
    moment: str,
    opens: Callable[[Collection], object],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    real = getattr(generation_module, moment)
    replaced: list[str] = []

    def after_a_swap(*arguments: object) -> object:
        if not replaced:
            replaced.append("begun")  # what follows opens generations itself
            replaced.append(without(small, documents, "bread.md"))
            prune(small)
        return real(*arguments)

    monkeypatch.setattr(generation_module, moment, after_a_swap)
    opened = opens(small)
    assert isinstance(opened, Generation | Earlier)
    assert opened.manifest.generation == replaced[1]


@pytest.mark.parametrize("damage", ["pointer", "files"])
def test_a_rollback_mends_what_is_damaged(small: Collection, three: list[str], damage: str) -> None:
    if damage == "pointer":
        small.pointer.write_bytes(b"")
    else:
        (small.generation_folder(three[2]) / "terms.txt").unlink()
    done = rollback(small)
    assert done.manifest.generation == (three[2] if damage == "pointer" else three[1])
    assert (done.back, done.gone) == (None, None)
    assert open_generation(small).name == done.manifest.generation


@pytest.mark.parametrize(("keep", "left"), [(1, [2]), (2, [1, 2]), (3, [0, 1, 2]), (9, [0, 1, 2])])
def test_pruning_keeps_the_current_one_and_the_newest_others(
    small: Collection, three: list[str], keep: int, left: list[int]
) -> None:
    removed = prune(small, keep)
    assert small.generations() == [three[place] for place in left]
    assert [one.name for one in removed] == [name for place, name in enumerate(three) if place not in left]
    assert held(small) == ["bridges"]


@pytest.mark.parametrize(("keep", "left"), [(1, [0]), (2, [0, 2])])
def test_pruning_after_a_rollback_keeps_what_was_gone_back_to(
    small: Collection, three: list[str], keep: int, left: list[int]
) -> None:
    rollback(small, three[0])
    prune(small, keep)
    assert small.generations() == [three[place] for place in left]
    assert small.current() == three[0]


def test_pruning_takes_damaged_ones_and_needs_a_pointer(small: Collection, three: list[str]) -> None:
    (small.generation_folder(three[1]) / "manifest.json").unlink()
    pointer = small.pointer.read_bytes()
    small.pointer.write_bytes(b"")
    with pytest.raises(IndexDamaged, match="CURRENT names no generation"):
        prune(small)
    assert small.generations() == three
    small.pointer.write_bytes(pointer)
    assert [one.manifest is None for one in prune(small)] == [False, True]


def test_only_so_many_generations_are_kept(small: Collection, documents: Path) -> None:
    names = [small.current()]
    for number in range(4):
        (documents / "rye.txt").write_text(f"Rye keeps for {number + 2} weeks.")
        names.append(build(small, [documents], DEFAULT_MODEL, Silent(), keep=2).manifest.generation)
        assert small.generations() == names[-2:]


def test_an_open_generation_stays_readable_when_it_is_removed(small: Collection, documents: Path) -> None:
    generation = open_generation(small)
    without(small, documents, "bread.md")
    prune(small)
    passage = generation.database.passages_of("bread")[0]
    assert passage.text.endswith(SENTENCE)
    assert generation.passage_postings.scores([generation.vocabulary["starter"]]).max() > 0


def test_a_deletion_answers_with_what_it_removed(small: Collection) -> None:
    before = small.current()
    bread = open_generation(small).database.document("bread")
    assert bread is not None
    receipt = delete_document(small, "bread")
    assert (receipt.collection, receipt.document_id, receipt.title) == ("small", "bread", "Bread")
    assert (receipt.source, receipt.sha256) == ("bread.md", bread.sha256)
    assert (receipt.characters, receipt.passages, receipt.spans) == (len(bread.text), 1, 2)
    assert (receipt.generation, receipt.still_in) == (small.current(), (before,))
    assert held(small) == ["bridges", "tides"]
    assert nearest(small, "What do bakers feed?") != bread.text


def test_what_a_deletion_leaves_is_what_indexing_the_rest_would_make(small: Collection, documents: Path) -> None:
    (documents / "bread.md").unlink()
    delete_document(small, "bread")
    report = build(small, [documents], DEFAULT_MODEL, Silent())
    assert not report.changed
    other = Collection(small.data_dir, "other")
    build(other, [documents], DEFAULT_MODEL, Silent())
    left, made = (open_generation(one) for one in (small, other))
    for name in (name for name in left.manifest.files if name.endswith((".npy", ".txt")) and name != NEIGHBOURS):
        assert left.manifest.files[name] == made.manifest.files[name], name
    # What is encoded beside other texts may differ in the last bits.
    np.testing.assert_allclose(left.neighbours, made.neighbours, atol=1e-5)


def bytes_below(folder: Path) -> bytes:
    return b"\n".join(file.read_bytes() for file in sorted(folder.rglob("*")) if file.is_file())


@pytest.mark.parametrize("how", ["delete, then prune", "delete with prune", "file removed, then prune"])
def test_after_a_prune_no_byte_of_a_deleted_text_is_left(small: Collection, documents: Path, how: str) -> None:
    bread = open_generation(small).database.document("bread")
    assert bread is not None
    assert SENTENCE.encode() in bytes_below(small.data_dir)
    assert b"starter" in bytes_below(small.folder), "as a term, too"
    (small.generation_folder(".building-x")).mkdir()
    (small.generation_folder(".building-x") / "documents.sqlite").write_text(SENTENCE)  # as a kill leaves it
    if how == "delete with prune":
        assert delete_document(small, "bread", prune=True).still_in == ()
    elif how == "delete, then prune":
        assert delete_document(small, "bread").still_in != ()
        assert SENTENCE.encode() in bytes_below(small.data_dir), "an earlier generation holds it"
        prune(small)
    else:
        without(small, documents, "bread.md")
        prune(small)
    left = bytes_below(small.data_dir)
    windows = {bread.text[start : start + 12] for start in range(len(bread.text) - 11)}
    assert len(windows) > 50
    assert [window for window in windows if window.encode() in left] == []
    assert [term for term in (b"sourdough", b"starter", b"baker", b"bread") if term in bytes_below(small.folder)] == []
    assert len(small.generations()) == 1


def test_the_last_document_can_be_deleted_and_the_collection_filled_again(small: Collection, documents: Path) -> None:
    for name in ("bread", "bridges", "tides"):
        delete_document(small, name, prune=True)
    assert held(small) == []
    assert open_generation(small).manifest.counts.spans == 0
    assert build(small, [documents], DEFAULT_MODEL, Silent()).encoded == 9
    assert len(held(small)) == 3


def test_a_deletion_whose_pruning_fails_says_that_it_is_deleted_and_what_is_left(
    small: Collection, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_collection: Collection, _generation: str) -> None:
        raise OSError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(Collection, "remove_generation", refuse)
    with pytest.raises(StorageError, match=r"'bread' is deleted, but .* Run `pincite prune --collection small`"):
        delete_document(small, "bread", prune=True)
    assert held(small) == ["bridges", "tides"]


def test_what_is_not_there_cannot_be_deleted(small: Collection) -> None:
    before = small.current()
    with pytest.raises(DocumentNotFound, match="there is no document 'rye' in the collection 'small'; nothing was"):
        delete_document(small, "rye")
    assert small.generations() == [before]


def test_a_collection_that_follows_a_folder_is_changed_there(small: Collection, documents: Path) -> None:
    with pytest.raises(CollectionFollowed, match=f"follows the folder {documents} .*delete files there"):
        delete_document(small, "bread", follows=documents)
    assert len(held(small)) == 3


def test_a_collection_that_is_not_there_gets_no_folder(tmp_path: Path) -> None:
    absent = Collection(tmp_path, "absent")
    for change in (list_generations, rollback, prune, lambda one: delete_document(one, "d")):
        with pytest.raises(CollectionNotFound, match="there is no collection 'absent'"):
            change(absent)
    assert list(tmp_path.iterdir()) == []


def test_a_change_waits_for_another_only_so_long(small: Collection, three: list[str]) -> None:
    with small.lock("pincite index"):
        for change in (
            lambda: rollback(small, wait=0),
            lambda: prune(small, wait=0),
            lambda: delete_document(small, "bridges", wait=0),
        ):
            with pytest.raises(CollectionBusy, match=r"being changed by process \d+ \(`pincite index`"):
                change()
    assert small.generations() == three
