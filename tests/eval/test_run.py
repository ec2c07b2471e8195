"""Measures over a handful of questions, against the same measures worked out here from the ranks."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import pytest

from eval.errors import QuestionSetError
from eval.run import Outcome, Report, run_set
from eval.sets import Case, Gold, MeasureName, QuestionSet
from index.blocks import Block, assemble
from index.build import build_documents
from index.collection import Collection
from index.documents import Document
from index.models import DEFAULT_MODEL
from index.settings import Settings
from qa.answers import Answer
from qa.asker import Asker
from qa.factory import open_asker
from tests.conftest import Silent

SPUTNIK, CATCH_UP = "chinas-sputnik-moment", "catch-up-and-surpass"


def answerable(name: str, question: str, *gold: tuple[str, str]) -> Case:
    quotes = tuple(Gold(document=document, quote=quote) for document, quote in gold)
    return Case(id=name, question=question, answers=("yes",), gold=quotes)


def unanswerable(name: str, question: str) -> Case:
    return Case(id=name, question=question, answerable=False)


# Gold is chosen, without regard to sense, for where its passages come out.
ZTE = answerable("first", "What did ZTE's ban cause?", (SPUTNIK, "its operations collapsed"))
GANCHAO = answerable(
    "third-and-fourth",
    "What does ganchao mean?",
    (CATCH_UP, "The phrase, which Chinese shortens to ganchao"),
    (CATCH_UP, "its Chinese version, ganchao, moved to the center"),
)
LATE = answerable("seventh", "Which company owns TikTok?", (SPUTNIK, "Some successes must indeed be credited"))
TIKTOK = answerable("absent", "Which company owns TikTok?", (CATCH_UP, "Alvin Toffler"))
REFUSED = answerable("refused", "How do I reset my password?", (SPUTNIK, "London experts"))
HAMLET = unanswerable("hamlet", "Who wrote Hamlet?")
BREAD = unanswerable("bread", "How long should sourdough bread prove?")
MISLABELLED = unanswerable("mislabelled", "What did ZTE's ban cause?")
CASES = (ZTE, GANCHAO, HAMLET, LATE, TIKTOK, REFUSED, BREAD, MISLABELLED)


def run(asker: Asker, *cases: Case, floors: dict[MeasureName, float] | None = None) -> Report:
    return run_set(QuestionSet(name="few", cases=cases, floors=floors or {}), asker)


def all_ranks(outcome: Outcome) -> list[int]:
    """Return the ranks at which a passage holds the text of a gold quote."""
    quotes = [gold.quote for gold in outcome.case.gold]
    hits = enumerate(outcome.answer.hits, start=1)
    return [rank for rank, hit in hits if any(quote in hit.passage.text for quote in quotes)]


def ndcg(ranks: list[int], relevant: int) -> float:
    return sum(1 / math.log2(rank + 1) for rank in ranks) / sum(1 / math.log2(n + 2) for n in range(relevant))


def test_every_case_has_its_outcome_in_the_order_of_the_set(seeds_asker: Asker) -> None:
    outcomes = run(seeds_asker, *CASES).outcomes
    assert tuple(outcome.case for outcome in outcomes) == CASES
    for outcome in outcomes:
        assert outcome.answer.question == outcome.case.question
        assert len(outcome.answer.hits) == 10
        assert outcome.rank == min(all_ranks(outcome), default=None)


def test_ranking_measures_are_the_means_over_answerable_cases_only(seeds_asker: Asker) -> None:
    report = run(seeds_asker, *CASES)
    ranks = [all_ranks(outcome) for outcome in report.outcomes if outcome.case.answerable]
    assert len(ranks[1]) == 2
    assert 5 < min(ranks[2]) <= 10
    assert ranks[3] == []
    first = [min(found, default=math.inf) for found in ranks]
    assert report.measures["Success@1"] == pytest.approx(sum(rank == 1 for rank in first) / 5)
    assert report.measures["Success@5"] == pytest.approx(sum(rank <= 5 for rank in first) / 5)
    gains = [ndcg(found, relevant) for found, relevant in zip(ranks, (1, 2, 1, 1, 1), strict=True)]
    assert report.measures["nDCG@10"] == pytest.approx(sum(gains) / 5)
    assert len({report.measures[name] for name in ("Success@1", "Success@5", "nDCG@10")}) == 3


def test_answered_and_refused_are_shares_of_the_cases_they_bear_on(seeds_asker: Asker) -> None:
    measures = run(seeds_asker, *CASES).measures
    assert measures["answered"] == pytest.approx(4 / 5)
    assert measures["refused"] == pytest.approx(2 / 3)


def test_a_measure_that_no_case_bears_on_is_absent(seeds_asker: Asker) -> None:
    assert run(seeds_asker, ZTE).measures == {"Success@1": 1, "Success@5": 1, "nDCG@10": 1, "answered": 1}
    assert run(seeds_asker, HAMLET, BREAD).measures == {"refused": 1}


def test_measures_under_their_floor_are_named_and_those_at_it_are_not(seeds_asker: Asker) -> None:
    assert run(seeds_asker, ZTE, TIKTOK, HAMLET).below == ()
    floors: dict[MeasureName, float] = {"Success@1": 0.5, "Success@5": 0.51, "refused": 1, "nDCG@10": 0.6}
    report = run(seeds_asker, ZTE, TIKTOK, HAMLET, floors=floors)
    assert report.measures["Success@1"] == report.measures["Success@5"] == 0.5
    assert set(report.below) == {"Success@5", "nDCG@10"}


def test_a_floor_on_a_measure_that_no_case_bears_on_is_not_met(seeds_asker: Asker) -> None:
    assert run(seeds_asker, ZTE, floors={"refused": 0.1}).below == ("refused",)
    assert run(seeds_asker, HAMLET, floors={"answered": 0.1, "Success@1": 0.1}).below == ("answered", "Success@1")


def test_gold_that_is_not_in_the_documents_stops_the_run(seeds_asker: Asker) -> None:
    with pytest.raises(QuestionSetError, match="case lost"):
        run(seeds_asker, ZTE, answerable("lost", "Where is it?", (SPUTNIK, "nowhere to be found")))


@pytest.fixture
def answer(seeds_asker: Asker) -> Answer:
    return seeds_asker.ask(ZTE.question)


@pytest.mark.parametrize(
    ("case", "answered", "rank", "right"),
    [
        (ZTE, True, 1, True),
        (ZTE, True, 2, False),
        (ZTE, True, None, False),
        (ZTE, False, 1, False),
        (HAMLET, False, None, True),
        (HAMLET, True, None, False),
    ],
)
def test_right_is_the_right_passage_first_or_a_rightful_refusal(
    case: Case, answered: bool, rank: int | None, right: bool, answer: Answer
) -> None:
    assert Outcome(case, replace(answer, answerable=answered), rank).right is right


def test_where_passages_score_alike_the_measures_follow_the_ranks(empty_data: Path) -> None:
    paragraphs = ("Lighthouses are painted red.", "The harbour opens at six.", "The harbour opens at six.")
    parts = assemble([Block(text) for text in paragraphs])
    documents = [Document(f"harbour-{n}", "Harbour", parts.text, (), parts.blocks) for n in range(4)]
    build_documents(Collection(empty_data, "alike"), documents, DEFAULT_MODEL, Silent())
    asker = open_asker(Settings(data_dir=empty_data), "alike")

    for document in documents:
        asked = answerable("hours", "When does the harbour open?", (document.id, "The harbour opens at six."))
        report = run(asker, asked)
        rank = report.outcomes[0].rank
        assert rank is not None
        assert report.measures["Success@1"] == float(rank == 1)
