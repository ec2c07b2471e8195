"""Which spans are read out as the answer."""

from __future__ import annotations

import re

import numpy as np

from index.documents import Passage, Span
from qa.answers import Hit
from qa.engine import SpanScores
from qa.reader import Quote, choose_quotes, rank_spans

TEXT = "The ferry leaves at nine. It takes two hours. Dogs stay on the upper deck. Bicycles cost four euros."


def passage_of(text: str, document_id: str = "ferry") -> Passage:
    """Make a passage that is all of a document, a span a sentence."""
    spans = tuple(Span(found.start(), found.end()) for found in re.finditer(r"\w[^.]*\.", text))
    return Passage(f"p-{document_id}", document_id, 0, 0, len(text), text, (), None, spans)


PASSAGE = passage_of(TEXT)


def hit(score: float, passage: Passage = PASSAGE) -> Hit:
    return Hit(passage, "Ferry", score, dense=score, lexical=0.0, best_span=passage.spans[0])


def scores(cosines: list[float], lexical: list[float]) -> SpanScores:
    return SpanScores(np.array(cosines, dtype=np.float32), np.array(lexical, dtype=np.float32))


def quotes(*values: float) -> list[Quote]:
    return [Quote(PASSAGE, PASSAGE.spans[place], value) for place, value in enumerate(values)]


def test_every_span_is_ranked_and_the_nearest_stands_first() -> None:
    ranked = rank_spans([hit(0.5)], [scores([0.1, 0.4, 0.8, 0.2], [1.0, 1.0, 1.0, 1.0])])
    assert [quote.span for quote in ranked] == [PASSAGE.spans[place] for place in (2, 1, 3, 0)]
    assert [quote.score for quote in ranked] == sorted((quote.score for quote in ranked), reverse=True)


def test_of_spans_equally_near_the_one_with_the_words_of_the_question_stands_first() -> None:
    ranked = rank_spans([hit(0.5)], [scores([0.4, 0.4, 0.4, 0.4], [0.0, 0.0, 2.0, 3.0])])
    assert [quote.span for quote in ranked[:2]] == [PASSAGE.spans[3], PASSAGE.spans[2]]


def test_of_spans_that_match_equally_the_one_in_the_better_passage_stands_first() -> None:
    other = passage_of("The bus waits.", "bus")
    ranked = rank_spans(
        [hit(0.4), hit(0.6, other)], [scores([0.5, 0.1, 0.1, 0.1], [1.0, 0.0, 0.0, 0.0]), scores([0.5], [1.0])]
    )
    assert [quote.passage for quote in ranked[:2]] == [other, PASSAGE]
    assert all(quote.span in quote.passage.spans for quote in ranked)


def test_spans_that_score_alike_keep_the_order_of_the_text() -> None:
    ranked = rank_spans([hit(0.5)], [scores([0.4] * 4, [1.0] * 4)])
    assert [quote.span for quote in ranked] == list(PASSAGE.spans)


def test_without_any_lexical_match_the_cosines_decide() -> None:
    ranked = rank_spans([hit(0.5)], [scores([0.1, 0.3, 0.2, -0.1], [0.0] * 4)])
    assert [quote.span for quote in ranked] == [PASSAGE.spans[place] for place in (1, 2, 0, 3)]
    assert all(np.isfinite(quote.score) for quote in ranked)


def test_nothing_read_ranks_and_chooses_nothing() -> None:
    assert rank_spans([], []) == []
    assert choose_quotes([]) == []


def test_at_most_three_quotes_are_chosen_best_first() -> None:
    ranked = quotes(0.80, 0.80, 0.79, 0.79)
    assert choose_quotes(ranked) == ranked[:3]


def test_a_runner_up_far_below_the_best_is_left_out() -> None:
    ranked = quotes(0.80, 0.79, 0.50)
    assert choose_quotes(ranked) == ranked[:2]
    assert choose_quotes(quotes(0.80, 0.50)) == quotes(0.80)


def test_a_span_alone_is_chosen_however_low_it_scores() -> None:
    assert choose_quotes(quotes(0.01)) == quotes(0.01)


def test_the_best_span_is_chosen_even_where_nothing_matches() -> None:
    assert choose_quotes(quotes(-0.2, -0.3)) == quotes(-0.2)


def test_no_text_is_quoted_twice() -> None:
    text = "Open at six. Open at six. Closed on Mondays."
    twice = passage_of(text, "hours")
    ranked = [Quote(twice, span, 0.5) for span in twice.spans]

    assert [quote.span for quote in choose_quotes(ranked)] == [twice.spans[0], twice.spans[2]]
