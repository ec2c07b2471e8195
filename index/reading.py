"""One file to its documents: read once, parsed, tidied, assembled; nothing here knows of other files."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from index.blocks import Block, Parsed, Unreadable, assemble, keywords, one_line
from index.dates import iso_date
from index.documents import Document
from index.formats import parser_for
from index.languages import detect
from index.tidy import tidy

_MEGABYTE = 1_000_000
_OPENING_WORDS, _OPENING_CHARACTERS = 8, 80
_SAYS_NOTHING = re.compile(r"(?=.*\d)[0-9a-f]{6,}|\d+")


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file, or a line of a JSONL file, that was not indexed, and why."""

    source: str
    reason: str


@dataclass(frozen=True, slots=True)
class Reading:
    """What a file holds.

    Attributes:
        documents: In the order of the file.
        skipped: What of it could not be read.
        left_out: Whether it asks not to be indexed (``index: false``).
    """

    documents: tuple[Document, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    left_out: bool = False


def read_file(path: Path, relative: str, name: str, max_mb: int) -> Reading:
    """Read a file.

    Args:
        path: The file.
        relative: How documents and messages name it.
        name: Id of its document; a JSONL file's documents have ids of their own, or this and the line's number.
        max_mb: Megabytes above which it is not read at all.
    """
    try:
        parsed = parser_for(path.suffix)(_bytes(path, max_mb))
        wanted = [one for one in parsed if isinstance(one, Unreadable) or one.metadata.get("index") is not False]
        return (
            _reading(wanted, relative, name, PurePosixPath(relative).stem)
            if wanted or not parsed
            else Reading(left_out=True)
        )
    except Unreadable as error:
        return Reading(skipped=(Skipped(relative, str(error)),))


def _bytes(path: Path, max_mb: int) -> bytes:
    """Read a file that nobody writes at the same time.

    Raises:
        Unreadable: It cannot be read, is too large, or changed meanwhile.
    """
    try:
        with path.open("rb") as file:
            before = os.fstat(file.fileno())
            if before.st_size > max_mb * _MEGABYTE:
                raise Unreadable(
                    f"it has {before.st_size / _MEGABYTE:.0f} MB, and files over {max_mb} MB are not read; split it, "
                    "or raise PINCITE_MAX_FILE_MB"
                )
            data = file.read(before.st_size + 1)
            after = path.stat()
    except OSError as error:
        raise Unreadable(f"it cannot be read ({error.strerror})") from error
    same = (after.st_size, after.st_mtime_ns, after.st_ino) == (before.st_size, before.st_mtime_ns, before.st_ino)
    if not same or len(data) != before.st_size:
        raise Unreadable("it changed while it was read; index again once nothing writes it")
    if not data:
        raise Unreadable("it is empty (0 bytes)")
    return data


def _reading(parsed: Sequence[Parsed | Unreadable], relative: str, name: str, stem: str) -> Reading:
    documents, skipped = [], []
    for one in parsed:
        try:
            if isinstance(one, Unreadable):
                raise one
            documents.append(_document(one, relative, name, stem))
        except Unreadable as error:
            skipped.append(Skipped(relative, str(error)))
    return Reading(tuple(documents), tuple(skipped))


def _document(parsed: Parsed, relative: str, name: str, stem: str) -> Document:
    """Make a document.

    Raises:
        Unreadable: It holds no text.
    """
    line = parsed.metadata.get("line")
    where = f"line {line}: " if line is not None else ""
    parsed = tidy(parsed)
    metadata = parsed.metadata
    assembled = assemble(parsed.blocks)
    if not assembled.blocks:
        raise Unreadable(where + ("it holds headings only" if assembled.text else "it holds no text"))
    address = one_line(metadata.get("url"))
    stated = one_line(metadata.get("id")) if line is not None else None
    if line is not None:
        name = stated or f"{name}.{line}"  # no path makes an id with a full stop
        stem = ""
    title = one_line(metadata.get("title")) or _title(parsed.blocks, stem)
    return Document(
        id=name,
        title=title or _opening(parsed.blocks),
        text=assembled.text,
        headings=assembled.headings,
        blocks=assembled.blocks,
        pages=assembled.pages,
        author=_names(metadata.get("author")),
        published=iso_date(metadata.get("published")),
        url=address if address is not None and re.match(r"https?://", address) else None,
        tags=_tags(metadata.get("tags")),
        source=relative,
        titled=title is not None,
        language=_stated_language(metadata) or detect(assembled.text),
        id_stated=stated is not None,
    )


def _stated_language(metadata: dict[str, object]) -> str | None:
    stated = one_line(metadata.get("language")) or ""
    return stated[:2].lower() if re.fullmatch(r"[A-Za-z]{2}(?:[-_].*)?", stated) else None


def _title(blocks: Sequence[Block], stem: str) -> str | None:
    """Return the first heading of the first level, or what the file's name says.

    Capitals make a heading in plain text, so one further down is none of the whole. A name that says nothing (a hash, a
    number) is no title either: titles take part in matching.
    """
    headings = (block for block in blocks if block.level == 1)
    top = next((heading for heading in headings if heading is blocks[0] or not heading.text.isupper()), None)
    if top is not None:
        return one_line(top.text)
    words = re.sub(r"[-_]+", " ", stem).split()
    return " ".join(words) if any(not _SAYS_NOTHING.fullmatch(word.lower()) for word in words) else None


def _opening(blocks: Sequence[Block]) -> str:
    words = next(block.text for block in blocks if not block.level).split()
    opening = " ".join(words[:_OPENING_WORDS])[:_OPENING_CHARACTERS].rstrip()  # not every script has spaces
    return opening + (" …" if opening != " ".join(words) else "")


def _names(value: object) -> str | None:
    names = value if isinstance(value, list) else [value]
    found = [name for one in names if (name := one_line(one.get("name") if isinstance(one, dict) else one))]
    return ", ".join(found) or None


def _tags(value: object) -> tuple[str, ...]:
    values = value if isinstance(value, list) else keywords(str(value)) if value is not None else []
    return tuple(dict.fromkeys(tag for one in values if (tag := one_line(one))))
