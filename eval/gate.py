"""Whether a run may pass: a loss that is more than chance fails it, or a broken threshold, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass

from eval.compare import LEVEL, Comparison, compare
from eval.measures import LOWER_IS_BETTER
from eval.records import Run
from eval.summary import Summary, summarize


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that a gate looks at.

    Attributes:
        name: What is checked.
        passed: Whether it holds.
        detail: The figures.
    """

    name: str
    passed: bool
    detail: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a gate says of a run.

    Attributes:
        summary: The run's figures.
        comparison: With the baseline; None without one.
        checks: Everything looked at.
    """

    summary: Summary
    comparison: Comparison | None
    checks: tuple[Check, ...]

    @property
    def passed(self) -> bool:
        """Whether every check holds."""
        return all(check.passed for check in self.checks)


def judge(run: Run, baseline: Run | None, floors: dict[str, float]) -> Verdict:
    """Judge a run.

    Args:
        run: The run in question.
        baseline: The run that it must not be worse than.
        floors: The least value of each measure (the greatest, where lower is better).

    Raises:
        RunError: The baseline is over other cases.
    """
    summary = summarize(run)
    comparison = compare(baseline, run) if baseline is not None else None
    checks = [_all_asked(summary)]
    for name, floor in floors.items():
        found = summary.overall.get(name)
        value = "no value, since no case bears on it" if found is None else f"{found.value:.3f}"
        holds = found is not None and (found.value <= floor if name in LOWER_IS_BETTER else found.value >= floor)
        checks.append(Check(f"floor {name}", holds, f"{value}, floor {floor:.3f}"))
    for difference in comparison.differences if comparison is not None else ():
        figures = f"{difference.base:.3f} before, {difference.new:.3f} now, adjusted p {difference.p_value:.4f}"
        checks.append(Check(f"no loss of {difference.measure}", not difference.is_loss, f"{figures} (level {LEVEL})"))
    return Verdict(summary, comparison, tuple(checks))


def _all_asked(summary: Summary) -> Check:
    """Check that cases were scored and none failed; a failed case is no score, so no measure shows it."""
    counted = ", ".join(f"{count} {status}" for status, count in summary.statuses.items())
    passed = summary.statuses["scored"] > 0 and summary.statuses["failed"] == 0
    first = next((f"; first: {r.case}: {r.reason}" for r in summary.run.results if r.status == "failed"), "")
    return Check("every case was asked", passed, counted + first)
