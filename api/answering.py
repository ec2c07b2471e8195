"""Where questions are answered: on one thread beside the event loop, and with a bounded queue before it.

A question is a few milliseconds of computing. On several threads of one process they would take turns at the
interpreter's lock, each the slower for it; processes (``--workers``) are what adds cores. More questions than can be
answered soon are refused at once, so that those that were accepted are answered in time.

What waits is taken together, without waiting for more: first steps until nothing waits, then their second steps.
Encoding goes through all of a model's weights, which drives from the processor's caches what searching needs, and the
other way round; eight questions, first encoded and then answered, take a sixth less time than one by one.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Any, TypeVar

from index.errors import Overloaded

_TOGETHER = 8
"""How many are taken at a time, at most. The first of them waits for all: with sixteen, the slowest hundredth took a
third longer, and no more questions were answered."""

_P = TypeVar("_P")
_T = TypeVar("_T")


@dataclass(slots=True)
class _Work:
    """Two steps, and who waits for what comes of them."""

    first: Callable[[], Any]
    second: Callable[[Any], Any]
    future: asyncio.Future[Any]
    begun: bool = False
    counted: bool = True
    between: Any = None
    result: Any = None
    error: Exception | None = None

    def do_first(self) -> None:
        """Take the first step; one whose client has gone before its turn is not begun."""
        self.begun = not self.future.cancelled()
        try:
            self.between = self.first() if self.begun else None
        except Exception as error:  # noqa: BLE001 - whatever it is, it is raised where the work was asked for
            self.error = error

    def do_second(self) -> None:
        """Take the second step, unless the first was not taken or has failed."""
        if self.begun and self.error is None:
            try:
                self.result = self.second(self.between)
            except Exception as error:  # noqa: BLE001 - as above
                self.error = error

    def tell(self) -> None:
        """Hand over what came of it; on the event loop."""
        if self.future.cancelled():
            return
        if self.error is not None:
            self.future.set_exception(self.error)
        else:
            self.future.set_result(self.result)


class Answering:
    """Does work of two steps on one thread; to be used from one event loop.

    Args:
        most_waiting: How many may wait while one runs.
        tell: Told how many are here whenever that changes.
    """

    def __init__(self, most_waiting: int, tell: Callable[[int], None] = lambda _: None) -> None:
        self._most = most_waiting + 1
        self._tell_depth = tell
        self._here = 0
        self._waiting: SimpleQueue[_Work | None] = SimpleQueue()
        self._thread: threading.Thread | None = None

    async def run(self, first: Callable[[], _P], second: Callable[[_P], _T]) -> _T:
        """Do both steps when their turn comes, and return what the second, given what the first returned, returns.

        Raises:
            Overloaded: Too many wait already.
        """
        if self._here >= self._most:
            raise Overloaded(
                f"{self._here} questions wait to be answered, which is as many as may. Ask again in a second."
            )
        loop = asyncio.get_running_loop()
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, args=[loop], name="answering", daemon=True)
            self._thread.start()
        work = _Work(first, second, loop.create_future())
        self._here += 1
        self._tell_depth(self._here)
        self._waiting.put(work)
        try:
            result: _T = await work.future
        except asyncio.CancelledError:
            if not work.begun:  # what is begun goes on, and takes its time
                self._leave(work)
            raise
        return result

    def _work(self, loop: asyncio.AbstractEventLoop) -> None:
        more = True
        while more:
            together: list[_Work] = []
            work = self._waiting.get()
            try:
                while work is not None:
                    together.append(work)
                    work.do_first()
                    if len(together) == _TOGETHER:
                        break
                    work = self._waiting.get_nowait()  # what came in the meantime, too
                more = work is not None
            except Empty:
                pass
            for work in together:
                work.do_second()
            if together and not loop.is_closed():
                loop.call_soon_threadsafe(self._tell, together)

    def _tell(self, together: list[_Work]) -> None:
        for work in together:
            self._leave(work)
            work.tell()

    def _leave(self, work: _Work) -> None:
        self._here -= work.counted
        work.counted = False
        self._tell_depth(self._here)

    def close(self) -> None:
        """Wait for what runs and waits, and take no more."""
        if self._thread is not None:
            self._waiting.put(None)
            self._thread.join()
            self._thread = None
