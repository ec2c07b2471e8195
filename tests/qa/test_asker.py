"""Questions to answers, over the sample documents with the real model."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eval.sets import load_set
from index.analysis import analyze
from qa.answers import Answer
from qa.asker import CANDIDATE_DEPTH, MAX_K, Asker, check_question
from qa.engine import Candidates, Query
from qa.local_engine import LocalEngine
from tests.conftest import ROOT

ZTE = "what did ZTE's ban cause?"
HAMLET = "Who wrote Hamlet?"
FIVE = (ZTE, HAMLET, "Which company owns TikTok?", "How did Lenovo start?", "When did the five-year plans begin?")
TEXTS = st.text(max_size=200).filter(lambda text: bool(text.strip()))


@pytest.fixture(scope="session")
def eager_asker(seeds_asker: Asker) -> Asker:
    """Takes every question for answerable, so that every question gets citations."""
    return Asker(seeds_asker.generation, LocalEngine(seeds_asker.generation), dense_weight=0.7, min_confidence=0.0)


def verify(answer: Answer, asker: Asker) -> None:
    """Check each citation against the answer and against the document as stored."""
    assert answer.text == " ".join(citation.cited_text for citation in answer.citations)
    for citation in answer.citations:
        document = asker.generation.database.document(citation.document_id)
        assert document is not None
        assert document.text[citation.start : citation.end] == citation.cited_text != ""
        assert citation.document_sha256 == document.sha256
        assert answer.text[citation.answer_start : citation.answer_end] == citation.cited_text


def untimed(answer: Answer) -> Answer:
    return replace(answer, timings_ms={})


def test_a_question_is_answered_with_the_sentence_that_answers_it(seeds_asker: Asker) -> None:
    answer = seeds_asker.ask(f"  {ZTE}\n")
    assert answer.question == ZTE
    assert answer.hits[0].passage.text.startswith("ZTE, a Chinese telecommunications company, was one casualty")
    assert answer.answerable
    assert answer.confidence >= 0.5
    (citation,) = answer.citations
    assert "its operations collapsed" in citation.cited_text
    assert citation.passage_id == answer.hits[0].passage.id
    assert (answer.collection, answer.generation) == ("default", seeds_asker.generation.name)
    verify(answer, seeds_asker)


def test_a_question_that_the_documents_do_not_answer_is_refused_with_the_nearest_passages(seeds_asker: Asker) -> None:
    answer = seeds_asker.ask(HAMLET)
    assert not answer.answerable
    assert answer.confidence < 0.5
    assert (answer.text, answer.citations) == ("", ())
    assert len(answer.hits) == 5


def test_every_citation_of_every_sample_question_is_the_text_of_its_document(seeds_asker: Asker) -> None:
    answers = [seeds_asker.ask(case.question) for case in load_set(ROOT / "eval/sets/seeds.yaml").cases]
    for answer in answers:
        verify(answer, seeds_asker)
        assert bool(answer.citations) == answer.answerable
    assert sum(answer.answerable for answer in answers) > 20


@given(TEXTS)
@settings(max_examples=40, deadline=None)
def test_any_text_that_passes_the_check_gets_an_answer_whose_citations_hold(eager_asker: Asker, text: str) -> None:
    answer = eager_asker.ask(text)
    assert answer.answerable
    assert answer.question == check_question(text)
    verify(answer, eager_asker)


def test_the_answer_does_not_depend_on_how_many_passages_are_wanted(seeds_asker: Asker) -> None:
    question = "What does ganchao mean?"
    few, many = seeds_asker.ask(question, k=1), seeds_asker.ask(question, k=MAX_K)
    assert (few.text, few.citations, few.confidence) == (many.text, many.citations, many.confidence)
    # Quotes come from passages that are not returned, too.
    assert {citation.passage_id for citation in few.citations} > {few.hits[0].passage.id}


@pytest.mark.parametrize("question", FIVE)
def test_hits_are_different_passages_in_descending_score(question: str, seeds_asker: Asker) -> None:
    hits = seeds_asker.ask(question, k=MAX_K).hits
    assert len({hit.passage.id for hit in hits}) == len(hits)
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)


def test_each_hit_carries_the_scores_and_the_best_span_of_its_candidate(seeds_asker: Asker) -> None:
    question = "What did the US ban cause?"  # in capitals a name, in small letters a stop word
    generation = seeds_asker.generation
    query = Query(generation.encoder.encode([question])[0], tuple(analyze(question)))
    assert "us" in query.terms
    found = LocalEngine(generation).candidates(query, CANDIDATE_DEPTH)
    passages = generation.database.passages([int(row) for row in found.rows])
    hits = {hit.passage: hit for hit in seeds_asker.ask(question, k=MAX_K).hits}
    for place, passage in enumerate(passages):
        hit = hits[passage]
        assert hit.best_span == passage.spans[found.best_spans[place]]
        assert hit.lexical == pytest.approx(found.lexical[place])
        assert hit.dense == pytest.approx((found.passage_cosines[place] + found.span_cosines[place]) / 2)


def test_each_stage_is_timed(seeds_asker: Asker) -> None:
    timings = seeds_asker.ask(ZTE).timings_ms
    assert timings.keys() == {"encode", "search", "read"}
    assert all(value >= 0 for value in timings.values())


def test_threads_get_the_answers_that_one_thread_gets_every_time(seeds_asker: Asker) -> None:
    alone = [untimed(seeds_asker.ask(question)) for question in FIVE]

    def ask_all(_: int) -> list[list[Answer]]:
        return [[untimed(seeds_asker.ask(question)) for question in FIVE] for _ in range(20)]

    with ThreadPoolExecutor(8) as pool:
        for rounds in pool.map(ask_all, range(8)):
            # Not compared as a whole: on a difference pytest would spell all of it out, and be at it for an hour.
            assert [number for number, answers in enumerate(rounds) if answers != alone] == []


def test_without_candidates_nothing_is_answered_however_little_confidence_is_asked_for(
    seeds_asker: Asker, monkeypatch: pytest.MonkeyPatch
) -> None:
    none, no_rows = np.empty(0, dtype=np.float32), np.empty(0, dtype=np.int64)
    engine = LocalEngine(seeds_asker.generation)
    nothing = Candidates(no_rows, none, none, no_rows, none, lexical_limit=0.0)
    monkeypatch.setattr(engine, "candidates", lambda *_: nothing)
    answer = Asker(seeds_asker.generation, engine, dense_weight=0.7, min_confidence=0.0).ask(ZTE)
    assert not answer.answerable
    assert (answer.text, answer.citations, answer.hits) == ("", (), ())
