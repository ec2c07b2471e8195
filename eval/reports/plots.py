"""Plots as SVG, drawn by hand: they need no script, take their colours from the page, and scale with it.

The strings are meant to stand inside an HTML page. Every colour is a CSS variable with a default that suits a light
page, and nothing is told by colour alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import numpy as np

from eval import measures
from eval.records import Result
from eval.reports.junit import plain
from eval.summary import set_columns

_INK, _MUTED, _GRID = "var(--ink, #1b1f24)", "var(--muted, #59636e)", "var(--line, #d1d9e0)"
_FIRST, _SECOND, _CARD = "var(--first, #0072b2)", "var(--second, #b84a00)", "var(--card, #fff)"
_WIDTH, _HEIGHT, _LEFT, _RIGHT = 360, 280, 50, 346
_BINS, _SCORE_BINS = 10, 20
_MANY_POINTS = 60


class Markup(str):
    """Text that is markup already, and is not escaped again; ``element`` and ``joined`` make it."""

    __slots__ = ()


def element(name: str, /, *children: str, **attributes: str | float) -> Markup:
    """Return an element; whatever is not ``Markup`` is escaped, so that no text can become one.

    Args:
        name: Of the element.
        children: What stands in it.
        attributes: ``class_`` stands for ``class`` and ``stroke_width`` for ``stroke-width``. Numbers are rounded.
    """
    inner = "".join(child if isinstance(child, Markup) else escape(plain(child)) for child in children)
    pairs = []
    for key, value in attributes.items():
        text = value if isinstance(value, str) else f"{value:.5g}"
        pairs.append(f' {key.rstrip("_").replace("_", "-")}="{escape(plain(text))}"')
    end = "" if name == "meta" else f"</{name}>"
    return Markup(f"<{name}{''.join(pairs)}>{inner}{end}")


def joined(*parts: Markup) -> Markup:
    """Return pieces of markup one after another."""
    return Markup("".join(parts))


@dataclass(frozen=True, slots=True)
class _Box:
    """An area with axes: 0 to 1 across, 0 to ``most`` from bottom to top."""

    top: float
    bottom: float
    most: float

    def x(self, value: float) -> float:
        return _LEFT + min(max(value, 0.0), 1.0) * (_RIGHT - _LEFT)

    def y(self, value: float) -> float:
        return self.bottom - value / self.most * (self.bottom - self.top)


def _words(text: str, x: float, y: float, anchor: str = "start", colour: str = _INK) -> Markup:
    # An edge in the page's colour keeps words readable where they stand on lines.
    style = f"fill:{colour};stroke:{_CARD};stroke-width:3px;paint-order:stroke"
    return element("text", text, x=x, y=y, text_anchor=anchor, style=style)


def _stroke(start: tuple[float, float], end: tuple[float, float], colour: str, dashes: str = "none") -> Markup:
    style = f"stroke:{colour};stroke-width:{1 if colour == _GRID else 1.5};stroke-dasharray:{dashes}"
    return element("line", x1=start[0], y1=start[1], x2=end[0], y2=end[1], style=style)


def _bar(box: _Box, low: float, high: float, value: float, colour: str) -> Markup:
    left, top = box.x(low) + 1, box.y(value)
    style = f"fill:{colour};fill-opacity:0.45;stroke:{colour}"
    return element("rect", x=left, y=top, width=box.x(high) - left - 1, height=box.bottom - top, style=style)


def _dot(x: float, y: float, colour: str) -> Markup:
    return element("circle", cx=x, cy=y, r=3.5, style=f"fill:{colour};stroke:{_CARD}")


def _diamond(x: float, y: float) -> Markup:
    points = f"{x:.1f},{y - 7:.1f} {x + 7:.1f},{y:.1f} {x:.1f},{y + 7:.1f} {x - 7:.1f},{y:.1f}"
    return element("polygon", points=points, style=f"fill:{_SECOND};stroke:{_CARD};stroke-width:1.5")


def _key(text: str, width: float, colour: str, dashes: str) -> list[Markup]:
    """Return what a broken line means, above the right end of a plot."""
    start = _RIGHT - width
    return [_stroke((start - 28, 12), (start - 6, 12), colour, dashes), _words(text, start, 16)]


def _axes(box: _Box, y_ticks: Sequence[float], y_title: str, x_title: str) -> Markup:
    """Return grid, tick labels and titles; without a title across, no labels there either."""
    parts = []
    for value in y_ticks:
        parts.append(_stroke((_LEFT, box.y(value)), (_RIGHT, box.y(value)), _GRID))
        parts.append(_words(f"{value:.3g}", _LEFT - 6, box.y(value) + 4, "end", _MUTED))
    for value in (0.0, 0.2, 0.4, 0.6, 0.8, 1.0):
        parts.append(_stroke((box.x(value), box.bottom), (box.x(value), box.bottom + 4), _MUTED))
        if x_title:
            parts.append(_words(f"{value:.1f}", box.x(value), box.bottom + 17, "middle", _MUTED))
    parts.append(_stroke((_LEFT, box.bottom), (_RIGHT, box.bottom), _MUTED))
    parts.append(_words(x_title, (_LEFT + _RIGHT) / 2, box.bottom + 35, "middle"))
    middle = (box.top + box.bottom) / 2
    turned = element("g", _words(y_title, 13, middle, "middle"), transform=f"rotate(-90 13 {middle:.1f})")
    return joined(*parts, turned)


def _plot(name: str, title: str, description: str, *parts: Markup) -> Markup:
    return element(
        "svg",
        element("title", title, id=f"{name}-title"),
        element("desc", description, id=f"{name}-desc"),
        *parts,
        viewBox=f"0 0 {_WIDTH} {_HEIGHT}",
        role="img",
        aria_labelledby=f"{name}-title {name}-desc",
        class_="plot",
        style="font:12px system-ui,sans-serif",
    )


def risk_coverage(results: Sequence[Result]) -> Markup:
    """Draw the share of wrong answers against the share of cases answered, from the most confident down.

    Args:
        results: The scored ones.

    Returns:
        The curve, the risk of 5%, and the point at which the run itself answered and refused.
    """
    name, title = "risk-coverage", "Risk against coverage"
    _, right, given, confidence = set_columns(results)
    if not len(right):
        return _plot(name, title, "No case was scored.", _words("no scored case", _WIDTH / 2, _HEIGHT / 2, "middle"))
    coverage, risk = measures.risk_coverage(right, confidence)
    run_risk = float(1 - right[given].mean()) if given.any() else None
    highest = max(float(risk.max()), run_risk or 0.0)
    most = next(step for step in (0.1, 0.2, 0.5, 1.0) if highest <= step)
    box = _Box(top=34, bottom=234, most=most)
    places = [(box.x(c), box.y(r)) for c, r in zip(coverage.tolist(), risk.tolist(), strict=True)]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    parts = [
        _axes(box, [most * step / 5 for step in range(6)], "risk: share wrong", "coverage: share answered"),
        _stroke((_LEFT, box.y(measures.MAX_RISK)), (_RIGHT, box.y(measures.MAX_RISK)), _SECOND, "6 4"),
        element("polyline", points=line, style=f"fill:none;stroke:{_FIRST};stroke-width:2"),
        *(_dot(x, y, _FIRST) for x, y in (places if len(places) <= _MANY_POINTS else [])),
        *_key("5% risk", 46, _SECOND, "6 4"),
    ]
    told = "as run: nothing answered"
    if run_risk is not None:
        told = f"as run: {given.mean():.3f}, {run_risk:.3f}"
        parts += [_diamond(box.x(float(given.mean())), box.y(run_risk)), _diamond(_LEFT + 7, 12)]
    parts.append(_words(told, _LEFT + 20, 16))
    within = measures.coverage_at_risk(right, confidence, measures.MAX_RISK)
    description = f"Coverage at a risk of 5%: {within:.3f}. Coverage and risk {told}. {len(right)} cases."
    return _plot(name, title, description, *parts)


def reliability(results: Sequence[Result]) -> Markup:
    """Draw how often the best passage is right against confidence, in ten bins; on the diagonal is ideal.

    Args:
        results: The scored ones.

    Returns:
        A bar a bin, a dot at the bin's mean confidence, and above them how many cases each bin has.
    """
    name, title = "reliability", "Share right against confidence"
    _, right, _, confidence = set_columns(results)
    if not len(right):
        return _plot(name, title, "No case was scored.", _words("no scored case", _WIDTH / 2, _HEIGHT / 2, "middle"))
    box = _Box(top=54, bottom=234, most=1)
    bins = np.clip((confidence * _BINS).astype(int), 0, _BINS - 1)
    bars, dots, told = [], [], []
    for number, count in enumerate(np.bincount(bins, minlength=_BINS).tolist()):
        low, high = number / _BINS, (number + 1) / _BINS
        shown = str(count) if count < 10_000 else f"{count // 1000}k"
        dots.append(_words(shown, box.x((low + high) / 2), 40, "middle", _MUTED))
        if count:
            share, mean = float(right[bins == number].mean()), float(confidence[bins == number].mean())
            bars.append(_bar(box, low, high, share, _FIRST))
            dots.append(_dot(box.x(mean), box.y(share), _FIRST))
            told.append(f"{low:.1f} to {high:.1f}: {share:.3f} of {count}")
    parts = [
        _axes(box, (0, 0.2, 0.4, 0.6, 0.8, 1), "share right", "confidence"),
        *bars,
        _stroke((box.x(0), box.y(0)), (box.x(1), box.y(1)), _SECOND, "6 4"),
        *dots,
        _words("cases", _LEFT - 6, 40, "end", _MUTED),
        _dot(_LEFT + 6, 12, _FIRST),
        _words("at mean confidence", _LEFT + 16, 16),
        *_key("ideal", 31, _SECOND, "6 4"),
    ]
    return _plot(name, title, f"Share right by confidence. {'; '.join(told)}.", *parts)


def score_distributions(results: Sequence[Result]) -> Markup:
    """Draw the confidence of answerable cases above that of the others; the further apart, the better.

    Args:
        results: The scored ones.

    Returns:
        Two histograms over one axis, with the least confidence at which the run answered.
    """
    name, title = "score-distributions", "Confidence of answerable and other cases"
    answerable, _, given, confidence = set_columns(results)
    if not len(answerable):
        return _plot(name, title, "No case was scored.", _words("no scored case", _WIDTH / 2, _HEIGHT / 2, "middle"))
    parts, told = [], []
    kinds = (
        (f"answerable: {answerable.sum()}", confidence[answerable], _FIRST, 44, 122, ""),
        (f"not answerable: {(~answerable).sum()}", confidence[~answerable], _SECOND, 156, 234, "confidence"),
    )
    for words, values, colour, top, bottom, x_title in kinds:
        counts, _ = np.histogram(np.clip(values, 0, 1), bins=_SCORE_BINS, range=(0, 1))
        most = max(1, int(counts.max()))
        box = _Box(top, bottom, most)
        ticks = (0, most) if most == 1 or most % 2 else (0, most / 2, most)
        parts.append(_axes(box, ticks, "cases", x_title))
        for place, count in enumerate(counts.tolist()):
            if count:
                parts.append(_bar(box, place / _SCORE_BINS, (place + 1) / _SCORE_BINS, count, colour))
        parts.append(_words(words, _LEFT, top - 8))
        told.append(f"{words}, median {np.median(values):.3f}" if len(values) else words)
    if given.any():
        least = float(confidence[given].min())
        x = _Box(0, 0, 1).x(least)
        parts.append(_stroke((x, 44), (x, 234), _INK, "2 3"))
        parts += _key(f"least answered: {least:.3f}", 134, _INK, "2 3")
        told.append(f"the least confidence answered is {least:.3f}")
    return _plot(name, title, f"{'; '.join(told)}.", *parts)


def interval_bar(label: str, value: float, low: float | None, high: float | None, base: float | None) -> Markup:
    """Draw a measure from 0 to 1 as a dot, its interval as a line through it and the baseline as a tick."""
    box = _Box(2, 18, 1)
    x = [4 + share * 112 for share in (value, low if low is not None else value, high if high is not None else value)]
    style = f"stroke:{_FIRST};stroke-width:5;stroke-opacity:0.5"
    parts = [
        _stroke((4, 10), (116, 10), _GRID),
        element("line", x1=x[1], y1=10, x2=x[2], y2=10, style=style),
        element("circle", cx=x[0], cy=10, r=4, style=f"fill:{_FIRST}"),
    ]
    if base is not None:
        parts.append(_stroke((4 + base * 112, box.top), (4 + base * 112, box.bottom), _SECOND))
    title = element("title", label)
    return element("svg", title, *parts, viewBox="0 0 120 20", role="img", class_="interval", width="120", height="20")
