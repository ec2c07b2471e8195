"""Following folders: what changes in them is indexed at once, until told to stop.

``pincite index --watch`` does it itself. ``pincite serve`` has a process of its own do it, this module started as a
program, so that no serving process loads what only indexing needs. That process ends with its standard input, and so
with the server, whatever ends that.
"""

from __future__ import annotations

import signal
import sys
import threading
import time
import traceback
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from types import FrameType, TracebackType
from typing import TYPE_CHECKING, NoReturn, Self

from index.errors import PinciteError, SettingsError, SourceError
from index.settings import Settings
from pincite.beside import end_with_standard_input, run_module
from pincite.settings import settings_for

if TYPE_CHECKING:  # watchfiles comes with the extra that only indexing needs
    from index.watching import Look

_EVERY_SECONDS = 10.0
"""So often it is looked without notice of a change, and what failed is tried again."""
_PAUSE_PER_LOOK = 20
"""Where a look takes long, so many times as long passes until the next without notice."""
_RESTART_SECONDS = 5.0
_NEEDED = ("sentence_transformers", "watchfiles")


def run_watch(settings: Settings, folders: Sequence[Path]) -> NoReturn:
    """Index folders, then again whenever something in them changes, until SIGINT or SIGTERM.

    Raises:
        SourceError: One is a file or does not exist. That one goes away later is said, and ends nothing.
    """
    for folder in folders:
        if folder.is_file():
            raise SourceError(f"{folder} is a file, and only folders can be followed. Name the folder that it is in.")
        if not folder.is_dir():
            raise SourceError(f"{folder} does not exist. Give a folder of documents to follow.")
    _follow(settings, folders)


def _follow(settings: Settings, folders: Sequence[Path]) -> NoReturn:
    stopped = threading.Event()

    def stop(_number: int, _frame: FrameType | None) -> None:
        stopped.set()
        sys.exit(0)

    signal.signal(signal.SIGTERM, stop)
    try:
        _Follower(settings, folders).run()
    except KeyboardInterrupt:
        # While watchfiles waits, it makes a KeyboardInterrupt of whatever a signal's handler raises.
        if stopped.is_set():
            sys.exit(0)
        raise


class _Fault:
    """Something that does not work: said when it is met first or has changed, not each time that it is tried again."""

    def __init__(self, until_then: str) -> None:
        self._until_then = until_then
        self._said = ""

    def say(self, error: Exception) -> None:
        known = isinstance(error, PinciteError)
        text = str(error) if known else "".join(traceback.format_exception(error))
        if text != self._said:
            _say(f"pincite: {text}\n{self._until_then}")
        self._said = text

    def over(self) -> None:
        self._said = ""


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


class _Follower:
    def __init__(self, settings: Settings, folders: Sequence[Path]) -> None:
        from index.watching import Watcher

        self._settings = settings
        self._folders = folders
        self._watcher = Watcher()
        self._indexed = ""  # what lay in the folders when they were indexed last; nothing if that failed
        self._reported: set[str] = set()
        self._indexing = _Fault(f"It is tried again when something changes, and every {_EVERY_SECONDS:g} s.")
        self._watching = _Fault(f"Until then, changes are looked for every {_EVERY_SECONDS:g} s.")

    def run(self) -> NoReturn:
        names = ", ".join(str(folder) for folder in self._folders)
        _say(f"Following {names}: what changes there is indexed at once.")
        while True:
            began = time.monotonic()
            seen = self._look()
            pause = max(_EVERY_SECONDS, _PAUSE_PER_LOOK * (time.monotonic() - began))
            if seen is None:
                time.sleep(pause)
                continue
            if seen.files != self._indexed:
                began = time.monotonic()
                self._index(seen)
                pause = max(pause, time.monotonic() - began) if not self._indexed else pause
            self._wait(seen, pause)

    def _look(self) -> Look | None:
        from index.watching import look

        try:
            return look(self._folders, self._settings.data_dir)
        except (SourceError, OSError) as error:
            self._failed(error)
            return None

    def _index(self, seen: Look) -> None:
        from pincite.indexing import run_index

        try:
            run_index(self._settings, self._folders, self._reported)
        except ModuleNotFoundError:
            raise  # it will not be installed in ten seconds either
        except Exception as error:  # noqa: BLE001 - whatever it is, it is said, and the next time may go well
            self._failed(error)
        else:
            self._indexed = seen.files
            self._indexing.over()

    def _failed(self, error: Exception) -> None:
        self._indexing.say(error)
        self._indexed = ""
        self._reported.clear()  # so that the next report, which tells that all is well again, is a whole one

    def _wait(self, seen: Look, seconds: float) -> None:
        try:
            self._watcher.wait(seen, seconds)
        except SourceError as error:
            self._watching.say(error)
            time.sleep(seconds)
        else:
            self._watching.over()


class FollowingProcess:
    """A process that follows the folder that ``PINCITE_WATCH`` names; a context manager, which it ends with.

    Where it dies by itself, that is said and another is started.

    Raises:
        SettingsError: There is no such folder, or what indexing needs is not installed.
    """

    def __init__(self, folder: Path) -> None:
        if not folder.is_dir():
            raise SettingsError(f"PINCITE_WATCH: {folder} is not an existing folder. Name one that holds documents.")
        missing = [name for name in _NEEDED if find_spec(name) is None]
        if missing:
            raise SettingsError(
                f"PINCITE_WATCH: following a folder needs {', '.join(missing)}. "
                "Run: pip install 'pincite[index]', or unset PINCITE_WATCH."
            )
        self._folder = folder
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._keep_alive, name="following", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ending.set()
        self._thread.join()

    def _keep_alive(self) -> None:
        while not self._ending.is_set():
            try:
                ended = f"ended (exit code {run_module('pincite.following', self._ending)})"
            except OSError as error:
                ended = f"could not be started ({error.strerror})"
            if not self._ending.wait(_RESTART_SECONDS):
                _say(f"The process that follows {self._folder} {ended}; it is started again.")


def main() -> None:
    """Follow the folder that the settings name until standard input ends."""
    settings = settings_for()
    if settings.watch is None:
        raise SettingsError("PINCITE_WATCH names no folder to follow.")
    end_with_standard_input()
    _follow(settings, [settings.watch])


if __name__ == "__main__":
    main()
