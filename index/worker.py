"""Files read in a process of their own, so that none can take more than its time and memory, or the others with it.

The process is this module, started as a program: a line of JSON comes in for each file, a line goes back. It ends with
its standard input, and is started anew after a file that it did not survive.
"""

from __future__ import annotations

import json
import os
import selectors
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from index.child import start_module
from index.documents import Document, Heading, Region
from index.reading import Reading, Skipped, read_file

_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class ReadLimits:
    """What reading one file may take.

    Attributes:
        file_mb: Megabytes of the file.
        seconds: Of time.
        memory_mb: Megabytes of the reading process's address space.
    """

    file_mb: int = 50
    seconds: float = 60.0
    memory_mb: int = 2_000


class _Lost(Exception):
    """The process did not answer; the text says why, as a clause."""


class FileReader:
    """Reads files one after the other; a context manager, since there is a process to be ended."""

    def __init__(self, limits: ReadLimits) -> None:
        self._limits = limits
        self._process: subprocess.Popen[bytes] | None = None
        self._stopped = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()

    def read(self, path: Path, relative: str, name: str) -> Reading:
        """Read a file; arguments as in ``index.reading.read_file``."""
        try:
            return _reading(self._answer({"path": str(path.absolute()), "relative": relative, "name": name}))
        except _Lost as lost:
            self._end()
            return Reading(skipped=(Skipped(relative, str(lost)),))

    def stop(self) -> None:
        """Break off what another thread is reading: it, and whoever comes next, hears of a reader that crashed."""
        self._stopped = True
        process = self._process
        if process is not None:
            process.kill()

    def _answer(self, request: dict[str, str]) -> dict[str, Any]:
        if self._process is not None and self._process.poll() is not None:
            self._end()  # something ended it after the last file, and this one has no part in that
        process = self._process = self._process or _start(self._limits)
        if self._stopped:
            process.kill()
        if process.stdin is None or process.stdout is None:
            raise TypeError("the process has no pipes")
        try:
            process.stdin.write(json.dumps(request).encode() + b"\n")
            process.stdin.flush()
        except BrokenPipeError as error:
            raise _Lost("the reading process ended before it began; index again") from error
        line = _read_line(process, time.monotonic() + self._limits.seconds, self._limits)
        loaded: dict[str, Any] = json.loads(line)
        return loaded

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.communicate()


def _start(limits: ReadLimits) -> subprocess.Popen[bytes]:
    return start_module(
        "index.worker",
        str(limits.file_mb),
        str(limits.memory_mb),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )


def _read_line(process: subprocess.Popen[bytes], deadline: float, limits: ReadLimits) -> bytes:
    """Return what the process writes up to a line end.

    Raises:
        _Lost: It takes too long, or ends.
    """
    if process.stdout is None:
        raise TypeError("the process has no pipes")
    received = bytearray()
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        while not received.endswith(b"\n"):
            if not selector.select(max(deadline - time.monotonic(), 0)):
                raise _Lost(f"reading it takes more than {limits.seconds:g} s; raise PINCITE_MAX_READ_SECONDS")
            chunk = os.read(process.stdout.fileno(), _CHUNK)
            if not chunk:
                raise _Lost(
                    f"its reader crashed (exit code {process.wait()}): the file is damaged, or needs more than "
                    f"{limits.memory_mb} MB (PINCITE_MAX_READ_MEMORY_MB)"
                )
            received += chunk
    return bytes(received)


def _reading(answer: dict[str, Any]) -> Reading:
    documents = (
        Document(
            **{
                **fields,
                "headings": tuple(Heading(**heading) for heading in fields["headings"]),
                "blocks": tuple(Region(**region) for region in fields["blocks"]),
                "pages": tuple(fields["pages"]),
                "tags": tuple(fields["tags"]),
            }
        )
        for fields in answer["documents"]
    )
    skipped = tuple(Skipped(**one) for one in answer["skipped"])
    return Reading(tuple(documents), skipped, answer["left_out"])


def _limit_memory(megabytes: int) -> None:
    """Bound this process's address space, where the system can."""
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    wanted = megabytes * 1_000_000
    soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    with suppress(ValueError, OSError):  # macOS knows the limit and refuses to set it
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def _read(request: dict[str, str], file_mb: int, memory_mb: int) -> Reading:
    try:
        return read_file(Path(request["path"]), request["relative"], request["name"], file_mb)
    except MemoryError:
        reason = f"reading it takes more than {memory_mb} MB of memory; raise PINCITE_MAX_READ_MEMORY_MB"
    except Exception as error:  # noqa: BLE001 - whatever a parser does not foresee must not stop the other files
        reason = f"its reader failed ({type(error).__name__}: {error})"
    return Reading(skipped=(Skipped(request["relative"], reason),))


def main() -> None:
    """Answer requests until standard input ends."""
    file_mb, memory_mb = int(sys.argv[1]), int(sys.argv[2])
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what a library prints is no answer
    _limit_memory(memory_mb)
    for line in sys.stdin.buffer:
        answers.write(json.dumps(asdict(_read(json.loads(line), file_mb, memory_mb))).encode() + b"\n")
        answers.flush()


if __name__ == "__main__":
    main()
