"""What has not changed is neither encoded nor cut again, and what comes of it is what a whole build would give."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from index import build as build_module
from index import encoder_store
from index.build import BuildReport, build
from index.collection import Collection
from index.documents import Document, Passage
from index.earlier import Earlier, open_all_earlier, open_earlier
from index.embedding import Rows, encode_rows
from index.encoder import Encoder
from index.encoder_store import read_encoder
from index.errors import IndexDamaged
from index.generation import NEIGHBOURS, VECTORS, open_generation
from index.history import rollback
from index.models import DEFAULT_MODEL, resolve_model
from index.onnx_encoder import OnnxEncoder
from index.segment import segment
from index.tokens import Tokens
from tests.conftest import Silent
from tests.index.conftest import SMALL_DOCUMENTS, nearest
from tests.index.exactness import tokens

BREAD = SMALL_DOCUMENTS["bread.md"]


class Recorded(OnnxEncoder):
    """The real model; it remembers what it was given."""

    given: list[str]

    def encode(self, texts: Sequence[str], progress: Callable[[int], None] | None = None) -> NDArray[np.float32]:
        type(self).given += texts
        return super().encode(texts, progress)


@pytest.fixture(autouse=True)
def _record(monkeypatch: pytest.MonkeyPatch) -> None:
    Recorded.given = []
    monkeypatch.setattr(encoder_store, "OnnxEncoder", Recorded)


def index(collection: Collection, *paths: Path) -> BuildReport:
    """Index, and check that just what was counted was encoded."""
    Recorded.given.clear()
    report = build(collection, paths, DEFAULT_MODEL, Silent())
    assert report.encoded == len(Recorded.given)
    return report


def vectors(collection: Collection) -> NDArray[np.float32]:
    generation = open_generation(collection)
    return generation.vectors.rows(np.arange(generation.vectors.count))


def assert_as_if_built_whole(collection: Collection, documents: Path) -> None:
    """Check that a collection is what a new one of the same documents would be."""
    other = Collection(collection.data_dir, "whole")
    shutil.rmtree(other.folder, ignore_errors=True)
    index(other, documents)
    was, whole = open_generation(collection), open_generation(other)
    assert was.manifest.content == whole.manifest.content
    for name in set(was.manifest.files) - {VECTORS, NEIGHBOURS, "documents.sqlite"}:
        assert was.manifest.files[name] == whole.manifest.files[name], name
    assert was.database.all_passages() == whole.database.all_passages()
    assert was.database.documents() == whole.database.documents()
    # What is encoded beside other texts may differ in the last bits.
    np.testing.assert_allclose(vectors(collection), vectors(other), atol=1e-5)
    np.testing.assert_allclose(was.neighbours, whole.neighbours, atol=1e-5)


def test_a_new_collection_is_encoded_whole(encoder_data: Path, documents: Path) -> None:
    counts = index(Collection(encoder_data, "new"), documents).manifest.counts
    assert len(Recorded.given) == counts.passages + counts.spans == 9


def test_of_a_changed_paragraph_only_that_and_its_new_sentence_are_encoded(small: Collection, documents: Path) -> None:
    before = vectors(small)
    (documents / "bread.md").write_text(BREAD.replace("every day", "at noon"), encoding="utf-8")
    index(small, documents)
    assert sorted(Recorded.given) == [
        "Bakers feed the starter at noon.",
        "Bread\nBread\nSourdough needs a starter. Bakers feed the starter at noon.",
    ]
    same = (vectors(small) == before).all(axis=1)
    assert np.flatnonzero(~same).tolist() == [0, 4], "the first passage, and the second sentence behind three passages"
    assert nearest(small, "When do bakers feed the starter?").endswith("at noon.")
    assert_as_if_built_whole(small, documents)


def test_a_text_that_comes_several_times_is_encoded_once(small: Collection, documents: Path) -> None:
    (documents / "rye.md").write_text("# Rye\n\nRye keeps. Rye keeps. It is dark.\n", encoding="utf-8")
    index(small, documents)
    assert sorted(Recorded.given) == ["It is dark.", "Rye\nRye\nRye keeps. Rye keeps. It is dark.", "Rye keeps."]
    assert_as_if_built_whole(small, documents)


CHANGES: dict[str, tuple[Callable[[Path], object], list[str]]] = {
    "removed": (lambda folder: (folder / "bread.md").unlink(), []),
    "an author more": (lambda folder: (folder / "bread.md").write_text(f"---\nauthor: A\n---\n{BREAD}"), []),
    "another order of sentences": (
        lambda folder: (folder / "bread.md").write_text(
            "# Bread\n\nBakers feed the starter every day. Sourdough needs a starter.\n"
        ),
        ["Bread\nBread\nBakers feed the starter every day. Sourdough needs a starter."],
    ),
    "a title, which the passage is encoded with": (
        lambda folder: (folder / "bread.md").write_text(f"---\ntitle: Baking\n---\n{BREAD}"),
        ["Baking\nBread\nSourdough needs a starter. Bakers feed the starter every day."],
    ),
}


@pytest.mark.parametrize("change", CHANGES)
def test_only_texts_that_no_row_was_made_of_are_encoded(small: Collection, documents: Path, change: str) -> None:
    edit, expected = CHANGES[change]
    edit(documents)
    assert index(small, documents).changed
    assert Recorded.given == expected
    assert_as_if_built_whole(small, documents)


def test_no_model_is_loaded_where_nothing_is_encoded(
    small: Collection, documents: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path, *_: object) -> OnnxEncoder:
        raise AssertionError(f"{path} was loaded")

    monkeypatch.setattr(encoder_store, "OnnxEncoder", refuse)
    (documents / "bread.md").unlink()
    assert build(small, [documents], DEFAULT_MODEL, Silent()).manifest.counts.documents == 2


def test_what_only_an_older_generation_holds_is_not_encoded_again(small: Collection, documents: Path) -> None:
    (documents / "rye.md").write_text("# Rye\n\nRye keeps.\n", encoding="utf-8")
    index(small, documents)
    assert len(Recorded.given) == 2
    (documents / "rye.md").rename(documents.parent / "rye.md")
    index(small, documents)
    (documents.parent / "rye.md").rename(documents / "rye.md")
    index(small, documents)
    assert Recorded.given == [], "put back"
    rollback(small)
    rollback(small)
    index(small, documents)
    assert Recorded.given == [], "after going back to what lacks it"


def test_a_damaged_generation_gives_nothing_and_stops_nothing(small: Collection, documents: Path) -> None:
    folder = small.generation_folder(small.current())
    (folder / VECTORS).write_bytes(b"no vectors")
    report = index(small, documents)
    assert report.changed
    assert len(Recorded.given) == 9
    assert next(open_all_earlier(small, None)).manifest.generation == report.manifest.generation
    assert len(list(open_all_earlier(small, open_earlier(small)))) == 1, "the damaged one is left out"
    assert_as_if_built_whole(small, documents)


def test_rows_of_another_model_are_not_taken(small: Collection, documents: Path, small_model: Path) -> None:
    report = build(small, [documents], str(small_model), Silent())
    assert report.encoded == 9
    assert open_generation(small).vectors.dimension == 32
    index(small, documents)
    assert Recorded.given == [], "and those of the first are still there"
    assert_as_if_built_whole(small, documents)


def test_another_analysis_makes_new_postings_and_encodes_nothing(
    small: Collection, documents: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("index.analysis._VERSION", 99)
    with pytest.raises(IndexDamaged, match="made by another version of Pincite"):
        open_generation(small)
    report = index(small, documents)
    assert (report.changed, report.encoded) == (True, 0)
    assert open_generation(small).manifest.analyzer.endswith("/99")


def test_passages_of_what_has_not_changed_are_not_cut_again(
    small: Collection, documents: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cut: list[str] = []

    def recorded(document: Document, counter: Tokens) -> list[Passage]:
        cut.append(document.id)
        return segment(document, counter)

    monkeypatch.setattr(build_module, "segment", recorded)
    (documents / "bread.md").write_text("# Bread\n\nRye keeps.\n", encoding="utf-8")
    index(small, documents)
    assert cut == ["bread"]


@pytest.mark.parametrize("other", ["segmenter", "fingerprint", "document"])
def test_passages_that_would_be_cut_otherwise_are_not_taken(small: Collection, other: str) -> None:
    earlier = open_earlier(small)
    bread = earlier.database.document("bread")
    assert bread is not None
    rules, encoder = earlier.manifest.segmenter, earlier.manifest.encoder.fingerprint
    assert earlier.passages_of(bread, rules, encoder) == earlier.database.passages_of("bread")
    if other == "document":
        assert earlier.passages_of(Document("bread", "Bread", "Rye."), rules, encoder) is None
    else:
        changed = ("another", encoder) if other == "segmenter" else (rules, "another")
        assert earlier.passages_of(bread, *changed) is None


@pytest.fixture(scope="module")
def model(seeds_data: Path) -> Encoder:
    return read_encoder(seeds_data / "encoders", resolve_model(DEFAULT_MODEL).fingerprint).open_for_documents()


class Known:
    """Rows that are told from encoded ones by their vectors: row n has n in every place."""

    def __init__(self, rows: Rows) -> None:
        self.keys = rows.keys("f")

    def vectors_at(self, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        return np.repeat(rows[:, np.newaxis], 384, axis=1).astype(np.float32)


def test_every_row_gets_the_vector_of_its_own_key(model: Encoder) -> None:
    known = [Known(Rows(["a", "b", "b"], 2)), Known(Rows(["x", "c", "a", "b"], 3))]
    rows = Rows(["c", "a", "new", "b", "a", "new"], 3)
    totals: list[int] = []
    found, encoded = encode_rows(
        rows, rows.keys("f"), known, dimension=384, encoder=lambda: model, tokens=tokens(), total=totals.append,
        advance=lambda _: None,
    )  # fmt: skip
    fresh = model.encode(["new", "a"])
    assert (encoded, totals) == (3, [3]), "passage new, span a, span new"
    assert found[[0, 1, 3], 0].tolist() == [1, 0, 2]
    np.testing.assert_allclose(found[[2, 4, 5]], fresh[[0, 1, 0]], atol=1e-6)


def test_a_key_is_of_text_kind_and_encoder(small: Collection) -> None:
    keys = [Rows([text], passages).keys(encoder)[0].tolist() for text, passages, encoder in
            [("a", 0, "f"), ("b", 0, "f"), ("a", 1, "f"), ("a", 0, "g")]]  # fmt: skip
    assert len({tuple(key) for key in keys}) == 4
    assert Rows([], 0).keys("f").shape == (0, 2)
    held: Earlier = open_earlier(small)
    assert len({tuple(key) for key in held.keys.tolist()}) == len(held.keys) == 9
