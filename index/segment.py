"""A document's passages and their spans, with exact offsets: paragraphs, joined where very short, split where too long.

A passage never ends inside a sentence, and never runs over a heading or a page boundary between paragraphs.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from index.documents import Document, Heading, Kind, Passage, Region, Span, passage_id
from index.sentences import SPLITTER, split_spans
from index.tokens import Tokens

SEGMENTER = f"{SPLITTER}+passages/2"
"""Names how text is cut; a generation records it, and a change means that everything is cut anew."""

SHORT = 25
"""Tokens under which a paragraph is too short to stand alone: a caption, a line of dialogue."""
ENOUGH = 100
"""Tokens from which paragraphs that were joined take no more of them."""
_CONTEXT_SHARE = 4
"""At most one in so many of the encoder's tokens goes to title and headings."""
_NO_SENTENCE = 4
"""What is so many times longer than the encoder's limit is no sentence, but data or references without full stops."""
_LINE = re.compile(r"[^\n]*\S[^\n]*")


@dataclass(frozen=True, slots=True)
class _Piece:
    """Part of a passage to be: where it stands, its spans, and their tokens together."""

    start: int
    end: int
    kind: Kind
    spans: tuple[Span, ...]
    tokens: int
    parts: int = 1

    def joined(self, other: _Piece) -> _Piece:
        kind: Kind = self.kind if self.kind == other.kind else "prose"
        tokens, parts = self.tokens + other.tokens, self.parts + other.parts
        return _Piece(self.start, other.end, kind, self.spans + other.spans, tokens, parts)


def context(document: Document, headings: Sequence[str], tokens: Tokens) -> str:
    """Return what is put before a passage's text when it is encoded, and is never part of what is cited.

    It is cut where title and headings would take more than their share of the encoder's tokens.
    """
    text = "\n".join([document.title, *headings] if document.titled else headings)
    share = tokens.limit // _CONTEXT_SHARE
    return text if tokens.count([text])[0] <= share else text[slice(*tokens.windows(text, share)[0])]


def segment(document: Document, tokens: Tokens) -> list[Passage]:
    """Cut a document into passages; ``document.text[p.start:p.end] == p.text`` for each.

    Args:
        document: Its blocks are what is joined and split.
        tokens: Of the encoder that the passages are for. None but a unit, a table, code or a single sentence has more
            of them, its context included, than the encoder takes in.
    """
    regions = [(region, _spans_of(document, region, tokens)) for region in document.blocks]
    counts = iter(tokens.count([document.text[span.start : span.end] for _, spans in regions for span in spans]))
    starts = [heading.start for heading in document.headings]
    pieces: list[tuple[tuple[int, int | None], _Piece]] = []
    paths: dict[int, tuple[str, ...]] = {}
    limits: dict[int, int] = {}
    for region, spans in regions:
        section = bisect_right(starts, region.start)
        if section not in paths:
            paths[section] = heading_path(document, region.start)
            limits[section] = tokens.limit - tokens.count([context(document, paths[section], tokens)])[0]
        lengths = [next(counts) for _ in spans]
        place = (section, document.page_at(region.start))
        pieces += [(place, piece) for piece in _split(region, spans, lengths, limits[section])]
    seen: Counter[str] = Counter()
    passages: list[Passage] = []
    for (section, page), group in groupby(pieces, key=lambda item: item[0]):
        for piece in _join([piece for _, piece in group], limits[section]):
            text = document.text[piece.start : piece.end]
            passages.append(
                Passage(
                    id=passage_id(document.id, text, seen[text]),
                    document_id=document.id,
                    ordinal=len(passages),
                    start=piece.start,
                    end=piece.end,
                    text=text,
                    headings=paths[section],
                    page=document.page_at(piece.start) if page is not None else None,
                    spans=piece.spans,
                )
            )
            seen[text] += 1
    return passages


def _spans_of(document: Document, region: Region, tokens: Tokens) -> tuple[Span, ...]:
    """Return a block's spans: sentences, or the lines of a table or of code; never one that is absurdly long."""
    text = document.text[region.start : region.end]
    if region.kind in ("table", "code"):
        found: Iterable[Span] = (_stripped(match, region.start) for match in _LINE.finditer(text))
    else:
        found = split_spans(text, region.start, document.language or "en")
    spans: list[Span] = []
    for span in found:
        words = document.text[span.start : span.end]
        most = tokens.limit * _NO_SENTENCE
        if len(words) > most and tokens.count([words])[0] > most:
            spans += (
                Span(span.start + start, span.start + end) for start, end in tokens.windows(words, tokens.limit // 2)
            )
        else:
            spans.append(span)
    return tuple(spans)


def _stripped(line: re.Match[str], offset: int) -> Span:
    text = line.group()
    start = offset + line.start() + len(text) - len(text.lstrip())
    return Span(start, start + len(text.strip()))


def _split(region: Region, spans: Sequence[Span], lengths: Sequence[int], limit: int) -> Iterable[_Piece]:
    """Split a block between sentences into pieces of about one size that fit; one that fits, or stays whole, is one."""
    total = sum(lengths)
    if total <= limit or region.kind in ("table", "code", "whole"):
        return [_Piece(region.start, region.end, region.kind, tuple(spans), total)]
    wanted = total / -(-total // limit)
    pieces: list[_Piece] = []
    for span, count in zip(spans, lengths, strict=True):
        one = _Piece(span.start, span.end, region.kind, (span,), count)
        last = pieces[-1] if pieces else None
        # Half a sentence over the wanted size is better than half a sentence under it, as long as all fits.
        if last is None or last.tokens + count > limit or last.tokens + count / 2 > wanted:
            pieces.append(one)
        else:
            pieces[-1] = last.joined(one)
    return [replace(piece, parts=1) for piece in pieces]


def _join(pieces: Sequence[_Piece], limit: int) -> list[_Piece]:
    """Join what is very short with its neighbours, of one heading and page."""
    joined: list[_Piece] = []
    for piece in pieces:
        last = joined[-1] if joined else None
        if last is not None and _belong_together(last, piece) and last.tokens + piece.tokens <= limit:
            joined[-1] = last.joined(piece)
        else:
            joined.append(piece)
    return joined


def _belong_together(first: _Piece, second: _Piece) -> bool:
    if "whole" in (first.kind, second.kind):
        return False
    return first.tokens < SHORT or (second.tokens < SHORT and (first.parts == 1 or first.tokens < ENOUGH))


def heading_path(document: Document, position: int) -> tuple[str, ...]:
    """Return the headings in force at an offset, outermost first."""
    path: list[Heading] = []
    for heading in document.headings:
        if heading.start > position:
            break
        while path and path[-1].level >= heading.level:
            path.pop()
        path.append(heading)
    return tuple(document.text[heading.start : heading.end] for heading in path)
