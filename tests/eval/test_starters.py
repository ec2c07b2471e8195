from __future__ import annotations

from eval.sets import QuestionSet, load_set
from eval.starters import starters
from qa.asker import Asker
from tests.conftest import ROOT


def made(*questions: tuple[str, bool]) -> QuestionSet:
    gold = [{"document": "d", "quote": "q"}]
    cases = [
        {
            "id": str(number),
            "question": question,
            **({"answers": ["a"], "gold": gold} if yes else {"answerable": False}),
        }
        for number, (question, yes) in enumerate(questions)
    ]
    return QuestionSet.model_validate({"name": "made", "cases": cases})


def test_six_are_spread_over_the_set_and_one_that_is_not_answered_comes_last() -> None:
    questions = made(*((f"q{number}", True) for number in range(60)), ("n1", False), ("n2", False))
    assert starters(questions) == ("q5", "q15", "q25", "q35", "q45", "q55", "n1")


def test_few_are_all_offered_once_each() -> None:
    assert starters(made(("a", True), ("a", True), ("b", True))) == ("a", "b")
    assert starters(made(("n", False))) == ("n",)


def test_long_ones_are_left_out() -> None:
    assert starters(made(("x" * 91, True), ("y" * 90, True), ("z" * 91, False))) == ("y" * 90,)


def test_those_of_the_sample_documents_show_what_they_are_to_show(seeds_asker: Asker) -> None:
    questions = starters(load_set(ROOT / "eval/sets/seeds.yaml"))

    assert [seeds_asker.ask(question).answerable for question in questions] == [True] * 6 + [False]
