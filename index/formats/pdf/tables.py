"""Tables: rows are lines whose cells stand below each other. Rules drawn between them are not looked at."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from itertools import pairwise

from index.formats.pdf.layout import MARKER, Line

_SECTION = re.compile(r"(?:[A-Z]|\d{1,2})(?:\.\d{1,2})*\.?")
_NUMBER = re.compile(r"\D{0,3}\d[\d.,' ]*\D{0,3}")


def table_rows(lines: Sequence[Line], code: Collection[int]) -> set[int]:
    """Return which lines are rows of tables, or lines of a wrapped cell between two rows.

    Args:
        lines: Of a column.
        code: Which of them are code, and so no rows.
    """
    rows: list[int] = []
    for index, line in enumerate(lines):
        near = (*lines[max(index - 3, 0) : index], *lines[index + 1 : index + 4])
        if index not in code and any(_are_aligned(line, other) for other in near):
            rows.append(index)
    found = set(rows)
    for row, after in pairwise(rows):
        lefts = [cell.left for index in (row, after) for cell in lines[index].cells]
        between = range(row + 1, after)
        if len(between) < 4 and all(min(abs(lines[i].left - left) for left in lefts) < 3 for i in between):
            found.update(between)
    return found


def _are_aligned(line: Line, other: Line) -> bool:
    """Whether cells of two lines, other than their first ones, stand below each other."""
    if _is_stretched(line) or _is_stretched(other):
        return False
    if len(line.cells) == 2 and any(form.fullmatch(line.cells[0].text) for form in (MARKER, _SECTION)):
        return False
    close = 0.5 * line.size
    return any(
        abs(a.left - b.left) < close
        # In justified text every line ends where the others do.
        or (abs(a.right - b.right) < close and _NUMBER.fullmatch(a.text) and _NUMBER.fullmatch(b.text))
        for a in line.cells[1:]
        for b in other.cells[1:]
    )


def _is_stretched(line: Line) -> bool:
    """Whether it is a few words with wide spaces, put there to make the line as long as the others."""
    left, right = line.margins
    if line.left - left >= line.size or right - line.right >= line.size or any(" " in run.text for run in line.cells):
        return False
    gaps = [b.left - a.right for a, b in pairwise(line.cells)]
    return max(gaps, default=0.0) - min(gaps, default=0.0) < 0.2 * line.size
