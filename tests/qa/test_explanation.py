"""The reasons for a passage's place: signals of its own rank, and words at their places in the document."""

from __future__ import annotations

import numpy as np
import pytest

from index.analysis import analyzer
from index.documents import Passage, Span
from qa.engine import Query
from qa.explanation import explain
from qa.reranking import Ranking

RANKING = Ranking(
    places=np.array([4, 2, 9]),
    scores=np.array([0.9, 0.5, 0.1], dtype=np.float32),
    signals={"dense": np.array([0.75, 0.5], dtype=np.float32), "pairs": np.array([1, 0], dtype=np.float32)},
)


def passage_at(start: int, text: str) -> Passage:
    return Passage("p", "d", 0, start, start + len(text), text, (), None, (Span(start, start + len(text)),))


def asking(text: str, language: str = "en") -> Query:
    return Query(text, np.ones(2, dtype=np.float32), tuple(analyzer(language)(text)))


@pytest.mark.parametrize(
    ("rank", "signals"), [(0, {"dense": 0.75, "pairs": 1.0}), (1, {"dense": 0.5, "pairs": 0.0}), (2, {})]
)
def test_signals_are_those_of_the_passages_rank_and_none_beyond_those_looked_at(
    rank: int, signals: dict[str, float]
) -> None:
    why = explain(asking("bridges"), passage_at(0, "A bridge."), RANKING, rank, "en")
    assert why.signals == signals
    assert all(type(value) is float for value in why.signals.values())


@pytest.mark.parametrize(
    ("language", "question", "text", "words"),
    [
        ("en", "Which bridges of U.S. steel?", "The US built steel bridges, a Bridge's steel.",
         [("us", "US"), ("steel", "steel"), ("bridg", "bridges"), ("bridg", "Bridge's"), ("steel", "steel")]),
        ("en", "What is it?", "What it is.", []),
        ("en", "Zeppelins?", "A bridge.", []),
        ("de", "Welche Brücken?", "Die Brücke.", [("bruck", "Brücke")]),
        ("zh", "大学", "北京大学", [("大学", "大学")]),
    ],
)  # fmt: skip
def test_matches_are_the_words_that_the_question_has_too_in_the_order_of_the_text(
    language: str, question: str, text: str, words: list[tuple[str, str]]
) -> None:
    before = "Something stands before it.\n\n"
    document = before + text
    why = explain(asking(question, language), passage_at(len(before), text), RANKING, 0, language)
    assert [(match.term, document[match.start : match.end]) for match in why.matches] == words
