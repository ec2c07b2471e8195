"""Which questions of a set are offered to somebody who does not know the documents."""

from __future__ import annotations

from collections.abc import Sequence

from eval.sets import QuestionSet

_MOST = 6
_LONGEST = 90
"""Characters of a question that fits a button."""


def starters(questions: QuestionSet) -> tuple[str, ...]:
    """Return up to six short questions that the documents answer, spread over the set, and one that they do not."""
    short = [case for case in questions.cases if len(case.question) <= _LONGEST]
    answerable = list(dict.fromkeys(case.question for case in short if case.answerable))
    unanswerable = [case.question for case in short if not case.answerable]
    return (*_spread(answerable, _MOST), *unanswerable[:1])


def _spread(questions: Sequence[str], count: int) -> list[str]:
    """Return the middle one of each of so many equal parts."""
    count = min(count, len(questions))
    return [questions[(2 * part + 1) * len(questions) // (2 * count)] for part in range(count)]
