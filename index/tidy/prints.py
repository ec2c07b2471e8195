"""What a print of a web page adds around the text: breadcrumb, date, byline, copyright line, address of the source.

A line goes only if it is known for what it is; one that is not stays, wherever it stands.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from index.blocks import Block
from index.dates import iso_date

ENDS_WELL = re.compile(r"[.!?:;\u2026\u3002\uff01\uff1f][\"'\u2019\u201d)\]*]*$")
_PHRASE = re.compile(
    r"skip to (?:main )?content|jump to navigation|back to top|(?:share|print|email) this (?:article|page|post|story)"
    r"|listen to this article|\d{1,3}[ -]min(?:ute)?s? read",
    re.IGNORECASE,
)
_PAGE_LINE = re.compile(r"page (\d{1,4}) (?:of|/) (\d{1,4})", re.IGNORECASE)
_COPYRIGHT = re.compile(
    r"(?:copyright\s*(?:©|\(c\))|©)(?:\s*\d{4}\b|\s+(?-i:[A-Z]))|copyright\s+\d{4}\b|\(c\)\s*\d{4}\b", re.IGNORECASE
)
_RIGHTS = re.compile(r"all rights reserved\b[^.]*\.?", re.IGNORECASE)
_COPYRIGHT_MAX_WORDS = 60
_SOURCE = re.compile(
    r"(?:(?:source|original|source url|original url|permalink|originally published at)\s*:|retrieved from:?)"
    r"\s*[\"<\u201c]?(https?://[^\s\"<>\u201d]+?)[\">\u201d]?\.?",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"<?(https?://[^\s<>]+)>?")
_FRONT_BLOCKS = 12
_PARAGRAPH_MIN_WORDS = 8
_LEAST_PARAGRAPHS = 2
_CRUMB = re.compile(r"\s[>\u00bb\u203a]\s")
_HOME = re.compile(r"(?:home(?: ?page)?|start(?:seite)?|main page)", re.IGNORECASE)
_PARTS = re.compile(r"\s+[|\u00b7\u2022]\s+")
_BYLINE = re.compile(r"(?:written )?by\s+(.{3,80}?)(?:(?:,|\s+[\u2013\u2014-]|\s+on)\s+(.*\d.*))?", re.IGNORECASE)
_NO_NAME = re.compile(r"\d|\b(?:e-?mail|mail|post|courier|fax|hand|phone|video|appointment|order)\b", re.IGNORECASE)
_PARTICLES = frozenset("al and bin da de del den der di du el la le ten ter van von y &".split())
_DATE_LABEL = re.compile(
    r"((?:first )?published|(?:last )?(?:updated|modified)|posted|date)(?: on)?\s*:?\s+", re.IGNORECASE
)
_NOTE_MAX_WORDS = 60
_SUBTITLE_MAX_WORDS = 20
_LEAST_TRACES = 2


def without_furniture(blocks: Sequence[Block]) -> tuple[list[Block], dict[str, object]]:
    """Take off the buttons' words, page counts, and at the end copyright lines and the address of the source."""
    pages = [match.groups() for block in blocks if _is_line(block) and (match := _PAGE_LINE.fullmatch(block.text))]
    counted = len(set(pages)) > 1 and len({last for _, last in pages}) == 1
    kept = [
        block
        for position, block in enumerate(blocks)
        if not (
            _is_line(block)
            and (
                (counted and _PAGE_LINE.fullmatch(block.text))
                or _is_button(block, blocks[position - 1] if position else None)
            )
        )
    ]
    metadata: dict[str, object] = {}
    # A notice of licences is nothing but such lines; and what has a heading of its own was put there by the author.
    prints = sum(_is_line(block) and _is_paragraph(block) for block in kept) >= _LEAST_PARAGRAPHS
    while prints and len(kept) > 1 and _is_line(kept[-1]) and not kept[-2].level:
        source = _SOURCE.fullmatch(kept[-1].text) if kept[-2].kind not in ("table", "code") else None
        if source is None and not _is_copyright(kept[-1].text):
            break
        if source is not None:
            metadata.setdefault("url", source.group(1))
        kept.pop()
    return kept, metadata


def _is_paragraph(block: Block) -> bool:
    return len(block.text.split()) >= _PARAGRAPH_MIN_WORDS and ENDS_WELL.search(block.text) is not None


def _is_line(block: Block) -> bool:
    return not block.level and block.kind == "prose"


def _is_button(block: Block, before: Block | None) -> bool:
    return _PHRASE.fullmatch(block.text) is not None and not (before is not None and before.level)


def _is_copyright(text: str) -> bool:
    notice = _COPYRIGHT.match(text) is not None or _RIGHTS.fullmatch(text) is not None
    return notice and len(text.split()) <= _COPYRIGHT_MAX_WORDS


class _Line:
    """A line before the first paragraph, and what is known of it."""

    def __init__(self, block: int, text: str, *, is_heading: bool) -> None:
        self.block, self.text, self.is_heading = block, text, is_heading
        self.author: str | None = None
        self.date: str | None = None
        self.date_label = ""
        self.url: str | None = None
        read = [self._read(part) for part in _PARTS.split(text)]
        self.is_known = all(read)

    def _read(self, part: str) -> bool:
        """Tell whether it is a byline, a date, an address or a button's words, and note what it says."""
        byline = _BYLINE.fullmatch(part)
        if byline is not None and is_name(byline.group(1)) and (byline.group(2) is None or self._read(byline.group(2))):
            self.author = byline.group(1)
            return True
        if self.is_heading:  # of a chronicle, a changelog
            return False
        address = _ADDRESS.fullmatch(part) or _SOURCE.fullmatch(part)
        if address is not None:
            self.url = address.group(1)
            return True
        label = _DATE_LABEL.match(part)
        date = iso_date(part[label.end() :] if label else part)
        if date is None or len(date) == len("2019"):
            return _PHRASE.fullmatch(part) is not None
        self.date, self.date_label = date, label.group(1).lower() if label else ""
        return True


def is_name(text: str) -> bool:
    """Tell whether it has the form of a person's name, or of several."""
    words = text.replace(",", " ").split()
    known = all(word[0].isupper() or word in _PARTICLES for word in words)
    return 2 <= len(words) <= 8 and known and _NO_NAME.search(text) is None


def without_front(blocks: Sequence[Block], *, titled: bool) -> tuple[list[Block], dict[str, object]]:
    """Turn what a print puts before the first paragraph into metadata: breadcrumb, title, date, author, author's note.

    Only where two traces of a print are found.

    Args:
        blocks: Of clean text.
        titled: Whether the title is known already, so that no line has to be guessed to be it.
    """
    front, rest = _split_front(blocks)
    lines = [
        _Line(at, text, is_heading=block.level > 0)
        for at, block in enumerate(front)
        for text in ([block.text] if block.level else block.text.split("\n"))
    ]
    crumbs = _crumbs(lines)
    title = _repeated_title(lines, crumbs)
    for line in lines:
        line.is_known = line.is_known or line in crumbs or line.text == title
    authors = [line.author for line in lines if line.author]
    note = _note_on(authors[0], rest) if authors else None
    for line in lines:
        if not authors and not line.is_known and not line.is_heading and (note := _note_on(line.text, rest)):
            authors, line.is_known = [line.text], True
            break
    dates = [line for line in lines if line.date]
    under_title = bool(front) and front[0].level == 1 and any(line.author and line.block == 1 for line in lines)
    if sum(map(bool, (crumbs, title, dates, authors, under_title))) < _LEAST_TRACES:
        return list(blocks), {}
    if title is None and not titled:
        title = _lone_title(lines)
    _settle_subtitle(lines, title)
    # The day of an update is not the day of publication.
    published = [line for line in dates if not line.date_label.endswith(("updated", "modified"))]
    published.sort(key=lambda line: not line.date_label.endswith(("published", "posted")))
    found = {
        "title": title,
        "author": ", ".join(dict.fromkeys(authors)),
        "published": published[0].date if published else None,
        "url": next((line.url for line in lines if line.url), None),
    }
    kept = [_left_of(block, [line for line in lines if line.block == at]) for at, block in enumerate(front)]
    body = [block for block in rest if block is not note]
    return [block for block in kept if block.text] + body, {key: value for key, value in found.items() if value}


def _split_front(blocks: Sequence[Block]) -> tuple[list[Block], list[Block]]:
    """Split before the first paragraph of sentences."""
    for position, block in enumerate(blocks[: _FRONT_BLOCKS + 1]):
        if not block.level and (block.kind != "prose" or _is_paragraph(block)):
            return list(blocks[:position]), list(blocks[position:])
    return [], list(blocks)


def _crumbs(lines: Sequence[_Line]) -> list[_Line]:
    """Return the lines that lead from the home page, or to a line that stands here: to the title."""
    texts = {line.text for line in lines}
    paths = [(line, _CRUMB.split(line.text)) for line in lines if not line.is_heading and _CRUMB.search(line.text)]
    return [line for line, path in paths if _HOME.fullmatch(path[0]) or path[-1] in texts]


def _repeated_title(lines: Sequence[_Line], crumbs: Sequence[_Line]) -> str | None:
    """Return the line that stands here twice, not in one block (a refrain does), or to which a breadcrumb leads."""
    ends = {_CRUMB.split(crumb.text)[-1] for crumb in crumbs}
    for line in lines:
        again = any(other.text == line.text and other.block != line.block for other in lines)
        if line not in crumbs and not line.is_known and (line.text in ends or again):
            return line.text
    return None


def _note_on(name: str, rest: Sequence[Block]) -> Block | None:
    """Find a note on the author: it begins with the name, which the text itself, unlike a biography, never mentions."""
    if not is_name(name):
        return None
    about = re.compile(rf"{re.escape(name)}(?:,| is| has| covers| teaches| works| writes)\b", re.IGNORECASE)
    surname = re.compile(rf"\b{re.escape(name.rsplit(maxsplit=1)[-1])}\b", re.IGNORECASE)
    for block in rest[:2]:
        if block.kind == "prose" and about.match(block.text) and len(block.text.split()) <= _NOTE_MAX_WORDS:
            others = [other.text for other in rest if other is not block]
            return block if others and not any(map(surname.search, others)) else None
    return None


def _lone_title(lines: Sequence[_Line]) -> str | None:
    """Return the one line above byline and date that is nothing else, where there is no heading; note that it goes."""
    first = next(place for place, line in enumerate(lines) if line.author or line.date)
    above = [line for line in lines[:first] if not line.is_known]
    if any(line.is_heading for line in lines) or len(above) != 1 or len(above[0].text.split()) > _SUBTITLE_MAX_WORDS:
        return None
    above[0].is_known = True
    return above[0].text


def _settle_subtitle(lines: Sequence[_Line], title: str | None) -> None:
    """Let a line go that stands between the title and another known line of the same block."""
    for before, line, after in zip(lines, lines[1:], lines[2:], strict=False):
        together = before.block == line.block == after.block and before.text == title and after.is_known
        if together and not line.is_known and len(line.text.split()) <= _SUBTITLE_MAX_WORDS:
            line.is_known = True


def _left_of(block: Block, lines: Sequence[_Line]) -> Block:
    left = "\n".join(line.text for line in lines if not line.is_known)
    return block if left == block.text else replace(block, text=left, turns=())
