"""Saved web pages: the words of the page itself, without what stands around them, as plain blocks.

A page's bytes become a tree (``tree``). What no reader sees, and what is about the site, is cut off it (``pruning``);
the rest is read into pieces (``reader``, ``tables``), of which those of the main content are kept (``boilerplate``).
``metadata`` is what the page says about itself.

What is quoted is what a reader sees, with these exceptions: marks that refer to notes are left out, an exponent is
written ``10^6``, alternative texts of images are left out (a figure's caption is a paragraph).
"""

from __future__ import annotations

from index.blocks import Parsed, Unreadable
from index.formats.html.boilerplate import main_blocks
from index.formats.html.metadata import metadata
from index.formats.html.pruning import prune
from index.formats.html.reader import read
from index.formats.html.tree import tree


def parse(data: bytes) -> list[Parsed]:
    """Parse a page; see ``index.formats.Parser``.

    Raises:
        Unreadable: It is not HTML, not in the encoding that it states, nested too deeply, or holds no text.
    """
    root = tree(data)
    body = root.find("body")
    if body is None:
        raise Unreadable("it holds no text")
    stated = metadata(root)
    scripted = next(root.iter("script"), None) is not None
    prune(root)
    pieces = read(body)
    if not pieces:
        only = " (only scripts; save the page from a browser once it has loaded)" if scripted else ""
        raise Unreadable(f"it holds no text{only}")
    return [Parsed(main_blocks(root, pieces), stated)]
