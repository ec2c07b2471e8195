"""Awkward documents for the property tests, and what must hold of any document, however it was parsed."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from functools import cache
from itertools import pairwise

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from index.blocks import Parsed, assemble, clean
from index.documents import Document
from index.models import DEFAULT_MODEL, resolve_model
from index.segment import heading_path, segment
from index.tokens import Tokens

thorough = settings(deadline=None, max_examples=50, suppress_health_check=[HealthCheck.too_slow])

_AWKWARD = [
    "word", "Two sentences. In one line!", "U.S.", "e\u0301", "\u1100\u1161", "\u212b", "\u0958", "\ufb01", "\u0301",
    "👩\u200d👩\u200d👧", "🇨🇭", "שלום", "مرحبا بالعالم.", "\u202eright to left\u202c", "\u200f", "\u200b", "\u00a0",
    "\u3000", "\ufeff", "\ufffe", "\x00", "\x07", "\x0b", "\x1b", "\x1c", "\x7f", "\f", "\t", "\u2028", "\u2029",
    "\ud800", "\udfff", "\ud83d\ude00", "A HEADING",
]  # fmt: skip
_MARKUP = [
    "# One", "## Two", "#### Four", "#", "- item", "1. first", "> quoted", "```", "    code", "| a | b |", "|---|---|",
    "*", "**", "_", "`", "[words](address)", "![image](address)", "<b>", "<br>", "<div>", "<!--", "-->", "&amp;",
    "&nbsp;", "&#0;", "&#x301;", "\\", "  \n", "===", "---", "***", "[a]: b",
]  # fmt: skip
_SEPARATORS = ["", " ", " ", "  ", "\t", "\n", "\r\n", "\r", "\n\n", "\r\n\r\n", "\n \t\n", "\n" * 7, "\n\u00a0\n"]


def raw_texts(*more: str) -> st.SearchStrategy[str]:
    """Generate texts of awkward pieces, of ``more`` pieces, and of any characters, with all kinds of space between."""
    piece = st.sampled_from([*_AWKWARD, *more]) | st.text(
        st.characters(max_codepoint=0x7F) | st.characters(min_codepoint=0xA0), max_size=5
    )
    return st.lists(st.tuples(piece, st.sampled_from(_SEPARATORS)), max_size=25).map(
        lambda pairs: "".join(part for pair in pairs for part in pair)
    )


def markdown_texts() -> st.SearchStrategy[str]:
    return raw_texts(*_MARKUP)


def assert_exact(parsed: Parsed) -> None:
    """Check everything that a citation relies on: the canonical text, its maps, the passages and their spans."""
    assembled = assemble(parsed.blocks)
    text = assembled.text
    assert unicodedata.is_normalized("NFC", text)
    assert not [char for char in text if unicodedata.category(char) in ("Cc", "Cs") and char not in "\t\n"]

    headings = [(heading.start, heading.end) for heading in assembled.headings]
    expected = [clean(block.text) for block in parsed.blocks if block.level and clean(block.text)]
    assert [text[start:end] for start, end in headings] == expected

    # Headings and blocks are the whole text: one blank line between any two, and nothing else.
    regions = [(region.start, region.end) for region in assembled.blocks]
    position = -2
    for start, end in sorted([*headings, *regions]):
        assert start == position + 2
        assert text[max(position, 0) : start] in ("", "\n\n")
        assert "\n\n" not in text[start:end]
        position = end
    assert position == len(text) or not text

    document = Document("d", "t", text, assembled.headings, assembled.blocks)
    passages = segment(document, tokens())
    assert len({passage.id for passage in passages}) == len(passages)
    assert_apart([(passage.start, passage.end) for passage in passages], text, regions)
    for passage in passages:
        assert text[passage.start : passage.end] == passage.text == passage.text.strip()
        assert not any(start < passage.end and passage.start < end for start, end in headings)
        assert passage.headings == heading_path(document, passage.end - 1)
        assert_apart([(span.start, span.end) for span in passage.spans], text, [(passage.start, passage.end)])
        assert all(text[span.start : span.end] == text[span.start : span.end].strip() for span in passage.spans)


def assert_apart(parts: Sequence[tuple[int, int]], text: str, whole: Sequence[tuple[int, int]]) -> None:
    """Check that parts come in order, do not overlap, and leave out nothing of the whole but white space."""
    assert parts or not whole
    assert all(start < end for start, end in parts)
    assert all(before[1] <= after[0] for before, after in pairwise(parts))
    covered = {offset for start, end in parts for offset in range(start, end)}
    missed = {offset for start, end in whole for offset in range(start, end)} - covered
    assert not "".join(text[offset] for offset in missed).strip()


@cache
def tokens() -> Tokens:
    """Return the default model's counter."""
    return Tokens(resolve_model(DEFAULT_MODEL))
