"""Applying what was asked for over HTTP, in a process beside the service, started when there is something to do.

No serving process loads what only indexing needs; and an upload that needs more memory than there is kills this process
alone. Of several services over one data folder, one process applies; those of the others wait for it to end.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from pathlib import Path
from types import FrameType, TracebackType
from typing import Self

from filelock import FileLock, Timeout

from api.changes.store import OperationStore
from api.changes.wake import Wake
from index.errors import PinciteError
from index.settings import Settings
from pincite.beside import end_with_standard_input, run_module
from pincite.settings import settings_for

_LOOK_SECONDS = 0.2
_IDLE_SECONDS = 15.0
"""How long it stays when there is nothing to do: starting anew takes seconds."""
_AT_FIRST_SECONDS = 2.0
"""How long if there was nothing when it started."""
_RESTART_SECONDS = 2.0
_NICENESS = 10
"""Questions go first."""


class ApplyingProcess:
    """Starts the process when there is something to do, and again if it dies; a context manager, which it ends with.

    Args:
        data_dir: The data folder.
    """

    def __init__(self, data_dir: Path) -> None:
        self._data_dir = data_dir
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="applying", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ending.set()
        self._thread.join()

    def _watch(self) -> None:
        wake = Wake(self._data_dir)
        seen = 0  # what was asked for before this service began is applied, too
        while not self._ending.wait(_LOOK_SECONDS):
            stamp = wake.stamp()
            if stamp == seen:
                continue
            if self._run():
                seen = stamp
            else:
                self._ending.wait(_RESTART_SECONDS)

    def _run(self) -> bool:
        try:
            code = run_module("pincite.applying", self._ending)
        except OSError as error:
            print(f"The process that applies changes could not be started: {error.strerror}.", file=sys.stderr)
            return False
        if code and not self._ending.is_set():
            print(f"The process that applies changes ended (exit code {code}); it is started again.", file=sys.stderr)
        return code == 0


def _apply(settings: Settings) -> None:
    """Apply what waits until there has been nothing for a while."""
    from api.changes.applier import Applier

    applier = Applier(settings)
    applier.recover()
    busy = time.monotonic() - _IDLE_SECONDS + _AT_FIRST_SECONDS
    while time.monotonic() - busy < _IDLE_SECONDS:
        if applier.apply_pending():
            busy = time.monotonic()
        time.sleep(_LOOK_SECONDS)


def main() -> None:
    """Apply what waits, unless another process does."""
    settings = settings_for()
    signal.signal(signal.SIGTERM, _stop)
    end_with_standard_input()
    os.nice(_NICENESS)
    lock = FileLock(settings.data_dir / "operations.lock")
    store = OperationStore(settings.data_dir)
    waiting = store.exists
    while waiting:
        try:
            with lock.acquire(timeout=_LOOK_SECONDS):
                _apply(settings)
                return
        except Timeout:
            waiting = bool(store.unfinished())


def _stop(_number: int, _frame: FrameType | None) -> None:
    sys.exit(0)


if __name__ == "__main__":
    try:
        main()
    except PinciteError as fault:  # the data folder cannot be read or written
        sys.exit(f"pincite: {fault}")
