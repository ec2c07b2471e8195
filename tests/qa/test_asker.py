"""Questions to answers, over the sample documents with the real model."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eval.sets import load_set
from qa.answers import Answer
from qa.asker import MAX_K, MAX_QUESTION_CHARACTERS, Asker, check_question
from qa.engine import Candidates
from qa.errors import QuestionError
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


@pytest.mark.parametrize("question", ["", " \t\n\u3000", "w" * (MAX_QUESTION_CHARACTERS + 1), "why \ud83d?"])
def test_a_question_that_is_empty_too_long_or_no_text_is_refused(question: str, seeds_asker: Asker) -> None:
    with pytest.raises(QuestionError) as caught:
        seeds_asker.ask(question)
    assert caught.value.field == "question"


def test_a_question_of_exactly_the_allowed_length_is_answered(seeds_asker: Asker) -> None:
    question = "w" * MAX_QUESTION_CHARACTERS
    assert seeds_asker.ask(f" {question} ").question == question


@pytest.mark.parametrize("k", [-1, 0, MAX_K + 1])
def test_k_outside_its_bounds_is_refused(k: int, seeds_asker: Asker) -> None:
    with pytest.raises(QuestionError, match="from 1 to 100") as caught:
        seeds_asker.ask(ZTE, k=k)
    assert caught.value.field == "k"


def test_k_says_how_many_passages_come_and_no_more_come_than_there_are(seeds_asker: Asker) -> None:
    total = seeds_asker.generation.manifest.counts.passages
    few, many = seeds_asker.ask(ZTE, k=1), seeds_asker.ask(ZTE, k=MAX_K)
    assert (len(few.hits), len(many.hits)) == (1, total)
    assert few.hits == many.hits[:1]
    assert few.citations == many.citations


@pytest.mark.parametrize("question", FIVE)
def test_hits_are_different_passages_in_descending_score(question: str, seeds_asker: Asker) -> None:
    hits = seeds_asker.ask(question, k=MAX_K).hits
    assert len({hit.passage.id for hit in hits}) == len(hits)
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    assert all(hit.best_span in hit.passage.spans for hit in hits)


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
            assert rounds == [alone] * 20


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
