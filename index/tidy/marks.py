"""Footnote marks such as ``word[4]``, and the bare addresses that they lead to, taken off where a document counts them.

Numbers in brackets are also subscripts, labels, intervals and references that a sentence needs ("see [4]"): what could
be one of those stays, since a mark left over harms less than a word lost.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace

from index.blocks import Block, clean

_ONE = r"\[\d{1,3}(?:\s?[,\u2013-]\s?\d{1,3})*\]"
_RUN = re.compile(rf"(?<![ \t])[ \t]*{_ONE}(?:[ \t]*{_ONE})*")
_RAISED_DIGITS = "\u2070\u00b9\u00b2\u00b3\u2074\u2075\u2076\u2077\u2078\u2079"
# After three letters at least: m², km² and x^2 are none.
_RAISED = re.compile(rf"(?:(?<=[^\W\d_]{{3}})|(?<=[.,;:!?\"'\u2019\u201d)]))(?:\^\d{{1,3}}\b|[{_RAISED_DIGITS}]+)")
_NOTE = re.compile(
    r"(?<=[^\s\[])\[(?:(?:note|nb|n\.) ?\d{1,3}|citation needed)\]|(?<=[.,;:!?\"'\u2019\u201d)\]])\[[a-z]\]"
)
_AS_DIGITS = str.maketrans(_RAISED_DIGITS, "0123456789")
_LEAST_MARKS = 3
_SHARE = 0.8
_FEW = 0.1
_TAKES_OBJECT = re.compile(
    r"(?:^|\W)(?:and|at|by|cf\.?|e\.g\.|eqs?\.?|equations?|figs?\.?|figures?|from|in|items?|no\.?|notes?|numbers?|of|or"
    r"|pages?|paragraphs?|paras?\.?|per|refs?\.?|references?|sections?|see|steps?|tables?|than|to|via|with)$",
    re.IGNORECASE,
)
_NAME_BEFORE = re.compile(r"[^\W\d]\w*$")
_ADDRESS_LINE = re.compile(r"(?:\^ ?)?(?:\[(\d{1,3})\]|(\d{1,3})[.)])?\W*(?:\^ ?)?<?https?://\S+")

_ADDRESS_BREAK = re.compile(r"\n|(?<!\^)\s(?=(?:\^ ?)?(?:\[\d{1,3}\]|\d{1,3}[.)])\W*https?://)")


def without_marks(blocks: Sequence[Block]) -> list[Block]:
    """Take off the marks of footnotes, and a list that holds nothing but the addresses they lead to.

    Only where marks come in the order of counting, from 1. The text of notes, and labels in front of them, stay.
    """
    plain = list(_marks(blocks, _RUN))
    raised = list(_marks(blocks, _RAISED))
    counted = [marks for marks in (plain, raised) if _count_up(marks)]
    labels = list(_labels(blocks))
    # Where a number stands for two addresses, it is not clear what each list belongs to.
    if not counted or len(set(labels)) < len(labels):
        return list(blocks)
    cuts = _unneeded(plain) if plain in counted else []
    cuts += raised if raised in counted else []
    spans: dict[int, list[tuple[int, int]]] = {}
    for mark in cuts:
        spans.setdefault(mark.block, []).append((mark.start, mark.end))
    for position, block in enumerate(blocks):
        if _may_have_marks(block):
            spans.setdefault(position, []).extend(match.span() for match in _NOTE.finditer(block.text))
    kept = [_cut(block, sorted(spans.get(position, []))) for position, block in enumerate(blocks)]
    return _without_addresses(kept, {number for marks in counted for mark in marks for number in mark.numbers})


class _Mark:
    """One mark, or several side by side."""

    def __init__(self, block: int, text: str, match: re.Match[str]) -> None:
        self.block = block
        self.start, self.end = match.span()
        self.numbers = [int(number) for number in re.findall(r"\d+", match.group().translate(_AS_DIGITS))]
        self.before_note = _NOTE.match(text, self.end) is not None
        self.before, self.after = text[max(self.start - 40, 0) : self.start], text[self.end : self.end + 3]
        self.glued = not match.group()[0].isspace()
        name = _NAME_BEFORE.search(self.before) if self.glued else None
        self.name = name.group() if name else ""

    @property
    def is_label(self) -> bool:
        return not self.before or self.before[-1] in "\n(" or (not self.glued and self.before[-1] == ":")

    @property
    def is_code(self) -> bool:
        """Tell whether it looks like a subscript: ``x[1]``, ``row_2[1]``, ``args[1].name``."""
        odd = len(self.name) == 1 or re.search(r"[_\d]", self.name)
        follows = not self.before_note and re.match(r"[\[(=]| =|[.:]?\w", self.after)
        return bool(odd or 0 in self.numbers or follows)

    @property
    def takes_part(self) -> bool:
        """Tell whether the sentence needs it: "as in [4]," and "They differ. [4] shows more"."""
        if self.glued:
            return False
        ends = re.match(r"\W|$", self.after) is not None and not re.match(r" \w", self.after)
        subject = self.before[-1] in ".!?" and re.match(r" [a-z]", self.after) is not None
        return subject or (ends and self.follows_preposition)

    @property
    def follows_preposition(self) -> bool:
        return not self.glued and _TAKES_OBJECT.search(self.before[-20:]) is not None


def _may_have_marks(block: Block) -> bool:
    return block.kind in ("prose", "list")


def _marks(blocks: Sequence[Block], form: re.Pattern[str]) -> Iterator[_Mark]:
    found = [
        mark
        for position, block in enumerate(blocks)
        if _may_have_marks(block) and not _is_of_addresses(block)
        for match in form.finditer(block.text)
        if not (mark := _Mark(position, block.text, match)).is_label
    ]
    # The same name with two numbers is an array or a series, whatever its name.
    names = Counter(name for name, _ in {(mark.name, tuple(mark.numbers)) for mark in found})
    for mark in found:
        several = form is _RUN and mark.name and names[mark.name] > 1
        if not several and (form is _RAISED or not (mark.is_code or mark.takes_part)):
            yield mark


def _count_up(marks: Sequence[_Mark]) -> bool:
    """Tell whether numbers appear first in the order of counting, and not all of them where a subscript could stand."""
    if len({mark.numbers[0] for mark in marks if len(mark.numbers) == 1}) < _LEAST_MARKS or marks[0].numbers[0] != 1:
        return False
    firsts = list(dict.fromkeys(number for mark in marks for number in mark.numbers))
    in_order = 1 + sum(number == max(firsts[:place]) + 1 for place, number in enumerate(firsts) if place)
    free = sum(not mark.name for mark in marks)
    return in_order >= _SHARE * len(firsts) and 3 * free >= len(marks)


def _unneeded(marks: Sequence[_Mark]) -> list[_Mark]:
    """Leave out those after a preposition, unless they are so few that they stand there by chance."""
    few = sum(mark.follows_preposition for mark in marks) <= _FEW * len(marks)
    return [mark for mark in marks if few or not mark.follows_preposition]


def _cut(block: Block, spans: Sequence[tuple[int, int]]) -> Block:
    if not spans:
        return block
    pieces, position = [], 0
    for start, end in spans:
        pieces.append(block.text[position:start])
        position = end
    text = clean("".join([*pieces, block.text[position:]]))
    turns = [
        (place - sum(min(end, place) - start for start, end in spans if start < place), at) for place, at in block.turns
    ]
    return replace(block, text=text, turns=tuple((min(place, len(text)), page) for place, page in turns))


def _labels(blocks: Sequence[Block]) -> Iterator[int]:
    """Return the numbers under which bare addresses are listed."""
    for block in filter(_is_of_addresses, blocks):
        for count, line in enumerate(_ADDRESS_BREAK.split(block.text), start=1):
            match = _ADDRESS_LINE.fullmatch(line)
            label = match and (match.group(1) or match.group(2))
            yield int(label) if label else count


def _without_addresses(blocks: Sequence[Block], numbers: set[int]) -> list[Block]:
    """Drop blocks of bare addresses if, together, they have one for nearly all marks; and headings of nothing else."""
    places = {position for position, block in enumerate(blocks) if _is_of_addresses(block)}
    if len(numbers.intersection(_labels(blocks))) < _SHARE * len(numbers):
        return list(blocks)
    kept: list[Block] = []
    for position, block in enumerate(blocks):
        if position not in places:
            kept.append(block)
            continue
        following = blocks[position + 1] if position + 1 < len(blocks) else None
        if kept and kept[-1].level and (following is None or 0 < following.level <= kept[-1].level):
            kept.pop()
    return kept


def _is_of_addresses(block: Block) -> bool:
    """Tell whether it holds addresses only, several or with a number each."""
    lines = _ADDRESS_BREAK.split(block.text)
    matches = [_ADDRESS_LINE.fullmatch(line) for line in lines]
    numbered = all(match and (match.group(1) or match.group(2)) for match in matches)
    return _may_have_marks(block) and not block.level and all(matches) and (numbered or len(lines) >= _LEAST_MARKS)
