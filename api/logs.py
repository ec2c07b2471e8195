"""The service's log: lines of JSON, or for a terminal's eyes, on standard error; the one module that knows structlog.

What is said through ``logging``, by Pincite and by what it is made of, looks the same as a line about a request. No
line holds a question, an address that was called or where somebody called from, unless ``PINCITE_LOG_QUESTIONS`` asks
for the first: lines are kept, copied and searched by more people than may know what somebody asks.
"""

from __future__ import annotations

import logging
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import structlog
from structlog.stdlib import ProcessorFormatter
from structlog.typing import EventDict, FilteringBoundLogger, Processor

from index.settings import Settings

_STANDARD_ERROR = 2


class _Lines:
    """Standard error of all workers together. A line is written at once, and whole, however long it is.

    Whoever writes holds a lock, which the system takes back from a process that dies. To be made before workers are
    forked.
    """

    def __init__(self) -> None:
        self._lock = _nameless_file()

    def write(self, line: str) -> None:
        """Write a line. Where nobody takes it any more, there is nobody to be told either."""
        left = memoryview(f"{line}\n".encode(errors="backslashreplace"))
        with self._alone(), suppress(OSError):
            while left:
                left = left[os.write(_STANDARD_ERROR, left) :]

    @contextmanager
    def _alone(self) -> Iterator[None]:
        if sys.platform == "win32":  # where there is one worker
            yield
            return
        import fcntl

        fcntl.lockf(self._lock, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.lockf(self._lock, fcntl.LOCK_UN)

    debug = info = warning = error = critical = write


def _nameless_file() -> int:
    """Open a file that has no name: in memory where there is such a thing, so that no folder need be writable."""
    try:
        return os.memfd_create("pincite-log")
    except AttributeError:  # other systems than Linux
        with tempfile.TemporaryFile() as file:
            return os.dup(file.fileno())


class _Handler(logging.Handler):
    """Brings what is said through ``logging`` to the same place."""

    def __init__(self, write: Callable[[str], None]) -> None:
        super().__init__()
        self._write = write

    def emit(self, record: logging.LogRecord) -> None:
        """Write a record."""
        try:
            self._write(self.format(record))
        except Exception:  # noqa: BLE001 - what logging itself asks of handlers
            self.handleError(record)


def _in_order(_logger: object, _name: str, event: EventDict) -> EventDict:
    """Put what every line has first; last, which worker wrote it."""
    first = {name: event.pop(name) for name in ("time", "level", "event")}
    return {**first, **event, "pid": os.getpid()}


class Log:
    """Where a service writes what happens.

    Args:
        settings: ``log_format`` and ``log_level`` are used here.

    Attributes:
        lines: Takes an event and its fields: ``lines.info("request", status=200)``.
    """

    def __init__(self, settings: Settings) -> None:
        self._level = logging.getLevelNamesMapping()[settings.log_level.upper()]
        terminal = sys.stderr is not None and sys.stderr.isatty()
        console = settings.log_format == "console" or (settings.log_format is None and terminal)
        self._common: list[Processor] = [
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
            _in_order,
        ]
        self._render: list[Processor]
        if console:
            renderer = structlog.dev.ConsoleRenderer(
                colors=terminal, timestamp_key="time", exception_formatter=structlog.dev.plain_traceback
            )
            self._render = [renderer]
        else:
            self._render = [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
        self._output = _Lines()
        self.lines: FilteringBoundLogger = structlog.wrap_logger(
            self._output,
            processors=[*self._common, *self._render],
            wrapper_class=structlog.make_filtering_bound_logger(self._level),
            cache_logger_on_first_use=True,
        ).bind()

    def take_over(self) -> None:
        """Take all that is said through ``logging`` in this process, and by its forks; for a process that serves.

        Of libraries only warnings and errors are taken, whatever the level.
        """
        handler = _Handler(self._output.write)
        handler.setFormatter(
            ProcessorFormatter(
                foreign_pre_chain=[structlog.stdlib.add_logger_name, *self._common],
                processors=[ProcessorFormatter.remove_processors_meta, *self._render],
            )
        )
        root = logging.getLogger()
        root.handlers[:] = [handler]
        root.setLevel(max(self._level, logging.WARNING))
        logging.getLogger("pincite").setLevel(self._level)
