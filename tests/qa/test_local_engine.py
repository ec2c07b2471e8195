"""The engine over a generation on disk, against the same scores computed here one passage at a time."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from index.analysis import analyze
from index.generation import Generation
from qa.asker import CANDIDATE_DEPTH, Asker
from qa.engine import Candidates, Query
from qa.local_engine import LocalEngine

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
    return Query(generation.encoder.encode([question])[0], tuple(analyze(question)))


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
def test_a_depth_beyond_the_collection_ranks_as_brute_force_over_every_passage_does(
    question: str, engine: LocalEngine, generation: Generation, seeds_asker: Asker
) -> None:
    query = query_of(question, generation)
    direct = every_passage(query, generation)
    dense = (direct.passage_cosines + direct.span_cosines) / 2
    lexical = direct.lexical / max(float(direct.lexical.max()), 1e-9)
    order = np.argsort(-(DENSE_WEIGHT * dense + (1 - DENSE_WEIGHT) * lexical), kind="stable")
    assert set(engine.candidates(query, CANDIDATE_DEPTH).rows) == set(direct.rows)
    expected = [passage.id for passage in generation.database.passages([int(row) for row in order])]
    assert [hit.passage.id for hit in seeds_asker.ask(question, k=100).hits] == expected


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


@every_question
def test_span_scores_are_those_of_a_direct_computation_in_the_order_asked_for(
    question: str, engine: LocalEngine, generation: Generation
) -> None:
    query, rows = query_of(question, generation), [16, 3, 51]
    count = generation.manifest.counts.passages
    lexical = generation.span_postings.scores(known_terms(query, generation))
    scores = engine.span_scores(query, rows)
    passages = generation.database.passages(rows)
    for row, passage, score in zip(rows, passages, scores, strict=True):
        spans = spans_of(row, generation)
        assert len(score.cosines) == len(score.lexical) == len(passage.spans)
        np.testing.assert_allclose(
            score.cosines, generation.vectors.similarities(query.vector, count + spans), atol=1e-6
        )
        np.testing.assert_array_equal(score.lexical, lexical[spans])


@every_question
def test_no_passage_scores_above_the_lexical_limit(question: str, engine: LocalEngine, generation: Generation) -> None:
    query = query_of(question, generation)
    limit = engine.candidates(query, 1).lexical_limit
    assert limit >= every_passage(query, generation).lexical.max()
    assert (limit > 0) == bool(query.terms)


def test_a_term_that_no_passage_has_raises_the_limit_and_no_score(engine: LocalEngine, generation: Generation) -> None:
    known, more = query_of("Huawei", generation), query_of("Huawei xyzzy", generation)
    more = Query(known.vector, more.terms)
    before, after = engine.candidates(known, CANDIDATE_DEPTH), engine.candidates(more, CANDIDATE_DEPTH)
    np.testing.assert_array_equal(before.lexical, after.lexical)
    assert after.lexical_limit > before.lexical_limit


def test_a_question_without_any_known_term_is_answered_by_vectors_alone(
    engine: LocalEngine, generation: Generation
) -> None:
    found = engine.candidates(query_of("Xyzzy?", generation), 5)
    assert 0 < len(found.rows) <= 5
    assert not found.lexical.any()
