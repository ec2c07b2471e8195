"""A question set against a collection: what each question got, and the measures over all of them."""

from __future__ import annotations

from dataclasses import dataclass

import ir_measures
from ir_measures import Success, nDCG

from eval.gold import relevant_passages
from eval.sets import Case, QuestionSet
from qa.answers import Answer
from qa.asker import Asker

_DEPTH = 10
_RANKING = (Success @ 1, Success @ 5, nDCG @ 10)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one case got.

    Attributes:
        case: The case.
        answer: The answer that came.
        rank: 1-based rank of the first relevant passage; None if it was not among the first ten, or there is none.
    """

    case: Case
    answer: Answer
    rank: int | None

    @property
    def right(self) -> bool:
        """Whether a question was answered with the right passage first, or rightly refused."""
        if not self.case.answerable:
            return not self.answer.answerable
        return self.answer.answerable and self.rank == 1


@dataclass(frozen=True, slots=True)
class Report:
    """A run's outcomes and measures.

    Attributes:
        outcomes: One a case, in the set's order.
        measures: Value by name. Success@k and nDCG@10 are over answerable cases; "answered" is the share of those
            that were not refused; "refused" is the share of the others that were. A measure over no case is absent.
        below: Names of the measures under their floor.
    """

    outcomes: tuple[Outcome, ...]
    measures: dict[str, float]
    below: tuple[str, ...]


def _share(flags: list[bool]) -> float:
    return sum(flags) / len(flags)


def run_set(questions: QuestionSet, asker: Asker) -> Report:
    """Ask every question and measure.

    Raises:
        QuestionSetError: A gold quote or its document is not in the collection.
    """
    qrels = {case.id: relevant_passages(case, asker.generation.database) for case in questions.cases if case.answerable}
    outcomes = []
    scores: dict[str, dict[str, float]] = {}
    for case in questions.cases:
        answer = asker.ask(case.question, k=_DEPTH)
        relevant = qrels.get(case.id, {})
        ranks = [rank for rank, hit in enumerate(answer.hits, start=1) if hit.passage.id in relevant]
        outcomes.append(Outcome(case, answer, min(ranks, default=None)))
        if case.answerable:
            # Ranks, not scores: where scores are equal, the measures must not choose an order of their own.
            scores[case.id] = {hit.passage.id: -float(rank) for rank, hit in enumerate(answer.hits)}
    measures: dict[str, float] = {}
    if qrels:
        found = ir_measures.calc_aggregate(_RANKING, qrels, scores)
        measures.update({str(measure): float(found[measure]) for measure in _RANKING})
        measures["answered"] = _share([item.answer.answerable for item in outcomes if item.case.answerable])
    if len(qrels) < len(outcomes):
        measures["refused"] = _share([not item.answer.answerable for item in outcomes if not item.case.answerable])
    # A floor on a measure that no case of the set bears on is a fault of the set, and fails like any other.
    below = [name for name, floor in questions.floors.items() if measures.get(name, 0.0) < floor]
    return Report(tuple(outcomes), measures, tuple(below))
