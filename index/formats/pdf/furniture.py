"""Page furniture: running headers, running footers and page numbers, which are not part of the text."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import takewhile
from typing import NamedTuple

from index.formats.pdf.runs import LARGE, Run, rows

_PAGE_NUMBER = re.compile(
    r"(?:(?:page|pg?\.|seite|s\.|p[áa]gina|стр\.) )?[-\u2013\u2014 ]*(?:\d{1,4}|[ivx]{1,7})"
    r"(?: ?(?:/|of|von|de|sur|di) ?\d+)?[-\u2013\u2014 ]*",
    re.IGNORECASE,
)
_OUTER_NUMBER = re.compile(r"^\D?(\d{1,4})\b|\b(\d{1,4})\D?$")
_OF_PAGES = re.compile(r"\b(\d{1,4})\s?/\s?(\d{1,4})$")
_PRINTED_AT = re.compile(r"\d{1,4}[/.-]\d{1,2}[/.-]\d{1,4},? \d{1,2}[:.]\d{2}\b")
# How many rows may be furniture at the top of a page, and at the bottom.
_DEPTH = 3


class _Sign(NamedTuple):
    """What tells that a row is furniture, once rows of ``needed`` pages have it."""

    needed: int
    name: str
    value: object = None


class _Row(NamedTuple):
    runs: list[Run]
    signs: list[_Sign]


def without_furniture(pages: list[list[Run]]) -> list[list[Run]]:
    """Leave out the furniture of the pages.

    It repeats in the same place, but for its digits; or it holds a number that grows as the pages do.
    """
    sizes = sum((run.sizes for runs in pages for run in runs), Counter[float]())
    large = LARGE * sizes.most_common(1)[0][0]
    edges = [list(_edges(runs, page, len(pages), large)) for page, runs in enumerate(pages)]
    signs = [{sign for edge in page for row in edge for sign in row.signs} for page in edges]
    count = Counter(sign for found in signs for sign in found)

    def is_furniture(row: _Row) -> bool:
        return any(count[sign] >= sign.needed for sign in row.signs)

    kept = []
    for runs, page in zip(pages, edges, strict=True):
        # What stands further in than a line of text is text.
        furniture = {run for edge in page for row in takewhile(is_furniture, edge) for run in row.runs}
        kept.append([run for run in runs if run not in furniture])
    return kept if any(kept) else pages


def _edges(runs: Sequence[Run], page: int, total: int, large: float) -> Iterator[list[_Row]]:
    """Yield the outermost rows at the top and at the bottom of a page, from the edge inwards."""
    upright = rows(run for run in runs if run.direction == (1, 0))
    for edge, inwards in (("top", upright), ("bottom", upright[::-1])):
        found = []
        for depth, row in enumerate(inwards[:_DEPTH]):
            apart = depth == 0 and len(inwards) > 1
            apart = apart and abs(row[0].baseline - inwards[1][0].baseline) > 1.5 * row[0].size
            found.append(_Row(row, list(_signs(row, edge, (page, total), large, apart=apart))))
        yield found


def _signs(row: Sequence[Run], edge: str, of: tuple[int, int], large: float, *, apart: bool) -> Iterator[_Sign]:
    """Yield what may tell that a row at an edge is furniture.

    Args:
        row: Its runs.
        edge: "top" or "bottom".
        of: Number of its page in the file, from 0, and how many there are.
        large: From which size on type is that of headings: they may be at the top of every page, and numbered.
        apart: Whether it is the outermost, with a gap between it and the next.
    """
    page, total = of
    text = " ".join(run.text for run in row)
    place = (edge, round(row[0].baseline / 4))
    is_heading = row[0].size > large
    yield _Sign(3, "text", (place, text if is_heading else re.sub(r"\d+", "0", text)))
    alone = apart and _PAGE_NUMBER.fullmatch(text)
    # At the top of a page, a number alone may be that of a chapter; "page 3" and "iv" are none.
    if alone and (edge == "bottom" or text.islower()):
        yield _Sign(1, "page number")
    # Browsers print the time and the title above, the address and "1/2" below.
    counted = _OF_PAGES.search(text)
    if counted and (int(counted[1]), int(counted[2])) == (page + 1, total) and edge == "bottom" and apart:
        yield _Sign(1, "page of pages")
    if _PRINTED_AT.match(text) and edge == "top" and apart:
        yield _Sign(2, "printed at")
    if not is_heading:
        for number in _OUTER_NUMBER.finditer(text):
            ahead = int(number[1] or number[2]) - page
            yield _Sign(2, "number alone", (place, ahead)) if alone else _Sign(3, "number", (place, ahead))
