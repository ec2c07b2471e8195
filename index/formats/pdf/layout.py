"""The layout of pages: columns, and the lines in them, in reading order."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from index.formats.pdf.runs import Run, rows

_BULLETS = "•◦▪▫■□●○‣\u2043∙·➢➤►✓✔❖\uf0b7\uf0a7\uf0d8\uf076"
MARKER = re.compile(
    rf"(?:[{_BULLETS}]\s*|(?:[-\u2013\u2014*o]|\(?(?:\d{{1,3}}|[a-zA-Z]|[ivx]{{1,5}})[.)]|\[\d{{1,3}}\])(?:\s+|$))"
)
"""What an item of a list begins with: a bullet, or "1." or the like."""

_CONTENTS_ENTRY = re.compile(r" … \S+$")
_SENTENCE_END = re.compile(r"[.!?:;…。\uff01\uff1f][\"'”\u2019»)\]⁰¹²³⁴⁵⁶⁷⁸⁹]*$")


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a column.

    Attributes:
        text: Its runs, with a space between any two.
        cells: Its runs; the gaps between them are wide enough to part cells of a table.
        left: Where it begins.
        right: Where it ends.
        baseline: On which its characters stand.
        size: The one that most of its characters have.
        bold: Whether nearly all of it is.
        monospaced: Whether nearly all of it is.
        page: The 1-based page.
        column: Number of its column in the document.
        margins: Where most lines of its column begin, and where they end.
    """

    text: str
    cells: tuple[Run, ...]
    left: float
    right: float
    baseline: float
    size: float
    bold: bool
    monospaced: bool
    page: int
    column: int
    margins: tuple[float, float]

    def room_for(self, after: Line) -> float:
        """How much would have been left free had the first word of the line after stood on this one, in ems."""
        word = len(after.text.split(" ", 1)[0]) * (after.right - after.left) / len(after.text)
        return (self.margins[1] - self.right - word) / self.size

    @property
    def ends_sentence(self) -> bool:
        """Whether it ends with a sentence."""
        return _SENTENCE_END.search(self.text) is not None

    @property
    def runs_on(self) -> bool:
        """Whether it begins inside a sentence."""
        return self.text[0].islower()

    @property
    def has_marker(self) -> bool:
        """Whether it begins like an item of a list."""
        return MARKER.match(self.text) is not None

    @property
    def has_sure_marker(self) -> bool:
        """Whether the marker could not well stand inside a sentence: it is a bullet, or like "[1]"."""
        return self.has_marker and self.text[0] in _BULLETS + "["

    @property
    def is_contents_entry(self) -> bool:
        """Whether it is one of a table of contents: leaders run to the page number at its end."""
        return _CONTENTS_ENTRY.search(self.text) is not None


def lines(pages: list[list[Run]]) -> list[list[Line]]:
    """Return the lines of each column of each page, in reading order; what is turned comes after what is not."""
    found: list[list[Line]] = []
    for page, runs in enumerate(pages, start=1):
        directions = Counter(run.direction for run in runs)
        parts = [[run for run in runs if run.direction == direction] for direction, _ in directions.most_common()]
        for column in (column for part in parts for column in _columns(part)):
            of_column = rows(column)
            # Of a column of so few lines nobody knows how wide it is.
            margins = _margins(of_column if len(of_column) > 2 else [[run] for run in runs])
            found.append([_line(row, page, len(found), margins) for row in of_column])
    return found


def _margins(of_column: list[list[Run]]) -> tuple[float, float]:
    """Return where rows begin and where they end, but for the tenth of them that stick out."""
    lefts = sorted(row[0].left for row in of_column)
    rights = sorted(max(run.right for run in row) for row in of_column)
    return lefts[len(lefts) // 10], rights[len(rights) * 9 // 10]


def _line(row: list[Run], page: int, column: int, margins: tuple[float, float]) -> Line:
    sizes = sum((run.sizes for run in row), Counter[float]())
    size = sizes.most_common(1)[0][0]
    return Line(
        text=" ".join(run.text for run in row),
        cells=tuple(row),
        left=row[0].left,
        right=max(run.right for run in row),
        baseline=next(run.baseline for run in row if size in run.sizes),
        size=size,
        bold=sum(run.bold for run in row) > 0.9 * sizes.total(),
        monospaced=sum(run.monospaced for run in row) > 0.9 * sizes.total(),
        page=page,
        column=column,
        margins=margins,
    )


def _columns(runs: list[Run]) -> Iterator[list[Run]]:
    """Part a page into stretches of one column each, in reading order: a recursive X-Y cut.

    What crosses the gutter between two columns comes after what is above it in both, and before what is below.
    """
    edge = _gutter(runs)
    if edge is None:
        yield runs
        return
    left = [run for run in runs if run.right <= edge - 0.4 * run.size]
    right = [run for run in runs if run.left >= edge]
    beside = {*left, *right}
    crossing = sorted((run for run in runs if run not in beside), key=lambda run: -run.baseline)
    wide: list[Run] = []
    above = math.inf
    for bound in (*crossing, None):
        below = bound.baseline if bound else -math.inf
        sides = [[run for run in side if below < run.baseline <= above] for side in (left, right)]
        if wide and any(sides):
            yield wide
            wide = []
        for side in filter(None, sides):
            yield from _columns(side)
        if bound:
            wide.append(bound)
            above = below
    if wide:
        yield wide


def _gutter(runs: list[Run]) -> float | None:
    """Return where the right one of two columns begins, if there are two; of several gutters, the most even one."""
    best: tuple[int, float] = (0, 0.0)
    for edge in {round(run.left) for run in runs}:
        left = [run for run in runs if run.right <= edge - 0.6 * run.size]
        right = [run for run in runs if run.left >= edge - 1]
        if len(left) < 4 or not right:
            continue
        top = min(max(run.baseline for run in side) for side in (left, right)) + 2
        bottom = max(min(run.baseline for run in side) for side in (left, right)) - 2
        # What goes back up after the lines on the left is the next column, however short it may be.
        late = min(run.order for run in right) > max(run.order for run in left)
        late = late and sum(run.baseline < top - 4 for run in left) > 2
        left, right, whole = ([run for run in side if bottom <= run.baseline <= top] for side in (left, right, runs))
        if len(whole) - len(left) - len(right) <= len(whole) / 3 and (late or _are_columns(left, right)):
            best = max(best, (min(sum(len(run.text) for run in side) for side in (left, right)), edge - 1.0))
    return best[1] if best[0] else None


def _are_columns(left: list[Run], right: list[Run]) -> bool:
    """Tell columns of text from those of a table: their lines are longer, and not written row by row."""
    by_order = {run.order: run for run in left}
    before = [by_order.get(run.order - 1) for run in right]
    by_row = sum(a is not None and abs(a.baseline - b.baseline) < 3 for a, b in zip(before, right, strict=True))
    long = all(sum(len(run.text) for run in side) > 15 * len(side) for side in (left, right))
    return long and min(len(left), len(right)) >= 4 and by_row <= len(right) / 2
