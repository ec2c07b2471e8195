"""What may be asked, and how much may be asked for."""

from __future__ import annotations

import pytest

from qa.asker import MAX_K, MAX_QUESTION_CHARACTERS, Asker
from qa.errors import QuestionError

ZTE = "what did ZTE's ban cause?"


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
