"""A document's passages (one a block) and their spans (sentences), with exact offsets."""

from __future__ import annotations

import re
from collections import Counter

from nupunkt import sent_spans

from index.documents import Document, Heading, Passage, Span, passage_id

SEGMENTER = "nupunkt-0.8/1"
"""Names how text is cut; a generation records it, and a change means that everything is cut anew."""

_LINE = re.compile(r"[^\n]+")


def split_spans(text: str, offset: int = 0) -> tuple[Span, ...]:
    """Split a passage into sentences; a line end always ends one.

    Args:
        text: The passage's text, not blank.
        offset: Where the passage begins in its document; added to every span.

    Returns:
        Spans without the white space around them, in order, which together cover every other character.
    """
    spans = []
    for line in _LINE.finditer(text):
        for start, end in sent_spans(line.group()):
            sentence = line.group()[start:end]
            stripped = sentence.strip()
            if stripped:
                begin = offset + line.start() + start + sentence.index(stripped)
                spans.append(Span(begin, begin + len(stripped)))
    return tuple(spans)


def _heading_path(document: Document, position: int) -> tuple[str, ...]:
    """Return the headings in force at an offset, outermost first."""
    path: list[Heading] = []
    for heading in document.headings:
        if heading.start > position:
            break
        while path and path[-1].level >= heading.level:
            path.pop()
        path.append(heading)
    return tuple(document.text[heading.start : heading.end] for heading in path)


def segment(document: Document) -> list[Passage]:
    """Cut a document into passages; ``document.text[p.start:p.end] == p.text`` for each."""
    seen: Counter[str] = Counter()
    passages = []
    for ordinal, (start, end) in enumerate(document.blocks):
        text = document.text[start:end]
        passages.append(
            Passage(
                id=passage_id(document.id, text, seen[text]),
                document_id=document.id,
                ordinal=ordinal,
                start=start,
                end=end,
                text=text,
                headings=_heading_path(document, start),
                page=None,
                spans=split_spans(text, start),
            )
        )
        seen[text] += 1
    return passages
