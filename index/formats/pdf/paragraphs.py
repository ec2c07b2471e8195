"""Paragraphs: which lines of a column belong together. Distances, indents and the ends of lines tell."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from index.documents import Kind
from index.formats.pdf.layout import Line
from index.formats.pdf.runs import LARGE
from index.formats.pdf.tables import table_rows

# Below how many times the usual size type is that of a footnote.
_SMALL = 0.93


@dataclass(slots=True)
class Piece:
    """Lines that belong together: a paragraph, a heading, an item of a list, a row of a table, some code.

    Attributes:
        lines: At least one.
        kind: What it is, as in ``Block``.
        level: As in ``Block``.
        aside: Whether the text around it does not end with it: a footnote, a table, code.
    """

    lines: list[Line]
    kind: Kind = "prose"
    level: int = 0
    aside: bool = False


@dataclass(frozen=True, slots=True)
class Usual:
    """How most of a document is set.

    Attributes:
        size: Of the type.
        leading: The distance of lines, in ems.
        bold: Whether most of it is.
        monospaced: Whether most of it is.
    """

    size: float
    leading: float
    bold: bool
    monospaced: bool


def usual_in(columns: Sequence[Sequence[Line]]) -> Usual:
    """Return how most of a document is set."""
    sizes, leadings = Counter[float](), Counter[float]()
    letters = bold = monospaced = 0
    for lines in columns:
        for line in lines:
            n = len(line.text)
            sizes[line.size] += n
            letters, bold, monospaced = letters + n, bold + n * line.bold, monospaced + n * line.monospaced
        for line, after in pairwise(lines):
            leading = (line.baseline - after.baseline) / line.size
            if line.size == after.size and 0.8 < leading < 3:
                leadings[round(leading * 20) / 20] += len(after.text)
    most = leadings.most_common(1)[0][0] if leadings else 1.2
    return Usual(sizes.most_common(1)[0][0], most, bold > letters / 2, monospaced > letters / 2)


def pieces(lines: list[Line], usual: Usual) -> Iterator[Piece]:
    """Part the lines of a column into paragraphs, items and rows; what they are, ``classify`` says."""
    # In a document that is monospaced as a whole, as from a typewriter, this does not tell code.
    code = set[int]() if usual.monospaced else {index for index, line in enumerate(lines) if line.monospaced}
    table = table_rows(lines, code)
    piece: list[Line] = []
    for index, line in enumerate(lines):
        after = lines[index + 1] if index + 1 < len(lines) else None
        if piece and (index in table or _begins(piece, line, after, usual)):
            yield Piece(piece)
            piece = []
        if index in table:
            yield Piece([replace(line, text=" | ".join(run.text for run in line.cells))], "table")
        else:
            piece.append(line)
    if piece:
        yield Piece(piece)


def _begins(piece: Sequence[Line], line: Line, after: Line | None, usual: Usual) -> bool:
    """Whether a line begins a new paragraph or item, rather than going on with the piece above it in its column."""
    last = piece[-1]
    size = max(last.size, line.size)
    down = (last.baseline - line.baseline) / size
    if abs(last.size - line.size) > 0.12 * size:
        return True
    if line.size > LARGE * usual.size:
        return down > 1.7
    short = last.room_for(line) > 1
    inside = not short and not last.ends_sentence and line.runs_on
    # The lines are not always equally far apart; a sentence that goes on tells more than a little more distance.
    if last.is_contents_entry or (down > 1.15 * usual.leading and not (inside and down < 2.2)):
        return True
    if line.has_marker:
        hangs = piece[0].has_marker and abs(line.left - piece[0].left) < 0.5 * size
        if line.has_sure_marker or short or last.ends_sentence or hangs:
            return True
    unlike = (last.bold, last.monospaced) != (line.bold, line.monospaced)
    if short and not line.runs_on and (last.ends_sentence or unlike):
        return True
    return not inside and _is_set_off(piece, line, after, short=short)


def _is_set_off(piece: Sequence[Line], line: Line, after: Line | None, *, short: bool) -> bool:
    """Whether its indent says that a line begins a paragraph; ``short`` is whether the line above ends early."""
    last = piece[-1]
    indent = (line.left - last.left) / line.size
    if indent < -0.8:
        return len(piece) > 1 or short
    # The second line of an item stands further in than its marker.
    if indent < 0.8 or (len(piece) == 1 and piece[0].has_marker):
        return False
    if after is None or after.left < line.left - 0.5 * line.size:
        return last.ends_sentence or short
    return len(piece) > 1


def classify(parts: Sequence[Piece], usual: Usual) -> None:
    """Say of each piece of a document what it is.

    Headings are larger than the text, and their level is the rank of their size; those that are only bold come last.
    """
    by_size: dict[float, list[Piece]] = {}
    for piece in parts:
        first, length = piece.lines[0], sum(len(line.text) for line in piece.lines)
        is_text = piece.kind != "table"
        is_small = first.size < _SMALL * usual.size
        # The number of a heading may stand apart from its words; three cells are the head of a table.
        wordy = is_text and sum(map(str.isalpha, first.text)) > 1 and not first.is_contents_entry
        wordy = wordy and len(first.cells) < 3
        bold = all(line.bold for line in piece.lines) and not usual.bold and piece.lines[-1].text[-1] not in ".,;:"
        if wordy and first.size > LARGE * usual.size and length <= 200:
            by_size.setdefault(first.size, []).append(piece)
        elif wordy and bold and length <= 120 and len(piece.lines) <= 2 and not is_small:
            by_size.setdefault(0.0, []).append(piece)
        elif is_text and all(line.monospaced for line in piece.lines) and not usual.monospaced:
            piece.kind = "code"
        elif is_text and (first.has_marker or first.is_contents_entry):
            piece.kind = "list"
        piece.aside = is_small or piece.kind in ("table", "code")
    for level, size in enumerate(sorted(by_size, reverse=True), start=1):
        for piece in by_size[size]:
            piece.level = min(level, 6)
