"""Search under filters, against brute force over the passages that the filters allow."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from index.database import DocumentMetadata
from index.generation import Generation
from qa.asker import Asker
from qa.engine import Candidates, Query
from qa.filters import NO_FILTERS, Filters
from qa.local_engine import _ROWS_A_PASSAGE, LocalEngine
from tests.qa.made_up import made_up, question

QUESTIONS = (("bridge", "toll"), ("steel", "steel", "zeppelin"), ("zeppelin",), ())


def rows_of(generation: Generation, numbers: Sequence[int]) -> NDArray[np.int64]:
    metadata = generation.database.metadata()
    return np.array(sorted(row for number in numbers for row in metadata[number].rows), dtype=np.int64)


def brute_force(generation: Generation, query: Query, allowed: NDArray[np.int64], depth: int) -> set[int]:
    """Return the candidates among the allowed passages, by sorting all that is allowed."""
    if len(allowed) <= depth:
        return set(allowed.tolist())
    count = generation.manifest.counts.passages
    offsets = generation.span_offsets
    owned = [(row, row) for row in allowed] + [
        (count + span, row) for row in allowed for span in range(offsets[row], offsets[row + 1])
    ]
    vectors = np.array([vector for vector, _ in owned])
    order = np.argsort(-generation.vectors.similarities(query.vector, vectors), kind="stable")
    dense = dict.fromkeys(int(owned[place][1]) for place in order[: depth * _ROWS_A_PASSAGE])
    lexical = lexical_scores(generation, query)
    matching = [row for row in allowed.tolist() if lexical[row] > 0]
    return {*list(dense)[:depth], *sorted(matching, key=lambda row: -lexical[row])[:depth]}


def lexical_scores(generation: Generation, query: Query) -> NDArray[np.float32]:
    known = [generation.vocabulary[term] for term in query.terms if term in generation.vocabulary]
    return generation.passage_postings.scores(known)


@given(
    seed=st.integers(0, 1000),
    passages=st.integers(1, 80),
    documents=st.integers(1, 9),
    wanted=st.sets(st.integers(0, 8)),
    depth=st.integers(1, 100),
    terms=st.sampled_from(QUESTIONS),
)
@settings(max_examples=150, deadline=None)
def test_filtered_candidates_are_those_of_brute_force_over_the_allowed_passages(
    *, seed: int, passages: int, documents: int, wanted: set[int], depth: int, terms: tuple[str, ...]
) -> None:
    generation = made_up(seed, passages, documents)
    allowed = rows_of(generation, [number for number in wanted if number < documents])
    query = question(seed, terms, Filters(tags=frozenset(map(str, wanted)) or frozenset(["nothing"])))
    found = LocalEngine(generation).candidates(query, depth)

    expected = brute_force(generation, query, allowed, depth)
    lexical = lexical_scores(generation, query)
    if set(found.rows.tolist()) != expected:
        # Of passages with equal BM25 at the end of the list, either may come.
        (tied,) = {float(lexical[row]) for row in set(found.rows.tolist()) ^ expected}
        assert tied > 0
    assert set(found.rows.tolist()) <= set(allowed.tolist())
    np.testing.assert_array_equal(found.lexical, lexical[found.rows])
    for place, row in enumerate(found.rows):
        spans = passages + np.arange(generation.span_offsets[row], generation.span_offsets[row + 1])
        cosines = generation.vectors.similarities(query.vector, spans)
        assert found.span_cosines[place] == pytest.approx(cosines.max(), abs=1e-6)
        assert found.best_spans[place] == cosines.argmax()


@given(seed=st.integers(0, 1000), depth=st.integers(1, 50), terms=st.sampled_from(QUESTIONS))
@settings(max_examples=40, deadline=None)
def test_filters_that_every_document_matches_change_nothing(seed: int, depth: int, terms: tuple[str, ...]) -> None:
    engine = LocalEngine(made_up(seed, 40, 4))
    every = Filters(tags=frozenset("0123"))
    free, filtered = (engine.candidates(question(seed, terms, filters), depth) for filters in (NO_FILTERS, every))
    assert_same(free, filtered)


def assert_same(one: Candidates, other: Candidates) -> None:
    for field in ("rows", "passage_cosines", "span_cosines", "best_spans", "lexical"):
        np.testing.assert_array_equal(getattr(one, field), getattr(other, field))
    assert one.lexical_limit == other.lexical_limit


def test_the_lexical_limit_and_scores_stay_those_of_the_whole_collection() -> None:
    generation = made_up(7, 60, 6)
    engine = LocalEngine(generation)
    free = engine.candidates(question(1, ("bridge", "toll")), 100)
    filtered = engine.candidates(question(1, ("bridge", "toll"), Filters(tags=frozenset("3"))), 100)
    assert filtered.lexical_limit == free.lexical_limit > 0
    np.testing.assert_array_equal(filtered.lexical, free.lexical[np.isin(free.rows, filtered.rows)])


def test_filters_that_nothing_matches_leave_no_candidates() -> None:
    found = LocalEngine(made_up(7, 60, 6)).candidates(question(1, ("steel",), Filters(tags=frozenset("x"))), 10)
    for array in (found.rows, found.passage_cosines, found.span_cosines, found.best_spans, found.lexical):
        assert array.shape == (0,)
    assert found.lexical_limit > 0


def test_what_is_known_about_documents_is_read_once_and_only_when_filters_come(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    generation = made_up(7, 60, 6)
    metadata, reads = generation.database.metadata, list[str]()

    def read() -> list[DocumentMetadata]:
        reads.append("read")
        return metadata()

    monkeypatch.setattr(generation.database, "metadata", read)
    engine = LocalEngine(generation)
    engine.candidates(question(1, ("steel",)), 10)
    assert reads == []
    for tag in "0123":
        engine.candidates(question(1, ("steel",), Filters(tags=frozenset(tag))), 10)
    assert reads == ["read"]


def test_the_answer_comes_from_the_documents_that_the_filters_let_through(seeds_asker: Asker) -> None:
    question = "What did ZTE's ban cause?"
    everywhere = seeds_asker.ask(question, k=100)
    for wanted in ("catch-up-and-surpass", "chinas-sputnik-moment"):
        answer = seeds_asker.ask(question, k=100, filters=Filters(document_ids=frozenset([wanted])))
        expected = [hit.passage.id for hit in everywhere.hits if hit.passage.document_id == wanted]
        assert {hit.passage.id for hit in answer.hits} == set(expected)
        assert {citation.document_id for citation in answer.citations} <= {wanted}
        assert answer.answerable is (wanted == "chinas-sputnik-moment")


def test_where_no_document_matches_nothing_is_answered_at_confidence_0(seeds_asker: Asker) -> None:
    answer = seeds_asker.ask("What did ZTE's ban cause?", filters=Filters(authors=frozenset(["nobody"])))
    assert (answer.answerable, answer.confidence, answer.text) == (False, 0.0, "")
    assert (answer.citations, answer.hits) == ((), ())
