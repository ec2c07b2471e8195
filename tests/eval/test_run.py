"""A set asked of a target: what is kept of each case."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest

from eval.errors import QuestionSetError
from eval.records import RUN_FORMAT, Result
from eval.run import run_set, set_sha256
from eval.sets import Case, Gold, QuestionSet
from eval.targets import LocalTarget
from index.blocks import Block, assemble
from index.build import build_documents
from index.collection import Collection
from index.documents import Document
from index.models import DEFAULT_MODEL
from index.settings import Settings
from tests.conftest import Silent
from tests.eval.doubles import INFO, FakeTarget, ranked


def asked(name: str, question: str, *gold: tuple[str, str], tags: tuple[str, ...] = ()) -> Case:
    quotes = tuple(Gold(document=document, quote=quote) for document, quote in gold)
    return Case(id=name, question=question, answers=("six",), gold=quotes, tags=tags)


OPENING = asked(
    "opening", "When does it open?", ("harbour", "opens at six"), ("harbour", "The harbour"), tags=("when",)
)
FAILING = asked("failing", "Why does it fail?", ("harbour", "closes at ten"))
ABSENT = asked("absent", "When does the mill open?", ("harbour", "opens at six"), ("mill", "at dawn"))
HAMLET = Case(id="hamlet", question="Who wrote Hamlet?", answerable=False)
FEW = QuestionSet(name="few", cases=(OPENING, FAILING, ABSENT, HAMLET))


def only(case: Case) -> Result:
    (found,) = run_set(QuestionSet(name="one", cases=(case,)), FakeTarget()).results
    return found


def test_a_run_keeps_every_case_in_the_order_of_the_set() -> None:
    ticks: list[None] = []
    run = run_set(FEW, FakeTarget(), lambda: ticks.append(None))
    assert [one.case for one in run.results] == ["opening", "failing", "absent", "hamlet"]
    assert [one.status for one in run.results] == ["scored", "failed", "skipped", "scored"]
    assert len(ticks) == 4
    assert (run.format_version, run.set_name, run.set_sha256, run.target) == (RUN_FORMAT, "few", set_sha256(FEW), INFO)
    assert datetime.datetime.fromisoformat(run.created).utcoffset() == datetime.timedelta(0)
    assert [one.case for one in run.scored()] == ["opening", "hamlet"]


def test_a_scored_case_keeps_its_question_tags_documents_gold_and_answer() -> None:
    found = only(OPENING)
    assert (found.question, found.answerable, found.tags) == ("When does it open?", True, ("when",))
    assert found.documents == ("harbour",)
    assert found.relevant == ("one",)
    assert found.answered == FakeTarget().ask(OPENING.question, 20)
    assert found.answered.passages == ranked(["two", "one"])
    assert (found.measures["Success@1"], found.measures["RR@10"], found.measures["QuoteR"]) == (0, 0.5, 1)


def test_a_case_without_gold_is_measured_by_its_refusal_alone() -> None:
    found = only(HAMLET)
    assert (found.documents, found.relevant, found.measures) == ((), (), {"refused": 0})


def test_a_case_is_skipped_unasked_when_one_of_its_documents_is_absent() -> None:
    target = FakeTarget()
    (found,) = run_set(QuestionSet(name="one", cases=(ABSENT,)), target).results
    assert (found.status, found.reason) == ("skipped", "the collection has no document 'mill'")
    assert (found.documents, found.answered, found.measures) == (("harbour", "mill"), None, {})
    assert target.asked == []


def test_a_case_whose_question_raises_has_failed_and_the_others_are_asked_nonetheless() -> None:
    target = FakeTarget()
    run = run_set(FEW, target)
    failed = run.results[1]
    assert (failed.status, failed.reason) == ("failed", "the engine is out of oil")
    assert (failed.answered, failed.measures) == (None, {})
    assert target.asked == [(case.question, 20) for case in (OPENING, FAILING, HAMLET)]


def test_an_error_that_is_not_ours_is_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError

    target = FakeTarget()
    monkeypatch.setattr(target, "ask", broken)
    with pytest.raises(ZeroDivisionError):
        run_set(FEW, target)


def test_gold_that_is_not_in_the_documents_stops_the_run(local_target: LocalTarget) -> None:
    lost = asked("lost", "Where is it?", ("chinas-sputnik-moment", "nowhere to be found"))
    with pytest.raises(QuestionSetError, match="case lost"):
        run_set(QuestionSet(name="one", cases=(lost,)), local_target)


def test_gold_that_is_listed_with_a_passage_that_says_the_same_counts_as_found(empty_data: Path) -> None:
    paragraphs = (
        "Lighthouses are painted red.",
        "The harbour opens at six.",
    )
    parts = assemble([Block(text, kind="whole") for text in paragraphs])
    documents = [Document(f"harbour-{n}", "Harbour", parts.text, (), parts.blocks) for n in range(4)]
    build_documents(Collection(empty_data, "alike"), documents, DEFAULT_MODEL, Silent())
    target = LocalTarget.open(Settings(data_dir=empty_data, collection="alike"))
    cases = [asked(d.id, "When does the harbour open?", (d.id, "The harbour opens at six.")) for d in documents]

    for found in run_set(QuestionSet(name="alike", cases=tuple(cases)), target).results:
        assert found.answered is not None
        assert len(found.answered.passages) == 2, "each paragraph is listed once"
        assert (found.measures["RR@10"], found.measures["R@5"], found.first_rank()) == (1, 1, 1)


def test_the_hash_of_a_set_is_that_of_its_cases_in_their_order() -> None:
    assert set_sha256(FEW.model_copy(update={"name": "other", "floors": {"F1": 0.5}})) == set_sha256(FEW)
    hashes = [
        set_sha256(QuestionSet(name="few", cases=cases))
        for cases in (
            FEW.cases,
            FEW.cases[:-1],
            FEW.cases[::-1],
            (OPENING.model_copy(update={"tags": ()}), *FEW.cases[1:]),
        )
    ]
    assert len(set(hashes)) == 4
    assert all(len(one) == 64 for one in hashes)
