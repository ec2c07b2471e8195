"""A verdict as one HTML page that needs nothing else: no script, no font, no request."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from eval.compare import Comparison, Difference, is_good
from eval.gate import Check, Verdict
from eval.measures import CASE_MEASURES, LOWER_IS_BETTER
from eval.records import Result, Run
from eval.reports import plots
from eval.reports.markdown import (
    NONE,
    chance,
    change,
    figure,
    group_size,
    interval,
    left_out,
    mark,
    reason,
    said,
    shortened,
)
from eval.reports.plots import Markup, element, joined
from eval.statistics import Estimate
from eval.summary import Summary

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
_SHOWN = 160
"""Characters of a long text that show before it is unfolded."""

_PLOTS = {
    "Risk against coverage": "If only the most confident cases were answered: low and flat is good. The diamond is "
    "what this run did: share answered, share of those wrong.",
    "Reliability": "Bars that end on the dashed line would mean that confidence is the chance of being right, which is "
    "to have a gold quote in the best passage.",
    "Confidence": "The further apart the two kinds of cases stand, the better refusing works. Bars left of the dotted "
    "line were refused.",
}

_STYLE = Markup("""
:root { color-scheme: light dark; --page: #f6f8fa; --card: #fff; --ink: #1b1f24; --muted: #59636e; --line: #d1d9e0;
  --first: #0072b2; --second: #b84a00; --good: #0b6e4f; --bad: #a8321f; }
@media (prefers-color-scheme: dark) { :root { --page: #0f1318; --card: #181d24; --ink: #e8ebee; --muted: #a3adb8;
  --line: #343c46; --first: #6cb8ea; --second: #f0a04b; --good: #5cc8a1; --bad: #ff8f7a; } }
* { box-sizing: border-box; }
body { margin: 0; padding: 1.5rem 1rem 4rem; background: var(--page); color: var(--ink); overflow-wrap: anywhere;
  font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", "Liberation Sans", sans-serif; }
main { max-width: 76rem; margin: auto; display: grid; grid-template-columns: minmax(0, 1fr); gap: 1.25rem; }
section, header { background: var(--card); border: 1px solid var(--line); border-radius: .6rem; padding: 1rem 1.25rem; }
header { border-left: .5rem solid var(--good); }
header.failed { border-left-color: var(--bad); }
h1 { margin: 0 0 .4rem; font-size: 1.6rem; line-height: 1.25; } h2 { margin: 0 0 .6rem; font-size: 1.2rem; }
h3 { margin: 1rem 0 .3rem; font-size: 1rem; } p { margin: .4rem 0; } ul { margin: .3rem 0; padding-left: 1.2rem; }
a { color: var(--first); } .muted { color: var(--muted); }
.good { color: var(--good); font-weight: 600; } .bad { color: var(--bad); font-weight: 600; }
dl { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 27rem), 1fr)); gap: .15rem 1.5rem;
  margin: 0; } dl div { display: grid; grid-template-columns: minmax(8rem, 26%) minmax(0, 1fr); gap: .5rem; }
dt { color: var(--muted); } dd { margin: 0; }
.moved li { margin-bottom: .6rem; }
.scroll { overflow-x: auto; background: linear-gradient(to right, var(--card) 1.5rem, transparent 3rem) local,
  linear-gradient(to left, var(--card) 1.5rem, transparent 3rem) local,
  linear-gradient(to right, var(--line), transparent .8rem), linear-gradient(to left, var(--line), transparent .8rem); }
.scroll:focus-visible { outline: 2px solid var(--first); outline-offset: 2px; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; font-variant-numeric: tabular-nums; }
caption { text-align: left; color: var(--muted); padding-bottom: .5rem; }
caption span { display: block; position: sticky; left: 0; max-width: min(100%, 100vw - 4rem); }
th, td { padding: .35rem .5rem; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; }
thead th { border-bottom: 2px solid var(--line); vertical-align: bottom; }
tbody th { font-weight: 600; } .figures td { text-align: right; white-space: nowrap; overflow-wrap: normal; }
.figures thead th:not(:first-child) { text-align: right; white-space: nowrap; }
.figures tbody th { min-width: 8.5rem; }
.groups :is(th, td) { padding: .35rem; } .groups thead th { font-size: .8rem; } .groups small { font-size: .7rem; }
small { display: block; color: var(--muted); font-size: .78rem; font-weight: 400; }
.interval { vertical-align: middle; }
.plots { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 21rem), 1fr)); gap: 1rem; }
figure, figure h3 { margin: 0; } figcaption { color: var(--muted); font-size: .9rem; }
.plot { width: 100%; max-width: 30rem; }
summary { cursor: pointer; }
details p { white-space: pre-wrap; border-left: 3px solid var(--line); padding-left: .6rem; }
.cases th:first-child { width: 27%; } .cases th:last-child { width: 33%; }
.cases :is(th, td):not(:first-child, :last-child) { overflow-wrap: normal; }
.cases :is(th, td):nth-child(7) { min-width: 6.5rem; }
tr:target { outline: 3px solid var(--first); outline-offset: -3px; }
@media (max-width: 48rem) {
  section, header { padding: .8rem .9rem; } .plots { gap: 1.5rem; }
  .cases thead { display: none; } .cases, .cases tbody, .cases tr, .cases caption { display: block; }
  .cases tr { border-bottom: 2px solid var(--line); padding: .8rem 0; }
  .cases tbody th[scope=row] { display: block; width: auto; border: 0; padding: 0 0 .3rem; }
  .cases td:nth-child(n) { display: grid; grid-template-columns: 7rem minmax(0, 1fr); gap: .5rem; width: auto;
    max-width: none; border: 0; padding: .1rem 0; }
  .cases td::before { content: attr(data-label); color: var(--muted); }
}
@media print { body { background: none; } section, header { break-inside: avoid-page; } }
""")


def html(verdict: Verdict) -> str:
    """Write a verdict as a page.

    All markup is made by ``element``, which escapes whatever is not markup already: nothing that stands in a document,
    a question or a setting can become an element or an attribute.

    Args:
        verdict: The gate's.

    Returns:
        A document to be stored as UTF-8.
    """
    title = f"Evaluation {'passed' if verdict.passed else 'failed'}"
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=_POLICY),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("title", f"{title}: {shortened(verdict.summary.run.set_name, 80)}"),
        element("style", _STYLE),
    )
    sections = [_headline(verdict, title), _measured(verdict), _measures(verdict)]
    if verdict.comparison is not None:
        sections.append(_compared(verdict.comparison, verdict.summary.run))
    sections += [_plots(verdict.summary), _groups(verdict.summary, "tag"), _groups(verdict.summary, "document")]
    sections += [_cases(verdict), _checks(verdict.checks)]
    page = element("html", head, element("body", element("main", *sections)), lang="en")
    return f"<!DOCTYPE html>\n{page}\n"


def _text(text: str) -> Markup:
    """Return foreign text, set apart so that its direction of writing does not touch what surrounds it."""
    return element("bdi", text)


def _long(text: str) -> Markup:
    """Return foreign text; a long one is cut and can be unfolded."""
    if len(text) <= _SHOWN:
        return _text(text)
    return element("details", element("summary", _text(shortened(text, _SHOWN))), element("p", text, dir="auto"))


def _table(caption: str, headings: Sequence[str], rows: Iterable[Markup], kind: str = "figures") -> Markup:
    """Return a table that scrolls sideways by itself, with the keyboard too, where it is too wide."""
    # The roles keep it a table to a screen reader where a narrow page lays it out as cards.
    head = element(
        "tr", *(element("th", heading, scope="col", role="columnheader") for heading in headings), role="row"
    )
    table = element(
        "table",
        element("caption", element("span", caption)),
        element("thead", head, role="rowgroup"),
        element("tbody", *rows, role="rowgroup"),
        class_=kind,
        role="table",
    )
    return element("div", table, class_="scroll", tabindex="0", role="region", aria_label=caption)


def _row(first: Markup, cells: Iterable[tuple[str, str]], **attributes: str) -> Markup:
    """Return a row from its heading, and heading and content of the other columns."""
    others = (element("td", _one(cell), data_label=name, role="cell") for name, cell in cells)
    return element("tr", element("th", first, scope="row", role="rowheader"), *others, role="row", **attributes)


def _one(cell: str) -> Markup:
    # One box a cell: a card lays out a label beside a single thing.
    return element("div", cell)


def _section(title: str, *children: Markup) -> Markup:
    return element("section", element("h2", title), *children)


def _headline(verdict: Verdict, title: str) -> Markup:
    sign, kind = ("✓", "passed") if verdict.passed else ("✗", "failed")
    broken = [check for check in verdict.checks if not check.passed]
    items = [element("li", element("strong", _text(one.name)), ": ", _long(one.detail)) for one in broken]
    why = joined(element("h2", f"Failed checks: {len(broken)} of {len(verdict.checks)}"), element("ul", *items))
    if not broken:
        why = element("p", f"{reason(verdict).capitalize()}.")
    return element("header", element("h1", f"{sign} {title}"), why, class_=kind)


def _facts(facts: Mapping[str, str]) -> Markup:
    pairs = (element("div", element("dt", _text(name)), element("dd", _long(fact))) for name, fact in facts.items())
    return element("dl", *pairs)


def _setup(run: Run) -> dict[str, str]:
    """Return what can differ between two runs of a set."""
    target = run.target
    return {
        "Target": target.kind,
        "Collection": target.collection,
        "Generation": target.generation,
        "Encoder": target.encoder,
        **target.settings,
        "Git revision": run.git_revision or "unknown",
    }


def _measured(verdict: Verdict) -> Markup:
    run = verdict.summary.run
    counted = ", ".join(f"{count} {status}" for status, count in verdict.summary.statuses.items())
    facts = {"Set": run.set_name, "Cases": counted, "When": run.created, **_setup(run)}
    return _section("What was measured", _facts(facts))


def _measures(verdict: Verdict) -> Markup:
    comparison = verdict.comparison
    changes = {one.measure: one for one in comparison.differences} if comparison is not None else {}
    headings = ["Measure", "Value", "95% interval", "From 0 to 1", "Cases"]
    caption = "Each measure with its 95% bootstrap interval; the dot is the value, the broad line the interval"
    if comparison is not None:
        headings += ["Baseline", "Change", "Adjusted p", "More than chance"]
        caption += ", the upright tick the baseline"
    rows = [_measure(n, e, changes.get(n), headings[1:]) for n, e in verdict.summary.overall.items()]
    note = left_out(comparison) if comparison is not None else ""
    if not rows:
        return _section("Measures", element("p", "No case was scored, so there is nothing to show."))
    return _section("Measures", _table(f"{caption}.", headings, rows), element("p", note, class_="muted"))


def _measure(name: str, estimate: Estimate, one: Difference | None, headings: Sequence[str]) -> Markup:
    base = one.base if one is not None else None
    between = f"95% interval {interval(estimate)}" if estimate.low is not None else "no interval"
    label = f"{name}: {figure(estimate.value)}, {between}{f', baseline {figure(base)}' if base is not None else ''}"
    bar = plots.interval_bar(label, estimate.value, estimate.low, estimate.high, base)
    sign = mark(one)
    cells = [
        figure(estimate.value),
        interval(estimate),
        bar,
        str(estimate.count),
        figure(base),
        change(one),
        chance(one),
    ]
    cells.append(element("span", sign, class_="bad" if "loss" in sign else "good"))
    note = element("small", "less is better") if name in LOWER_IS_BETTER else joined()
    # Without a comparison there are no headings for the last cells.
    return _row(joined(element("span", name), note), zip(headings, cells, strict=False))


def _compared(comparison: Comparison, run: Run) -> Markup:
    numbers = {result.case: number for number, result in enumerate(run.results)}
    now = _setup(run)
    facts = {"When": comparison.base.created}
    for name, fact in _setup(comparison.base).items():
        facts[name] = fact if now.get(name) == fact else f"{fact} (now {now.get(name, 'unknown')})"
    facts["Not in both runs"] = shortened(", ".join(dict.fromkeys(comparison.unpaired)), 400) or "no case"
    lost = _moved("▼ Lost: right in the baseline, wrong now", comparison.lost, numbers)
    won = _moved("▲ Won: wrong in the baseline, right now", comparison.won, numbers)
    return _section("Against the baseline", _facts(facts), lost, won)


def _moved(title: str, pairs: Sequence[tuple[Result, Result]], numbers: Mapping[str, int]) -> Markup:
    items = []
    for base, new in pairs:
        link = element("a", _text(shortened(new.question, _SHOWN)), href=f"#case-{numbers[new.case]}")
        answers = [
            element("div", f"{when}: ", _text(shortened(said(one)))) for when, one in (("before", base), ("now", new))
        ]
        items.append(element("li", link, *answers))
    return joined(
        element("h3", f"{title} ({len(pairs)})"),
        element("ul", *items, class_="moved") if items else element("p", "None."),
    )


def _plots(summary: Summary) -> Markup:
    scored = summary.run.scored()
    drawn = (plots.risk_coverage(scored), plots.reliability(scored), plots.score_distributions(scored))
    figures = [
        element("figure", element("h3", title), svg, element("figcaption", text))
        for (title, text), svg in zip(_PLOTS.items(), drawn, strict=True)
    ]
    return _section("Confidence and refusals", element("div", *figures, class_="plots"))


def _groups(summary: Summary, kind: str) -> Markup:
    """Return the measures of each group of a kind ("tag" or "document")."""
    groups = {name: found for name, found in summary.groups.items() if name.startswith(f"{kind} ")}
    if not groups:
        return _section(f"By {kind}", element("p", f"No scored case has a {kind}."))
    measures = [name for name in CASE_MEASURES if any(name in found for found in groups.values())]
    rows = []
    for name, found in groups.items():
        cells = [("Cases", str(group_size(found))), *((one, _estimate(found.get(one))) for one in measures)]
        rows.append(_row(_long(name.removeprefix(f"{kind} ")), cells))
    caption = f"Measures of single cases by {kind}, with 95% intervals; a dash where no case bears on a measure."
    return _section(f"By {kind}", _table(caption, [kind.capitalize(), "Cases", *measures], rows, kind="figures groups"))


def _estimate(estimate: Estimate | None) -> Markup:
    if estimate is None:
        return element("span", NONE)
    between = interval(estimate).replace(" to ", NONE)
    return joined(element("span", figure(estimate.value)), element("small", "" if between == NONE else between))


def _cases(verdict: Verdict) -> Markup:
    comparison = verdict.comparison
    marks = {new.case: ("▼ lost", "bad") for _, new in comparison.lost} if comparison is not None else {}
    marks |= {new.case: ("▲ won", "good") for _, new in comparison.won} if comparison is not None else {}
    headings = ("Question", "Expected", "Came", "Confidence", "Gold's rank", "F1", "Outcome", "Answer or reason")
    rows = [_case(r, number, marks.get(r.case), headings[1:]) for number, r in enumerate(verdict.summary.run.results)]
    caption = "Every case, in the order of the set; rank is that of the first passage with part of a gold quote."
    return _section("Cases", _table(caption, headings, rows, kind="cases"))


def _case(result: Result, number: int, moved: tuple[str, str] | None, headings: Sequence[str]) -> Markup:
    answered, rank = result.answered, result.first_rank()
    came, confidence, where, answer = NONE, NONE, NONE, element("span", NONE)
    if answered is None:
        answer = _long(result.reason)
    else:
        came = "answered" if answered.answerable else "refused"
        confidence = figure(answered.confidence)
        answer = _long(answered.text) if answered.text else answer
        if result.answerable:
            where = str(rank) if rank is not None else f"not in {len(answered.passages)}"
    outcome = _outcome(result)
    if moved is not None:
        outcome = joined(outcome, element("div", moved[0], class_=moved[1]))
    expected = "answer" if result.answerable else "refusal"
    cells = (expected, came, confidence, where, figure(result.measures.get("F1")), outcome, answer)
    heading = joined(_long(result.question), element("small", _text(result.case)))
    return _row(heading, zip(headings, cells, strict=True), id=f"case-{number}")


def _outcome(result: Result) -> Markup:
    if result.status == "scored":
        return element("div", "✓ right", class_="good") if is_good(result) else element("div", "✗ wrong", class_="bad")
    sign, kind = ("! failed", "bad") if result.status == "failed" else ("○ skipped", "muted")
    return element("div", sign, class_=kind)


def _checks(checks: Sequence[Check]) -> Markup:
    rows = []
    for check in checks:
        sign = element("span", "✓ holds", class_="good") if check.passed else element("span", "✗ fails", class_="bad")
        rows.append(_row(_text(check.name), (("Holds", sign), ("Figures", _long(check.detail)))))
    table = _table("Everything that the gate looked at.", ("Check", "Holds", "Figures"), rows, kind="checks")
    return _section("All checks", table)
