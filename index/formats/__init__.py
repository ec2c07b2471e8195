"""Which parser reads which kind of file.

A parser takes a file's bytes and returns the documents in it; it knows nothing of paths, ids or limits. One that needs
a library is imported when the first such file comes, so that nobody needs libraries for formats that they do not have.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import import_module
from typing import cast

from index.blocks import Parsed, Unreadable

Parser = Callable[[bytes], "Sequence[Parsed | Unreadable]"]
"""A file's bytes to its documents; in a file of many, one that cannot be read stands there as its reason.

Raises ``Unreadable`` where the file as a whole cannot be read.
"""

_NEEDS_EXTRA = frozenset({"html", "pdf", "docx"})
_PARSERS = {
    ".txt": "plaintext",
    ".text": "plaintext",
    ".md": "markdown",
    ".markdown": "markdown",
    ".html": "html",
    ".htm": "html",
    ".xhtml": "html",
    ".pdf": "pdf",
    ".docx": "docx",
    ".jsonl": "jsonl",
}
NO_READER = "no reader for"
"""How the reason begins that a file of another kind is skipped with."""
SUFFIXES = tuple(_PARSERS)
"""Suffixes of the files that can be read, in lower case."""


def parser_for(suffix: str) -> Parser:
    """Return the parser for files with this suffix, in any case.

    Raises:
        Unreadable: There is none, or its library is not installed.
    """
    name = _PARSERS.get(suffix.lower())
    if name is None:
        raise Unreadable(f"{NO_READER} {suffix or 'files without a suffix'}")
    try:
        module = import_module(f"index.formats.{name}")
    except ModuleNotFoundError as error:
        extra = "formats" if name in _NEEDS_EXTRA else "index"
        reason = f"reading {suffix} files needs {error.name}: run pip install 'pincite[{extra}]'"
        raise Unreadable(reason) from error
    return cast("Parser", module.parse)
