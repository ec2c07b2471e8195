"""A run in figures: every measure with its interval, over all cases, by tag and by document."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eval.measures import CASE_MEASURES, SET_MEASURES, is_right, set_values
from eval.records import Result, Run
from eval.statistics import Estimate, columns_estimate, mean_estimate


@dataclass(frozen=True, slots=True)
class Summary:
    """A run's figures.

    Attributes:
        run: The run.
        overall: Each measure over all scored cases that it bears on.
        groups: The same for the cases of each tag ("tag who") and with gold in each document ("document x"); only
            measures of single cases.
        statuses: How many cases were scored, failed and skipped.
    """

    run: Run
    overall: dict[str, Estimate]
    groups: dict[str, dict[str, Estimate]]
    statuses: dict[str, int]


def set_columns(results: Sequence[Result]) -> list[NDArray[Any]]:
    """Return the columns of ``eval.measures.set_values``, one entry a scored case."""
    scored = [(result, result.answered) for result in results if result.answered is not None]
    return [
        np.array([result.answerable for result, _ in scored], dtype=bool),
        np.array([is_right(result) for result, _ in scored], dtype=bool),
        np.array([answered.answerable for _, answered in scored], dtype=bool),
        np.array([answered.confidence for _, answered in scored], dtype=np.float64),
    ]


def _means(results: Sequence[Result]) -> dict[str, Estimate]:
    found = {}
    for name in CASE_MEASURES:
        values = [result.measures[name] for result in results if name in result.measures]
        if values:
            found[name] = mean_estimate(values)
    return found


def summarize(run: Run) -> Summary:
    """Work out a run's figures; a measure that no case bears on is absent, never zero."""
    scored = run.scored()
    overall = _means(scored)
    if scored:
        together = columns_estimate(set_values, set_columns(scored))
        pairs = zip(SET_MEASURES, together, strict=True)
        overall.update({name: estimate for name, estimate in pairs if not math.isnan(estimate.value)})
    groups: dict[str, list[Result]] = {}
    for result in scored:
        for name in (*(f"tag {tag}" for tag in result.tags), *(f"document {name}" for name in result.documents)):
            groups.setdefault(name, []).append(result)
    counted = Counter(result.status for result in run.results)
    return Summary(
        run=run,
        overall=overall,
        groups={name: _means(results) for name, results in sorted(groups.items())},
        statuses={status: counted[status] for status in ("scored", "failed", "skipped")},
    )
