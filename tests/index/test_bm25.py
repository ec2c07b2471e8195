from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import log
from pathlib import Path
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

import index.bm25
from index.bm25 import BM25, K1, B
from tests.index.exactness import thorough

BIRD, CAT, DOG, SAT = range(4)
VOCABULARY = {"bird": BIRD, "cat": CAT, "dog": DOG, "sat": SAT}
PARTS = ["offsets", "rows", "weights", "limits"]
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


@dataclass(frozen=True)
class Search:
    """What ``BM25.best`` is asked, and of what postings.

    Attributes:
        postings: Of each term, its weight in each row that has it.
        row_count: How many rows there are.
        question: Term numbers.
        count: How many rows are wanted.
        allowed: Which rows are looked at.
        look_up: How dear looking up a row is said to be: 0 makes it always the choice, a huge number never.
    """

    postings: list[dict[int, float]]
    row_count: int
    question: list[int]
    count: int
    allowed: NDArray[np.bool_] | None
    look_up: int


def made_of(postings: Sequence[dict[int, float]], row_count: int) -> BM25:
    """Make postings of any weights."""
    pairs = [sorted(term.items()) for term in postings]
    return BM25(
        offsets=np.cumsum([0, *map(len, pairs)], dtype=np.int64),
        rows=np.array([row for term in pairs for row, _ in term], dtype=np.int32),
        weights=np.array([weight for term in pairs for _, weight in term], dtype=np.float32),
        limits=np.array([max(term.values(), default=0) for term in postings], dtype=np.float32),
        row_count=row_count,
    )


def summed(postings: Sequence[dict[int, float]], row_count: int, question: Sequence[int]) -> list[np.float32]:
    """Score every row: one addition of float32 after the other, the terms in the order that the module promises."""
    weights = {
        term: {row: np.float32(question.count(term)) * np.float32(weight) for row, weight in postings[term].items()}
        for term in set(question)
    }
    order = sorted(weights, key=lambda term: (-max(weights[term].values(), default=np.float32(0)), term))
    scores = [np.float32(0)] * row_count
    for term in order:
        for row, weight in weights[term].items():
            scores[row] += weight
    return scores


def best_of(scores: Sequence[np.float32], count: int, allowed: NDArray[np.bool_] | None) -> list[int]:
    """Sort all rows, the lower of equal ones first, take the best, and return them ascending."""
    rows = [row for row, score in enumerate(scores) if score > 0 and (allowed is None or allowed[row])]
    return sorted(sorted(rows, key=lambda row: (-scores[row], row))[:count])


@st.composite
def searches(draw: st.DrawFn) -> Search:
    row_count = draw(st.integers(1, 40))
    # Few weights, so that many rows score the same; and weights at the edge of what float32 can add to them.
    few = st.sampled_from([0.1, 0.2, 0.3, 1.0, 1.1, 2.0, 1.5 * 2**-24, 2.0**-23, 1 + 2.0**-23])
    weight = few | st.floats(2**-10, 8, width=32)
    rows = st.integers(0, row_count - 1)
    postings = draw(st.lists(st.dictionaries(rows, weight, max_size=30), min_size=1, max_size=7))
    question = draw(st.lists(st.integers(0, len(postings) - 1), max_size=9))
    allowed = draw(st.none() | st.lists(st.booleans(), min_size=row_count, max_size=row_count).map(np.array))
    count = draw(st.integers(1, 4) | st.integers(0, 45))
    return Search(postings, row_count, question, count, allowed, draw(st.sampled_from([0, 1, 10**9])))


@given(searches())
@settings(thorough, max_examples=500)
def test_the_best_rows_are_those_of_sorting_all_of_them(search: Search) -> None:
    scores = summed(search.postings, search.row_count, search.question)
    postings = made_of(search.postings, search.row_count)
    with patch.object(index.bm25, "_LOOK_UP", search.look_up):
        best = postings.best(search.question, search.count, search.allowed)
    assert best.dtype == np.int64
    assert best.tolist() == best_of(scores, search.count, search.allowed)


@given(searches())
@thorough
def test_scores_of_some_rows_are_bit_for_bit_those_among_all(search: Search) -> None:
    scores = np.array(summed(search.postings, search.row_count, search.question), dtype=np.float32)
    postings = made_of(search.postings, search.row_count)
    rows = np.arange(search.row_count) if search.allowed is None else np.flatnonzero(search.allowed)
    with patch.object(index.bm25, "_LOOK_UP", search.look_up):
        some = postings.scores_of(search.question, rows)
    assert some.dtype == np.float32
    assert some.tolist() == scores[rows].tolist()
    assert postings.scores(search.question).tolist() == scores.tolist()


@given(st.lists(st.lists(st.sampled_from(list(VOCABULARY)), max_size=9), max_size=20), st.integers(1, 6))
@thorough
def test_the_best_rows_of_texts_are_those_of_the_formula(rows: list[list[str]], count: int) -> None:
    question = [BIRD, CAT, DOG, CAT]
    postings = BM25.build(rows, VOCABULARY)
    scores = postings.scores(question)
    best = postings.best(question, count)
    assert best.tolist() == best_of(scores.tolist(), count, None)
    assert postings.scores_of(question, best).tolist() == scores[best].tolist()


ULP = 2.0**-23
"""Between 1 and the next float32."""


@pytest.mark.parametrize("look_up", [0, 10**9])
def test_a_row_that_only_rounding_lifts_among_the_best_is_found(look_up: int) -> None:
    # Each of twenty weights of 3/4 of the least step lifts row 1 by a whole step, so that it ends above row 0; exactly
    # added they could not.
    postings = [{0: 1 + 18 * ULP, 1: 1.0}] + [{1: 0.75 * ULP}] * 20
    terms = range(len(postings))
    with patch.object(index.bm25, "_LOOK_UP", look_up):
        assert made_of(postings, 2).best(terms, 1).tolist() == [1]
    assert made_of(postings, 2).scores(terms).tolist() == [1 + 18 * ULP, 1 + 20 * ULP]


def test_a_row_whose_terms_all_come_late_is_found() -> None:
    # Row 2 lacks the term that can add most, and yet is best; so it is one step earlier, where it is second.
    late = dict.fromkeys(range(2, 10), 0.6)
    with patch.object(index.bm25, "_LOOK_UP", 0):
        assert made_of([{0: 1.0, 1: 1.1}, late, {2: 0.55}], 10).best([0, 1, 2], 1).tolist() == [2]
        assert made_of([{0: 1.0, 1: 1.2}, late, {2: 0.55}], 10).best([0, 1, 2], 2).tolist() == [1, 2]


def test_a_row_that_only_a_repeated_term_lifts_is_found() -> None:
    # 0.6 + 2 * 0.3 is more than 1, and 0.6 + 0.3 is not.
    with patch.object(index.bm25, "_LOOK_UP", 0):
        assert made_of([{0: 1.0, 1: 0.6}, {1: 0.3}], 2).best([1, 0, 1], 1).tolist() == [1]


def test_of_equal_rows_the_lower_ones_are_chosen() -> None:
    same = dict.fromkeys(range(1, 9), 1.0)
    for look_up in (0, 10**9):
        with patch.object(index.bm25, "_LOOK_UP", look_up):
            assert made_of([same, {6: 1.0}], 9).best([0, 1], 3).tolist() == [1, 2, 6]
            # Row 1 gets from the last term what row 8 got from the first: only then are they equal.
            assert made_of([{8: 1.0}, {1: 1.0}, same], 9).best([0, 1, 2], 1).tolist() == [1]


@pytest.fixture(scope="module")
def many() -> BM25:
    """Postings of 20,000 rows and 60 terms: the first stands in nearly every row, the last in 80 or so."""
    random = np.random.default_rng(7)
    held = random.random((60, 20_000)) < (0.9 * 0.9 ** np.arange(60) + 0.003)[:, None]
    words = np.array([f"t{term:02}" for term in range(60)])
    return BM25.build([words[column].tolist() for column in held.T], {str(w): n for n, w in enumerate(words)})


@pytest.mark.parametrize("share", [None, 0.5, 0.01, 0.0])
@pytest.mark.parametrize("count", [1, 20, 3000])
def test_the_best_of_many_rows_are_those_of_sorting_all_of_them(many: BM25, share: float | None, count: int) -> None:
    random = np.random.default_rng(11)
    allowed = None if share is None else random.random(many.row_count) < share
    for _ in range(10):
        question = random.integers(0, 60, random.integers(1, 10)).tolist()
        scores = many.scores(question)
        best = many.best(question, count, allowed)
        assert best.tolist() == best_of(scores.tolist(), count, allowed)
        assert many.scores_of(question, best).tolist() == scores[best].tolist()


def test_common_terms_are_looked_up_and_not_added(many: BM25) -> None:
    added: list[int] = []
    add = index.bm25._Term.add_to_all

    def noted(term: index.bm25._Term, scores: NDArray[np.float32]) -> None:
        added.append(len(term.rows))
        add(term, scores)

    question = [0, 1, 58, 59]
    expected = best_of(many.scores(question).tolist(), 3, None)
    with patch.object(index.bm25._Term, "add_to_all", noted):
        assert many.best(question, 3).tolist() == expected
        assert sorted(added) == sorted(np.diff(many.offsets)[[58, 59]].tolist())
        added.clear()
        few = np.arange(many.row_count) % 1000 == 0
        assert many.best([0, 1, 2], 3, few).size == 3
        assert many.scores_of([0, 1, 2], np.flatnonzero(few)).size == 20
    assert added == []


def test_limits_are_the_largest_weights_and_0_without_any() -> None:
    postings = BM25.build([["cat", "sat"], ["cat", "cat"], []], VOCABULARY)
    cat, sat = postings.scores([CAT]).max(), postings.scores([SAT]).max()
    assert postings.limits.dtype == np.float32
    assert postings.limits.tolist() == [0, cat, 0, sat]
    assert cat > 0
    assert sat > 0


def test_a_question_of_nothing_has_no_best_rows(postings: BM25) -> None:
    assert postings.best([], 5).tolist() == []
    assert postings.best([CAT], 0).tolist() == []
    assert postings.scores_of([], np.array([0, 2])).tolist() == [0, 0]
    assert postings.scores_of([CAT], np.empty(0, dtype=np.int64)).tolist() == []
    assert BM25.build([["cat"]], VOCABULARY).best([DOG, BIRD], 5).tolist() == []
    assert BM25.build([], {}).best([], 5).tolist() == []


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
    assert sorted(path.name for path in tmp_path.iterdir()) == [f"rows.{part}.npy" for part in sorted(PARTS)]
    loaded = BM25.load(tmp_path, "rows", len(ROWS))
    for term in VOCABULARY.values():
        assert loaded.scores([term]).tolist() == postings.scores([term]).tolist()
        assert loaded.best([term], 1).tolist() == postings.best([term], 1).tolist()
    for part in PARTS:
        array = getattr(loaded, part)
        assert array.tolist() == getattr(postings, part).tolist()
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1


@pytest.mark.parametrize("part", PARTS)
def test_arrays_that_do_not_belong_together_are_refused(postings: BM25, tmp_path: Path, part: str) -> None:
    postings.save(tmp_path, "rows")
    file = tmp_path / f"rows.{part}.npy"
    np.save(file, np.load(file)[:-1])
    with pytest.raises(ValueError, match="the arrays of rows have different lengths"):
        BM25.load(tmp_path, "rows", len(ROWS))


@pytest.mark.parametrize("part", PARTS)
def test_a_file_that_is_no_array_is_refused(postings: BM25, tmp_path: Path, part: str) -> None:
    postings.save(tmp_path, "rows")
    (tmp_path / f"rows.{part}.npy").write_bytes(b"no array")
    with pytest.raises(ValueError, match="pickle"):
        BM25.load(tmp_path, "rows", len(ROWS))


def test_a_missing_file_is_an_os_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        BM25.load(tmp_path, "rows", 1)
