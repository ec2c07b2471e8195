"""Which pieces of a page are its main content, as Resiliparse sees it.

Each piece's number is written into the page before its first word, and the numbers found in what Resiliparse extracts
are the pieces that are kept: it decides what is read, never how. Where it keeps less than a third of a plain reading
(everything outside headers, footers and asides), it has misjudged the page, and the plain reading is taken: too much
text costs less than an answer that is lost.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from lxml import etree
from lxml.html import HtmlElement
from resiliparse.extract.html2text import extract_plain_text

from index.blocks import Block
from index.formats.html.reader import Piece

_LEAST_SHARE = 1 / 3
# Of characters that no page uses: the end of the last private plane.
_MARK = "\U0010fffc{}\U0010fffd"
_NUMBER = re.compile(_MARK.format(r"(\d+)"))


def main_blocks(root: HtmlElement, pieces: Sequence[Piece]) -> tuple[Block, ...]:
    """Return the blocks of a page's main content; the page itself is changed.

    Args:
        root: The page.
        pieces: All that was read from it, at least one.
    """
    for number, piece in enumerate(pieces):
        mark = _MARK.format(number)
        if piece.after:
            piece.element.tail = mark + (piece.element.tail or "")
        else:
            piece.element.text = mark + (piece.element.text or "")
    page = etree.tostring(root, encoding="unicode", method="html")
    text = extract_plain_text(page, preserve_formatting=False, main_content=True, comments=False)
    kept = {int(number) for number in _NUMBER.findall(text)}
    main = [piece.block for number, piece in enumerate(pieces) if number in kept and not piece.margin]
    plain = [piece.block for piece in pieces if not piece.margin] or [piece.block for piece in pieces]
    misjudged = _characters(main) < _LEAST_SHARE * _characters(plain)
    return tuple(plain if misjudged else main)


def _characters(blocks: Sequence[Block]) -> int:
    return sum(len(block.text) for block in blocks)
