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
from index.settings import Settings
from qa.answers import Answer
from qa.asker import CANDIDATE_DEPTH, DEFAULT_K, MAX_K, Asker, check_question
from qa.confidence import confidence, features, threshold
from qa.engine import Candidates, Query
from qa.errors import QuestionError
from qa.factory import make_asker
from qa.local_engine import LocalEngine
from qa.reader import READ_PASSAGES, Quote
from tests.conftest import ROOT

ZTE = "what did ZTE's ban cause?"
HAMLET = "Who wrote Hamlet?"
FIVE = (ZTE, HAMLET, "Which company owns TikTok?", "How did Lenovo start?", "When did the five-year plans begin?")
TEXTS = st.text(max_size=200).filter(lambda text: bool(text.strip()))


@pytest.fixture(scope="session")
def eager_asker(seeds_asker: Asker) -> Asker:
    """Takes every question for answerable, so that every question gets citations."""
    return make_asker(seeds_asker.generation, LocalEngine(seeds_asker.generation), Settings(max_risk=1))


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
    assert answer.confidence >= threshold(Settings().max_risk)
    (citation,) = answer.citations
    assert "its operations collapsed" in citation.cited_text
    assert citation.passage_id == answer.hits[0].passage.id
    assert (answer.collection, answer.generation) == ("default", seeds_asker.generation.name)
    verify(answer, seeds_asker)


def test_a_question_that_the_documents_do_not_answer_is_refused_with_the_nearest_passages(seeds_asker: Asker) -> None:
    answer = seeds_asker.ask(HAMLET)
    assert not answer.answerable
    assert answer.confidence < threshold(Settings().max_risk)
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
    assert [part.citations for part in answer.parts if not part.citations] == []
    assert {id_ for part in answer.parts for id_ in part.citations} == {one.id for one in answer.citations}
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
    query = Query(question, generation.encoder.encode([question])[0], tuple(analyze(question)))
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
    assert timings.keys() == {"encode", "search", "rank", "read", "cite"}
    assert all(value >= 0 for value in timings.values())


def test_threads_get_the_answers_that_one_thread_gets_every_time(seeds_asker: Asker) -> None:
    alone = [untimed(seeds_asker.ask(question)) for question in FIVE]

    def ask_all(_: int) -> list[list[Answer]]:
        return [[untimed(seeds_asker.ask(question)) for question in FIVE] for _ in range(20)]

    with ThreadPoolExecutor(8) as pool:
        for rounds in pool.map(ask_all, range(8)):
            # Not compared as a whole: on a difference pytest would spell all of it out, and be at it for an hour.
            assert [number for number, answers in enumerate(rounds) if answers != alone] == []


def test_without_candidates_nothing_is_answered_whatever_risk_is_taken(
    seeds_asker: Asker, monkeypatch: pytest.MonkeyPatch
) -> None:
    none, no_rows = np.empty(0, dtype=np.float32), np.empty(0, dtype=np.int64)
    engine = LocalEngine(seeds_asker.generation)
    nothing = Candidates(no_rows, none, none, no_rows, none, lexical_limit=0.0)
    monkeypatch.setattr(engine, "candidates", lambda *_: nothing)
    answer = make_asker(seeds_asker.generation, engine, Settings(max_risk=1)).ask(ZTE)
    assert not answer.answerable
    assert (answer.text, answer.citations, answer.hits) == ("", (), ())


# Questions of several parts.

PLANS = "When did the first five-year plan take effect?"


def test_a_question_of_one_part_has_one_part_that_says_what_the_answer_does(seeds_asker: Asker) -> None:
    for question in (ZTE, HAMLET):
        answer = seeds_asker.ask(question)
        (part,) = answer.parts
        assert (part.question, part.answerable, part.confidence) == (question, answer.answerable, answer.confidence)
        assert part.citations == tuple(citation.id for citation in answer.citations)


def test_two_parts_are_both_cited_each_with_what_it_gets_alone(seeds_asker: Asker) -> None:
    answer = seeds_asker.ask(f"{ZTE.rstrip('?')} and {PLANS[0].lower()}{PLANS[1:]}")
    alone = [seeds_asker.ask(text) for text in ("what did ZTE's ban cause", PLANS[0].lower() + PLANS[1:])]
    assert [part.question for part in answer.parts] == [one.question for one in alone]
    assert [part.confidence for part in answer.parts] == pytest.approx([one.confidence for one in alone])
    assert answer.answerable
    assert answer.confidence == min(part.confidence for part in answer.parts)
    cited = {citation.id: citation.cited_text for citation in answer.citations}
    for part, one in zip(answer.parts, alone, strict=True):
        assert part.answerable
        assert [cited[id_] for id_ in part.citations] == [citation.cited_text for citation in one.citations] != []
    assert answer.text == " ".join(one.text for one in alone)
    verify(answer, seeds_asker)


def test_a_span_that_answers_two_parts_is_quoted_once_and_cited_by_both(seeds_asker: Asker) -> None:
    answer = seeds_asker.ask(f"{ZTE} What did the ban of ZTE cause?")
    first, second = answer.parts
    assert set(first.citations) & set(second.citations)
    assert [citation.id for citation in answer.citations] == [f"c{n}" for n in range(1, len(answer.citations) + 1)]
    places = [(citation.document_id, citation.start) for citation in answer.citations]
    assert len(set(places)) == len(places) < len(first.citations) + len(second.citations)
    verify(answer, seeds_asker)


@pytest.mark.parametrize("question", [f"{ZTE} {HAMLET}", f"{HAMLET} {ZTE}"])
def test_a_part_without_an_answer_leaves_that_of_the_other(question: str, seeds_asker: Asker) -> None:
    answer, alone = seeds_asker.ask(question), seeds_asker.ask(ZTE)
    by_question = {part.question: part for part in answer.parts}
    assert by_question.keys() == {ZTE, HAMLET}
    assert (by_question[HAMLET].answerable, by_question[HAMLET].citations) == (False, ())
    assert by_question[HAMLET].confidence < by_question[ZTE].confidence
    assert by_question[ZTE].citations == tuple(citation.id for citation in answer.citations)
    assert (answer.answerable, answer.text, answer.confidence) == (True, alone.text, alone.confidence)


def test_where_no_part_has_an_answer_there_is_none_and_the_nearest_says_how_near(seeds_asker: Asker) -> None:
    answer = seeds_asker.ask(f"{HAMLET} How do I bake sourdough bread?")
    assert (answer.answerable, answer.text, answer.citations) == (False, "", ())
    assert [part.answerable for part in answer.parts] == [False, False]
    assert answer.confidence == max(part.confidence for part in answer.parts)
    assert len(answer.hits) == DEFAULT_K


@pytest.mark.parametrize("k", [1, 2, 5, MAX_K])
def test_hits_of_several_parts_take_turns_without_repeats(k: int, seeds_asker: Asker) -> None:
    of_parts = [[hit.passage.id for hit in seeds_asker.ask(part, k=MAX_K).hits] for part in (ZTE, PLANS)]
    found = [hit.passage.id for hit in seeds_asker.ask(f"{ZTE} {PLANS}", k=k).hits]
    in_turn = [one for pair in zip(*of_parts, strict=True) for one in pair]
    assert found == list(dict.fromkeys(in_turn))[:k]
    assert len(set(found)) == len(found)


# Finding, and the reasons for what is found.


def test_what_is_found_belongs_together(seeds_asker: Asker) -> None:
    found = seeds_asker.find(ZTE, k=3)
    match = found.match
    assert match is not None
    assert found.hits == match.hits
    assert (found.query.text, found.query.terms) == (ZTE, tuple(analyze(ZTE)))
    assert found.confidence == confidence(features(match.candidates)) == seeds_asker.ask(ZTE).confidence
    assert len(match.hits) == READ_PASSAGES
    rows = match.candidates.rows[match.ranking.places[match.ranks]].tolist()
    assert seeds_asker.generation.database.passages(rows) == [hit.passage for hit in match.hits]
    assert [hit.score for hit in match.hits] == pytest.approx(match.ranking.scores[match.ranks].tolist())
    assert np.diff(match.evidence.offsets).tolist() == [len(hit.passage.spans) for hit in match.hits]
    spans = {(hit.passage.id, span) for hit in match.hits for span in hit.passage.spans}
    assert {(quote.passage.id, quote.span) for quote in match.quotes} == spans
    assert sum(quote.probability for quote in match.quotes) == pytest.approx(1, abs=1e-4)


def test_hits_are_explained_where_that_is_asked_for_and_otherwise_the_same(seeds_asker: Asker) -> None:
    plain, explained = seeds_asker.ask(ZTE, k=MAX_K), seeds_asker.ask(ZTE, k=MAX_K, explained=True)
    assert [hit.explanation for hit in plain.hits] == [None] * len(plain.hits)
    assert [replace(hit, explanation=None) for hit in explained.hits] == list(plain.hits)
    for hit in explained.hits[:50]:
        assert hit.explanation is not None
        assert hit.explanation.signals["dense"] == pytest.approx(hit.dense, abs=1e-6)
    last = explained.hits[-1].explanation
    assert last is not None
    assert last.signals == {}, "only the best fifty are looked at closely"


@pytest.mark.parametrize("question", [*FIVE, f"{ZTE} {PLANS}"])
def test_explained_words_stand_in_the_document_where_they_are_said_to(question: str, seeds_asker: Asker) -> None:
    asked = set(analyze(question))
    for hit in seeds_asker.ask(question, k=10, explained=True).hits:
        document = seeds_asker.generation.database.document(hit.passage.document_id)
        assert document is not None
        assert hit.explanation is not None
        terms = [match.term for match in hit.explanation.matches]
        assert set(terms) <= asked
        for match in hit.explanation.matches:
            assert hit.passage.start <= match.start < match.end <= hit.passage.end
            assert analyze(document.text[match.start : match.end]) == [match.term]
        if "?" in question[:-1]:
            continue  # each hit is explained by its own part
        assert terms == [term for term in analyze(hit.passage.text) if term in asked]


def test_hits_are_listed_as_an_answer_lists_them_without_reading_them(
    seeds_asker: Asker, monkeypatch: pytest.MonkeyPatch
) -> None:
    question = f"{ZTE} And who founded Lenovo?"
    answer = seeds_asker.ask(question, 20, explained=True)

    def read(*_: object) -> list[Quote]:
        raise AssertionError("searching must not read")

    monkeypatch.setattr(seeds_asker._reader, "read", read)
    listing = seeds_asker.list_hits(seeds_asker.prepare(question), 20, explained=True)

    assert listing.hits == answer.hits
    assert (listing.question, listing.collection, listing.generation) == (
        question,
        answer.collection,
        answer.generation,
    )
    assert list(listing.timings_ms) == ["encode", "search", "rank"]


@pytest.mark.parametrize("k", [0, 101])
def test_as_many_hits_can_be_listed_as_asked_for(seeds_asker: Asker, k: int) -> None:
    with pytest.raises(QuestionError, match="from 1 to 100"):
        seeds_asker.list_hits(seeds_asker.prepare(ZTE), k)
