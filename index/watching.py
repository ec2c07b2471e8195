"""What lies in folders at a moment, and waiting until that may have changed. The one module that knows watchfiles.

Notices from the system only tell when to look; what counts is what is seen then. So nothing is lost where notices are:
when their queue overflows, on a network drive, or between the making of a folder and the watch on it.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Generator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import watchfiles
from watchfiles import Change

from index.errors import SourceError
from index.formats import SUFFIXES
from index.sources import walk

_QUIET_MS, _BURST_MS, _WAIT_MS = 200, 3_000, 1_000
"""A burst of changes ends when so long nothing more comes, or after so long; and how long one wait for it lasts."""


@dataclass(frozen=True, slots=True)
class Look:
    """What lies in folders at a moment, as far as indexing depends on it.

    Attributes:
        folders: Every folder that is walked, with what tells it from another of the same name: device and inode.
        files: A hash of all files' names and, where they can be read, sizes and times.
    """

    folders: frozenset[tuple[str, int, int]]
    files: str


def look(folders: Sequence[Path], data_dir: Path) -> Look:
    """Look at what lies in folders: at all that indexing them would, and at nothing else.

    Args:
        folders: Of documents.
        data_dir: The data folder, which is left out where it lies in them.

    Raises:
        SourceError: A folder is not there or cannot be listed.
    """
    walked: set[tuple[str, int, int]] = set()
    files: list[tuple[str, tuple[int, ...]]] = []
    for folder in (folder.absolute() for folder in folders):  # as notices name what lies in them
        if not folder.is_dir():
            raise SourceError(f"the folder {folder} is not there. What was indexed before is unchanged.")
        for parent, names in walk(folder, data_dir):
            with suppress(FileNotFoundError):  # removed this moment
                state = parent.stat()
                walked.add((str(parent), state.st_dev, state.st_ino))
            files += ((str(parent / name), _state(parent / name)) for name in names)
    digest = hashlib.sha256(repr(sorted(files)).encode(errors="surrogatepass"))
    return Look(frozenset(walked), digest.hexdigest())


def _state(path: Path) -> tuple[int, ...]:
    if path.suffix.lower() not in SUFFIXES:
        return ()  # that it is there is reported; what is in it matters to nobody, and a log file changes all the time
    try:
        state = path.stat()  # of what a link leads to: that can change without the link
    except OSError:
        return ()
    return state.st_size, state.st_mtime_ns, state.st_ctime_ns


class Watcher:
    """Waits until what lies in folders may have changed.

    Each folder is watched by itself, not with all that is below it: hidden folders, the data folder and what links lead
    to would be watched too, and there may be more of them than the system has watches for.
    """

    def __init__(self) -> None:
        self._watched: frozenset[tuple[str, int, int]] | None = None
        self._changes: Generator[set[tuple[Change, str]], None, None] | None = None

    def wait(self, seen: Look, seconds: float) -> None:
        """Wait until something may have changed since a look, but only so long; the look after it tells what.

        Raises:
            SourceError: The system does not let the folders be watched.
        """
        if self._changes is None or self._watched != seen.folders:
            self._begin(seen)
            return  # what changed between the look and the first watch gave no notice
        deadline = time.monotonic() + seconds
        try:
            for changes in self._changes:
                if changes or time.monotonic() >= deadline:
                    break
        except (OSError, RuntimeError):  # a notice that cannot be told, such as of a name that is not UTF-8
            self.close()
        else:
            names = {name for name, _, _ in seen.folders}
            if any(path in names for _, path in changes):
                self.close()  # a folder that was removed and made anew may have the inode of the old, but not its watch

    def _begin(self, seen: Look) -> None:
        self.close()
        # A name that is not UTF-8 cannot be given to watchfiles, and what has one is not indexed.
        folders = [folder for folder, _, _ in seen.folders if _is_utf8(folder)]
        self._changes = watchfiles.watch(
            *folders,
            watch_filter=_is_visible,
            recursive=False,
            debounce=_BURST_MS,
            step=_QUIET_MS,
            rust_timeout=_WAIT_MS,
            yield_on_timeout=True,
        )
        try:
            next(self._changes)  # from here on it watches
        except FileNotFoundError:  # one was removed this moment
            self.close()
            time.sleep(_WAIT_MS / 1000)
        except (OSError, RuntimeError) as error:
            self.close()
            raise SourceError(f"changes in the folders are not noticed at once: {_reason(error)}") from error
        else:
            self._watched = seen.folders

    def close(self) -> None:
        """Stop watching; ``wait`` begins anew."""
        if self._changes is not None:
            self._changes.close()
        self._changes = self._watched = None


def _is_visible(_change: Change, path: str) -> bool:
    return not Path(path).name.startswith(".")


def _is_utf8(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _reason(error: Exception) -> str:
    if "watch limit" in str(error):
        return (
            "they are more than the system has watches for. Raise its limit: sudo sysctl fs.inotify.max_user_watches="
            "524288 (for good: in a file under /etc/sysctl.d)."
        )
    if "Too many open files" in str(error):
        return (
            "the system lets no more watchers be opened. Raise its limits: sudo sysctl "
            "fs.inotify.max_user_instances=1024 (for good: in a file under /etc/sysctl.d), or ulimit -n."
        )
    return f"{error}."
