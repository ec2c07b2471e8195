"""Tables of data: which they are, and their rows as lines."""

from __future__ import annotations

from lxml.html import HtmlElement

from index.formats.html.elements import HEADINGS, has


def is_data(table: HtmlElement) -> bool:
    """Tell whether a table holds rows of data, and is not a page's layout."""
    if table.get("role") in ("presentation", "none") or has(table, "table", *HEADINGS):
        return False
    return any(sum(cell.tag in ("td", "th") for cell in row) > 1 for row in table.iter("tr"))


class Rows:
    """Collects cells in the order in which they stand in a page; ``lines`` has a line for each row with text.

    An empty cell stands where one of a row above reaches down, so that those behind it keep their column.
    """

    def __init__(self) -> None:
        self.lines: list[str] = []
        self._cells: list[str] = []
        self._row = self._column = 0
        # By column: the last row that a cell reaches down to, and over how many columns.
        self._reach: dict[int, tuple[int, int]] = {}

    def add(self, cell: HtmlElement, text: str) -> None:
        """Add a cell, which has this text, to the row."""
        self._pass_reached()
        width = _span(cell, "colspan")
        self._reach[self._column] = (self._row + _span(cell, "rowspan") - 1, width)
        self._cells.append(text)
        self._column += width

    def end_row(self) -> None:
        """End the row."""
        self._pass_reached()
        if any(self._cells):
            self.lines.append(" | ".join(self._cells))
        self._cells.clear()
        self._column = 0
        self._row += 1

    def _pass_reached(self) -> None:
        while (reach := self._reach.get(self._column)) is not None and reach[0] >= self._row:
            self._cells.append("")
            self._column += reach[1]


def _span(cell: HtmlElement, name: str) -> int:
    stated = cell.get(name, "").strip()
    return max(int(stated), 1) if stated.isdecimal() and len(stated) < 6 else 1
