"""Blocks: paragraphs joined over columns and pages, items gathered to lists and rows to tables."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby, pairwise

from index.blocks import Block
from index.formats.pdf.hyphens import ready_for
from index.formats.pdf.layout import Line
from index.formats.pdf.paragraphs import Piece


@dataclass(slots=True)
class _Text:
    """The text of a block while it is put together; fields as in ``Block``."""

    page: int
    text: str = ""
    turns: list[tuple[int, int]] = field(default_factory=list)

    def add(self, text: str, page: int) -> None:
        if page != self.page:
            self.turns.append((len(self.text), page))
        self.text, self.page = self.text + text, page


def rejoin(pieces: Iterable[Piece]) -> list[Piece]:
    """Join what the end of a column or a page has parted.

    Footnotes and the like of the first page come before such a paragraph, those of the second after it: so everything
    is on the page that is said of it.
    """
    joined: list[Piece] = []
    last: int | None = None
    for piece in pieces:
        if piece.aside:
            joined.append(piece)
        elif last is not None and _goes_on(joined[last], piece):
            whole, between = joined[last], joined[last + 1 :]
            before = [aside for aside in between if aside.lines[0].page < piece.lines[0].page]
            whole.lines += piece.lines
            joined[last:] = [*before, whole, *between[len(before) :]]
            last += len(before)
        else:
            last = None if piece.level else len(joined)
            joined.append(piece)
    return joined


def _goes_on(piece: Piece, after: Piece) -> bool:
    """Whether a paragraph goes on in the next column, or on the next page."""
    last, first = piece.lines[-1], after.lines[0]
    alike = abs(last.size - first.size) <= 0.08 * last.size
    if last.column == first.column or not alike or first.has_marker or after.level:
        return False
    if first.runs_on and (not last.ends_sentence or last.text.endswith("-")):
        return True
    # Of a column of one line nobody knows how wide it is; at least as wide as a few words, if it holds prose.
    full = last.room_for(first) < 0.5 and last.right - last.margins[0] > 10 * last.size
    return full and (first.left - first.margins[0] < 0.8 * first.size or piece.kind == "list")


def blocks(pieces: Iterable[Piece], words: frozenset[str]) -> Iterator[Block]:
    """Make a block of each paragraph, and of each run of list items, of rows and of lines of code.

    Args:
        pieces: Of a document, rejoined.
        words: Its vocabulary.
    """

    def together(numbered: tuple[int, Piece]) -> tuple[str, int]:
        number, piece = numbered
        return piece.kind, number if piece.kind == "prose" else piece.aside

    for _, group in groupby(enumerate(pieces), together):
        yield _block([piece for _, piece in group], words)


def _block(members: Sequence[Piece], words: frozenset[str]) -> Block:
    first = members[0]
    top = first.lines[0]
    kind, parts = first.kind, [piece.lines for piece in members]
    if kind == "prose" and not first.level and _are_broken_by_hand(first.lines):
        kind, parts = "list", [[line] for line in first.lines]
    elif kind == "list" and len(members) == 1 and not (top.has_sure_marker or top.is_contents_entry):
        kind = "prose"
    made = _Text(top.page)
    indent = min(line.left for lines in parts for line in lines)
    for lines in parts:
        if made.text:
            made.text += "\n"
        if kind == "code":
            made.add(_code(lines, indent), lines[0].page)
            continue
        for number, line in enumerate(lines):
            if number:
                made.text = ready_for(made.text, line.text, words)
            made.add(line.text, line.page)
    return Block(made.text, first.level, kind, top.page, tuple(made.turns))


def _are_broken_by_hand(lines: Sequence[Line]) -> bool:
    """Whether the lines of a paragraph were ended by hand, as in addresses and verse."""
    broken = sum(line.room_for(after) > 1 and not after.runs_on for line, after in pairwise(lines))
    return len(lines) > 2 and broken > (len(lines) - 1) / 2


def _code(lines: Sequence[Line], left: float) -> str:
    """Put lines of code below each other, their indents and gaps made of spaces again."""
    made = []
    for line in lines:
        text, at = "", left
        for run in line.cells:
            text, at = text + " " * round((run.left - at) / (0.6 * line.size)) + run.text, run.right
        made.append(text)
    return "\n".join(made)
