from __future__ import annotations

from pathlib import Path

import faiss
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from index.vectors import VectorIndex


def unit(count: int, dimension: int, seed: int) -> NDArray[np.float32]:
    vectors = np.random.default_rng(seed).standard_normal((count, dimension))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors.astype(np.float32)


ROWS = unit(500, 24, seed=1)
QUESTIONS = unit(20, 24, seed=2)
EVERY = VectorIndex.build(ROWS)


@pytest.fixture
def vectors() -> VectorIndex:
    return VectorIndex.build(ROWS)


def test_it_knows_how_many_rows_of_which_dimension_it_holds(vectors: VectorIndex) -> None:
    assert (vectors.count, vectors.dimension) == (500, 24)


@pytest.mark.parametrize("count", [1, 10, 500])
def test_the_nearest_rows_are_exactly_the_nearest_nearest_first(vectors: VectorIndex, count: int) -> None:
    for question in QUESTIONS:
        expected = np.argsort(-(ROWS @ question), kind="stable")[:count]
        assert vectors.nearest(question, count).tolist() == expected.tolist()


def test_every_row_is_nearest_to_itself(vectors: VectorIndex) -> None:
    assert [vectors.nearest(row, 1)[0] for row in ROWS] == list(range(500))


def test_fewer_rows_come_back_when_there_are_fewer() -> None:
    nearest = VectorIndex.build(ROWS[:3]).nearest(QUESTIONS[0], 10)
    assert sorted(nearest.tolist()) == [0, 1, 2]


@given(
    st.integers(0, 19),
    st.one_of(st.just([]), st.lists(st.integers(0, 499), max_size=30), st.just(list(range(1, 500, 2)))),
    st.integers(1, 600),
)
@settings(max_examples=100, deadline=None)
def test_the_nearest_of_the_allowed_rows_are_exactly_those_of_brute_force(
    number: int, rows: list[int], count: int
) -> None:
    allowed = np.zeros(500, dtype=np.bool_)
    allowed[rows] = True
    similarities = np.where(allowed, ROWS @ QUESTIONS[number], -np.inf)
    expected = np.argsort(-similarities, kind="stable")[: min(count, int(allowed.sum()))]
    assert EVERY.nearest(QUESTIONS[number], count, allowed).tolist() == expected.tolist()


@pytest.mark.parametrize("count", [1, 10, 500])
def test_where_every_row_is_allowed_the_nearest_are_those_without_a_choice(count: int) -> None:
    for question in QUESTIONS:
        nearest = EVERY.nearest(question, count, np.ones(500, dtype=np.bool_))
        assert nearest.tolist() == EVERY.nearest(question, count).tolist()


@pytest.mark.parametrize("entries", [0, 8, 499, 501, 504])
def test_a_choice_of_rows_that_has_not_one_entry_a_row_is_refused(entries: int) -> None:
    with pytest.raises(ValueError, match="the index holds 500 rows"):
        EVERY.nearest(QUESTIONS[0], 1, np.ones(entries, dtype=np.bool_))


@pytest.mark.parametrize("vector", [np.ones(23, np.float32), np.ones(25, np.float32), np.ones((1, 24), np.float32)])
def test_a_vector_of_another_shape_is_refused(vectors: VectorIndex, vector: NDArray[np.float32]) -> None:
    with pytest.raises(ValueError, match="the index holds vectors of 24"):
        vectors.nearest(vector, 1)


def test_similarities_are_the_cosines_of_the_rows_asked_for(vectors: VectorIndex) -> None:
    rows = np.array([499, 0, 7, 7])
    similarities = vectors.similarities(QUESTIONS[0], rows)
    assert similarities.dtype == np.float32
    assert similarities == pytest.approx(ROWS[rows] @ QUESTIONS[0], abs=1e-6)
    assert vectors.similarities(QUESTIONS[0], np.array([], dtype=np.int64)).shape == (0,)


def test_the_array_it_was_built_from_may_change_afterwards() -> None:
    rows = ROWS.copy()
    vectors = VectorIndex.build(rows)
    rows[:] = 0
    assert vectors.similarities(ROWS[3], np.array([3])) == pytest.approx([1])


def test_what_is_saved_is_what_is_loaded(vectors: VectorIndex, tmp_path: Path) -> None:
    vectors.save(tmp_path / "vectors é")
    loaded = VectorIndex.load(tmp_path / "vectors é")
    every = np.arange(500)
    assert (loaded.count, loaded.dimension) == (500, 24)
    assert loaded.nearest(QUESTIONS[0], 500).tolist() == vectors.nearest(QUESTIONS[0], 500).tolist()
    assert (loaded.similarities(QUESTIONS[0], every) == vectors.similarities(QUESTIONS[0], every)).all()


@pytest.mark.parametrize("content", [b"", b"garbage", b"IxFI" + b"\xff" * 40])
def test_a_file_that_is_no_index_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "vectors").write_bytes(content)
    with pytest.raises(ValueError, match="vectors is not a FAISS index"):
        VectorIndex.load(tmp_path / "vectors")


def test_half_a_file_is_refused(vectors: VectorIndex, tmp_path: Path) -> None:
    vectors.save(tmp_path / "vectors")
    content = (tmp_path / "vectors").read_bytes()
    (tmp_path / "vectors").write_bytes(content[: len(content) // 2])
    with pytest.raises(ValueError, match="not a FAISS index"):
        VectorIndex.load(tmp_path / "vectors")


@pytest.mark.parametrize("other", [faiss.IndexFlatL2(24), faiss.IndexHNSWFlat(24, 8)])
def test_another_kind_of_index_is_refused(tmp_path: Path, other: faiss.Index) -> None:
    faiss.write_index(other, str(tmp_path / "vectors"))
    with pytest.raises(ValueError, match="another kind"):
        VectorIndex.load(tmp_path / "vectors")


def test_a_folder_that_is_not_there_is_an_os_error_when_saving(vectors: VectorIndex, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        vectors.save(tmp_path / "nowhere" / "vectors")
