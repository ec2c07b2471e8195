"""JSONL: a document a line, as an object with ``text`` and, if it has them, id, title, author, published, url, tags.

``format`` says what the text is: "markdown", "html" or "text". Without it, the text is read as a text file's is.
"""

from __future__ import annotations

import json

from index.blocks import Parsed, Unreadable
from index.formats import parser_for
from index.formats.decoding import decode
from index.formats.plaintext import parse_text

_KEYS = ("id", "title", "author", "published", "url", "tags", "language")
_FORMATS = {"markdown": ".md", "html": ".html", "text": ".txt"}
_OTHER_NAMES = {"_id": "id", "date": "published", "authors": "author"}


def _parse_line(number: int, line: str) -> Parsed | Unreadable:
    try:
        loaded = json.loads(line)
    except (ValueError, RecursionError) as error:
        return Unreadable(f"line {number} is not JSON ({error})")
    if not isinstance(loaded, dict):
        return Unreadable(f"line {number} is no object with a text")
    stated = {key: value for key, value in loaded.items() if value not in (None, "")}
    values = {**{_OTHER_NAMES.get(key, key): value for key, value in stated.items()}, **stated}
    text, name = loaded.get("text"), values.get("id")
    if not isinstance(text, str):
        return Unreadable(f"line {number} has no text under 'text'")
    if name is not None and (isinstance(name, bool) or not isinstance(name, str | int)):
        return Unreadable(f"line {number} has an id that is neither text nor a whole number")
    try:
        parsed = _parse_text(text, values.get("format"))
    except Unreadable as error:
        return Unreadable(f"line {number}: {error}")
    given = {key: values[key] for key in _KEYS if key in values}
    return Parsed(parsed.blocks, {**parsed.metadata, **given, "line": number})


def _parse_text(text: str, named: object) -> Parsed:
    """Parse a text by the format that its line names; another word there says nothing, in some export or other.

    Raises:
        Unreadable: The format needs a library that is not installed, or its reader cannot read the text.
    """
    if not isinstance(named, str) or named not in _FORMATS:
        return parse_text(text)
    (parsed,) = parser_for(_FORMATS[named])(text.encode(errors="replace"))
    if isinstance(parsed, Unreadable):
        raise parsed
    return parsed


def _lines(data: bytes) -> list[str | Unreadable]:
    """Split into lines; where only some bytes are not UTF-8, the lines that hold them are bad, not the file."""
    try:
        return [*decode(data).split("\n")]
    except Unreadable:
        if b"\0" in data or data.startswith((b"\xff\xfe", b"\xfe\xff")):
            raise
    lines: list[str | Unreadable] = []
    for number, line in enumerate(data.split(b"\n"), start=1):
        try:
            lines.append(decode(line))
        except Unreadable:
            lines.append(Unreadable(f"line {number} is not UTF-8 text"))
    if not any(isinstance(line, str) and line.strip() for line in lines):
        decode(data)
    return lines


def parse(data: bytes) -> list[Parsed | Unreadable]:
    """Parse a file; a bad line is skipped alone. See ``index.formats.Parser``.

    Raises:
        Unreadable: None of it is UTF-8 text.
    """
    parsed: list[Parsed | Unreadable] = []
    for number, line in enumerate(_lines(data), start=1):
        if isinstance(line, Unreadable):
            parsed.append(line)
        elif text := line.strip(" \t\r\ufeff"):  # files put together keep their byte order marks
            parsed.append(_parse_line(number, text))
    return parsed
