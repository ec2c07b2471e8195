"""The engine over a generation on disk, against the same scores computed here one passage at a time."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from index.analysis import analyze
from index.generation import Generation
from qa.asker import CANDIDATE_DEPTH, Asker
from qa.engine import Candidates, Evidence, Query
from qa.fusion import fuse
from qa.local_engine import LocalEngine
from tests.qa.made_up import DIMENSION, WORDS, Words, generation_of, made_up, random_words
from tests.qa.made_up import question as question_of

QUESTIONS = (
    "what did ZTE's ban cause?",
    "When did the first five-year plan take effect?",
    "Huawei Huawei Nokia",
    "How do I reset my password?",
    "Xyzzy?",
    "What is it?",
)
DENSE_WEIGHT = 0.7

every_question = pytest.mark.parametrize("question", QUESTIONS)


@pytest.fixture(scope="session")
def generation(seeds_asker: Asker) -> Generation:
    return seeds_asker.generation


@pytest.fixture(scope="session")
def engine(generation: Generation) -> LocalEngine:
    return LocalEngine(generation)


def query_of(question: str, generation: Generation) -> Query:
    return Query(question, generation.encoder.encode([question])[0], tuple(analyze(question)))


def known_terms(query: Query, generation: Generation) -> list[int]:
    return [generation.vocabulary[term] for term in query.terms if term in generation.vocabulary]


def spans_of(row: int, generation: Generation) -> NDArray[np.int64]:
    return np.arange(generation.span_offsets[row], generation.span_offsets[row + 1])


def every_passage(query: Query, generation: Generation) -> Candidates:
    """Score the whole collection, passage by passage."""
    count = generation.manifest.counts.passages
    rows = np.arange(count)
    spans = [generation.vectors.similarities(query.vector, count + spans_of(row, generation)) for row in range(count)]
    return Candidates(
        rows=rows,
        passage_cosines=generation.vectors.similarities(query.vector, rows),
        span_cosines=np.array([cosines.max() for cosines in spans]),
        best_spans=np.array([cosines.argmax() for cosines in spans]),
        lexical=generation.passage_postings.scores(known_terms(query, generation)),
        lexical_limit=0.0,
    )


@every_question
@pytest.mark.parametrize("depth", [1, 4, 20, CANDIDATE_DEPTH])
def test_each_candidate_comes_once_with_the_scores_of_a_direct_computation(
    question: str, depth: int, engine: LocalEngine, generation: Generation
) -> None:
    query = query_of(question, generation)
    found, direct = engine.candidates(query, depth), every_passage(query, generation)
    assert len(np.unique(found.rows)) == len(found.rows) > 0
    np.testing.assert_allclose(found.passage_cosines, direct.passage_cosines[found.rows], atol=1e-6)
    np.testing.assert_allclose(found.span_cosines, direct.span_cosines[found.rows], atol=1e-6)
    np.testing.assert_array_equal(found.best_spans, direct.best_spans[found.rows])
    np.testing.assert_array_equal(found.lexical, direct.lexical[found.rows])


@every_question
def test_a_depth_beyond_the_collection_brings_every_passage_and_the_best_fused_is_that_of_brute_force(
    question: str, engine: LocalEngine, generation: Generation
) -> None:
    query = query_of(question, generation)
    direct, found = every_passage(query, generation), engine.candidates(query, CANDIDATE_DEPTH)
    dense = (direct.passage_cosines + direct.span_cosines) / 2
    lexical = direct.lexical / max(float(direct.lexical.max()), 1e-9)
    order = np.argsort(-(DENSE_WEIGHT * dense + (1 - DENSE_WEIGHT) * lexical), kind="stable")
    assert sorted(found.rows.tolist()) == direct.rows.tolist()
    assert found.rows[np.argsort(-fuse(found, DENSE_WEIGHT), kind="stable")].tolist() == order.tolist()


@every_question
@pytest.mark.parametrize("depth", [1, 2, 7, 30])
def test_depth_bounds_the_candidates_and_the_best_of_each_kind_are_among_them(
    question: str, depth: int, engine: LocalEngine, generation: Generation
) -> None:
    query = query_of(question, generation)
    direct, rows = every_passage(query, generation), engine.candidates(query, depth).rows
    assert 0 < len(rows) <= 2 * depth
    assert np.maximum(direct.passage_cosines, direct.span_cosines).argmax() in rows
    best_lexical = np.sort(direct.lexical[direct.lexical > 0])[::-1][:depth]
    assert np.isin(best_lexical, direct.lexical[rows]).all()


# Evidence and likeness, against naive ones: word by word, span by span.


@dataclass(frozen=True, slots=True)
class Naive:
    """Evidence in plain lists, to be compared with the engine's."""

    offsets: list[int]
    cosines: list[float]
    windows: list[float]
    term_weights: list[float]
    span_terms: list[list[bool]]
    context_terms: list[list[bool]]
    pair_weights: list[float]
    span_pairs: list[list[bool]]
    context_pairs: list[list[bool]]


def words_of(row: int, generation: Generation) -> Words:
    """Return the terms of a passage, read from the text where there is one."""
    database = generation.database
    passage = database.passages([row])[0]
    (title,) = {document.title for document, _ in database.documents() if document.id == passage.document_id}
    context = analyze("\n".join((title, *passage.headings)))
    return Words(context, [analyze(passage.text_of(span)) for span in passage.spans])


def naive_idf(term: str, collection: list[Words]) -> float:
    holding = sum(term in one.context or any(term in span for span in one.spans) for one in collection)
    return math.log(1 + (len(collection) - holding + 0.5) / (holding + 0.5))


def naive_evidence(query: Query, rows: list[int], generation: Generation, collection: list[Words]) -> Naive:
    terms = list(dict.fromkeys(query.terms))
    pairs = list(dict.fromkeys((one, other) for one, other in pairwise(query.terms) if one != other))
    idf = {term: naive_idf(term, collection) for term in terms}
    made = Naive([0], [], [], list(idf.values()), [], [], [min(idf[a], idf[b]) for a, b in pairs], [], [])
    passages = len(collection)
    for row in rows:
        words = collection[row]
        made.offsets.append(made.offsets[-1] + len(words.spans))
        made.context_terms.append([term in words.context for term in terms])
        made.context_pairs.append([pair in pairwise(words.context) for pair in pairs])
        text = [(term, span) for span, found in enumerate(words.spans) for term in found]
        beside = {(one, other, span) for (one, span), (other, _) in pairwise(text)}
        vectors = generation.vectors.rows(passages + spans_of(row, generation)).astype(np.float64)
        for span, found in enumerate(words.spans):
            made.span_terms.append([term in found for term in terms])
            made.span_pairs.append([(one, other, span) in beside for one, other in pairs])
            made.cosines.append(float(vectors[span] @ query.vector))
            both = [vectors[span] + vectors[near] for near in (span - 1, span + 1) if 0 <= near < len(vectors)]
            joined = [float(sum_ @ query.vector / np.linalg.norm(sum_)) for sum_ in both]
            made.windows.append(max(joined, default=made.cosines[-1]))
    return made


def assert_evidence(found: Evidence, direct: Naive) -> None:
    spans, passages = len(direct.cosines), len(direct.offsets) - 1
    terms, pairs = len(direct.term_weights), len(direct.pair_weights)
    shapes = {"span_terms": (spans, terms), "context_terms": (passages, terms)}
    shapes |= {"span_pairs": (spans, pairs), "context_pairs": (passages, pairs)}
    for name, shape in shapes.items():
        array = getattr(found, name)
        assert (array.shape, array.dtype) == (shape, np.bool_), name
        assert array.tolist() == getattr(direct, name), name
    assert found.offsets.tolist() == direct.offsets
    for name in ("cosines", "windows", "term_weights", "pair_weights"):
        array = getattr(found, name)
        assert array.dtype == np.float32, name
        np.testing.assert_allclose(array, getattr(direct, name), atol=1e-5, err_msg=name)
    assert found.owners.tolist() == [row for row, (a, b) in enumerate(pairwise(direct.offsets)) for _ in range(a, b)]


@given(
    seed=st.integers(0, 10_000),
    passages=st.integers(1, 12),
    terms=st.lists(st.sampled_from((*WORDS, "zeppelin", "airship")), max_size=7),
    rows=st.lists(st.integers(0, 11), min_size=1, unique=True),
)
@settings(max_examples=300, deadline=None)
def test_evidence_of_made_up_passages_is_that_of_a_direct_computation(
    seed: int, passages: int, terms: list[str], rows: list[int]
) -> None:
    generation, query = made_up(seed, passages), question_of(seed, tuple(terms))
    wanted = [row for row in rows if row < passages] or [0]
    found = LocalEngine(generation).evidence(query, np.array(wanted))
    assert_evidence(found, naive_evidence(query, wanted, generation, random_words(seed, passages)))


@pytest.mark.parametrize(
    "question", [*QUESTIONS, "the ban on Chinese telecommunications companies and the ban on chips"]
)
def test_evidence_of_the_samples_is_that_of_a_direct_computation(
    question: str, engine: LocalEngine, generation: Generation, collection: list[Words]
) -> None:
    query = query_of(question, generation)
    for rows in ([16, 3, 51], [0], list(range(len(collection)))[::-1]):
        assert_evidence(engine.evidence(query, np.array(rows)), naive_evidence(query, rows, generation, collection))


@pytest.fixture(scope="module")
def collection(generation: Generation) -> list[Words]:
    """The terms of every passage of the samples, analysed anew from their text."""
    return [words_of(row, generation) for row in range(generation.manifest.counts.passages)]


def found_pairs(words: Words, *terms: str) -> tuple[list[list[bool]], list[list[bool]]]:
    """Return which pairs of the question's terms are found in the spans, and in the context, of one passage."""
    generation = generation_of([words], np.ones((1 + len(words.spans), DIMENSION), dtype=np.float32))
    found = LocalEngine(generation).evidence(question_of(0, terms), np.array([0]))
    return found.span_pairs.tolist(), found.context_pairs.tolist()


@pytest.mark.parametrize(
    ("context", "spans", "in_spans", "in_context"),
    [
        (["steel"], [["bridge"]], [False], False),  # they do not run from the title into the text
        (["steel", "bridge"], [["river"]], [False], True),
        ([], [["steel", "bridge"]], [True], False),
        ([], [["bridge", "steel"]], [False], False),  # in the other order
        ([], [["steel", "river", "bridge"]], [False], False),
        ([], [["river", "steel"], ["bridge"]], [True, False], False),  # it begins in the first span
        ([], [["steel"], [], ["bridge"]], [True, False, False], False),  # a span without terms lies between
        ([], [["steel", "steel", "bridge"]], [True], False),
        (["bridge"], [["cable", "steel"]], [False], False),
    ],
)
def test_pairs_stand_side_by_side_in_order_in_the_text_or_in_the_context(
    context: list[str], spans: list[list[str]], in_spans: list[bool], in_context: bool
) -> None:
    assert found_pairs(Words(context, spans), "steel", "bridge") == ([[one] for one in in_spans], [[in_context]])


def test_pairs_do_not_run_from_one_passage_into_the_next() -> None:
    passages = [Words([], [["river", "steel"]]), Words([], [["bridge", "river"]])]
    generation = generation_of(passages, np.ones((4, DIMENSION), dtype=np.float32))
    found = LocalEngine(generation).evidence(question_of(0, ("steel", "bridge")), np.array([0, 1]))
    assert not found.span_pairs.any()


def test_a_repeated_term_is_one_term_and_no_pair_with_itself() -> None:
    assert found_pairs(Words([], [["steel", "steel"]]), "steel", "steel") == ([[]], [[]])
    assert found_pairs(Words([], [["steel", "river"]]), "river", "steel", "river") == (
        [[False, True]],
        [[False, False]],
    )


def test_windows_are_cosines_with_a_span_and_its_nearer_neighbour() -> None:
    spans = np.array([[1, 0], [0, 1], [-1, 0], [0, -1]])
    vectors = np.concatenate(([[1, 0], [1, 0]], spans, [[0.6, 0.8]]))
    generation = generation_of([Words([], [[], [], [], []]), Words([], [[]])], vectors.astype(np.float32))
    query = Query("", np.array([0.6, 0.8], dtype=np.float32), ())
    found = LocalEngine(generation).evidence(query, np.array([0, 1]))
    np.testing.assert_allclose(found.cosines, [0.6, 0.8, -0.6, -0.8, 1.0], atol=1e-6)
    root = math.sqrt(0.5)  # each neighbour stands at a right angle
    expected = [1.4 * root, 1.4 * root, 0.2 * root, -1.4 * root, 1.0]
    np.testing.assert_allclose(found.windows, expected, atol=1e-6)


def test_spans_in_opposite_directions_have_a_finite_window() -> None:
    vectors = np.array([[1, 0], [1, 0], [-1, 0]], dtype=np.float32)
    generation = generation_of([Words([], [[], []])], vectors)
    found = LocalEngine(generation).evidence(Query("", np.array([1, 0], dtype=np.float32), ()), np.array([0]))
    assert found.windows.tolist() == [0, 0]


def naive_likeness(
    rows: list[int], weights: list[float], generation: Generation, collection: list[Words]
) -> NDArray[np.float64]:
    idf = {term: naive_idf(term, collection) for term in generation.vocabulary}
    by_terms = np.zeros((len(rows), len(idf)))
    for place, row in enumerate(rows):
        counts = Counter([*collection[row].context, *(term for span in collection[row].spans for term in span)])
        for column, (term, rarity) in enumerate(idf.items()):
            by_terms[place, column] = counts[term] / (counts[term] + 1.2) * rarity**1.5
        by_terms[place] /= np.linalg.norm(by_terms[place]) or 1
    likeness = []
    for vectors in (generation.vectors.rows(np.array(rows)).astype(np.float64), by_terms):
        mean = np.array(weights) @ vectors
        likeness.append(vectors @ mean / (np.linalg.norm(mean) or 1))
    return np.stack(likeness, axis=1)


@given(
    seed=st.integers(0, 10_000),
    passages=st.integers(1, 12),
    weighted=st.dictionaries(st.integers(0, 11), st.sampled_from([0.0, 0.0, 1e-3, 0.2, 1.0]), min_size=1),
)
@settings(max_examples=200, deadline=None)
def test_likeness_of_made_up_passages_is_that_of_a_direct_computation(
    seed: int, passages: int, weighted: dict[int, float]
) -> None:
    generation = made_up(seed, passages)
    rows = [row for row in weighted if row < passages] or [0]
    weights = [weighted.get(row, 0.0) for row in rows]
    weights[-1] = weights[-1] or 1.0
    found = LocalEngine(generation).likeness(np.array(rows), np.array(weights, dtype=np.float32))
    assert found.shape == (len(rows), 2)
    assert found.dtype == np.float32
    direct = naive_likeness(rows, weights, generation, random_words(seed, passages))
    np.testing.assert_allclose(found, direct, atol=1e-5)


def test_likeness_of_the_samples_is_that_of_a_direct_computation(
    engine: LocalEngine, generation: Generation, collection: list[Words]
) -> None:
    rows, weights = [16, 3, 51, 20], [1.0, 0.0, 0.5, 0.01]
    found = engine.likeness(np.array(rows), np.array(weights, dtype=np.float32))
    np.testing.assert_allclose(found, naive_likeness(rows, weights, generation, collection), atol=1e-5)
    np.testing.assert_allclose(engine.likeness(np.array([7]), np.array([0.3], dtype=np.float32)), [[1, 1]], atol=1e-5)


def test_passages_without_terms_are_like_nothing_by_terms() -> None:
    generation = generation_of([Words([], [[]]), Words([], [[]])], np.ones((4, DIMENSION), dtype=np.float32))
    found = LocalEngine(generation).likeness(np.array([0, 1]), np.array([1, 0.5], dtype=np.float32))
    np.testing.assert_allclose(found, [[1, 0], [1, 0]], atol=1e-6)


@every_question
def test_no_passage_scores_above_the_lexical_limit(question: str, engine: LocalEngine, generation: Generation) -> None:
    query = query_of(question, generation)
    limit = engine.candidates(query, 1).lexical_limit
    assert limit >= every_passage(query, generation).lexical.max()
    assert (limit > 0) == bool(query.terms)


def test_a_term_that_no_passage_has_raises_the_limit_and_no_score(engine: LocalEngine, generation: Generation) -> None:
    known, more = query_of("Huawei", generation), query_of("Huawei xyzzy", generation)
    more = Query(more.text, known.vector, more.terms)
    before, after = engine.candidates(known, CANDIDATE_DEPTH), engine.candidates(more, CANDIDATE_DEPTH)
    np.testing.assert_array_equal(before.lexical, after.lexical)
    assert after.lexical_limit > before.lexical_limit


def test_a_question_without_any_known_term_is_answered_by_vectors_alone(
    engine: LocalEngine, generation: Generation
) -> None:
    found = engine.candidates(query_of("Xyzzy?", generation), 5)
    assert 0 < len(found.rows) <= 5
    assert not found.lexical.any()
