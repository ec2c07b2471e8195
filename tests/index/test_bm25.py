from __future__ import annotations

from collections.abc import Sequence
from math import log
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.bm25 import BM25, K1, B
from tests.index.exactness import thorough

BIRD, CAT, DOG, SAT = range(4)
VOCABULARY = {"bird": BIRD, "cat": CAT, "dog": DOG, "sat": SAT}
# Three rows of 2, 3 and 1 terms: 2 on average.
ROWS = ["cat sat".split(), "cat cat dog".split(), ["bird"]]


@pytest.fixture
def postings() -> BM25:
    return BM25.build(ROWS, VOCABULARY)


def reference(rows: Sequence[Sequence[str]], question: Sequence[str]) -> list[float]:
    """The formula of the module's docstring, term by term and row by row."""
    average = sum(map(len, rows)) / len(rows)
    scores = [0.0] * len(rows)
    for term in question:
        df = sum(term in row for row in rows)
        idf = log(1 + (len(rows) - df + 0.5) / (df + 0.5))
        for number, row in enumerate(rows):
            if tf := row.count(term):
                scores[number] += idf * tf * (K1 + 1) / (tf + K1 * (1 - B + B * len(row) / average))
    return scores


def test_the_parameters_are_those_of_the_design() -> None:
    assert (K1, B) == (1.2, 0.75)


def test_scores_are_those_of_the_formula_worked_out_by_hand(postings: BM25) -> None:
    idf_cat = log(1 + (3 - 2 + 0.5) / (2 + 0.5))  # in two rows of three
    idf_dog = log(1 + (3 - 1 + 0.5) / (1 + 0.5))  # in one
    # Row 0 has average length, so its norm is 1.2; row 1 is half as long again: 1.2 * (0.25 + 0.75 * 1.5) = 1.65.
    cat = [idf_cat * 1 * 2.2 / (1 + 1.2), idf_cat * 2 * 2.2 / (2 + 1.65), 0]
    dog = [0, idf_dog * 1 * 2.2 / (1 + 1.65), 0]
    assert postings.scores([CAT]) == pytest.approx(cat)
    assert postings.scores([DOG]) == pytest.approx(dog)
    assert postings.scores([CAT, DOG]) == pytest.approx(np.add(cat, dog))


def test_a_term_that_comes_twice_counts_twice(postings: BM25) -> None:
    assert postings.scores([CAT, CAT]) == pytest.approx(2 * postings.scores([CAT]))


def test_rows_without_any_term_of_the_question_score_zero(postings: BM25) -> None:
    assert postings.scores([SAT])[1:].tolist() == [0, 0]
    assert postings.scores([]).tolist() == [0, 0, 0]


@given(st.lists(st.lists(st.sampled_from(list(VOCABULARY)), max_size=6), min_size=1, max_size=8))
@thorough
def test_scores_of_any_rows_are_those_of_the_formula(rows: list[list[str]]) -> None:
    question = ["cat", "dog", "cat", "bird"]
    scores = BM25.build(rows, VOCABULARY).scores(VOCABULARY[term] for term in question)
    assert scores.dtype == np.float32
    assert scores == pytest.approx(reference(rows, question) if any(rows) else [0] * len(rows), rel=1e-5)


@given(st.lists(st.lists(st.sampled_from(list(VOCABULARY)), max_size=9), min_size=1, max_size=8))
@thorough
def test_no_row_reaches_the_limit_of_a_term(rows: list[list[str]]) -> None:
    postings = BM25.build(rows, VOCABULARY)
    for term in VOCABULARY.values():
        assert postings.scores([term]).max() < postings.limit(term)


def test_the_limit_is_that_of_endless_repetition_and_highest_for_a_term_without_rows(postings: BM25) -> None:
    assert postings.limit(CAT) == pytest.approx(log(1 + 1.5 / 2.5) * 2.2)
    assert postings.limit(None) == pytest.approx(log(1 + 3.5 / 0.5) * 2.2)


def test_inverse_document_frequencies_are_worked_out_by_hand(postings: BM25) -> None:
    assert postings.idf(CAT) == pytest.approx(log(1 + (3 - 2 + 0.5) / (2 + 0.5)))
    assert postings.idf(DOG) == pytest.approx(log(1 + (3 - 1 + 0.5) / (1 + 0.5)))
    assert postings.idf(None) == pytest.approx(log(1 + 3.5 / 0.5))


@given(st.lists(st.lists(st.sampled_from(list(VOCABULARY)), max_size=6), max_size=8))
@thorough
def test_many_idfs_at_once_are_those_of_each_term(rows: list[list[str]]) -> None:
    postings = BM25.build(rows, VOCABULARY)
    asked = [DOG, SAT, CAT, DOG]
    idfs = postings.idfs(np.array(asked, dtype=np.int32))
    assert idfs.dtype == np.float32
    assert idfs.tolist() == pytest.approx([postings.idf(term) for term in asked])
    assert [postings.limit(term) for term in asked] == [postings.idf(term) * (K1 + 1) for term in asked]
    assert postings.idfs(np.empty(0, dtype=np.int32)).shape == (0,)


def test_a_term_that_the_vocabulary_lacks_is_refused_when_building() -> None:
    with pytest.raises(KeyError, match="mouse"):
        BM25.build([["mouse"]], VOCABULARY)


def test_nothing_at_all_can_be_built_and_asked() -> None:
    assert BM25.build([], {}).scores([]).tolist() == []


def test_what_is_saved_is_what_is_loaded(postings: BM25, tmp_path: Path) -> None:
    postings.save(tmp_path, "rows")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["rows.offsets.npy", "rows.rows.npy", "rows.weights.npy"]
    loaded = BM25.load(tmp_path, "rows", len(ROWS))
    for term in VOCABULARY.values():
        assert loaded.scores([term]).tolist() == postings.scores([term]).tolist()
    with pytest.raises(ValueError, match="read-only"):
        loaded.weights[0] = 1


@pytest.mark.parametrize("part", ["offsets", "rows", "weights"])
def test_arrays_that_do_not_belong_together_are_refused(postings: BM25, tmp_path: Path, part: str) -> None:
    postings.save(tmp_path, "rows")
    file = tmp_path / f"rows.{part}.npy"
    np.save(file, np.load(file)[:-1])
    with pytest.raises(ValueError, match="the arrays of rows have different lengths"):
        BM25.load(tmp_path, "rows", len(ROWS))


def test_a_file_that_is_no_array_is_refused(postings: BM25, tmp_path: Path) -> None:
    postings.save(tmp_path, "rows")
    (tmp_path / "rows.rows.npy").write_bytes(b"no array")
    with pytest.raises(ValueError, match="pickle"):
        BM25.load(tmp_path, "rows", len(ROWS))


def test_a_missing_file_is_an_os_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        BM25.load(tmp_path, "rows", 1)
