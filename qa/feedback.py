"""What people say of answers: whether one helped, and why not.

An answer's text is not kept, since it is made of the documents: what is deleted from them would live on here. Nor is
anything about who says it.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from pathlib import Path

from index.collection import DEFAULT_WAIT, Collection
from index.deletion import delete_collection
from index.errors import CollectionNotFound
from index.sqlite_file import SqliteFile

FILE = "feedback.sqlite"
MOST_VOTES = 100_000
"""How many votes are kept of a collection; then the oldest go."""
_FORMAT = 1
_SCHEMA = """
CREATE TABLE votes (
    number INTEGER PRIMARY KEY AUTOINCREMENT, collection TEXT NOT NULL, time TEXT NOT NULL, question TEXT NOT NULL,
    helpful INTEGER NOT NULL, answered INTEGER, generation TEXT, citations TEXT NOT NULL, comment TEXT, id TEXT
) STRICT;
CREATE INDEX by_collection ON votes (collection, number);
CREATE UNIQUE INDEX by_id ON votes (collection, id);
"""
_COLUMNS = "question, helpful, answered, generation, citations, comment, id"


@dataclass(frozen=True, slots=True)
class Vote:
    """What somebody says of an answer.

    Attributes:
        question: What had been asked.
        helpful: Whether the answer helped.
        answered: Whether there was an answer, or the question was refused; None where that was not said.
        generation: Name of the generation that had answered, if it was said.
        citations: References of the answer's citations.
        comment: What was said besides.
        id: Names the vote within its collection, so that it can be changed.
    """

    question: str
    helpful: bool
    answered: bool | None = None
    generation: str | None = None
    citations: tuple[str, ...] = ()
    comment: str | None = None
    id: str | None = None


class FeedbackStore:
    """The votes of a data folder; safe to use from any number of threads and processes.

    Raises:
        StorageError: (all methods) The file cannot be read or written.
    """

    def __init__(self, data_dir: Path) -> None:
        self._file = SqliteFile(data_dir / FILE, _FORMAT, _SCHEMA, "all that was said of answers")

    def add(self, collection: Collection, vote: Vote) -> None:
        """Keep a vote, on the disk when this returns; it takes the place of the one with its id, if there is one.

        Raises:
            CollectionNotFound: There is no such collection (any more).
            IndexDamaged: It cannot be told.
        """
        time = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
        name = collection.name
        with self._file.writing() as connection:
            collection.current()  # in here, so that whoever deletes it afterwards finds the vote
            connection.execute(
                f"INSERT OR REPLACE INTO votes (collection, time, {_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (name, time, vote.question, vote.helpful, vote.answered, vote.generation,
                 " ".join(vote.citations), vote.comment, vote.id),
            )  # fmt: skip
            connection.execute(
                "DELETE FROM votes WHERE collection = ? AND number <= "
                "(SELECT number FROM votes WHERE collection = ? ORDER BY number DESC LIMIT 1 OFFSET ?)",
                (name, name, MOST_VOTES),
            )

    def tally(self, collection: str) -> tuple[int, int]:
        """Return how many votes of a collection are helpful, and how many there are in all."""
        if not self._file.exists:
            return 0, 0
        with self._file.reading() as connection:
            query = "SELECT coalesce(sum(helpful), 0), count(*) FROM votes WHERE collection = ?"
            helpful, every = connection.execute(query, (collection,)).fetchone()
            return int(helpful), int(every)

    def unhelpful(self, collection: str) -> list[Vote]:
        """Return the votes of a collection for answers that did not help, oldest first."""
        if not self._file.exists:
            return []
        with self._file.reading() as connection:
            query = f"SELECT {_COLUMNS} FROM votes WHERE collection = ? AND NOT helpful ORDER BY number"
            return [_vote(row) for row in connection.execute(query, (collection,))]

    def forget(self, collection: str) -> None:
        """Let go of all votes of a collection."""
        if self._file.exists:
            with self._file.writing() as connection:
                connection.execute("DELETE FROM votes WHERE collection = ?", (collection,))


def _vote(row: tuple[str, int, int | None, str | None, str, str | None, str | None]) -> Vote:
    question, helpful, answered, generation, citations, comment, name = row
    return Vote(
        question,
        bool(helpful),
        None if answered is None else bool(answered),
        generation,
        tuple(citations.split()),
        comment,
        name,
    )


def delete_with_votes(collection: Collection, *, follows: Path | None = None, wait: float = DEFAULT_WAIT) -> None:
    """Remove a collection, and then what was said of its answers.

    In this order a full disk has room again before anything is written to it, and no vote comes in between. Where the
    second step was broken off, doing this again makes up for it.

    Args:
        collection: As of ``delete_collection``,
        follows: likewise,
        wait: likewise.

    Raises:
        PinciteError: As ``delete_collection``; ``StorageError`` also where only votes are left.
    """
    store = FeedbackStore(collection.data_dir)
    try:
        delete_collection(collection, follows=follows, wait=wait)
    except CollectionNotFound:
        store.forget(collection.name)
        raise
    store.forget(collection.name)
