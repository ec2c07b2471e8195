"""What a print or an export added to a document, taken off again: what is left reads like the original.

Every rule asks for evidence in the document itself (a repeated title, marks that count upwards, a paragraph that stops
in mid-sentence), so that a document without such traces comes through as it is. Nothing here looks at code blocks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from index.blocks import Block, Parsed, clean
from index.tidy.marks import without_marks
from index.tidy.prints import ENDS_WELL, without_front, without_furniture

_BREAKS_OFF = re.compile(r"[\w,\u2013\u2014-]$")
_BREAKS_OFF_HARD = re.compile(r"[^\W\d_],?$")
_ENDS_IN_ADDRESS = re.compile(r"(?:://|www\.|@)\S*$")
# An item, a name such as iPhone, an address, a path, a term: no sentence that goes on.
_STARTS_OTHERWISE = re.compile(r"[a-z]{1,4}[.)]\s|[a-z]+(?:[A-Z]|[-./_:][\w/])")
_STARTS_SENTENCE = re.compile(r"[\"'\u2018\u201c(]*[^\W_a-z]")
_HAS_SENTENCES = re.compile(r"[.!?][\"'\u2019\u201d)]*\s")
_BROKEN_MIN_WORDS = 25
_PROSE_MIN_WORDS = 8
_FEW = 5
_TABLE_CHARACTERS = 1_000


def tidy(parsed: Parsed) -> Parsed:
    """Take off what is not the document's own, mend what a page boundary broke, and note what was learnt.

    Returns:
        Blocks of clean text; metadata that the document itself stated wins over what was found in its blocks.
    """
    given = {key: value for key, value in parsed.metadata.items() if value not in (None, "")}
    blocks = [replace(block, text=text) for block in parsed.blocks if (text := clean(block.text))]
    kept, address = without_furniture(without_marks(blocks))
    kept, found = without_front(kept, titled="title" in given)
    metadata = {**address, **found, **given}
    return Parsed(tuple(_short_tables(_mended(kept, is_print=kept != blocks))), metadata)


def _mended(blocks: Sequence[Block], *, is_print: bool) -> list[Block]:
    """Join paragraphs that a page boundary broke in two.

    Only where most paragraphs end as sentences do: in chats, poems and lists of things, any may break off.
    """
    broken, paragraphs = _broken(blocks)
    if broken > max(1, paragraphs // 3):
        return list(blocks)
    mended = _joined(blocks, capital=False)
    # Before a capital, more must speak for it: that it is a print, or a new page, and that nearly all others end well.
    broken, paragraphs = _broken(mended)
    if _FEW * broken > paragraphs:
        return mended
    return _joined(mended, capital=True, is_print=is_print)


def _broken(blocks: Sequence[Block]) -> tuple[int, int]:
    """Count paragraphs that do not end as a sentence does, and all."""
    prose = [block.text for block in blocks if not block.level and block.kind == "prose"]
    paragraphs = [text for text in prose if len(text.split()) >= _PROSE_MIN_WORDS]
    return sum(not ENDS_WELL.search(text) for text in paragraphs), len(paragraphs)


def _joined(blocks: Sequence[Block], *, capital: bool, is_print: bool = False) -> list[Block]:
    joined: list[Block] = []
    for block in blocks:
        first = joined[-1] if joined else None
        if first is None or not _goes_on(first, block, capital=capital, is_print=is_print):
            joined.append(block)
            continue
        space = "" if re.search(r"\w-$", first.text) else " "
        gap = len(first.text) + len(space)
        turns = [*first.turns, *((gap + offset, page) for offset, page in block.turns)]
        if block.page is not None and block.page != _last_page(first):
            turns.insert(len(first.turns), (gap, block.page))
        joined[-1] = replace(first, text=f"{first.text}{space}{block.text}", turns=tuple(turns))
    return joined


def _last_page(block: Block) -> int | None:
    return block.turns[-1][1] if block.turns else block.page


def _goes_on(first: Block, second: Block, *, capital: bool, is_print: bool) -> bool:
    """Tell whether a paragraph stops in mid-sentence and the next one goes on."""
    if any(block.level or block.kind != "prose" for block in (first, second)) or _ENDS_IN_ADDRESS.search(first.text):
        return False
    words, more = len(first.text.split()), len(second.text.split())
    ends_well = ENDS_WELL.search(second.text) is not None
    if words < _PROSE_MIN_WORDS or not _STARTS_SENTENCE.match(first.text):
        return False
    if second.text[0].islower():
        may_go_on = (ends_well or more >= _PROSE_MIN_WORDS) and not _STARTS_OTHERWISE.match(second.text)
        return may_go_on and _BREAKS_OFF.search(first.text) is not None
    turned = second.page is not None and second.page != _last_page(first)
    if not (capital and (is_print or turned) and ends_well) or words < _BROKEN_MIN_WORDS or more < _PROSE_MIN_WORDS:
        return False
    return all(form.search(first.text) for form in (_BREAKS_OFF_HARD, _HAS_SENTENCES))


def _short_tables(blocks: Sequence[Block]) -> Iterator[Block]:
    """Break long tables between rows and repeat the header row, as a word processor does at the foot of a page."""
    for block in blocks:
        header, *rows = block.text.split("\n")
        if block.kind != "table" or len(block.text) <= _TABLE_CHARACTERS or not rows:
            yield block
            continue
        part: list[str] = []
        for row in rows:
            if part and len("\n".join((header, *part, row))) > _TABLE_CHARACTERS:
                yield replace(block, text=clean("\n".join((header, *part))), turns=())
                part = []
            part.append(row)
        yield replace(block, text=clean("\n".join((header, *part))), turns=())
