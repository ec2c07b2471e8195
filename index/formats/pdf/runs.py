"""Runs: characters that are printed one after the other, which is not always the order in which they are written."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from index.blocks import clean
from index.formats.pdf.characters import Char

LARGE = 1.12
"""From how many times the usual size on type is that of a heading."""

_SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
_LEADERS = re.compile(r"(?:\s?[.…·_]){5,}\s*")


@dataclass(slots=True, eq=False)
class Run:
    """Characters on one baseline, all in one direction, without a wide gap between them.

    Attributes:
        text: The characters, with single spaces.
        left: Where it begins.
        right: Where it ends.
        baseline: Of its largest type, which is not raised or lowered.
        last: Where its last character begins.
        direction: As in ``Style``.
        size: Of its largest type.
        order: Its number in the order in which the page is written.
        sizes: How many of its characters have which size.
        bold: How many of its characters are bold.
        monospaced: How many of its characters are monospaced.
    """

    text: str
    left: float
    right: float
    baseline: float
    last: float
    direction: tuple[float, float]
    size: float
    order: int
    sizes: Counter[float] = field(default_factory=Counter)
    bold: int = 0
    monospaced: int = 0

    def goes_on_with(self, char: Char) -> bool:
        """Whether a character stands where the next one of this run would."""
        size = max(char.style.size, self.size)
        if self.direction != char.style.direction or abs(char.baseline - self.baseline) > 0.45 * size:
            return False
        # Scripts written to the left come in reading order, each character left of the one before. All characters of
        # a ligature stand where it stands.
        leftwards = unicodedata.bidirectional(char.text[0]) in ("R", "AL", "AN")
        least = self.left - 2.2 * size if leftwards else min(self.last, self.right - 0.5 * size)
        return least <= char.left <= self.right + 1.2 * size

    def add(self, char: Char) -> None:
        """Put a character to its end."""
        text, style = char.text, char.style
        if style.size < 0.8 * self.size and char.baseline - self.baseline > 0.15 * self.size:
            text = text.translate(_SUPERSCRIPTS)
        elif style.size > self.size:
            self.baseline, self.size = char.baseline, style.size
        if self.text and (char.spaced or char.left - self.right > 0.3 * self.size):
            self.text += " "
        self.text += text
        self.left, self.right, self.last = min(self.left, char.left), max(self.right, char.right), char.left
        self.sizes[style.size] += 1
        self.bold += style.bold
        self.monospaced += style.monospaced


def gather(characters: Iterable[Char]) -> list[Run]:
    """Gather the characters of a page to runs; the dots that lead to the numbers in a table of contents become "…"."""
    runs: list[Run] = []
    for char in characters:
        if not runs or not runs[-1].goes_on_with(char):
            style = char.style
            run = Run("", char.left, char.right, char.baseline, char.left, style.direction, style.size, len(runs))
            runs.append(run)
        runs[-1].add(char)
    for run in runs:
        text = clean(_LEADERS.sub(" … ", run.text))
        # A soft hyphen is shown at the end of a line only.
        run.text = text.replace("\xad", "") + "-" * text.endswith("\xad")
    return [run for run in runs if run.text]


def rows(runs: Iterable[Run]) -> list[list[Run]]:
    """Group runs by the baseline on which they stand, from the top down; each row goes from left to right."""
    found: list[list[Run]] = []
    for run in sorted(runs, key=lambda run: -run.baseline):
        if found and found[-1][0].baseline - run.baseline < 0.4 * max(found[-1][0].size, run.size):
            found[-1].append(run)
        else:
            found.append([run])
    return [sorted(row, key=lambda run: run.left) for row in found]
