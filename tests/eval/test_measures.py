"""The measures of a single case against examples worked out by hand."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eval.gold import Located
from eval.measures import (
    CASE_MEASURES,
    DEPTH,
    LOWER_IS_BETTER,
    SET_MEASURES,
    exact_match,
    measure_case,
    quote_overlap,
    token_f1,
)
from eval.records import Place, Repeat
from eval.sets import Case, QuestionSet
from tests.eval.doubles import answered, place

thorough = settings(deadline=None, max_examples=60, derandomize=True)
PLACES = st.lists(st.builds(lambda start, size: place(start, start + size), st.integers(0, 30), st.integers(1, 12)))


def gold(*quotes: list[Place], passages: frozenset[str] = frozenset({"gold"})) -> list[Located]:
    return [Located(tuple(places), passages) for places in quotes]


@pytest.mark.parametrize(
    ("answer", "accepted", "exact", "f1"),
    [
        ("The Eiffel Tower!", ["eiffel tower"], 1, 1),
        ("an apple, a day", ["Apple day"], 1, 1),
        ("the cat sat on the mat", ["a cat sat"], 0, 2 / 3),  # 2 of 4 tokens, all of 2
        ("Barry Naughton", ["Alvin Toffler", "the economist Barry Naughton"], 0, 0.8),  # 2 of 2 tokens, 2 of 3
        ("nineteen", ["1953", "nineteen"], 1, 1),
        ("blue blue", ["blue"], 0, 2 / 3),  # a token counts as often as both have it
        ("left-handed", ["left handed"], 0, 0),  # punctuation goes, and leaves no space
        ("Theatre", ["atre"], 0, 0),  # only whole words are articles
        ("red", ["green", "grey"], 0, 0),
        ("", ["six"], 0, 0),
    ],
)
def test_answers_are_matched_as_squad_does(answer: str, accepted: list[str], exact: float, f1: float) -> None:
    assert exact_match(answer, accepted) == exact
    assert token_f1(answer, accepted) == pytest.approx(f1)


@pytest.mark.parametrize(
    ("cited", "wanted", "precision", "recall"),
    [
        ([place(5, 15)], gold([place(0, 10)]), 0.5, 0.5),
        ([place(0, 10)], gold([place(0, 10)]), 1, 1),
        ([place(10, 20)], gold([place(0, 10)]), 0, 0),
        ([], gold([place(0, 10)]), 0, 0),
        ([place(50, 60)], gold([place(0, 10), place(50, 60)]), 1, 1),
        ([place(0, 5), place(50, 58)], gold([place(0, 10), place(50, 60)]), 1, 0.8),
        ([place(20, 40)], gold([place(0, 10)], [place(20, 40)]), 1, 2 / 3),
        ([place(0, 10), place(30, 50)], gold([place(0, 10)], [place(20, 40)]), 2 / 3, 2 / 3),
        ([place(0, 6), place(4, 10)], gold([place(0, 10)]), 1, 1),
        ([place(0, 10, "mill")], gold([place(0, 10)]), 0, 0),
    ],
)
def test_quotes_are_counted_by_the_character(
    cited: list[Place], wanted: list[Located], precision: float, recall: float
) -> None:
    assert quote_overlap(cited, wanted) == pytest.approx((precision, recall))


def test_ranking_measures_of_one_case_are_their_formulas() -> None:
    names = [f"p{rank}" for rank in range(1, DEPTH + 1)]
    wanted = gold([place(0, 10)], passages=frozenset({"p2", "p7", "lost"}))
    found = measure_case(answered("six", names=names), ["six"], wanted)
    best = 1 + 1 / math.log2(3) + 1 / math.log2(4)
    assert found == pytest.approx(
        {"Success@1": 0, "Success@5": 1, "RR@10": 1 / 2, "R@5": 1 / 3, "R@20": 2 / 3, "EM": 1, "F1": 1, "QuoteP": 0}
        | {"nDCG@10": (1 / math.log2(3) + 1 / math.log2(8)) / best, "QuoteR": 0, "answered": 1}
    )


def test_passages_below_a_measures_depth_do_not_count_and_none_at_all_is_zero() -> None:
    names = [f"p{rank}" for rank in range(1, DEPTH + 1)]
    late = measure_case(answered(names=names), ["six"], gold([place(0, 1)], passages=frozenset({"p11"})))
    assert (late["Success@5"], late["nDCG@10"], late["RR@10"], late["R@5"], late["R@20"]) == (0, 0, 0, 0, 1)
    nothing = measure_case(answered(given=False), ["six"], gold([place(0, 1)]))
    assert set(nothing.values()) == {0}


def test_where_passages_score_alike_the_measures_follow_the_ranks() -> None:
    alike = tuple(one.model_copy(update={"score": 0.5}) for one in answered(names=("z", "gold", "a")).passages)
    found = measure_case(answered().model_copy(update={"passages": alike}), ["x"], gold([place(0, 5)]))
    assert (found["RR@10"], found["Success@1"]) == (0.5, 0)


def test_gold_that_repeats_a_listed_passage_is_found_where_that_one_stands() -> None:
    listed = answered(names=("z", "a")).passages
    repeats = (Repeat(document_id="other", id="gold"),)
    shown = (listed[0], listed[1].model_copy(update={"repeats": repeats}))
    found = measure_case(answered().model_copy(update={"passages": shown}), ["x"], gold([place(0, 5)]))
    assert (found["RR@10"], found["R@5"]) == (0.5, 1)


def test_a_case_without_gold_is_only_refused_or_not() -> None:
    assert measure_case(answered("six", names=["p1"]), [], []) == {"refused": 0}
    assert measure_case(answered(given=False), [], []) == {"refused": 1}


def test_every_measure_that_is_better_when_higher_can_have_a_floor() -> None:
    names = {*CASE_MEASURES, *SET_MEASURES} - LOWER_IS_BETTER
    case = Case(id="a", question="Who?", answerable=False)
    floors = dict.fromkeys(names, 0.5)
    questions = QuestionSet.model_validate({"name": "all", "floors": floors, "cases": (case,)})
    assert questions.floors_by_name() == floors


@thorough
@given(st.text("a the six.!", max_size=12), st.lists(st.text("a the six.!", max_size=12), max_size=3))
def test_text_measures_lie_between_0_and_1_and_an_accepted_answer_is_exact(answer: str, accepted: list[str]) -> None:
    assert 0 <= token_f1(answer, accepted) <= 1
    assert exact_match(answer, [*accepted, answer]) == 1
    assert exact_match(answer, accepted) in (0, 1)


@thorough
@given(PLACES, st.lists(PLACES.filter(bool), max_size=3))
def test_quote_measures_lie_between_0_and_1_and_citing_all_gold_is_full_recall(
    cited: list[Place], quotes: list[list[Place]]
) -> None:
    assert all(0 <= value <= 1 for value in quote_overlap(cited, gold(*quotes)))
    everything = [one for quote in quotes for one in quote]
    assert quote_overlap(everything, gold(*quotes)) == ((1, 1) if quotes else (0, 0))
