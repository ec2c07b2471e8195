"""Paths that a person names, to documents; whatever cannot be read is skipped with a reason."""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue

from index.documents import Document
from index.errors import SourceError
from index.formats import SUFFIXES
from index.reading import Reading, Skipped
from index.worker import FileReader, ReadLimits


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


def find_files(paths: Iterable[Path], leave_out: Path | None = None) -> tuple[list[SourceFile], list[Skipped]]:
    """List the files under the given paths, each once, hidden ones left out, in a fixed order.

    A link is followed where a person names it, and below that as long as it stays within the folder that was named.

    Args:
        paths: Files and folders.
        leave_out: The data folder, whose files are no documents; see ``walk``.

    Returns:
        The files, and the links that were not followed.

    Raises:
        SourceError: A path does not exist or a folder cannot be listed.
    """
    found: dict[Path, SourceFile] = {}
    skipped: list[Skipped] = []
    for path in paths:
        try:
            is_file = path.is_file()
        except OSError as error:
            raise SourceError(f"{path} cannot be read: {error.strerror}.") from error
        if is_file:
            found.setdefault(path.resolve(), SourceFile(path, path.name))
            continue
        if not path.is_dir():
            raise SourceError(f"{path} does not exist. Give a file or a folder of documents to index.")
        for child in sorted(parent / name for parent, names in walk(path, leave_out) for name in names):
            relative = child.relative_to(path)
            try:
                reason = _why_not_followed(child, path.resolve()) if child.is_symlink() else None
                is_file = reason is None and stat.S_ISREG(child.stat().st_mode)
            except OSError as error:  # a folder may be listed by whom its files are closed to
                reason, is_file = f"it cannot be read ({error.strerror})", False
            if reason is not None:
                skipped.append(Skipped(_printable(relative.as_posix()), reason))
            elif is_file:
                found.setdefault(child.resolve(), SourceFile(child, relative.as_posix()))
    return list(found.values()), skipped


def walk(folder: Path, leave_out: Path | None = None) -> Iterator[tuple[Path, list[str]]]:
    """Go through a folder and those below it, without hidden ones and without the data folder.

    Unlike ``rglob``, never pass over a folder that cannot be listed.

    Args:
        folder: Where to begin.
        leave_out: The data folder. Where that is the folder itself, only what Pincite keeps in it is left out.

    Yields:
        Each folder, and the names of the files and links in it that are not hidden.

    Raises:
        SourceError: A folder cannot be listed.
    """

    def refuse(error: OSError) -> None:
        if isinstance(error, FileNotFoundError) and error.filename != os.fspath(folder):
            return  # it was removed after its name was read: there is nothing in it to miss
        raise SourceError(f"{error.filename or folder} cannot be listed: {error.strerror}.") from error

    own = _of_pincite(folder, leave_out) if leave_out is not None else set()
    for parent, folders, names in os.walk(folder, onerror=refuse):
        inside = Path(parent)
        # The walk goes into what stays in this list, links excepted.
        folders[:] = [name for name in folders if not name.startswith(".") and inside / name not in own]
        links = [name for name in folders if (inside / name).is_symlink()]
        yield inside, [name for name in names if not name.startswith(".")] + links


def _of_pincite(folder: Path, data_dir: Path) -> set[Path]:
    root, data = folder.resolve(), data_dir.resolve()
    own = [data / name for name in ("collections", "encoders", "uploads")] if data == root else [data]
    return {folder / path.relative_to(root) for path in own if path.is_relative_to(root)}


def _why_not_followed(link: Path, root: Path) -> str | None:
    try:
        target = link.resolve(strict=True)
    except (OSError, RuntimeError):
        return "it is a link that leads nowhere"
    if not target.is_relative_to(root):
        return "it is a link that leads out of the folder; name what it leads to as a path of its own"
    return None  # what it leads to is found where it lies, too, and counts once


def _printable(name: str) -> str:
    return name.encode(errors="backslashreplace").decode()


def _slug(relative: str) -> str:
    stem = relative.rsplit(".", 1)[0] if "." in relative.rsplit("/", 1)[-1] else relative
    return re.sub(r"[\W_]+", "-", stem.lower()).strip("-") or "document"


def assign_ids(files: Sequence[SourceFile]) -> list[str]:
    """Make each file's document id: a slug of its relative path without suffix.

    Files whose slugs are alike each get some digits of their full path's hash, so that no id depends on the order of
    the files.
    """
    return ids_for([file.relative for file in files], [os.fsencode(file.path.resolve()) for file in files])


def ids_for(names: Sequence[str], keys: Sequence[bytes]) -> list[str]:
    """Make a document id of each name; those that would be alike get some digits of their keys' hashes."""
    ids = [_slug(name) for name in names]
    hashes = [hashlib.sha256(key).hexdigest() for key in keys]
    for digits in (6, len(hashes[0]) if hashes else 0):
        alike = Counter(ids)
        ids = [
            name if alike[name] == 1 else f"{name}-{hash_[:digits]}" for name, hash_ in zip(ids, hashes, strict=True)
        ]
    return ids


def read_sources(paths: Sequence[Path], limits: ReadLimits, leave_out: Path | None = None) -> Sources:
    """Read every document under the given paths; one bad file never stops the others.

    Args:
        paths: Files and folders.
        limits: What reading one file may take.
        leave_out: The data folder, whose files are no documents; see ``walk``.

    Raises:
        SourceError: A path does not exist, or nothing under the paths can be indexed.
    """
    files, skipped = find_files(paths, leave_out)
    documents: dict[str, Document] = {}
    left_out: list[str] = []
    named: list[tuple[SourceFile, str]] = []
    for file, name in sorted(zip(files, assign_ids(files), strict=True), key=lambda item: item[1]):
        if file.relative == (printable := _printable(file.relative)):
            named.append((file, name))
        else:
            skipped.append(Skipped(printable, "its name is not valid UTF-8; rename it"))
    for file, reading in read_all(named, limits):
        skipped += reading.skipped
        left_out += [file.relative] if reading.left_out else []
        for document in reading.documents:
            other = documents.setdefault(document.id, document)
            if other is not document:
                reason = f"its document id {document.id!r} is taken by one of {other.source}; ids must differ"
                skipped.append(Skipped(file.relative, reason))
    if not documents:
        where = ", ".join(str(path) for path in paths)
        reasons = "".join(f"\n  {skip.source}: {skip.reason}" for skip in skipped)
        raise SourceError(
            f"nothing to index in {where}: no readable {', '.join(SUFFIXES)} file with text in it.{reasons}\n"
            "What was indexed before is unchanged."
        )
    return Sources(
        tuple(document for _, document in sorted(documents.items())),
        tuple(sorted(skipped, key=lambda skip: skip.source)),
        tuple(left_out),
    )


def read_all(named: Sequence[tuple[SourceFile, str]], limits: ReadLimits) -> Iterator[tuple[SourceFile, Reading]]:
    """Read files in as many processes at once as there are cores; what they hold comes in the order of the files."""
    count = max(min(os.cpu_count() or 1, len(named)), 1)
    idle: SimpleQueue[FileReader] = SimpleQueue()

    def read(item: tuple[SourceFile, str]) -> tuple[SourceFile, Reading]:
        file, name = item
        reader = idle.get()
        try:
            return file, reader.read(file.path, file.relative, name)
        finally:
            idle.put(reader)

    with ExitStack() as stack:
        readers = [stack.enter_context(FileReader(limits)) for _ in range(count)]
        pool = stack.enter_context(ThreadPoolExecutor(count))
        # Left in the opposite order. Where reading is broken off, nothing more is begun, what is at work is ended, and
        # its threads are waited for; only then are the readers' pipes closed, since a closed pipe never wakes a thread.
        for reader in readers:
            stack.callback(reader.stop)
            idle.put(reader)
        stack.callback(pool.shutdown, wait=False, cancel_futures=True)
        yield from pool.map(read, named)
