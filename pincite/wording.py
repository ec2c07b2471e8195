"""How the commands put numbers into words."""

from __future__ import annotations


def counted(count: int, noun: str) -> str:
    """Return a number with its noun, such as "1 page" or "2 pages"."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
