"""A passage's sentences, with exact offsets: sentencex cuts, and a few rules join or cut where it is wrong."""

from __future__ import annotations

import re
from collections.abc import Iterator

import sentencex

from index.documents import Span

SPLITTER = "sentencex-1.0/1"
"""Names how sentences are found; part of the segmenter's name, so that a change cuts everything anew."""

LONG = 150
"""Characters. A quotation or parenthesis is one sentence with what is around it, unless that becomes longer."""

_LINE = re.compile(r"[^\n]+")
# sentencex panics on some white space behind an initial, and refuses half surrogate pairs.
_UNSAFE = re.compile(r"[\s\ud800-\udfff]")
_QUOTES = re.compile("[\"'`()\\[\\]\u201c\u201d\u201e\u2018\u2019\u201a\u00ab\u00bb\u2039\u203a]")
_CLOSERS = re.compile("[\"'`)\\]\u201c\u201d\u2018\u2019\u00ab\u00bb\u2039\u203a]*(?:\\s[\u00bb\u201d](?=\\s))?")

# The end of one sentence and the beginning of the next, between which there is none.
_WIDE_STOP = re.compile("[\u3002\uff01\uff1f\uff61\uff0e\u2026\u0964\u0965\u06d4\u061f\u1362\u104b\u0589][^\\w\\s]*$")
_NO_OPENING = re.compile("[,;)\\]}]|[\"'\u201c\u201d\u2019\u00ab\u00bb](?:\\s|$)")
_NUMBER_ONLY = re.compile(r"[\W_]*(?:\d{1,3}|[^\W\d_]|[ivxIVX]{1,4})?[\W_]*")
_COUNTED = re.compile(
    r"(?:^|[\s(])(?:abb|abs|app|approx|art|bd|bk|ca|ch|chap|col|cols|ed|eq|eqs|ex|exs|fig|figs|kap|no|nos|nr|p|para|pos"
    r"|pp|pt|ref|refs|sec|secs|sect|tab|vol|vols)\.\s*$",
    re.IGNORECASE,
)
_WEAK_STOP = re.compile("(?:\\.\\.\\.|\\. \\.|\u2026|\\d\\.|[.!?][\"'`)\\]\u201c\u201d\u2019\u00bb]+)\\s*$")
_TITLE = re.compile(r"(?:^|[^\w.])(?:Capt|Col|Dr|Fr|Gen|Gov|Lt|MM?|Mlle|Mme|Mrs?|Ms|Mx|Prof|Rep|Rev|Sen|Sgt)\.\s*$")
_SHORT = re.compile(r"(?:^|[^\w.])\w{1,4}\.\s*$")

# The end of a sentence that sentencex takes for an abbreviation or does not see, where a capital follows.
_MISSED = re.compile("(?:\\b(?:art|id|ill|me|miss|no|ok|ore|May)\\.|\\w\u2026)[\"')\u201d\u2019\u00bb]*(?=\\s)")
_ASIDE = re.compile(r"\s*\([^()]*[.!?]\)(?=\s)")


def _is_one(left: str, right: str, *, cased: bool) -> bool:
    """Whether what stands left and right of a cut is one sentence after all; ``cased``: its line begins no lower."""
    if not (left[-1].isspace() or right[0].isspace()) and not _WIDE_STOP.search(left):
        return True  # in the middle of "ASP.NET"
    tail, head = left[-40:], right.lstrip()[:2]
    if _NO_OPENING.match(right.lstrip()) or (len(left) < 12 and _NUMBER_ONLY.fullmatch(left)):
        return True  # "1." and what it numbers
    if head[:1].isdigit():
        return bool(_COUNTED.search(tail))
    if head[:1].islower() and not head[1:].isupper():  # "iPads" may begin a sentence
        return bool(_WEAK_STOP.search(tail) or (cased and _SHORT.search(tail)))  # "Mon. to Fri."
    return bool(_TITLE.search(tail))


def _pieces(text: str, language: str) -> list[str]:
    """Cut a line; the pieces put together are the line."""
    pieces: list[str] = []
    begin = 0
    cased = not text.lstrip(" \"'\u201c(")[:1].islower()
    for sentence in sentencex.segment(language, _UNSAFE.sub(" ", text)):
        piece = text[begin : begin + len(sentence)]
        begin += len(sentence)
        if pieces and piece and (_is_one(pieces[-1], piece, cased=cased) or not piece.strip()):
            pieces[-1] += piece
        elif piece:
            pieces.append(piece)
    return pieces


def _missed(piece: str) -> Iterator[str]:
    """Cut where sentencex should have."""
    begin = 0
    aside = _ASIDE.match(piece)
    ends = [match.end() for match in _MISSED.finditer(piece)] + ([aside.end()] if aside else [])
    for end in sorted(ends):
        opening = _QUOTES.sub("", piece[end : end + 6]).lstrip()
        if end > begin and opening[:1].isupper():
            yield piece[begin:end]
            begin = end
    yield piece[begin:]


def _unquoted(piece: str, language: str) -> Iterator[str]:
    """Cut a long piece inside its quotations and parentheses; a closing mark stays with what it closes."""
    begin = position = 0
    for sentence in sentencex.segment(language, _UNSAFE.sub(" ", _QUOTES.sub(" ", piece))):
        end = position + len(sentence.rstrip())
        position += len(sentence)
        closed = _CLOSERS.match(piece, end)
        end = closed.end() if closed else end
        if begin < end < len(piece) and not _is_one(piece[begin:end], piece[end:], cased=True):
            yield piece[begin:end]
            begin = end
    yield piece[begin:]


def split_spans(text: str, offset: int = 0, language: str = "en") -> tuple[Span, ...]:
    """Split a passage into sentences; a line end always ends one.

    Args:
        text: The passage's text, not blank.
        offset: Where the passage begins in its document; added to every span.
        language: ISO 639-1 code, for its abbreviations; an unknown one is treated as English.

    Returns:
        Spans without the white space around them, in order, which together cover every other character.
    """
    spans = []
    for line in _LINE.finditer(text):
        begin = offset + line.start()
        for piece in _pieces(line.group(), language):
            for part in _missed(piece):
                for sentence in _unquoted(part, language) if len(part) > LONG else (part,):
                    stripped = sentence.strip()
                    if stripped:
                        start = begin + sentence.index(stripped)
                        spans.append(Span(start, start + len(stripped)))
                    begin += len(sentence)
    return tuple(spans)
