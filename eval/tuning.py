"""Finds the dense weight that suits a collection, and tells whether it is better than the default beyond chance.

What is best on the questions at hand always looks better on them. So the questions are cut into folds; for each, the
weight is chosen on the others, and only what that weight gains on the fold counts. Questions on one passage are kept in
one fold, or a paraphrase would be learned from and then predicted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from ir_measures import nDCG
from numpy.typing import NDArray

from eval.errors import QuestionSetError
from eval.records import Run
from eval.statistics import SEED, paired_p_value

WEIGHTS = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
FOLDS = 5
MIN_GROUPS = 30
"""Passages asked about, under which nothing is tuned: chance is then larger than any gain."""
MAX_P = 0.05
MEASURE = str(nDCG @ 10)


@dataclass(frozen=True, slots=True)
class Tuned:
    """What tuning found.

    Attributes:
        default: The weight in force before.
        best: The weight that is best on all questions.
        scores: Mean nDCG@10 of each weight over all questions.
        held_out_default: Mean nDCG@10 of the default over the questions, each in a fold held out.
        held_out: The same of the weights that were chosen on the other folds.
        p_value: Of a paired randomisation test of the difference.
        questions: How many there were.
        set_sha256: Of their set.
    """

    default: float
    best: float
    scores: dict[float, float]
    held_out_default: float
    held_out: float
    p_value: float
    questions: int
    set_sha256: str

    @property
    def gain(self) -> float:
        """In nDCG@10, on questions held out."""
        return self.held_out - self.held_out_default

    @property
    def is_better(self) -> bool:
        """Whether another weight than the default gains beyond chance."""
        return self.best != self.default and self.gain > 0 and self.p_value < MAX_P


def _folds(groups: list[tuple[str, ...]]) -> Iterator[NDArray[np.bool_]]:
    """Yield which questions are held out, fold by fold; questions of one group stand together."""
    names = sorted(set(groups))
    number = {
        names[place]: turn % FOLDS for turn, place in enumerate(np.random.default_rng(SEED).permutation(len(names)))
    }
    folds = np.array([number[group] for group in groups])
    yield from (folds == fold for fold in range(FOLDS))


def tune(run_with: Callable[[float], Run], default: float) -> Tuned:
    """Tune the dense weight.

    Args:
        run_with: Asks all questions with a dense weight.
        default: The weight in force.

    Raises:
        QuestionSetError: The questions are too few to tune by.
    """
    weights = sorted({*WEIGHTS, default})
    runs = [run_with(weight) for weight in weights]
    cases = [result for result in runs[0].scored() if MEASURE in result.measures]
    groups = [tuple(sorted(result.relevant)) for result in cases]
    if len(set(groups)) < MIN_GROUPS:
        raise QuestionSetError(
            f"the set has answerable questions on {len(set(groups))} different passages; tuning needs {MIN_GROUPS}, or "
            "what it finds is chance. Add cases (`pincite eval new` helps), or keep the defaults."
        )
    wanted = [result.case for result in cases]
    by_case = [{result.case: result.measures for result in run.scored()} for run in runs]
    values = np.array([[measures[case][MEASURE] for case in wanted] for measures in by_case])
    at_default = values[weights.index(default)]
    # Of equally good weights the one nearest to the default is taken.
    order = sorted(range(len(weights)), key=lambda place: abs(weights[place] - default))

    def best_on(chosen: NDArray[np.bool_]) -> int:
        return max(order, key=lambda place: float(values[place, chosen].mean()))

    held_out = np.empty(len(wanted))
    for fold in _folds(groups):
        if fold.any():
            held_out[fold] = values[best_on(~fold), fold]
    return Tuned(
        default=default,
        best=weights[best_on(np.ones(len(wanted), dtype=np.bool_))],
        scores={weight: float(row.mean()) for weight, row in zip(weights, values, strict=True)},
        held_out_default=float(at_default.mean()),
        held_out=float(held_out.mean()),
        p_value=paired_p_value((held_out - at_default).tolist()),
        questions=len(wanted),
        set_sha256=runs[0].set_sha256,
    )
