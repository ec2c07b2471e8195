"""Operations, and replies to requests with an idempotency key, in SQLite; the one module here that knows it."""

from __future__ import annotations

import datetime
import json
import sqlite3
import time
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from api.changes.operations import Condition, File, Operation
from index.errors import IdempotencyKeyInUse, IdempotencyKeyReused, Overloaded
from index.sqlite_file import SqliteFile

KEPT_SECONDS = 24 * 3600.0
"""How long a reply is kept for whoever repeats the request."""
MOST_PENDING = 1_000
"""How many operations may wait to be applied."""
_MOST_ENDED = 10_000
_ENDED_DAYS = 30
_FORMAT = 1
_JSON = ("files", "condition")
_COLUMNS = tuple(field.name for field in fields(Operation))
_SELECT = f"SELECT {', '.join(_COLUMNS)} FROM operations"
_SCHEMA = """
CREATE TABLE operations (
    number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, collection TEXT NOT NULL,
    created TEXT NOT NULL, files TEXT NOT NULL, condition TEXT NOT NULL, state TEXT NOT NULL, started TEXT,
    finished TEXT, encoded INTEGER NOT NULL, total INTEGER, generation TEXT, error TEXT, detail TEXT,
    attempts INTEGER NOT NULL, planned TEXT
) STRICT;
CREATE INDEX by_collection ON operations (collection, number);
CREATE INDEX not_ended ON operations (number) WHERE state IN ('pending', 'running');
CREATE TABLE replies (
    caller TEXT NOT NULL, key TEXT NOT NULL, fingerprint TEXT NOT NULL, until REAL NOT NULL, reply TEXT,
    PRIMARY KEY (caller, key)
) STRICT;
"""


@dataclass(frozen=True, slots=True)
class Reply:
    """A response that is given again to whoever repeats the request.

    Attributes:
        status: Its HTTP status.
        body: Its body.
        location: Where what was made can be found.
    """

    status: int
    body: str
    location: str | None = None


@dataclass(frozen=True, slots=True)
class Key:
    """An idempotency key with the request that it came with.

    Attributes:
        caller: Whose it is.
        key: As it was sent.
        fingerprint: Of the request.
    """

    caller: str
    key: str
    fingerprint: str


def now() -> str:
    """Return the time as operations tell it."""
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="milliseconds")


class OperationStore:
    """The operations of a data folder; safe to use from any number of threads and processes.

    Raises:
        StorageError: (all methods) The file cannot be read or written.
    """

    def __init__(self, data_dir: Path) -> None:
        self._file = SqliteFile(data_dir / "operations.sqlite", _FORMAT, _SCHEMA, "all record of earlier operations")

    @property
    def exists(self) -> bool:
        """Whether there ever was an operation."""
        return self._file.exists

    def writing(self) -> AbstractContextManager[sqlite3.Connection]:
        """Give a transaction that excludes all other writers, and ends with the block; an error undoes it."""
        return self._file.writing()

    def _rows(self, query: str, values: Sequence[object] = ()) -> list[Operation]:
        if not self.exists:
            return []
        with self._file.reading() as connection:
            return [_operation(row) for row in connection.execute(query, values)]

    # What requests do.

    def add(self, connection: sqlite3.Connection, operation: Operation) -> None:
        """Add an operation, in a transaction that ``writing`` gave.

        Raises:
            Overloaded: Too many wait already.
        """
        waiting = connection.execute("SELECT count(*) FROM operations WHERE state IN ('pending', 'running')")
        if waiting.fetchone()[0] >= MOST_PENDING:
            raise Overloaded(f"{MOST_PENDING} operations wait to be applied, which is as many as may. Try again later.")
        values = _values(operation) | {"number": None}
        marks = ", ".join(f":{name}" for name in _COLUMNS)
        connection.execute(f"INSERT INTO operations ({', '.join(_COLUMNS)}) VALUES ({marks})", values)

    def get(self, operation_id: str) -> Operation | None:
        """Return an operation, or None."""
        found = self._rows(f"{_SELECT} WHERE id = ?", (operation_id,))
        return found[0] if found else None

    def newest(self, collection: str, limit: int, before: int | None = None) -> list[Operation]:
        """Return the newest operations of a collection, newest first.

        Args:
            collection: Its name.
            limit: How many, at most.
            before: Only operations with a lower number than this.
        """
        query = f"{_SELECT} WHERE collection = ? AND (? IS NULL OR number < ?) ORDER BY number DESC LIMIT ?"
        return self._rows(query, (collection, before, before, limit))

    def reply_to(self, connection: sqlite3.Connection, key: Key) -> Reply | None:
        """Return what the request that has a key was answered with; None if there was none.

        Raises:
            IdempotencyKeyReused: It was another request.
            IdempotencyKeyInUse: It is still being carried out.
        """
        connection.execute("DELETE FROM replies WHERE until < ?", (time.time(),))
        query = "SELECT fingerprint, reply FROM replies WHERE caller = ? AND key = ?"
        row = connection.execute(query, (key.caller, key.key)).fetchone()
        if row is None:
            return None
        if row[0] != key.fingerprint:
            raise IdempotencyKeyReused(
                "this Idempotency-Key came with another request within the last day. Send a new key with each new "
                "request, and the old one only to repeat the old request as it was."
            )
        if row[1] is None:
            raise IdempotencyKeyInUse(
                "the request that came with this Idempotency-Key is still being carried out. Send it again in some "
                "seconds to learn what came of it."
            )
        return Reply(**json.loads(row[1]))

    def keep_reply(
        self, connection: sqlite3.Connection, key: Key, reply: Reply | None, seconds: float = KEPT_SECONDS
    ) -> None:
        """Keep a reply, or, before there is one, that the request is being carried out; for so many seconds."""
        values = (key.caller, key.key, key.fingerprint, time.time() + seconds, reply and json.dumps(asdict(reply)))
        connection.execute("INSERT OR REPLACE INTO replies VALUES (?, ?, ?, ?, ?)", values)

    def forget(self, connection: sqlite3.Connection, key: Key) -> None:
        """Let a key go, since its request changed nothing."""
        connection.execute("DELETE FROM replies WHERE caller = ? AND key = ?", (key.caller, key.key))

    # What the process does that applies them.

    def unfinished(self) -> list[Operation]:
        """Return what is pending or running, in order."""
        return self._rows(f"{_SELECT} WHERE state IN ('pending', 'running') ORDER BY number")

    def save(self, *operations: Operation) -> None:
        """Put down operations as they are now."""
        changed = ", ".join(f"{name} = :{name}" for name in _COLUMNS if name not in {"id", "number"})
        with self.writing() as connection:
            for one in operations:
                connection.execute(f"UPDATE operations SET {changed} WHERE id = :id", _values(one))

    def progress(self, operations: Sequence[Operation], encoded: int, total: int) -> None:
        """Put down how many texts are encoded of the build that applies some operations."""
        with self.writing() as connection:
            connection.executemany(
                "UPDATE operations SET encoded = ?, total = ? WHERE id = ?",
                [(encoded, total, one.id) for one in operations],
            )

    def excuse(self, operations: Sequence[Operation]) -> None:
        """Take back that operations were begun: what applied them was told to end."""
        with self.writing() as connection:
            connection.executemany(
                "UPDATE operations SET attempts = attempts - 1 WHERE id = ?", [(one.id,) for one in operations]
            )

    def forget_old(self) -> None:
        """Let go of operations that ended long ago, and of the oldest where there are very many."""
        limit = datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=_ENDED_DAYS)
        with self.writing() as connection:
            connection.execute(
                "DELETE FROM operations WHERE state IN ('succeeded', 'failed') AND (finished < ? OR number <= "
                "(SELECT max(number) FROM operations) - ?)",
                (limit.isoformat(timespec="milliseconds"), _MOST_ENDED),
            )


def _values(operation: Operation) -> dict[str, Any]:
    values = asdict(operation)
    return values | {name: json.dumps(values[name], ensure_ascii=False) for name in _JSON}


def _operation(row: Sequence[Any]) -> Operation:
    values = dict(zip(_COLUMNS, row, strict=True))
    files = [File(**{**one, "document_ids": tuple(one["document_ids"])}) for one in json.loads(values["files"])]
    condition = json.loads(values["condition"])
    match = condition["match"]
    values["files"] = tuple(files)
    values["condition"] = Condition(None if match is None else tuple(match), condition["absent"])
    return Operation(**values)
