"""Two runs of one set: per measure, how far apart they are and whether that is more than chance; and which cases."""

from __future__ import annotations

import math
from dataclasses import dataclass

from eval.errors import RunError
from eval.measures import CASE_MEASURES, LOWER_IS_BETTER, SET_MEASURES, is_right, set_values
from eval.records import Result, Run
from eval.statistics import holm, paired_p_value, swapped_p_values
from eval.summary import set_columns

LEVEL = 0.05
"""Adjusted p-value under which a difference counts as significant."""
LEAST_LOSS = 0.005
"""A loss smaller than half a point fails nothing: where every case moves by the same hair, even that is no chance."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One measure in two runs.

    Attributes:
        measure: Its name.
        base: Value in the base run, over the cases scored in both.
        new: Value in the new run, over the same.
        p_value: Two-sided, of a paired randomisation test; adjusted for the number of measures (Holm).
        count: How many cases it is over.
    """

    measure: str
    base: float
    new: float
    p_value: float
    count: int

    @property
    def gain(self) -> float:
        """How much better the new run is; negative when worse."""
        return (self.base - self.new) if self.measure in LOWER_IS_BETTER else (self.new - self.base)

    @property
    def is_loss(self) -> bool:
        """Whether the new run is worse by more than chance, and by enough to matter."""
        return self.gain < -LEAST_LOSS and self.p_value < LEVEL

    @property
    def is_gain(self) -> bool:
        """Whether the new run is better by more than chance."""
        return self.gain > 0 and self.p_value < LEVEL


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two runs, compared.

    Attributes:
        base: The run compared with.
        new: The run in question.
        differences: One a measure.
        won: Cases that the new run gets right and the base run did not, as (base, new).
        lost: Cases the other way round.
        unpaired: Ids of cases that are not scored in both runs.
    """

    base: Run
    new: Run
    differences: tuple[Difference, ...]
    won: tuple[tuple[Result, Result], ...]
    lost: tuple[tuple[Result, Result], ...]
    unpaired: tuple[str, ...]


def is_good(result: Result) -> bool:
    """Tell whether a case came out right: answered with the gold's passage first, or rightly refused."""
    given = result.answered is not None and result.answered.answerable
    return given and is_right(result) if result.answerable else not given


def compare(base: Run, new: Run) -> Comparison:
    """Compare two runs case by case.

    Raises:
        RunError: They are over different cases, or have no scored case in common.
    """
    if base.set_sha256 != new.set_sha256:
        raise RunError(
            f"the runs are over different cases (set {base.set_name!r} of {base.created} and {new.set_name!r} of "
            f"{new.created}): nothing can be said of them together. Make the base run anew with `pincite eval run`."
        )
    old = {result.case: result for result in base.scored()}
    pairs = [(old[result.case], result) for result in new.scored() if result.case in old]
    if not pairs:
        raise RunError("no case is scored in both runs, so there is nothing to compare.")
    paired = {result.case for _, result in pairs}
    values: dict[str, tuple[float, float, int]] = {}
    p_values: dict[str, float] = {}
    for name in CASE_MEASURES:
        both = [(b.measures[name], n.measures[name]) for b, n in pairs if name in b.measures and name in n.measures]
        if both:
            values[name] = (sum(b for b, _ in both) / len(both), sum(n for _, n in both) / len(both), len(both))
            p_values[name] = paired_p_value([n - b for b, n in both])
    before, after = set_columns([one for one, _ in pairs]), set_columns([two for _, two in pairs])
    chances = swapped_p_values(set_values, before, after)
    together = zip(SET_MEASURES, set_values(*before), set_values(*after), chances, strict=True)
    for name, one, two, p_value in together:
        if not math.isnan(one) and not math.isnan(two):
            values[name] = (one, two, len(pairs))
            p_values[name] = p_value
    adjusted = holm(p_values)
    return Comparison(
        base=base,
        new=new,
        differences=tuple(Difference(name, b, n, adjusted[name], count) for name, (b, n, count) in values.items()),
        won=tuple((one, two) for one, two in pairs if is_good(two) and not is_good(one)),
        lost=tuple((one, two) for one, two in pairs if is_good(one) and not is_good(two)),
        unpaired=tuple(dict.fromkeys(r.case for r in (*base.results, *new.results) if r.case not in paired)),
    )
