"""The nouns that everything else is about: Document, Heading, Passage, Span.

All offsets are counted in Python code points, half-open, into ``Document.text``.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

Kind = Literal["prose", "list", "table", "code", "whole"]
"""What a block is. Prose and lists may be joined with their neighbours or split; the others stay as they are.
"whole" is a unit that somebody else has cut, such as a paragraph of a standard collection."""


@dataclass(frozen=True, slots=True)
class Span:
    """A sentence (or one line of a list, table or code block) inside a passage.

    Attributes:
        start: Offset of its first character in the document's text.
        end: Offset after its last character.
    """

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading as it stands in the document's text.

    Attributes:
        level: 1 for the outermost.
        start: Offset of its first character in the document's text.
        end: Offset after its last character.
    """

    level: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Region:
    """A paragraph, list, table or code block as it stands in the document's text.

    Attributes:
        start: Offset of its first character in the document's text.
        end: Offset after its last character.
        kind: What it is.
    """

    start: int
    end: int
    kind: Kind = "prose"


@dataclass(frozen=True)  # without slots: the hash is computed once
class Document:
    r"""One source, in its canonical form.

    Attributes:
        id: Unique in its collection.
        title: Never empty.
        text: Canonical text: Unicode NFC, ``\n`` line ends, paragraphs and headings separated by one blank line.
        headings: The heading map, in text order.
        blocks: Every paragraph, list, table and code block, in text order; headings are not among them.
        pages: Offset at which each page of the source begins, in order; empty where the source has no pages.
        author: As the source states it, if it does; several are separated by a comma.
        published: ISO 8601 date, if the source states one.
        url: Where the source can be read, if it states that.
        tags: As the source states them, in its order.
        source: The path it was read from, relative to the path that was indexed.
        titled: False where the source has no title, and ``title`` is only how its text begins.
        language: ISO 639-1 code, where the source states one or its text shows one.
        id_stated: Whether the source itself states the id, as a line of JSONL may.
    """

    id: str
    title: str
    text: str
    headings: tuple[Heading, ...] = ()
    blocks: tuple[Region, ...] = ()
    pages: tuple[int, ...] = ()
    author: str | None = None
    published: str | None = None
    url: str | None = None
    tags: tuple[str, ...] = ()
    source: str | None = None
    titled: bool = True
    language: str | None = None
    id_stated: bool = False

    @cached_property
    def sha256(self) -> str:
        """Hexadecimal SHA-256 of the canonical text in UTF-8."""
        return hashlib.sha256(self.text.encode("utf-8")).hexdigest()

    def page_at(self, offset: int) -> int | None:
        """Return the 1-based page on which the character at an offset stands; None where there are no pages."""
        return max(bisect_right(self.pages, offset), 1) if self.pages else None


@dataclass(frozen=True, slots=True)
class Passage:
    """One paragraph of a document: what is returned and cited.

    Attributes:
        id: Unique in its collection; made of the document's id and the passage's own text, so that it outlives
            edits elsewhere in the document.
        document_id: The document it belongs to.
        ordinal: 0 for the document's first passage.
        start: Offset of its first character in the document's text.
        end: Offset after its last character.
        text: ``document.text[start:end]``.
        headings: The headings above it, outermost first.
        page: 1-based page on which it begins, where the source has pages.
        spans: Its sentences, in order; never empty.
    """

    id: str
    document_id: str
    ordinal: int
    start: int
    end: int
    text: str
    headings: tuple[str, ...]
    page: int | None
    spans: tuple[Span, ...]

    def text_of(self, span: Span) -> str:
        """Return the text of one of its spans."""
        return self.text[span.start - self.start : span.end - self.start]


def passage_id(document_id: str, text: str, occurrence: int) -> str:
    """Derive a passage's id.

    Args:
        document_id: Id of its document.
        text: Its text.
        occurrence: 0 for the first passage of the document with this very text, 1 for the next, and so on.

    Returns:
        "p" and 20 hexadecimal digits of a SHA-256: opaque, and safe in an address.
    """
    key = "\x1f".join((document_id, str(occurrence), text))
    return "p" + hashlib.sha256(key.encode("utf-8")).hexdigest()[:20]
