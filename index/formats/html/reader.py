"""A pruned page to blocks: paragraphs, headings, lists, code and tables, whatever elements a page makes them of."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from lxml import etree
from lxml.html import HtmlElement

from index.blocks import Block
from index.documents import Kind
from index.formats.html.elements import HEADINGS, has, squash
from index.formats.html.tables import Rows, is_data

_BLOCKS = frozenset(
    "address article aside blockquote body caption center dd details dialog div dl dt fieldset figcaption figure footer"
    " form header hgroup hr legend li main menu nav ol p pre search section summary table tbody td tfoot th thead tr ul"
    .split()
).union(HEADINGS)  # fmt: skip
_SPACE = re.compile(r"\s+")
_VERSE_MAX_CHARACTERS = 60


@dataclass(frozen=True, slots=True)
class Piece:
    """A block, and where its first word stands.

    Attributes:
        block: The block.
        element: The element that holds the first word, or stands before it.
        after: Whether the word stands after the element.
        margin: Whether it stands in a header, a footer or an aside.
    """

    block: Block
    element: HtmlElement
    after: bool
    margin: bool


def read(body: HtmlElement) -> list[Piece]:
    """Read a page's body into pieces, in reading order."""
    reader = _Reader()
    # A walk of events goes as deep as the page does, where recursion would end.
    for event, element in etree.iterwalk(body, events=("start", "end")):
        if event == "start":
            reader.start(element)
        else:
            reader.end(element)
    return reader.finish()


class _Reader:
    def __init__(self) -> None:
        self._pieces: list[Piece] = []
        # The text of the paragraph or cell at hand, and the lines of the list at hand.
        self._run: list[str] = []
        self._lines: list[str] = []
        # Where the first word stands that is in no piece yet.
        self._place: tuple[HtmlElement, bool] | None = None
        # The table of data at hand, and whether a cell of it is open.
        self._rows: Rows | None = None
        self._in_cell = False
        # The level of the heading that is open, and whether code is; how many of the others are.
        self._level = 0
        self._in_pre = False
        self._lists = self._mains = self._margins = 0

    def start(self, element: HtmlElement) -> None:
        if element.tag in _BLOCKS:
            self._border(element, 1)
        elif element.tag == "br":
            self._run.append("\n")
        self._take(element.text or "", element, after=False)

    def end(self, element: HtmlElement) -> None:
        if element.tag in _BLOCKS:
            self._border(element, -1)
        if element.tag != "body":
            self._take(element.tail or "", element, after=True)

    def finish(self) -> list[Piece]:
        """Return the pieces, with what malformed markup left open."""
        self._end_paragraph()
        self._end_list()
        return self._pieces

    def _take(self, text: str, element: HtmlElement, *, after: bool) -> None:
        if self._place is None and text.strip():
            self._place = (element, after)
        self._run.append(text if self._in_pre else _SPACE.sub(" ", text))

    def _border(self, element: HtmlElement, step: int) -> None:
        """Handle the start (step 1) or the end (step -1) of a block element."""
        tag = element.tag
        if self._in_cell and tag not in ("td", "th", "tr", "table"):
            self._run.append(" ")
        elif self._in_pre and tag != "pre":
            self._run.append("" if "".join(self._run[-2:]).endswith("\n") else "\n")
        elif self._level and tag not in HEADINGS:
            self._run.append(" ")
        elif self._rows is not None and tag in ("td", "th", "tr", "table", "caption"):
            self._border_in_table(self._rows, element, step)
        else:
            self._end_paragraph()
            self._count(element, step)

    def _count(self, element: HtmlElement, step: int) -> None:
        """Note which elements are open."""
        tag = element.tag
        if tag in HEADINGS:
            self._end_list()
            self._level = HEADINGS[tag] if step == 1 else 0
        elif tag == "pre":
            self._end_list()
            self._in_pre = step == 1
        elif tag == "table" and is_data(element):
            self._end_list()
            self._rows = Rows()
        elif tag in ("ul", "ol", "menu", "dl") and _is_list(element):
            self._lists += step
            if not self._lists:
                self._end_list()
        elif tag in ("main", "article", "blockquote"):
            self._mains += step
        elif tag in ("header", "footer") and self._mains:
            pass  # of the article or the quotation, whose text it is
        elif tag in ("header", "footer", "aside") or element.get("role") == "complementary":
            self._margins += step

    def _border_in_table(self, rows: Rows, element: HtmlElement, step: int) -> None:
        text = squash("".join(self._run))
        self._run.clear()
        self._in_cell = step == 1 and element.tag in ("td", "th")
        if step == 1:
            return
        if element.tag == "caption":
            self._emit(text)
        elif element.tag == "tr":
            rows.end_row()
        elif element.tag == "table":
            self._emit("\n".join(rows.lines), kind="table")
            self._rows = self._place = None
        else:
            rows.add(element, text)

    def _end_paragraph(self) -> None:
        raw = "".join(self._run)
        self._run.clear()
        if self._in_pre:
            self._emit(raw.strip("\n"), kind="code")
        elif self._level:
            self._emit(squash(raw), level=self._level)
        elif self._lists:
            self._lines += filter(None, [squash(raw)])
        else:
            for text in _paragraphs(raw):
                self._emit(text)
        if not self._lines and self._rows is None:
            self._place = None

    def _end_list(self) -> None:
        self._emit("\n".join(self._lines), kind="list")
        self._lines.clear()
        self._place = None

    def _emit(self, text: str, *, level: int = 0, kind: Kind = "prose") -> None:
        if text.strip() and self._place is not None:
            self._pieces.append(Piece(Block(text, level, kind), *self._place, margin=self._margins > 0))


def _is_list(element: HtmlElement) -> bool:
    # Reference pages define whole sections in a definition list: those are read as paragraphs.
    return element.tag != "dl" or not has(element, "dl", "table", "pre", *HEADINGS)


def _paragraphs(raw: str) -> Iterator[str]:
    """Split at blank lines made of <br>; other <br> are spaces, but between three or more short lines, as of verse."""
    for part in re.split(r"\n\s*\n", raw):
        lines = [line for line in map(squash, part.split("\n")) if line]
        verse = len(lines) > 2 and max(map(len, lines)) <= _VERSE_MAX_CHARACTERS
        yield ("\n" if verse else " ").join(lines)
