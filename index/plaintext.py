"""Plain text: paragraphs stand between blank lines, headings are short lines in capitals."""

from __future__ import annotations

import re

from index.blocks import Block, Parsed

_PARAGRAPHS = re.compile(r"\n[ \t]*(?:\n[ \t]*)+")
_HEADING_MAX_CHARACTERS = 80


def _is_heading(lines: list[str]) -> bool:
    """Tell whether a paragraph is a heading: one short line with letters, none of them lower case."""
    if len(lines) != 1 or len(lines[0]) > _HEADING_MAX_CHARACTERS:
        return False
    return lines[0].isupper() and not lines[0].endswith((".", ",", ";"))


def parse_plaintext(raw: str) -> Parsed:
    """Split plain text into blocks; the lines of one paragraph are joined, since their breaks are only layout."""
    blocks = []
    for paragraph in _PARAGRAPHS.split(raw.replace("\r\n", "\n").replace("\r", "\n").replace("\f", "\n\n")):
        lines = [line.strip() for line in paragraph.split("\n") if line.strip()]
        if lines:
            blocks.append(Block(" ".join(lines), level=1 if _is_heading(lines) else 0))
    return Parsed(tuple(blocks))
