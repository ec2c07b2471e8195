"""Documents, passages and spans in one SQLite file: written once, then only read."""

from __future__ import annotations

import errno
import json
import os
import sqlite3
import threading
import weakref
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from index.documents import Document, Heading, Passage, Region, Span
from index.identity import Known

# Long texts stand last: SQLite would have to walk over them to reach what is behind.
_SCHEMA = """
CREATE TABLE documents (
    id TEXT PRIMARY KEY, title TEXT NOT NULL, author TEXT, published TEXT, url TEXT, source TEXT, tags TEXT NOT NULL,
    titled INTEGER NOT NULL, language TEXT, id_stated INTEGER NOT NULL, sha256 TEXT NOT NULL,
    characters INTEGER NOT NULL,
    headings TEXT NOT NULL, blocks TEXT NOT NULL, pages TEXT NOT NULL, text TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE passages (
    row INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, document_id TEXT NOT NULL REFERENCES documents (id),
    ordinal INTEGER NOT NULL, start INTEGER NOT NULL, end INTEGER NOT NULL, text TEXT NOT NULL,
    headings TEXT NOT NULL, page INTEGER, spans TEXT NOT NULL
);
CREATE UNIQUE INDEX passages_in_order ON passages (document_id, ordinal);
"""
_PASSAGE = "id, document_id, ordinal, start, end, text, headings, page, spans"
_DOCUMENT = (
    "id, title, author, published, url, source, text, headings, blocks, pages, tags, titled, language, id_stated"
)


def write_database(path: Path, documents: Sequence[Document], passages: Sequence[Passage]) -> None:
    """Write a new file; a passage's row is its place in ``passages``.

    Raises:
        OSError: The file cannot be written.
    """
    connection = None
    try:
        connection = sqlite3.connect(path, isolation_level=None)
        connection.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;")  # the caller syncs the file
        connection.execute("BEGIN")
        for statement in _SCHEMA.split(";"):
            connection.execute(statement)
        connection.executemany(
            "INSERT INTO documents VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (_document_row(item) for item in documents),
        )
        connection.executemany(
            "INSERT INTO passages VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (_passage_row(row, item) for row, item in enumerate(passages)),
        )
        connection.execute("COMMIT")
    except sqlite3.OperationalError as error:
        code = errno.ENOSPC if error.sqlite_errorname == "SQLITE_FULL" else errno.EIO
        raise OSError(code, f"{path.name}: {error}") from error
    finally:
        if connection is not None:
            connection.close()


def _document_row(item: Document) -> tuple[object, ...]:
    headings = json.dumps([(heading.level, heading.start, heading.end) for heading in item.headings])
    return (
        item.id, item.title, item.author, item.published, item.url, item.source,
        json.dumps(item.tags, ensure_ascii=False), item.titled, item.language, item.id_stated, item.sha256,
        len(item.text), headings,
        json.dumps([(one.start, one.end, one.kind) for one in item.blocks]), json.dumps(item.pages), item.text,
    )  # fmt: skip


def _passage_row(row: int, item: Passage) -> tuple[object, ...]:
    spans = json.dumps([(span.start, span.end) for span in item.spans])
    return (
        row, item.id, item.document_id, item.ordinal, item.start, item.end, item.text,
        json.dumps(item.headings, ensure_ascii=False), item.page, spans,
    )  # fmt: skip


def _document(row: tuple[str, ...]) -> Document:
    headings = tuple(Heading(*values) for values in json.loads(row[7]))
    blocks = tuple(Region(*values) for values in json.loads(row[8]))
    return Document(
        id=row[0], title=row[1], author=row[2], published=row[3], url=row[4], source=row[5], text=row[6],
        headings=headings, blocks=blocks, pages=tuple(json.loads(row[9])), tags=tuple(json.loads(row[10])),
        titled=bool(row[11]), language=row[12], id_stated=bool(row[13]),
    )  # fmt: skip


def _passage(row: tuple[str, str, int, int, int, str, str, int | None, str]) -> Passage:
    headings = tuple(json.loads(row[6]))
    spans = tuple(Span(start, end) for start, end in json.loads(row[8]))
    return Passage(*row[:6], headings=headings, page=row[7], spans=spans)


@dataclass(frozen=True, slots=True)
class DocumentMetadata:
    """What is known about a document without reading it; see ``Document``.

    Attributes:
        id: Its id.
        title: Its title.
        author: As the source states it; several are separated by a comma.
        published: ISO 8601 date.
        tags: Its tags.
        rows: The rows of its passages, in the document's order.
    """

    id: str
    title: str
    author: str | None
    published: str | None
    tags: tuple[str, ...]
    rows: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Summary:
    """A document without its text; fields as in ``Document``, and two counts.

    Attributes:
        characters: Length of its text, in code points.
        passage_count: How many passages it has.
    """

    id: str
    title: str
    author: str | None
    published: str | None
    url: str | None
    source: str | None
    tags: tuple[str, ...]
    sha256: str
    characters: int
    passage_count: int


def _summary(row: tuple[Any, ...]) -> Summary:
    name, title, author, published, url, source, tags, sha256, characters, passages = row
    return Summary(name, title, author, published, url, source, tuple(json.loads(tags)), sha256, characters, passages)


class Database:
    """Reads a file that ``write_database`` wrote, from any number of threads.

    Args:
        path: The file; its hash has been checked.
    """

    def __init__(self, path: Path) -> None:
        # `immutable` because no process ever changes the file: SQLite need not look for locks.
        self._address = f"{path.absolute().as_uri()}?mode=ro&immutable=1"
        self._lock = threading.Lock()
        self._metadata: list[DocumentMetadata] | None = None
        self._connect()

    def _connect(self) -> None:
        self._connection = sqlite3.connect(self._address, uri=True, check_same_thread=False)
        self._process = os.getpid()
        weakref.finalize(self, self._connection.close)

    def _rows(self, query: str, values: Sequence[object] = ()) -> list[Any]:
        with self._lock:
            if self._process != os.getpid():  # SQLite forbids a fork to use its parent's connection
                self._connect()
            return self._connection.execute(query, values).fetchall()

    def counts(self) -> tuple[int, int]:
        """Return how many documents and how many passages there are."""
        ((documents, passages),) = self._rows(
            "SELECT (SELECT count(*) FROM documents), (SELECT count(*) FROM passages)"
        )
        return documents, passages

    def title(self, document_id: str) -> str | None:
        """Return a document's title, or None; its text is not loaded."""
        rows = self._rows("SELECT title FROM documents WHERE id = ?", (document_id,))
        return str(rows[0][0]) if rows else None

    def document(self, document_id: str) -> Document | None:
        """Return a document, or None."""
        rows = self._rows(f"SELECT {_DOCUMENT} FROM documents WHERE id = ?", (document_id,))
        return _document(rows[0]) if rows else None

    def documents(self) -> list[tuple[Document, int]]:
        """Return every document, by id, with the number of its passages."""
        query = (
            f"SELECT {_DOCUMENT}, (SELECT count(*) FROM passages WHERE document_id = documents.id) "
            "FROM documents ORDER BY id"
        )
        return [(_document(row[:-1]), row[-1]) for row in self._rows(query)]

    def known(self) -> list[Known]:
        """Return what tells which document is which, by id; no texts are loaded."""
        query = "SELECT id, source, title, sha256, id_stated FROM documents ORDER BY id"
        return [
            Known(name, source, title, sha256, bool(stated))
            for name, source, title, sha256, stated in self._rows(query)
        ]

    def metadata(self) -> list[DocumentMetadata]:
        """Return what is known about every document, by id; no texts are loaded. It is read once, and kept."""
        if self._metadata is None:
            rows: dict[str, list[int]] = {}
            for document_id, row in self._rows("SELECT document_id, row FROM passages ORDER BY document_id, ordinal"):
                rows.setdefault(document_id, []).append(row)
            self._metadata = [
                DocumentMetadata(name, title, author, day, tuple(json.loads(tags)), tuple(rows.get(name, ())))
                for name, title, author, day, tags in self._rows(
                    "SELECT id, title, author, published, tags FROM documents ORDER BY id"
                )
            ]
        return self._metadata

    def ids_after(self, document_id: str, count: int) -> list[str]:
        """Return the first ids behind one, in the order of their code points; "" stands before all."""
        query = "SELECT id FROM documents WHERE id > ? ORDER BY id LIMIT ?"
        return [str(row[0]) for row in self._rows(query, (document_id, count))]

    def summaries(self, ids: Sequence[str]) -> list[Summary]:
        """Return documents without their texts, in the order asked for; the ids are of documents that are there."""
        query = (
            "SELECT id, title, author, published, url, source, tags, sha256, characters, "
            "(SELECT count(*) FROM passages WHERE document_id = documents.id) "
            f"FROM documents WHERE id IN ({', '.join('?' * len(ids))})"
        )
        found = {row[0]: _summary(row) for row in self._rows(query, ids)}
        return [found[one] for one in ids]

    def passages(self, rows: Sequence[int]) -> list[Passage]:
        """Return the passages at the given rows, in the order asked for."""
        marks = ", ".join("?" * len(rows))
        query = f"SELECT row, {_PASSAGE} FROM passages WHERE row IN ({marks})"
        found = {row[0]: _passage(row[1:]) for row in self._rows(query, tuple(rows))}
        return [found[row] for row in rows]

    def all_passages(self) -> list[Passage]:
        """Return every passage, by row."""
        return [_passage(row) for row in self._rows(f"SELECT {_PASSAGE} FROM passages ORDER BY row")]

    def passage(self, passage_id: str) -> Passage | None:
        """Return a passage, or None."""
        rows = self._rows(f"SELECT {_PASSAGE} FROM passages WHERE id = ?", (passage_id,))
        return _passage(rows[0]) if rows else None

    def passages_of(self, document_id: str) -> list[Passage]:
        """Return all passages of a document, in order."""
        query = f"SELECT {_PASSAGE} FROM passages WHERE document_id = ? ORDER BY ordinal"
        return [_passage(row) for row in self._rows(query, (document_id,))]

    def passage_holding(self, document_id: str, start: int, end: int) -> Passage | None:
        """Return the passage of a document that all of ``text[start:end]`` lies in, or None."""
        query = f"SELECT {_PASSAGE} FROM passages WHERE document_id = ? AND start <= ? AND end >= ?"
        rows = self._rows(query, (document_id, start, end))
        return _passage(rows[0]) if rows else None

    def passages_between(self, document_id: str, first: int, last: int) -> list[Passage]:
        """Return a document's passages with ordinals from ``first`` to ``last``, both included, in order."""
        query = f"SELECT {_PASSAGE} FROM passages WHERE document_id = ? AND ordinal BETWEEN ? AND ? ORDER BY ordinal"
        return [_passage(row) for row in self._rows(query, (document_id, first, last))]
