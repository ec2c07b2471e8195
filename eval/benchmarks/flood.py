"""Clients that do not behave: they ask whether or not they are answered, are silent, slow, or send huge bodies."""

from __future__ import annotations

import asyncio
import time
from collections import Counter, deque
from collections.abc import Iterator
from contextlib import suppress
from typing import cast

from eval.benchmarks.load import length_of

_HOST = "127.0.0.1"
_AGAIN_SECONDS = 0.5
_DRIP_SECONDS = 1.0
_CHUNK = b"10000\r\n" + b" " * 65536 + b"\r\n"
_DRIPPED_HEAD = b"POST /v1/ask HTTP/1.1\r\nHost: 127.0.0.1\r\nX-"
_DRIPPED_BODY = (
    b"POST /v1/ask HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 900\r\n\r\n"
)


class Answers:
    """What came of the questions of an open loop.

    Attributes:
        asked: How many were sent, or were to be when no connection could be had.
        statuses: How many answers had which status; under ``broken`` those that never came.
        served_ms: How long each of those of status 200 took, from when it was to be sent.
    """

    def __init__(self) -> None:
        self.asked = 0
        self.statuses: Counter[str] = Counter()
        self.served_ms: list[float] = []


class _Asking(asyncio.Protocol):
    """A connection that asks when it is told to, and goes back into the pool when it has its answer."""

    transport: asyncio.Transport

    def __init__(self, answers: Answers, free: deque[_Asking]) -> None:
        self._answers = answers
        self._free = free
        self._due = 0.0
        self._buffer = b""
        self._needed = 0
        self._waiting = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)

    def ask(self, request: bytes, due: float) -> None:
        self._due, self._buffer, self._needed, self._waiting = due, b"", 0, True
        self.transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if not self._needed:
            self._needed = length_of(self._buffer)
        if self._needed and len(self._buffer) >= self._needed and self._waiting:
            self._waiting = False
            status = self._buffer[9:12].decode()
            self._answers.statuses[status] += 1
            if status == "200":
                self._answers.served_ms.append((time.perf_counter() - self._due) * 1e3)
            if not self.transport.is_closing():
                self._free.append(self)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - however it ended
        if self._waiting:
            self._waiting = False
            self._answers.statuses["broken"] += 1
        with suppress(ValueError):  # it waited, and was not free
            self._free.remove(self)


async def ask_at_a_rate(port: int, requests: Iterator[bytes], rate: float, seconds: float) -> Answers:
    """Send so many requests a second, whether or not they are answered.

    Args:
        port: On this machine.
        requests: Whole ones.
        rate: Requests a second.
        seconds: For how long; what is then in flight has ten seconds more.
    """
    loop = asyncio.get_running_loop()
    answers = Answers()
    free: deque[_Asking] = deque()
    opened: list[_Asking] = []

    async def ask(due: float) -> None:
        try:
            connection = free.pop() if free else None
            if connection is None:
                _, made = await loop.create_connection(lambda: _Asking(answers, free), _HOST, port)
                opened.append(made)
                connection = made
            connection.ask(next(requests), due)
        except OSError:
            answers.statuses["broken"] += 1

    began = time.perf_counter()
    tasks: set[asyncio.Task[None]] = set()
    while (now := time.perf_counter()) < began + seconds:
        while answers.asked < (now - began) * rate:
            task = loop.create_task(ask(began + answers.asked / rate))
            tasks.add(task)
            task.add_done_callback(tasks.discard)
            answers.asked += 1
        await asyncio.sleep(0.002)
    last = time.perf_counter() + 10
    while answers.statuses.total() < answers.asked and time.perf_counter() < last:
        await asyncio.sleep(0.05)
    answers.statuses["broken"] += answers.asked - answers.statuses.total()
    for connection in opened:
        connection.transport.abort()
    return answers


async def stay_silent(port: int, stop: asyncio.Event, open_now: list[int]) -> None:
    """Connect, say nothing, and connect again when let go; ``open_now[0]`` counts who is connected."""
    while not stop.is_set():
        try:
            reader, writer = await asyncio.open_connection(_HOST, port)
        except OSError:
            await asyncio.sleep(_AGAIN_SECONDS)
            continue
        open_now[0] += 1
        ended = asyncio.ensure_future(reader.read(1))
        await asyncio.wait([ended, asyncio.ensure_future(stop.wait())], return_when=asyncio.FIRST_COMPLETED)
        open_now[0] -= 1
        writer.transport.abort()
        with suppress(OSError):
            await ended


async def drip(port: int, stop: asyncio.Event, *, in_head: bool) -> None:
    """Send a byte a second of a head or body that never ends, and begin again when cut off: a slow loris."""
    while not stop.is_set():
        with suppress(OSError):
            reader, writer = await asyncio.open_connection(_HOST, port)
            writer.write(_DRIPPED_HEAD if in_head else _DRIPPED_BODY)
            while not stop.is_set() and not reader.at_eof():
                writer.write(b"a" if in_head else b" ")
                await writer.drain()
                with suppress(TimeoutError):
                    await asyncio.wait_for(reader.read(4096), _DRIP_SECONDS)
            writer.transport.abort()


async def upload(port: int, path: str, megabytes: int) -> tuple[str, float]:
    """Send a body that does not say how large it is; return the status, and how many megabytes were sent by then."""
    reader, writer = await asyncio.open_connection(_HOST, port)
    head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked"
    writer.write(head.encode() + b"\r\n\r\n")
    answered = asyncio.ensure_future(reader.readline())
    sent = 0
    with suppress(OSError):
        while sent < megabytes * 1_000_000 and not answered.done():
            writer.write(_CHUNK)
            await writer.drain()
            sent += len(_CHUNK)
        if not answered.done():
            writer.write(b"0\r\n\r\n")
    try:
        line = await asyncio.wait_for(answered, 60)
    except (OSError, TimeoutError):
        line = b""
    writer.transport.abort()
    return (line.split()[1].decode() if line else "broken"), sent / 1e6
