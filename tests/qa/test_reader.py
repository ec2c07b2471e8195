"""Which spans are read out as the answer: their features by hand, their probabilities, and how many are quoted."""

from __future__ import annotations

import math
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from index.documents import Passage, Span
from qa.answers import Hit
from qa.engine import Evidence, Query
from qa.reader import (
    _WORTH_QUOTING,
    ENOUGH,
    FEATURES,
    MAX_QUOTES,
    WEIGHTS,
    EvidenceReader,
    Quote,
    as_quotes,
    choose_quotes,
    span_features,
)

TEXT = "The ferry leaves at nine. It takes two hours. Dogs stay on the upper deck. Bicycles cost 4 euros."


def passage_of(text: str, document_id: str = "ferry", start: int = 0) -> Passage:
    """Make a passage, a span a sentence."""
    spans = tuple(Span(start + found.start(), start + found.end()) for found in re.finditer(r"\w[^.]*\.", text))
    return Passage(f"p-{document_id}", document_id, 0, start, start + len(text), text, (), None, spans)


PASSAGE = passage_of(TEXT)
BUS = passage_of("The bus waits.", "bus", 100)


def hit(score: float, passage: Passage = PASSAGE) -> Hit:
    return Hit(passage, "Ferry", score, dense=score, lexical=0.0, best_span=passage.spans[0])


def quotes(*values: float) -> list[Quote]:
    return [Quote(PASSAGE, PASSAGE.spans[place], value) for place, value in enumerate(values)]


def evidence(*, cosines: list[float] | None = None, terms: int = 2) -> Evidence:
    """Make evidence of a question with terms of weights 1 and 3 and one pair, over ``PASSAGE`` and ``BUS``."""
    held = np.array([[1, 0], [0, 0], [0, 1], [0, 0], [0, 1]], dtype=np.bool_)[:, :terms]
    return Evidence(
        offsets=np.array([0, 4, 5]),
        cosines=np.array(cosines or [0.1, 0.2, 0.3, 0.4, 0.5], dtype=np.float32),
        windows=np.array([0.6, 0.7, 0.8, 0.9, 0.5], dtype=np.float32),
        term_weights=np.array([1, 3], dtype=np.float32)[:terms],
        span_terms=held,
        context_terms=np.array([[0, 0], [1, 0]], dtype=np.bool_)[:, :terms],
        pair_weights=np.array([1], dtype=np.float32)[: terms // 2],
        span_pairs=np.array([[0], [0], [1], [0], [0]], dtype=np.bool_)[:, : terms // 2],
        context_pairs=np.zeros((2, terms // 2), dtype=np.bool_),
    )


HITS = [hit(0.75), hit(0.25, BUS)]


def feature(name: str, question: str = "Who?", found: Evidence | None = None) -> list[float]:
    column: NDArray[np.float32] = span_features(question, HITS, found or evidence())[:, FEATURES.index(name)]
    return [float(value) for value in column]


def test_there_is_a_row_for_each_span_and_a_weight_for_each_feature() -> None:
    values = span_features("Who?", HITS, evidence())
    assert values.shape == (5, len(FEATURES))
    assert values.dtype == np.float32
    assert WEIGHTS.shape == (len(FEATURES),)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("cosine", [0.1, 0.2, 0.3, 0.4, 0.5]),
        ("window", [0.6, 0.7, 0.8, 0.9, 0.5]),
        ("coverage", [0.25, 0, 0.75, 0, 0.75]),
        # With the span before, but not the last of another passage; the bus has its first term in its title.
        ("carried", [0.25, 0.25, 0.75, 0.75, 1]),
        ("pairs", [0, 0, 1, 0, 0]),
        ("passage", [0.75, 0.75, 0.75, 0.75, 0.25]),
        ("first", [1, 0, 0, 0, 1]),
        ("length", [math.log(5)] * 4 + [math.log(2)]),
        ("figure", [0, 0, 0, 0, 0]),
    ],
)
def test_features_are_worked_out_by_hand(name: str, expected: list[float]) -> None:
    assert feature(name) == pytest.approx(expected)


def test_the_span_before_does_not_reach_from_one_passage_into_the_next() -> None:
    one = evidence()
    one.span_terms[:] = [[0, 0], [0, 0], [0, 0], [0, 1], [0, 0]]
    assert feature("carried", found=one) == [0, 0, 0, 0.75, 0.25]


def test_a_question_without_terms_has_features_too() -> None:
    values = span_features("Who?", HITS, evidence(terms=0))
    assert np.isfinite(values).all()
    for name in ("coverage", "carried", "pairs"):
        assert feature(name, found=evidence(terms=0)) == [0] * 5


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("When does the ferry leave?", [0, 1, 0, 1, 0]),
        ("how long does it take?", [0, 1, 0, 1, 0]),
        ("What is the price?", [0, 1, 0, 1, 0]),
        ("In which year did it start?", [0, 1, 0, 1, 0]),
        ("How much are 4 bicycles?", [0, 1, 0, 0, 0]),  # the question names it itself
        ("Who steers the ferry?", [0] * 5),
        ("Whenever does it leave?", [0] * 5),
        ("How does it leave?", [0] * 5),
        ("What is the way to a very low price?", [0] * 5),
    ],
)
def test_figures_count_where_the_question_asks_for_one_that_it_does_not_name(
    question: str, expected: list[int]
) -> None:
    changed = PASSAGE.text.replace("nine", "dawn")  # "two" and "4" are the figures that are left
    hits = [hit(0.75, passage_of(changed)), hit(0.25, BUS)]
    assert span_features(question, hits, evidence())[:, FEATURES.index("figure")].tolist() == expected


@pytest.mark.parametrize(
    ("sentence", "has"),
    [
        ("In May it ends.", 1), ("It may end.", 0), ("On Monday.", 1), ("Half of it.", 1), ("Some of it.", 0),
        ("About 1,500 of them.", 1), ("Everyone knows.", 0), ("Millions came.", 1), ("Often enough.", 0),
    ],
)  # fmt: skip
def test_numbers_months_and_days_are_figures(sentence: str, has: int) -> None:
    passage = Passage("p", "d", 0, 50, 50 + len(sentence), sentence, (), None, (Span(50, 50 + len(sentence)),))
    one, none = np.ones(1, dtype=np.float32), np.empty(0, dtype=np.float32)
    nothing = np.zeros((1, 0), dtype=np.bool_)
    found = Evidence(np.array([0, 1]), one, one, none, nothing, nothing, none, nothing, nothing)
    assert span_features("How many?", [hit(0.5, passage)], found)[0, FEATURES.index("figure")] == has


# Reading.


def test_the_reader_weighs_the_features_and_returns_every_span_the_most_probable_first() -> None:
    found = EvidenceReader().read(Query("Who?", np.ones(2, dtype=np.float32), ("a", "b")), HITS, evidence())
    strengths = np.exp((span_features("Who?", HITS, evidence()) @ WEIGHTS).astype(np.float64))
    spans = [(PASSAGE, span) for span in PASSAGE.spans] + [(BUS, BUS.spans[0])]
    by_span = dict(zip(spans, strengths / strengths.sum(), strict=True))
    assert [quote.probability for quote in found] == sorted((q.probability for q in found), reverse=True)
    assert len(found) == len(spans)
    for quote in found:
        assert quote.probability == pytest.approx(by_span[quote.passage, quote.span], rel=1e-4)


@given(st.lists(st.floats(-1e4, 1e4, width=32), min_size=5, max_size=5))
def test_probabilities_of_any_strengths_sum_to_1(logits: list[float]) -> None:
    found = as_quotes(HITS, np.array(logits, dtype=np.float32))
    values = [quote.probability for quote in found]
    assert sum(values) == pytest.approx(1, abs=1e-5)
    assert all(0 <= value <= 1 for value in values)
    assert values == sorted(values, reverse=True)
    spans = [*PASSAGE.spans, *BUS.spans]
    assert sorted(spans.index(quote.span) for quote in found) == list(range(5))
    assert max(logits) == pytest.approx(logits[spans.index(found[0].span)], abs=1e-3)


def test_spans_that_are_equally_probable_keep_the_order_of_the_text() -> None:
    found = as_quotes(HITS, np.ones(5, dtype=np.float32))
    assert [quote.span for quote in found] == [*PASSAGE.spans, *BUS.spans]
    assert [quote.passage for quote in found] == [PASSAGE] * 4 + [BUS]


# Choosing.


def test_nothing_read_is_nothing_chosen() -> None:
    assert choose_quotes([]) == []


def test_at_most_three_quotes_are_chosen_the_most_probable_first() -> None:
    ranked = quotes(0.28, 0.26, 0.24, 0.22)
    assert choose_quotes(ranked) == ranked[:MAX_QUOTES]
    assert MAX_QUOTES == 3


def test_quotes_are_added_until_the_answer_is_probably_among_them() -> None:
    certain = quotes(ENOUGH, 1 - ENOUGH)
    assert choose_quotes(certain) == certain[:1]
    ranked = quotes(ENOUGH - 0.2, 0.2, 0.05)
    assert choose_quotes(ranked) == ranked[:2]
    less = quotes(ENOUGH - 0.3, 0.2, 0.05)
    assert choose_quotes(less) == less


def test_a_span_that_is_improbable_is_not_quoted_but_where_it_is_the_best() -> None:
    ranked = quotes(0.5, _WORTH_QUOTING, _WORTH_QUOTING * 0.9)
    assert choose_quotes(ranked) == ranked[:2]
    alone = quotes(_WORTH_QUOTING / 2, _WORTH_QUOTING / 3)
    assert choose_quotes(alone) == alone[:1]


def test_no_text_is_quoted_twice_and_what_says_the_same_counts_with_it() -> None:
    twice = passage_of("Open at six. Open at six. Closed on Mondays.", "hours", 30)
    ranked = [Quote(twice, span, 0.3) for span in twice.spans]
    assert [quote.span for quote in choose_quotes(ranked)] == [twice.spans[0], twice.spans[2]]
    certain = [Quote(twice, span, value) for span, value in zip(twice.spans, (0.5, 0.46, 0.04), strict=True)]
    assert choose_quotes(certain) == certain[:1]
