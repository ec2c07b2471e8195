"""What a parser of any format hands over, and how it becomes a document's canonical text."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field

from index.documents import Heading, Kind, Region

_BLANK_LINES = re.compile(r"\n[ \t]*(?:\n[ \t]*)+")
# Controls and lone surrogates have no place in text that is quoted, stored as UTF-8 and sent as JSON.
_LINE_ENDS = re.compile(r"\r\n|[\r\f\x85\u2028\u2029]")
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u200b\u2060\ufeff\ud800-\udfff]")
# Whoever looks for a quote types an ordinary space.
_FIXED_SPACES = re.compile(r"[\xa0\u2000-\u200a\u202f\u205f]")


class Unreadable(Exception):
    """A file cannot be indexed; the text says why, and what to do about it."""


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, list, table or code block; or a heading, when ``level`` is above 0.

    Attributes:
        text: As read; ``clean`` is applied to it later. One line an item in a list, one a row in a table.
        level: 1 for the outermost headings; 0 for everything that is no heading.
        kind: What it is; without meaning for a heading.
        page: 1-based page on which it begins, where the source has pages.
        turns: Where later pages begin in a block that runs over several: ``(offset, page)``, into ``clean(text)``.
    """

    text: str
    level: int = 0
    kind: Kind = "prose"
    page: int | None = None
    turns: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Parsed:
    """One document of a file, parsed: its blocks in reading order, and what it says about itself.

    Attributes:
        blocks: In reading order.
        metadata: Keys as in Markdown front matter: id, title, author, published, url, tags, language, index. Values as
            they were found; whoever makes the document brings them into form.
    """

    blocks: tuple[Block, ...]
    metadata: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Assembled:
    """Canonical text with its maps; fields as in ``Document``."""

    text: str
    headings: tuple[Heading, ...]
    blocks: tuple[Region, ...]
    pages: tuple[int, ...] = ()


def clean(text: str) -> str:
    r"""Bring text into the canonical character set: NFC, ``\n`` line ends, no control characters, ordinary spaces.

    Soft hyphens and spaces of no width go. Tabs stay. Runs of blank lines become one line end, since a blank line is
    what separates blocks.
    """
    text = _FIXED_SPACES.sub(" ", _UNPRINTABLE.sub("", _LINE_ENDS.sub("\n", text)))
    return _BLANK_LINES.sub("\n", unicodedata.normalize("NFC", text)).strip()


def one_line(value: object) -> str | None:
    """Return a value of metadata as clean text on one line; None if there is none."""
    text = " ".join(clean(str(value)).split()) if value is not None else ""
    return text or None


def keywords(text: str) -> list[str]:
    """Split a list of keywords, separated by commas or semicolons."""
    return [word.strip() for word in re.split("[,;]", text) if word.strip()]


def assemble(blocks: Iterable[Block]) -> Assembled:
    """Join blocks into a document's canonical text, one blank line between any two.

    Blocks without text are left out. A page without text begins where the next one does.
    """
    pieces: list[str] = []
    headings: list[Heading] = []
    regions: list[Region] = []
    pages: list[int] = []
    offset = 0
    for block in blocks:
        text = clean(block.text)
        if not text:
            continue
        end = offset + len(text)
        if block.level:
            headings.append(Heading(block.level, offset, end))
        else:
            regions.append(Region(offset, end, block.kind))
        begins = [(0, block.page), *block.turns] if block.page is not None else []
        for place, page in begins:
            pages += [offset + place] * (page - len(pages))
        pieces.append(text)
        offset = end + 2
    return Assembled("\n\n".join(pieces), tuple(headings), tuple(regions), tuple(pages))
