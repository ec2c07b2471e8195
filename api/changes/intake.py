"""Taking changes in: an operation is kept with its files, or neither is; and a repeated request changes nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import BinaryIO

from api.changes.inbox import Inbox
from api.changes.operations import Operation
from api.changes.store import Key, OperationStore, Reply
from api.changes.wake import Wake

_AT_ONCE_SECONDS = 60.0
"""How much longer than the wait for a collection's lock a change takes that is made while its sender waits."""


class Intake:
    """Takes in the changes that requests ask for.

    Args:
        data_dir: The data folder.
        lock_seconds: How long a change waits for another to the same collection.
    """

    def __init__(self, data_dir: Path, lock_seconds: float) -> None:
        self.store = OperationStore(data_dir)
        self._inbox = Inbox(data_dir)
        self._wake = Wake(data_dir)
        self._carried_out_within = lock_seconds + _AT_ONCE_SECONDS

    def earlier(self, key: Key | None) -> Reply | None:
        """Return what the request that has a key was answered with, if it was.

        Raises:
            IdempotencyKeyReused: It was another request.
            IdempotencyKeyInUse: It is still being carried out.
            StorageError: The data folder cannot be read or written.
        """
        if key is None:
            return None
        with self.store.writing() as connection:
            return self.store.reply_to(connection, key)

    def accept(
        self, operation: Operation, contents: Iterable[tuple[str, BinaryIO]], reply: Reply, key: Key | None
    ) -> tuple[Reply, bool]:
        """Keep an operation, to be applied later.

        Of two requests with one key that come at once, the first to be received whole makes the operation.

        Args:
            operation: Pending.
            contents: Of its files: the name of each in its folder, and where to read it.
            reply: What to answer.
            key: The idempotency key, if there is one.

        Returns:
            What to answer, and whether that was answered before.

        Raises:
            Overloaded: Too many operations wait already.
            IdempotencyKeyReused: The key came with another request.
            IdempotencyKeyInUse: That request is still being carried out.
            StorageError: The data folder cannot be written; nothing is left of it there.
        """
        with self._inbox.receiving(operation.id, contents) as keep:
            self._wake.touch()  # before, lest a kill in between leave it unheard
            with self.store.writing() as connection:
                if key is not None:
                    earlier = self.store.reply_to(connection, key)
                    if earlier is not None:
                        return earlier, True
                    self.store.keep_reply(connection, key, reply)
                self.store.add(connection, operation)
                keep()
        self._wake.touch()
        return reply, False

    def once(self, key: Key | None, change: Callable[[], Reply]) -> tuple[Reply, bool]:
        """Make a change that takes effect at once, unless it was made before under this key.

        Where it fails, the key is free again. Where its process is killed, it is free after a while.

        Returns:
            What to answer, and whether that was answered before.

        Raises:
            IdempotencyKeyReused: The key came with another request.
            IdempotencyKeyInUse: That request is still being carried out.
            StorageError: The data folder cannot be written.
        """
        if key is None:
            return change(), False
        with self.store.writing() as connection:
            earlier = self.store.reply_to(connection, key)
            if earlier is not None:
                return earlier, True
            self.store.keep_reply(connection, key, None, self._carried_out_within)
        try:
            reply = change()
        except BaseException:
            with self.store.writing() as connection:
                self.store.forget(connection, key)
            raise
        with self.store.writing() as connection:
            self.store.keep_reply(connection, key, reply)
        return reply, False
