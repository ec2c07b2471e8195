"""Load on a server, from a process of its own: ``python -m eval.benchmarks.load``; prints a ``Load`` as JSON.

A closed loop: each connection asks, waits for the whole answer, and asks again. This process shares the machine with
the server, so it does as little as it can: requests are bytes made beforehand, and of an answer it reads status and
length.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import cast

import numpy as np

from eval.benchmarks.processes import cpu_seconds, tree

_DRAIN_SECONDS = 30.0
"""How long requests in flight at the end of the window may take; then they count as errors."""
_LONGEST_SECONDS = 30.0
"""How long a window goes on in which nothing has been answered."""
_LATE_SECONDS = 0.05
_LENGTH = b"\r\ncontent-length:"


@dataclass(frozen=True, slots=True)
class Load:
    """What one window of load has measured.

    Attributes:
        requests: Answered with status 200 within the window.
        errors: Other answers and broken connections, warm-up and end included.
        first_error: What the first of them was; empty when there was none.
        seconds: Length of the window.
        p50_ms: Median latency of these requests; 0 when there were none.
        p99_ms: The 99th percentile.
        max_ms: The longest.
        asked: Requests sent in all, the warm-up's included: how many lines of the file are used up.
        ran_out: Whether the file had no more requests before the window ended.
        server_cpu_seconds: CPU time of the server's processes in the window; None where it is not known.
        load_cpu_seconds: CPU time of this process in the window.
    """

    requests: int
    errors: int
    first_error: str
    seconds: float
    p50_ms: float
    p99_ms: float
    max_ms: float
    asked: int
    ran_out: bool
    server_cpu_seconds: float | None
    load_cpu_seconds: float


def length_of(answer: bytes) -> int:
    """Return how long an answer is, head and body; 0 where its head is not whole yet, -1 where it does not say."""
    end = answer.find(b"\r\n\r\n")
    if end < 0:
        return 0
    head = answer[: end + 2].lower()
    at = head.find(_LENGTH)
    if at < 0:
        return -1
    at += len(_LENGTH)
    return end + 4 + int(head[at : head.index(b"\r\n", at)])


class _Window:
    """What the connections share: the requests, and what is counted."""

    def __init__(self, requests: Iterator[bytes]) -> None:
        self._requests = requests
        self.asked = 0
        self.ran_out = False
        self.stopped = False
        self.measuring = False
        self.latencies: list[float] = []
        self.errors = 0
        self.first_error = ""
        self.in_flight = 0

    def take(self) -> bytes | None:
        """Return the next request, or None when there is to be no more."""
        if self.stopped:
            return None
        request = next(self._requests, None)
        if request is None:
            self.ran_out = True
            return None
        self.asked += 1
        return request

    def failed(self, what: str) -> None:
        """Count an error."""
        self.errors += 1
        self.first_error = self.first_error or what


class _Connection(asyncio.Protocol):
    """One keep-alive connection of HTTP/1.1."""

    _transport: asyncio.Transport

    def __init__(self, window: _Window) -> None:
        self._window = window
        self._buffer = b""
        self._needed = 0
        self._began = 0.0
        self._waiting = False
        self.lost = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._ask()

    def _ask(self) -> None:
        request = self._window.take()
        if request is None:
            self._transport.close()
            return
        self._buffer, self._needed, self._waiting = b"", 0, True
        self._window.in_flight += 1
        self._began = time.perf_counter()
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if not self._needed:
            self._needed = length_of(self._buffer)
            if self._needed == 0:
                return
            if self._needed < 0:
                self._window.failed("an answer without Content-Length")
                self._answered()
                self._transport.abort()  # where the next answer would begin, nobody knows
                return
        if len(self._buffer) >= self._needed:
            took = time.perf_counter() - self._began
            if self._buffer[9:12] != b"200":
                self._window.failed(self._buffer[:500].decode(errors="replace"))
            elif self._window.measuring:
                self._window.latencies.append(took)
            self._answered()
            self._ask()

    def _answered(self) -> None:
        self._waiting = False
        self._window.in_flight -= 1

    def connection_lost(self, exc: Exception | None) -> None:
        if self._waiting:
            self._window.failed(f"the server closed a connection before it had answered ({exc})")
            self._answered()
        if not self.lost.done():
            self.lost.set_result(None)


async def _keep_asking(port: int, window: _Window) -> None:
    """Hold one connection, and make it anew when the server breaks it."""
    loop = asyncio.get_running_loop()
    while not (window.stopped or window.ran_out):
        try:
            _, connection = await loop.create_connection(lambda: _Connection(window), "127.0.0.1", port)
        except OSError as error:
            window.failed(f"no connection: {error}")
            return
        await connection.lost


async def put_load(
    port: int, requests: Iterator[bytes], *, connections: int, warmup: float, seconds: float, pid: int
) -> Load:
    """Ask a server for a while.

    Args:
        port: Of the server, on 127.0.0.1.
        requests: Whole HTTP requests; each is sent once.
        connections: How many ask at a time.
        warmup: Seconds before the window.
        seconds: Length of the window.
        pid: The server's process; its children are found.
    """
    window = _Window(requests)
    pids = tree(pid)
    gc.collect()
    gc.disable()
    asking = [asyncio.create_task(_keep_asking(port, window)) for _ in range(connections)]
    await asyncio.sleep(warmup)
    window.measuring = True
    before, own_before, began = cpu_seconds(pids), time.process_time(), time.perf_counter()
    await asyncio.sleep(seconds)
    while (
        not window.latencies
        and time.perf_counter() - began < _LONGEST_SECONDS
        and not all(task.done() for task in asking)
    ):
        await asyncio.sleep(_LATE_SECONDS)  # on a busy machine: a window without an answer has no latency
    window.measuring = False
    took, own, after = time.perf_counter() - began, time.process_time() - own_before, cpu_seconds(pids)
    window.stopped = True
    _, late = await asyncio.wait(asking, timeout=_DRAIN_SECONDS)
    if late:
        window.errors += window.in_flight
        window.first_error = window.first_error or f"no answer within {_DRAIN_SECONDS:.0f} s of the window's end"
        for task in late:
            task.cancel()
    latencies = np.array(window.latencies or [0.0]) * 1e3
    p50, p99 = np.percentile(latencies, (50, 99))
    return Load(
        requests=len(window.latencies),
        errors=window.errors,
        first_error=window.first_error,
        seconds=took,
        p50_ms=float(p50),
        p99_ms=float(p99),
        max_ms=float(latencies.max()),
        asked=window.asked,
        ran_out=window.ran_out,
        server_cpu_seconds=None if before is None or after is None else after - before,
        load_cpu_seconds=own,
    )


def main() -> None:
    """Put load on a server and print what was measured."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("requests", type=Path, help="file with one HTTP request a line, as a JSON string")
    parser.add_argument("--skip", type=int, default=0, help="requests at the file's beginning that are used up")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--pid", type=int, required=True)
    parser.add_argument("--connections", type=int, required=True)
    parser.add_argument("--warmup", type=float, required=True)
    parser.add_argument("--seconds", type=float, required=True)
    given = parser.parse_args()
    lines = given.requests.read_text(encoding="utf-8").splitlines()[given.skip :]
    requests = [json.loads(line).encode() for line in lines]
    load = put_load(
        given.port,
        iter(requests),
        connections=given.connections,
        warmup=given.warmup,
        seconds=given.seconds,
        pid=given.pid,
    )
    print(json.dumps(asdict(asyncio.run(load))))


if __name__ == "__main__":
    main()
