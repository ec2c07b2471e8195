"""What a parser of any format hands over, and how it becomes a document's canonical text."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field

from index.documents import Heading

_BLANK_LINES = re.compile(r"\n[ \t]*(?:\n[ \t]*)+")
# Controls and lone surrogates have no place in text that is quoted, stored as UTF-8 and sent as JSON.
_LINE_ENDS = re.compile(r"\r\n|[\r\f\x85\u2028\u2029]")
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, list, table or code block; or a heading, when ``level`` is above 0."""

    text: str
    level: int = 0


@dataclass(frozen=True, slots=True)
class Parsed:
    """One file, parsed: its blocks in reading order, and what it says about itself.

    Attributes:
        blocks: In reading order.
        metadata: Keys as in Markdown front matter (title, author, published, url, index).
    """

    blocks: tuple[Block, ...]
    metadata: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Assembled:
    """Canonical text with its maps; fields as in ``Document``."""

    text: str
    headings: tuple[Heading, ...]
    blocks: tuple[tuple[int, int], ...]


def clean(text: str) -> str:
    r"""Bring text into the canonical character set: NFC, ``\n`` line ends, no control characters.

    Tabs stay. Runs of blank lines become one line end, since a blank line is what separates blocks.
    """
    text = _UNPRINTABLE.sub("", _LINE_ENDS.sub("\n", text))
    return _BLANK_LINES.sub("\n", unicodedata.normalize("NFC", text)).strip()


def assemble(blocks: Iterable[Block]) -> Assembled:
    """Join blocks into a document's canonical text, one blank line between any two.

    Blocks without text are left out.
    """
    pieces: list[str] = []
    headings: list[Heading] = []
    spans: list[tuple[int, int]] = []
    offset = 0
    for block in blocks:
        text = clean(block.text)
        if not text:
            continue
        end = offset + len(text)
        if block.level:
            headings.append(Heading(block.level, offset, end))
        else:
            spans.append((offset, end))
        pieces.append(text)
        offset = end + 2
    return Assembled("\n\n".join(pieces), tuple(headings), tuple(spans))
