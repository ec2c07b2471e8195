"""What the tests of tidying share: a text to put around things, and short ways through."""

from __future__ import annotations

from index.blocks import Block, Parsed
from index.formats.plaintext import parse_text
from index.tidy import tidy

LONG = "The old harbour wall was built in two parts by masons who never met. The second part is higher than the first."
LONGER = (
    f"{LONG} Its stones came by ship from a quarry that has long been closed, and nobody has found another like it."
)
WELL = [f"{LONG} Part {number} was mended by hand." for number in range(8)]


def of(text: str) -> Parsed:
    return tidy(parse_text(text))


def texts(text: str) -> list[str]:
    return [block.text for block in of(text).blocks]


def paragraphs(*given: str) -> list[str]:
    return [block.text for block in tidy(Parsed(tuple(map(Block, given)))).blocks]


def untouched(text: str) -> None:
    """Check that nothing is taken off or joined, and nothing is taken for metadata."""
    parsed = parse_text(text)
    assert tidy(parsed) == parsed
