"""How many requests somebody may make: one table for all workers, of one size whatever the number of addresses.

The generic cell rate algorithm (ITU-T I.371, annex A): of each who asks one moment is kept, the one at which all that
was taken is made up for. It may lie a minute ahead at most. So a minute's worth of requests may come at once, and those
after it as fast as they are made up for.
"""

from __future__ import annotations

import fcntl
import hashlib
import math
import mmap
import os
import secrets
import struct
import tempfile
import time
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

_MINUTE = 60.0
_SLOTS = 1 << 16
_WAYS = 8
"""How many places there are for one who asks. If all are taken, whoever has made up for most gives way, and is forgiven
what is left of it."""
_ROUNDING = 0.01
"""Which part of a request is forgiven: the sum of many intervals is not quite their product."""
_HASH = struct.Struct("<Q")


@dataclass(frozen=True, slots=True)
class Taken:
    """What came of one request.

    Attributes:
        allowed: Whether it may go on.
        limit: How many a minute may.
        remaining: How many more may come at once.
        reset: Seconds until ``limit`` of them may.
        wait: Seconds until the next may; 0 if ``allowed``.
    """

    allowed: bool
    limit: int
    remaining: int
    reset: int
    wait: int


class Limits:
    """The table; to be made before the workers are forked, and used by one thread of each.

    Args:
        slots: How many who ask are told apart at once; a multiple of 8.
    """

    def __init__(self, slots: int = _SLOTS) -> None:
        self._buckets = slots // _WAYS
        memory = mmap.mmap(-1, slots * 16)  # anonymous and shared: forks see what any of them writes
        self._who = memoryview(memory)[: slots * 8].cast("Q")
        self._free_at = memoryview(memory)[slots * 8 :].cast("d")
        # So that nobody can tell who shares places with whom, and none is known by what lies here.
        self._key = secrets.token_bytes(16)
        # The lock of a file, held by a process: the system takes it back from one that is killed.
        self._lock, path = tempfile.mkstemp(prefix="pincite-limits-")
        os.unlink(path)  # noqa: PTH108 - what mkstemp returns is text
        weakref.finalize(self, os.close, self._lock)

    def take(self, who: str, limit: int) -> Taken:
        """Count a request.

        Args:
            who: Who makes it.
            limit: How many a minute they may make, at least one.
        """
        interval = _MINUTE / limit
        name = _HASH.unpack(hashlib.blake2b(who.encode(), digest_size=8, key=self._key).digest())[0] or 1
        with self._locked():
            now = time.monotonic()  # one clock for all processes of the machine
            slot = self._slot(name)
            free_at = max(self._free_at[slot], now) if self._who[slot] == name else now
            allowed = free_at + interval <= now + _MINUTE + interval * _ROUNDING
            if allowed:
                free_at += interval
                self._who[slot], self._free_at[slot] = name, free_at
        ahead = free_at - now
        remaining = max(0, int((_MINUTE - ahead) / interval + _ROUNDING))
        wait = 0 if allowed else max(1, math.ceil(ahead + interval - _MINUTE))
        return Taken(allowed, limit, remaining, min(math.ceil(ahead), int(_MINUTE)), wait)

    def _slot(self, name: int) -> int:
        """Return the place of a name, or the one that it takes."""
        first = name % self._buckets * _WAYS
        names = self._who[first : first + _WAYS].tolist()
        if name in names:
            return first + names.index(name)
        moments = self._free_at[first : first + _WAYS].tolist()
        return first + moments.index(min(moments))

    @contextmanager
    def _locked(self) -> Iterator[None]:
        fcntl.lockf(self._lock, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.lockf(self._lock, fcntl.LOCK_UN)
