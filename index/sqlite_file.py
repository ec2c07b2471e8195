"""A SQLite file that several processes write: how it is made and opened, and what is said when that fails.

Every use opens it anew: that takes a tenth of a millisecond, and neither threads nor forks share a connection.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from index.errors import StorageError
from index.files import storage_errors

_BUSY_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class SqliteFile:
    """A file with tables of one format; made when it is first used.

    Attributes:
        path: Where it is; its folder need not exist.
        format: Number of its format; another is refused.
        schema: SQL statements that make its tables, separated by semicolons.
        holds: What goes with the file if it has to be moved away, for messages.
    """

    path: Path
    format: int
    schema: str
    holds: str

    @property
    def exists(self) -> bool:
        """Whether it was ever used."""
        return self.path.exists()

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Give a transaction that excludes all other writers, and is on the disk when the block has ended.

        An error undoes it.

        Raises:
            StorageError: The file cannot be read or written.
        """
        with self.reading() as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Give a connection.

        Raises:
            StorageError: The file cannot be read or written.
        """
        with storage_errors(self.path.parent):
            self.path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with closing(sqlite3.connect(self.path, timeout=_BUSY_SECONDS, isolation_level=None)) as connection:
                connection.execute("PRAGMA synchronous = FULL")
                connection.execute("PRAGMA secure_delete = ON")  # what is deleted is nowhere in the file
                self._check_format(connection)
                yield connection
        except sqlite3.Error as error:
            raise StorageError(
                f"{self.path}: {error}. Free some space, or check its permissions; if it is damaged, move it away, "
                f"and with it {self.holds}. No collection is affected."
            ) from error

    def _check_format(self, connection: sqlite3.Connection) -> None:
        if _format(connection) == 0:
            connection.execute("BEGIN IMMEDIATE")
            if _format(connection) == 0:  # another may have been faster
                for statement in self.schema.split(";"):
                    connection.execute(statement)
                connection.execute(f"PRAGMA user_version = {self.format}")
            connection.execute("COMMIT")
        if (found := _format(connection)) != self.format:
            raise sqlite3.DatabaseError(f"it has format {found}, and this version of Pincite reads {self.format}")


def _format(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])
