"""Where questions are answered: on one thread beside the event loop, and with a bounded queue before it.

A question is a few milliseconds of computing. On several threads of one process they would take turns at the
interpreter's lock, each the slower for it; processes (``--workers``) are what adds cores. More questions than can be
answered soon are refused at once, so that those that were accepted are answered in time.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from index.errors import Overloaded

_T = TypeVar("_T")


class Answering:
    """Runs one function at a time; to be used from one event loop.

    Args:
        most_waiting: How many may wait while one runs.
    """

    def __init__(self, most_waiting: int) -> None:
        self._most = most_waiting + 1
        self._here = 0
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="answering")

    async def run(self, function: Callable[[], _T]) -> _T:
        """Run a function when its turn comes, and return what it returns.

        Raises:
            Overloaded: Too many wait already.
        """
        if self._here >= self._most:
            raise Overloaded(
                f"{self._here} questions wait to be answered, which is as many as may. Ask again in a second."
            )
        self._here += 1
        future = self._thread.submit(function)
        # Counted until it is done, not until nobody waits for it: one whose client has gone still takes its time.
        future.add_done_callback(self._count_down(asyncio.get_running_loop()))
        return await asyncio.wrap_future(future)

    def _count_down(self, loop: asyncio.AbstractEventLoop) -> Callable[[object], None]:
        def leave() -> None:
            self._here -= 1

        def done(_: object) -> None:
            if not loop.is_closed():
                loop.call_soon_threadsafe(leave)

        return done

    def close(self) -> None:
        """Wait for what runs, and take no more."""
        self._thread.shutdown(cancel_futures=True)
