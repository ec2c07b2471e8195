"""Paths that a person names, to documents; whatever cannot be read is skipped with a reason."""

from __future__ import annotations

import datetime
import hashlib
import os
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from index.blocks import Parsed, assemble, clean
from index.documents import Document
from index.errors import SourceError
from index.markdown import FrontMatterError, parse_markdown
from index.plaintext import parse_plaintext

PARSERS: dict[str, Callable[[str], Parsed]] = {
    ".md": parse_markdown,
    ".markdown": parse_markdown,
    ".txt": parse_plaintext,
    ".text": parse_plaintext,
}
"""Which parser reads which kind of file, by suffix."""


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file to read.

    Attributes:
        path: Where it lies.
        relative: Its path below the folder that was named, or its own name; with forward slashes.
    """

    path: Path
    relative: str


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file that was not indexed, and why."""

    source: str
    reason: str


@dataclass(frozen=True, slots=True)
class Sources:
    """What a set of paths holds.

    Attributes:
        documents: Readable documents, by id.
        skipped: Files that could not be read or hold nothing to index.
        left_out: Files that ask not to be indexed.
    """

    documents: tuple[Document, ...]
    skipped: tuple[Skipped, ...]
    left_out: tuple[str, ...]


class _Unreadable(Exception):
    """A file cannot become a document; the message completes "skipped: "."""


class _LeftOut(Exception):
    """A file's front matter says ``index: false``."""


def _walk(folder: Path) -> Iterator[Path]:
    """Yield every file below a folder; unlike ``rglob``, never pass over a folder that cannot be listed."""

    def refuse(error: OSError) -> None:
        raise SourceError(f"{error.filename or folder} cannot be listed: {error.strerror}.") from error

    for parent, _, names in os.walk(folder, onerror=refuse):
        yield from (path for name in names if (path := Path(parent) / name).is_file())


def find_files(paths: Iterable[Path]) -> list[SourceFile]:
    """List the files under the given paths, each once, hidden ones left out, in a fixed order.

    Raises:
        SourceError: A path does not exist or a folder cannot be listed.
    """
    found: dict[Path, SourceFile] = {}
    for path in paths:
        if path.is_file():
            found.setdefault(path.resolve(), SourceFile(path, path.name))
            continue
        if not path.is_dir():
            raise SourceError(f"{path} does not exist. Give a file or a folder of documents to index.")
        children = sorted(_walk(path))
        for child in children:
            relative = child.relative_to(path)
            if not any(part.startswith(".") for part in relative.parts):
                found.setdefault(child.resolve(), SourceFile(child, relative.as_posix()))
    return list(found.values())


def _slug(relative: str) -> str:
    stem = relative.rsplit(".", 1)[0] if "." in relative.rsplit("/", 1)[-1] else relative
    return re.sub(r"[\W_]+", "-", stem.lower()).strip("-") or "document"


def assign_ids(files: Sequence[SourceFile]) -> list[str]:
    """Make each file's document id: a slug of its relative path without suffix.

    Files whose slugs are alike each get some digits of their full path's hash, so that no id depends on the order of
    the files.
    """
    ids = [_slug(file.relative) for file in files]
    hashes = [hashlib.sha256(os.fsencode(file.path.resolve())).hexdigest() for file in files]
    for digits in (6, len(hashes[0]) if hashes else 0):
        alike = Counter(ids)
        ids = [
            name if alike[name] == 1 else f"{name}-{hash_[:digits]}" for name, hash_ in zip(ids, hashes, strict=True)
        ]
    return ids


def _decode(path: Path) -> str:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise _Unreadable(f"it cannot be read ({error.strerror})") from error
    if b"\0" in data:
        raise _Unreadable("it is not a text file (it contains NUL bytes)")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise _Unreadable(f"it is not UTF-8 text (line {line}); save it as UTF-8") from error


def _string(metadata: dict[str, object], key: str) -> str | None:
    value = metadata.get(key)
    if isinstance(value, list):
        value = ", ".join(str(item) for item in value)
    elif isinstance(value, datetime.date):  # a datetime is a date too
        value = value.isoformat()
    text = " ".join(clean(str(value)).split()) if value is not None else ""
    return text or None


def _read(file: SourceFile, document_id: str) -> Document:
    try:
        file.relative.encode()
    except UnicodeEncodeError as error:
        raise _Unreadable("its name is not valid UTF-8; rename it") from error
    parser = PARSERS.get(file.path.suffix.lower())
    if parser is None:
        known = ", ".join(PARSERS)
        raise _Unreadable(f"no reader for {file.path.suffix or 'files without a suffix'} (known: {known})")
    try:
        parsed = parser(_decode(file.path))
    except FrontMatterError as error:
        raise _Unreadable(str(error)) from error
    if parsed.metadata.get("index") is False:
        raise _LeftOut
    assembled = assemble(parsed.blocks)
    if not assembled.blocks:
        raise _Unreadable("it holds headings only" if assembled.text else "it holds no text")
    top = next((heading for heading in assembled.headings if heading.level == 1), None)
    heading_title = " ".join(assembled.text[top.start : top.end].split()) if top and parser is parse_markdown else None
    name = re.sub(r"[-_]+", " ", file.path.stem).strip()
    return Document(
        id=document_id,
        title=_string(parsed.metadata, "title") or heading_title or name or document_id,
        text=assembled.text,
        headings=assembled.headings,
        blocks=assembled.blocks,
        author=_string(parsed.metadata, "author"),
        published=_string(parsed.metadata, "published"),
        url=_string(parsed.metadata, "url"),
        source=file.relative,
    )


def read_sources(paths: Sequence[Path]) -> Sources:
    """Read every document under the given paths; one bad file never stops the others.

    Raises:
        SourceError: A path does not exist, or nothing under the paths can be indexed.
    """
    files = find_files(paths)
    documents: list[Document] = []
    skipped: list[Skipped] = []
    left_out: list[str] = []
    for file, document_id in zip(files, assign_ids(files), strict=True):
        try:
            documents.append(_read(file, document_id))
        except _Unreadable as error:
            skipped.append(Skipped(file.relative.encode(errors="backslashreplace").decode(), str(error)))
        except _LeftOut:
            left_out.append(file.relative)
    if not documents:
        where = ", ".join(str(path) for path in paths)
        reasons = "".join(f"\n  {skip.source}: {skip.reason}" for skip in skipped)
        raise SourceError(
            f"nothing to index in {where}: no readable {', '.join(PARSERS)} file with text in it.{reasons}\n"
            "What was indexed before is unchanged."
        )
    return Sources(tuple(sorted(documents, key=lambda document: document.id)), tuple(skipped), tuple(left_out))
