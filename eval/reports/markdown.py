"""A verdict in Markdown, fit for a comment on a pull request; and the words that the HTML page shares with it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from eval.compare import Comparison, Difference
from eval.gate import Verdict
from eval.measures import LOWER_IS_BETTER
from eval.records import Result
from eval.reports.junit import plain
from eval.statistics import Estimate

NONE = "\u2013"
"""Stands where there is no value; never a zero."""

ANSWER_LENGTH = 120
_MOST_QUESTIONS = 20
_MOST_GROUPS = 40
_GROUP_MEASURES = ("Success@1", "nDCG@10", "F1", "answered", "refused")

_BIDI_CONTROLS = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_SPECIAL = re.compile(r"[\\`*\[\]<>&|~$#]|(?<!\w)[_@]|_(?!\w)|@(?!\d)|^[-+=]")
_NUMBERED = re.compile(r"^(\d+)([.)])(?=\s|$)")
_LINK = re.compile(r"(?i)(?<=:)(?=//)|(?<=www)(?=\.)")
_ZERO_WIDTH_SPACE = "\u200b"


def shortened(text: str, length: int = ANSWER_LENGTH) -> str:
    """Return a text on one line, cut to a number of characters."""
    line = " ".join(plain(text).split())
    return line if len(line) <= length else line[: length - 1].rstrip() + "…"


def figure(value: float | None) -> str:
    """Return a figure with three decimals."""
    return NONE if value is None else f"{value:.3f}"


def interval(estimate: Estimate) -> str:
    """Return an estimate's 95% interval; where there is none, a dash."""
    if estimate.low is None or estimate.high is None:
        return NONE
    return f"{figure(estimate.low)} to {figure(estimate.high)}"


def change(difference: Difference | None) -> str:
    """Return a measure's change with its sign; what shows as zero has none."""
    if difference is None:
        return NONE
    text = f"{difference.new - difference.base:+.3f}"
    return text[1:] if not text.strip("+-0.") else text.replace("-", "\u2212")


def chance(difference: Difference | None) -> str:
    """Return a difference's adjusted p-value."""
    if difference is None:
        return NONE
    return "<0.001" if difference.p_value < 0.0005 else figure(difference.p_value)


def mark(difference: Difference | None) -> str:
    """Return the sign of a loss or a gain that is more than chance; empty where it may be chance."""
    if difference is None:
        return ""
    return "▼ loss" if difference.is_loss else "▲ gain" if difference.is_gain else ""


def reason(verdict: Verdict) -> str:
    """Return in one clause why a verdict is what it is."""
    total = len(verdict.checks)
    broken = [check for check in verdict.checks if not check.passed]
    if broken:
        several = f"{len(broken)} of {total} checks {'does' if len(broken) == 1 else 'do'} not hold"
        return (
            f"{several}{':' if len(broken) == 1 else ', first'} {broken[0].name} ({shortened(broken[0].detail, 200)})"
        )
    held = "the only check holds" if total == 1 else f"all {total} checks hold"
    if verdict.comparison is None:
        return f"{held}; there is no baseline to compare with"
    return f"{held}, and no measure is worse than in the baseline by more than chance"


def said(result: Result) -> str:
    """Return what was answered to a scored case, and where its gold came."""
    answered = result.answered
    if answered is None:
        return "not asked"
    what = answered.text if answered.answerable else "refused"
    if not result.answerable:
        return what
    rank = result.first_rank()
    return f"gold {f'at rank {rank}' if rank is not None else 'not found'}: {what}"


def left_out(comparison: Comparison) -> str:
    """Return how many cases a comparison leaves out; empty if none."""
    count = len(comparison.unpaired)
    if count == 0:
        return ""
    return (
        f"Baseline, change and p are over the cases scored in both runs; {count} {'is' if count == 1 else 'are'} not, "
        "so that value and change may be over different cases."
    )


def group_size(estimates: dict[str, Estimate]) -> int:
    """Return how many cases a group has: each has one of these two measures."""
    return sum(estimates[name].count for name in ("answered", "refused") if name in estimates)


def escaped(text: str) -> str:
    """Return foreign text so that Markdown shows it as it is, on one line.

    Characters with a meaning become numeric references, which never count as structure. Mentions, references to issues
    and bare addresses are found in the rendered text, where references no longer help, so a space of no width parts
    them. Controls of writing direction are dropped, since they would reorder what follows.
    """
    line = _BIDI_CONTROLS.sub("", " ".join(plain(text).split()))
    line = _LINK.sub(_ZERO_WIDTH_SPACE, line)
    return _NUMBERED.sub(r"\1\\\2", _SPECIAL.sub(_reference, line))


def _reference(found: re.Match[str]) -> str:
    return f"&#{ord(found[0])};" + (_ZERO_WIDTH_SPACE if found[0] in "@#" else "")


def markdown(verdict: Verdict) -> str:
    """Write a verdict as Markdown.

    Args:
        verdict: The gate's.

    Returns:
        A headline, the failed checks, the measures, the questions lost and won, and what was measured; short enough
        for a comment.
    """
    word = "✅ Evaluation passed" if verdict.passed else "❌ Evaluation failed"
    parts = [f"### {word}: {escaped(reason(verdict))}."]
    broken = [check for check in verdict.checks if not check.passed]
    if broken:
        parts.append("**Failed checks**")
        parts.append("\n".join(f"- {escaped(check.name)}: {escaped(shortened(check.detail, 300))}" for check in broken))
    parts += _measures(verdict)
    if verdict.comparison is not None:
        parts += _questions("Lost", "right in the baseline, wrong now", verdict.comparison.lost)
        parts += _questions("Won", "wrong in the baseline, right now", verdict.comparison.won)
    parts += [*_groups(verdict, "tag"), *_groups(verdict, "document"), _measured(verdict)]
    return "\n\n".join(parts) + "\n"


def _table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table whose first column is text and whose others are figures."""
    lines = [headings, ["---", *["---:"] * (len(headings) - 1)], *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _measures(verdict: Verdict) -> list[str]:
    comparison = verdict.comparison
    changes = {one.measure: one for one in comparison.differences} if comparison is not None else {}
    headings = ["measure", "value", "95% interval", "cases"]
    if comparison is not None:
        headings += ["baseline", "change", "adjusted p", "more than chance"]
    rows = []
    for name, estimate in verdict.summary.overall.items():
        note = " (less is better)" if name in LOWER_IS_BETTER else ""
        row = [f"`{name}`{note}", figure(estimate.value), interval(estimate), str(estimate.count)]
        if comparison is not None:
            one = changes.get(name)
            row += [figure(one.base if one else None), change(one), escaped(chance(one)), mark(one)]
        rows.append(row)
    if not rows:
        return ["No case was scored, so there is nothing to show."]
    parts = [_table(headings, rows)]
    if comparison is not None and left_out(comparison):
        parts.append(left_out(comparison))
    return parts


def _questions(title: str, meaning: str, pairs: Sequence[tuple[Result, Result]]) -> list[str]:
    if not pairs:
        return [f"**{title}: none** ({meaning})"]
    lines = []
    for base, new in pairs[:_MOST_QUESTIONS]:
        lines.append(f"- {escaped(shortened(new.question, 200))} ({escaped(shortened(new.case, 60))})")
        lines.append(f"  - before: {escaped(shortened(said(base)))}")
        lines.append(f"  - now: {escaped(shortened(said(new)))}")
    if len(pairs) > _MOST_QUESTIONS:
        lines.append(f"- ... and {len(pairs) - _MOST_QUESTIONS} more")
    return [f"**{title}: {len(pairs)}** ({meaning})", "\n".join(lines)]


def _groups(verdict: Verdict, kind: str) -> list[str]:
    """Return a folded table of the groups of a kind ("tag" or "document")."""
    groups = {name: found for name, found in verdict.summary.groups.items() if name.startswith(f"{kind} ")}
    if not groups:
        return []
    rows = [
        [
            escaped(shortened(name.removeprefix(f"{kind} "), 80)),
            str(group_size(found)),
            *(_with_interval(found.get(measure)) for measure in _GROUP_MEASURES),
        ]
        for name, found in list(groups.items())[:_MOST_GROUPS]
    ]
    parts = [f"<details><summary>By {kind} ({len(groups)})</summary>"]
    parts.append(_table([kind, "cases", *(f"`{measure}`" for measure in _GROUP_MEASURES)], rows))
    if len(groups) > _MOST_GROUPS:
        parts.append(f"... and {len(groups) - _MOST_GROUPS} more")
    return [*parts, "</details>"]


def _with_interval(estimate: Estimate | None) -> str:
    if estimate is None or estimate.low is None:
        return figure(estimate.value if estimate is not None else None)
    return f"{figure(estimate.value)} ({interval(estimate)})"


def _measured(verdict: Verdict) -> str:
    run, target = verdict.summary.run, verdict.summary.run.target
    counted = ", ".join(f"{count} {status}" for status, count in verdict.summary.statuses.items())
    facts = [
        f"Set {run.set_name}: {counted}",
        f"{target.kind}, collection {target.collection}, generation {target.generation}",
        f"encoder {target.encoder}",
        *(f"{name} {value}" for name, value in target.settings.items()),
        f"revision {run.git_revision or 'unknown'}",
        run.created,
    ]
    if verdict.comparison is not None:
        base = verdict.comparison.base
        facts.append(f"baseline of {base.created}, revision {base.git_revision or 'unknown'}")
    return f"<sub>{escaped(shortened('; '.join(facts), 800))}.</sub>"
