from __future__ import annotations

import errno
import io
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import faiss
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from index.vectors import EXACT, RECALL, Nearest, VectorIndex

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer


def unit(count: int, dimension: int, seed: int) -> NDArray[np.float32]:
    vectors = np.random.default_rng(seed).standard_normal((count, dimension))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors.astype(np.float32)


ROWS = unit(500, 24, seed=1)
QUESTIONS = unit(20, 24, seed=2)
EACH = np.arange(500)
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


def test_an_index_may_be_empty(tmp_path: Path) -> None:
    nothing = np.empty(0, dtype=np.int64)
    VectorIndex.build(ROWS[:0]).save(tmp_path / "vectors")
    for made in (VectorIndex.build(ROWS[:0]), VectorIndex.load(tmp_path / "vectors")):
        assert (made.count, made.dimension) == (0, 24)
        assert made.nearest(QUESTIONS[0], 5).tolist() == []
        assert made.nearest(QUESTIONS[0], 5, np.empty(0, dtype=np.bool_)).tolist() == []
        assert made.similarities(QUESTIONS[0], nothing).tolist() == []
        assert made.rows(nothing).shape == (0, 24)


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


# Few rows are scanned; many are float16.


def halved_index(rows: NDArray[np.float32]) -> VectorIndex:
    """Build as where there are many rows."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr("index.vectors._SCANNED", 0)
        return VectorIndex.build(rows)


HALVED = halved_index(ROWS)


def test_few_rows_are_stored_as_they_are(vectors: VectorIndex) -> None:
    assert (vectors.rows(EACH) == ROWS).all()


def test_many_rows_are_stored_as_float16(tmp_path: Path) -> None:
    rows = ROWS.copy()
    rows[0, :4] = [0, 6e-8, -5e-5, 1]  # zero, and what float16 has fewer digits for
    halved = halved_index(rows)
    assert (halved.rows(EACH) == rows.astype(np.float16)).all()
    assert halved.rows(EACH).dtype == np.float32
    halved.save(tmp_path / "halved")
    EVERY.save(tmp_path / "every")
    assert (tmp_path / "halved").stat().st_size == pytest.approx((tmp_path / "every").stat().st_size / 2, rel=0.02)


@pytest.mark.parametrize("count", [1, 7, 1024, 1025, 3000])
def test_cosines_of_float16_rows_are_within_half_a_thousandth(count: int) -> None:
    rows = np.random.default_rng(5).integers(0, 500, count)
    for question in QUESTIONS:
        similarities = HALVED.similarities(question, rows)
        assert similarities == pytest.approx(HALVED.rows(rows) @ question, abs=1e-6)
        assert similarities == pytest.approx(ROWS[rows] @ question, abs=5e-4)


def test_a_scan_returns_the_cosines_of_all_rows_in_their_order(vectors: VectorIndex) -> None:
    for question in QUESTIONS:
        cosines = vectors.scan(question)
        assert cosines is not None
        assert cosines.dtype == np.float32
        assert cosines == pytest.approx(ROWS @ question, abs=1e-6)


def test_many_rows_are_not_scanned() -> None:
    assert HALVED.scan(QUESTIONS[0]) is None


@pytest.mark.parametrize(("rows", "scanned"), [(10_000, True), (10_001, False)])
def test_up_to_ten_thousand_rows_are_scanned(rows: int, scanned: bool) -> None:
    made = VectorIndex.build(unit(rows, 4, seed=3))
    assert (made.scan(np.array([1, 0, 0, 0], np.float32)) is not None) == scanned
    assert made.how == Nearest(EXACT, rows)


@pytest.mark.parametrize("share", [None, 0.002, 0.02, 0.03, 0.4, 1])
@pytest.mark.parametrize("count", [1, 10, 499, 600])
def test_a_scan_and_a_search_find_the_same(count: int, share: float | None) -> None:
    rows = ROWS.astype(np.float16).astype(np.float32)
    scanned, searched = VectorIndex.build(rows), halved_index(rows)
    allowed = None if share is None else np.random.default_rng(4).random(500) < share
    for question in QUESTIONS:
        found = searched.nearest(question, count, allowed)
        assert found.tolist() == scanned.nearest(question, count, allowed).tolist()
        assert len(found) == min(count, 500 if allowed is None else int(allowed.sum()))


@pytest.mark.parametrize("build", [VectorIndex.build, halved_index])
def test_of_equal_rows_the_lower_come_first(build: Callable[[NDArray[np.float32]], VectorIndex]) -> None:
    equal = np.repeat(ROWS[:10], 3, axis=0)[np.random.default_rng(6).permutation(30)]
    made = build(equal)
    cosines = np.round(made.rows(np.arange(30)) @ QUESTIONS[0], 5)
    expected = np.argsort(-cosines, kind="stable")
    assert made.nearest(QUESTIONS[0], 30).tolist() == expected.tolist()


def test_a_scan_keeps_the_lower_of_equal_rows() -> None:
    made = VectorIndex.build(np.repeat(ROWS[:1], 30, axis=0))
    assert made.nearest(QUESTIONS[0], 7).tolist() == list(range(7))
    assert made.nearest(QUESTIONS[0], 7, np.arange(30) > 3).tolist() == list(range(4, 11))


@pytest.mark.parametrize("made", [EVERY, HALVED])
@pytest.mark.parametrize("shape", [(23,), (25,), (1, 24), (0,)])
def test_no_cosines_are_made_with_a_vector_of_another_shape(made: VectorIndex, shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="the index holds vectors of 24"):
        made.similarities(np.ones(shape, np.float32), EACH)
    with pytest.raises(ValueError, match="the index holds vectors of 24"):
        made.scan(np.ones(shape, np.float32))


@pytest.mark.parametrize("made", [EVERY, HALVED])
def test_a_row_that_is_not_there_has_no_cosine(made: VectorIndex) -> None:
    with pytest.raises(IndexError):
        made.similarities(QUESTIONS[0], np.array([0, 500]))


@pytest.mark.parametrize("made", [EVERY, HALVED])
def test_a_question_may_be_any_kind_of_array(made: VectorIndex) -> None:
    strided = np.repeat(QUESTIONS[0], 2)[::2]
    double = QUESTIONS[0].astype(np.float64)
    for question in (strided, double):
        assert made.nearest(question, 9).tolist() == made.nearest(QUESTIONS[0], 9).tolist()
        assert (made.similarities(question, EACH) == made.similarities(QUESTIONS[0], EACH)).all()


def test_rows_may_be_any_kind_of_array() -> None:
    kinds: list[NDArray[Any]] = [ROWS.astype(np.float64), np.asfortranarray(ROWS), np.repeat(ROWS, 2, axis=0)[::2]]
    for rows in kinds:
        assert (VectorIndex.build(rows).rows(EACH) == ROWS).all()
        assert (halved_index(rows).rows(EACH) == HALVED.rows(EACH)).all()


def test_more_rows_than_are_added_at_a_time_keep_their_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("index.vectors._BLOCK", 7)
    assert (VectorIndex.build(ROWS).rows(EACH) == ROWS).all()


# Very many rows have an approximate index beside them.


def texts(count: int, seed: int) -> NDArray[np.float32]:
    """Make unit vectors that lie as those of texts do: in crowds, and in fewer directions than they have components.

    They are what float16 can hold, so that an index holds them as they are.
    """
    random = np.random.default_rng(1)
    subjects, directions = random.standard_normal((200, 32)), random.standard_normal((12, 32)) / 12**0.5
    random = np.random.default_rng(seed)
    vectors = subjects[random.integers(0, 200, count)] + 0.7 * random.standard_normal((count, 12)) @ directions
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors.astype(np.float16).astype(np.float32)


@contextmanager
def very_many() -> Iterator[None]:
    """Take a thousand rows for very many."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr("index.vectors._SCANNED", 0)
        monkeypatch.setattr("index.vectors._COMPARED", 1000)
        monkeypatch.setattr("index.vectors._THREADS", 1)
        yield


TEXTS = texts(6000, seed=2)
ASKED = texts(100, seed=3)


@pytest.fixture(scope="module")
def many() -> VectorIndex:
    with very_many():
        return VectorIndex.build(TEXTS)


def exactly(question: NDArray[np.float32], count: int, allowed: NDArray[np.bool_] | None = None) -> list[int]:
    cosines = TEXTS @ question
    if allowed is not None:
        cosines = np.where(allowed, cosines, -np.inf)
    return [int(row) for row in np.argsort(-cosines, kind="stable")[:count] if np.isfinite(cosines[row])]


def recall(made: VectorIndex, allowed: NDArray[np.bool_] | None = None) -> float:
    found = [
        len({*made.nearest(question, 10, allowed).tolist()} & {*exactly(question, 10, allowed)}) for question in ASKED
    ]
    return sum(found) / (10 * len(ASKED))


def test_very_many_rows_are_searched_approximately_at_a_measured_recall(many: VectorIndex) -> None:
    how = many.how
    assert (how.kind, how.rows, how.sample) == ("IVF128,PQ8x4fsr", 6000, 400)
    assert 8 <= how.effort <= 64
    assert RECALL + 0.01 <= how.recall_at_10 <= 1
    assert recall(many) >= RECALL


def test_the_effort_is_the_least_that_reaches_the_recall(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("index.vectors._FIRST_EFFORT", 1)
    with very_many():
        made = VectorIndex.build(TEXTS)
        monkeypatch.setattr("index.vectors.RECALL", 0.8)
        worse = VectorIndex.build(TEXTS)
    assert 0 < worse.how.effort < made.how.effort
    assert 0.8 < worse.how.recall_at_10 < RECALL < made.how.recall_at_10


def test_rows_that_a_question_was_made_of_do_not_count(many: VectorIndex, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("index.vectors._SHORTLIST", 2)
    monkeypatch.setattr("index.vectors._PROPOSED", 0)
    exact, found = VectorIndex.build(TEXTS), 0.0
    for question in ASKED:
        expected = exact.nearest(question, 12)
        given = question[np.newaxis], exact.similarities(question, expected)[np.newaxis], expected[np.newaxis]
        proposed, _ = many._proposed(question, 12, 6000, None)
        assert many._recall(proposed[np.newaxis], *given) == 0
        farthest = exact.nearest(question, 6000)[np.newaxis, -2:]
        found += many._recall(farthest, *given)
    assert 0.1 < found / len(ASKED) <= 0.2  # two of ten, at most


def test_equal_rows_are_as_good_as_each_other() -> None:
    with very_many():
        made = VectorIndex.build(np.tile(texts(300, seed=4), (20, 1)))
    assert made.how.recall_at_10 > RECALL
    for question in ASKED[:20]:
        near = made.nearest(question, 100)
        equal = near[:-1] % 300 == near[1:] % 300
        assert equal.any()
        assert (np.diff(near)[equal] > 0).all()


def test_an_approximate_index_that_finds_too_little_is_refused(tmp_path: Path) -> None:
    noise = unit(4000, 64, seed=7)
    with very_many():
        made = VectorIndex.build(noise)
    assert made.how == Nearest(EXACT, 4000)
    made.save(tmp_path / "vectors.faiss")
    assert [file.name for file in tmp_path.iterdir()] == ["vectors.faiss"]
    for question in unit(20, 64, seed=8):
        near = made.nearest(question, 10)
        assert near.tolist() == np.argsort(-(made.rows(np.arange(4000)) @ question), kind="stable")[:10].tolist()


def test_vectors_that_codes_do_not_divide_are_searched_exactly() -> None:
    with very_many():
        assert VectorIndex.build(TEXTS[:, :30]).how == Nearest(EXACT, 6000)


def test_the_rows_proposed_come_in_the_order_of_their_cosines(many: VectorIndex) -> None:
    for question in ASKED:
        near = many.nearest(question, 600)
        assert len({*near.tolist()}) == 600
        assert (np.diff(many.similarities(question, near)) <= 0).all()


@pytest.mark.parametrize("share", [0.001, 0.02])
def test_a_filter_that_leaves_few_rows_is_searched_exactly(many: VectorIndex, share: float) -> None:
    allowed = np.random.default_rng(9).random(6000) < share
    for question in ASKED:
        assert many.nearest(question, 50, allowed).tolist() == exactly(question, min(50, int(allowed.sum())), allowed)


@pytest.mark.parametrize("share", [0.05, 0.3, 0.7, 1])
def test_a_filter_that_leaves_many_rows_is_searched_as_well_as_none(many: VectorIndex, share: float) -> None:
    allowed = np.random.default_rng(9).random(6000) < share
    assert recall(many, allowed) >= RECALL
    for question in ASKED:
        near = many.nearest(question, 600, allowed)
        assert allowed[near].all()
        assert len({*near.tolist()}) == min(600, int(allowed.sum()))


def test_a_filter_that_leaves_only_what_is_far_is_searched_as_well(many: VectorIndex) -> None:
    """As where a document in another language is asked for."""
    for question in ASKED:
        cosines = TEXTS @ question
        allowed = cosines < np.quantile(cosines, 0.4)
        near, expected = many.nearest(question, 10, allowed), exactly(question, 10, allowed)
        assert cosines[near].min() >= cosines[expected].min() - 0.02
        assert allowed[near].all()


@pytest.mark.parametrize("count", [5999, 6000, 7000])
def test_all_rows_come_back_where_all_are_asked_for(many: VectorIndex, count: int) -> None:
    assert len({*many.nearest(ASKED[0], count).tolist()}) == min(count, 6000)


def test_an_approximate_index_is_what_it_was_once_it_is_loaded(many: VectorIndex, tmp_path: Path) -> None:
    many.save(tmp_path / "vectors.faiss")
    assert {file.name for file in tmp_path.iterdir()} == {"vectors.faiss", "vectors.ivf"}
    loaded = VectorIndex.load(tmp_path / "vectors.faiss", many.how)
    assert loaded.how == many.how
    for question in ASKED:
        assert loaded.nearest(question, 50).tolist() == many.nearest(question, 50).tolist()


def test_the_rows_alone_can_be_loaded_and_are_searched_exactly(many: VectorIndex, tmp_path: Path) -> None:
    many.save(tmp_path / "vectors.faiss")
    (tmp_path / "vectors.ivf").unlink()
    for how in (None, Nearest(EXACT, 6000)):
        loaded = VectorIndex.load(tmp_path / "vectors.faiss", how)
        assert loaded.how == Nearest(EXACT, 6000)
        assert recall(loaded) == 1


def test_equal_rows_make_equal_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("index.vectors._TRAINED", 40)  # 5,120 of 6,000 rows
    how = []
    for name in ("one", "other"):
        with very_many():
            made = VectorIndex.build(TEXTS.copy())
        made.save(tmp_path / f"{name}.faiss")
        how.append(made.how)
    assert how[0] == how[1]
    for suffix in (".faiss", ".ivf"):
        assert (tmp_path / f"one{suffix}").read_bytes() == (tmp_path / f"other{suffix}").read_bytes()


def test_an_approximate_index_that_is_not_there_or_another_is_refused(many: VectorIndex, tmp_path: Path) -> None:
    rows, beside = tmp_path / "vectors.faiss", tmp_path / "vectors.ivf"
    many.save(rows)
    content = beside.read_bytes()

    def refused(message: str, how: Nearest = many.how) -> None:
        with pytest.raises(ValueError, match=message):
            VectorIndex.load(rows, how)

    for effort in (0, 129):
        refused(r"vectors\.ivf was not made of the rows in vectors\.faiss", replace(many.how, effort=effort))
    refused("was not made of the rows", replace(many.how, rows=5999))
    beside.unlink()
    refused(r"vectors\.ivf is not a FAISS index")
    for other in (b"", b"garbage", content[: len(content) // 2], content[:-1]):
        beside.write_bytes(other)
        refused(r"vectors\.ivf is not a FAISS index")
    beside.write_bytes(rows.read_bytes())
    refused(r"vectors\.ivf holds another kind of FAISS index")
    with very_many():
        VectorIndex.build(TEXTS[:5000]).save(tmp_path / "fewer.faiss")
    (tmp_path / "fewer.ivf").replace(beside)
    refused("was not made of the rows")


# Files.


def test_half_a_file_of_float16_rows_is_refused(tmp_path: Path) -> None:
    HALVED.save(tmp_path / "vectors")
    content = (tmp_path / "vectors").read_bytes()
    for length in (0, 3, 20, 60, 100, len(content) // 2, len(content) - 1):
        (tmp_path / "vectors").write_bytes(content[:length])
        with pytest.raises(ValueError, match="vectors is not a FAISS index"):
            VectorIndex.load(tmp_path / "vectors")


@pytest.mark.parametrize("count", [3, 500])
def test_a_file_that_says_it_has_more_rows_than_it_holds_is_refused(tmp_path: Path, count: int) -> None:
    for made in (VectorIndex.build(ROWS[:count]), halved_index(ROWS[:count])):
        made.save(tmp_path / "vectors")
        content = bytearray((tmp_path / "vectors").read_bytes())
        assert content[8:16] == count.to_bytes(8, "little")
        content[8:16] = (count + 1).to_bytes(8, "little")
        (tmp_path / "vectors").write_bytes(content)
        with pytest.raises(ValueError, match=r"vectors (is not a FAISS index|holds another number of rows)"):
            VectorIndex.load(tmp_path / "vectors")


@pytest.mark.parametrize("kind", ["SQ8", "SQbf16"])
def test_rows_in_other_codes_are_refused(tmp_path: Path, kind: str) -> None:
    other = faiss.index_factory(24, kind, faiss.METRIC_INNER_PRODUCT)
    other.train(ROWS)
    other.add(ROWS)
    faiss.write_index(other, str(tmp_path / "vectors"))
    with pytest.raises(ValueError, match="another kind"):
        VectorIndex.load(tmp_path / "vectors")


def test_float16_rows_that_are_compared_by_distance_are_refused(tmp_path: Path) -> None:
    faiss.write_index(faiss.index_factory(24, "SQfp16", faiss.METRIC_L2), str(tmp_path / "vectors"))
    with pytest.raises(ValueError, match="another kind"):
        VectorIndex.load(tmp_path / "vectors")


@pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="the system does not say what is mapped")
@pytest.mark.parametrize("made", [EVERY, HALVED])
def test_rows_are_mapped_not_read_and_cannot_be_written(made: VectorIndex, tmp_path: Path) -> None:
    made.save(tmp_path / "vectors.faiss")
    loaded = VectorIndex.load(tmp_path / "vectors.faiss")
    maps = Path("/proc/self/maps").read_text(encoding="utf-8").splitlines()
    (mapped,) = [line.split() for line in maps if line.endswith(str(tmp_path / "vectors.faiss"))]
    assert mapped[1] == "r--s"
    first, last = (int(end, 16) for end in mapped[0].split("-"))
    codes = loaded._codes
    assert first < codes.ctypes.data
    assert codes.ctypes.data + codes.nbytes <= last
    with pytest.raises(ValueError, match="read-only"):
        codes[0, 0] = 1


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no disk that is always full")
@pytest.mark.parametrize("count", [3, 500])
def test_a_full_disk_is_an_os_error(count: int) -> None:
    with pytest.raises(OSError, match="No space left on device"):
        VectorIndex.build(ROWS[:count]).save(Path("/dev/full"))


def test_a_disk_that_was_full_for_a_moment_is_an_os_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was written then is lost, though all that follows is written."""

    class FullOnce(io.BytesIO):
        fails = True

        def write(self, data: ReadableBuffer) -> int:
            if self.fails and self.tell():
                self.fails = False
                raise OSError(errno.ENOSPC, "No space left on device")
            return super().write(data)

    monkeypatch.setattr(Path, "open", lambda *_: FullOnce())
    with pytest.raises(OSError, match="No space left on device"):
        EVERY.save(tmp_path / "vectors")


def test_a_full_disk_is_an_os_error_for_the_approximate_index_too(many: VectorIndex, tmp_path: Path) -> None:
    (tmp_path / "vectors.ivf").symlink_to("/dev/full")
    with pytest.raises(OSError, match="No space left on device"):
        many.save(tmp_path / "vectors.faiss")


# Threads.

THREADS = """
import os, sys, threading
from pathlib import Path
import faiss, numpy as np
from index.vectors import Nearest, VectorIndex

def count():
    return len(os.listdir("/proc/self/task"))

folder = Path(sys.argv[1])
lists = VectorIndex.load(folder / "many.faiss", Nearest(sys.argv[2], 6000, 64))
exact = VectorIndex.load(folder / "many.faiss")
few = VectorIndex.load(folder / "few.faiss")
allowed = np.arange(6000) % 2 == 0
before, seen = count(), []

def ask():
    for made in (lists, exact):
        question = made.rows(np.array([5]))[0]
        made.nearest(question, 300)
        made.nearest(question, 300, allowed)
        made.similarities(question, np.arange(6000))
    question = few.rows(np.array([5]))[0]
    few.scan(question)
    few.similarities(question, np.arange(500))
    few.nearest(question, 300)
    seen.append(count())

ask()
thread = threading.Thread(target=ask)
thread.start()
thread.join()
assert faiss.omp_get_max_threads() == 4
print(*(number - before for number in seen))
"""


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="the system does not say which threads there are")
def test_questions_start_no_threads(many: VectorIndex, tmp_path: Path) -> None:
    many.save(tmp_path / "many.faiss")
    VectorIndex.build(ROWS).save(tmp_path / "few.faiss")
    done = subprocess.run(
        [sys.executable, "-c", THREADS, str(tmp_path), many.how.kind],
        env={**os.environ, "OMP_NUM_THREADS": "4", "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout, done.stderr) == ("0 1\n", "")  # the second asked in a thread of its own
