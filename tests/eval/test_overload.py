"""Wearing a service out: that the command runs, and that nothing that went wrong is counted as served."""

from __future__ import annotations

import asyncio
import itertools
import json
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

import pytest

from eval.benchmarks import overload
from eval.benchmarks.flood import Answers, ask_at_a_rate, upload

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
Found = TypeVar("Found")
REQUEST = b"POST /v1/ask HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 2\r\n\r\n{}"


def test_a_service_that_is_worn_out_goes_on_and_what_it_did_is_written_down(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    figures = tmp_path / "overload.json"
    options = ["--idle", "100", "--upload-mb", "20", "--seconds", "2", "--workers", "1", "--json", str(figures)]
    monkeypatch.setattr(sys, "argv", ["overload", *options])
    monkeypatch.setattr(overload, "_CAPACITY_SECONDS", 1.0)

    assert overload.main() == 0

    found = json.loads(figures.read_text(encoding="utf-8"))
    assert found["served"] > 0
    assert found["failed"] == 0
    assert found["served"] + found["shed"] == found["asked"]
    assert found["silent"] >= 90
    assert [upload[:2] for upload in found["uploads"]] == [["/v1/ask", "413"], ["/v1/documents", "403"]]
    assert found["after"] > 0
    assert f"| served / shed / failed | {found['served']} / {found['shed']} / 0 |" in capsys.readouterr().out


def against(handler: Handler, work: Callable[[int], Awaitable[Found]]) -> Found:
    """Return what comes of some work against a server that behaves as it is told to."""
    handled: set[asyncio.Task[None] | None] = set()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        handled.add(asyncio.current_task())
        with suppress(ConnectionError):
            await handler(reader, writer)
        writer.transport.abort()

    async def run() -> Found:
        server = await asyncio.start_server(handle, "127.0.0.1", 0)
        async with server:
            found = await work(server.sockets[0].getsockname()[1])
            await asyncio.wait([task for task in handled if task is not None], timeout=30)
        return found

    return asyncio.run(run())


def asking(port: int) -> Awaitable[Answers]:
    return ask_at_a_rate(port, itertools.repeat(REQUEST), rate=50, seconds=0.4)


def test_what_is_refused_is_not_counted_as_served() -> None:
    turn = itertools.count()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await reader.read(len(REQUEST)):
            line = b"200 OK" if next(turn) % 2 else b"503 Service Unavailable"
            writer.write(b"HTTP/1.1 " + line + b"\r\ncontent-length: 2\r\n\r\n{}")

    found = against(answer, asking)

    assert found.asked > 0
    assert found.statuses["200"] + found.statuses["503"] == found.asked
    assert abs(found.statuses["200"] - found.statuses["503"]) <= 1
    assert len(found.served_ms) == found.statuses["200"]


def test_an_answer_that_never_comes_is_counted_as_broken() -> None:
    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)

    found = against(hang_up, asking)

    assert found.asked > 0
    assert dict(found.statuses) == {"broken": found.asked}
    assert found.served_ms == []


def test_an_upload_ends_when_it_is_refused() -> None:
    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readexactly(100_000)
        writer.write(b"HTTP/1.1 413 Content Too Large\r\ncontent-length: 0\r\n\r\n")
        await writer.drain()
        while await reader.read(65_536):
            pass

    status, sent = against(refuse, lambda port: upload(port, "/v1/ask", megabytes=1_000))

    assert status == "413"
    assert sent < 900
