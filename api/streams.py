"""Waiting for an answer as long as its client does, and sending it as server-sent events (HTML standard, 9.2).

A fault before the first byte keeps its status: so nothing is sent until there is something to send, or until whatever
stands between us and the client may think that the connection is dead.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.sse import EventSourceResponse, format_sse_event

from api.etags import GENERATION_HEADER
from api.problems import of_error, of_fault
from api.questions import Reply
from api.schemas.answers import AskResponse
from index.errors import PinciteError

EVENT_STREAM = EventSourceResponse.media_type
HEARTBEAT_SECONDS = 10.0
"""After this long without a byte a comment is sent: proxies close what is silent for a minute, some for less."""

_HEADERS = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}
_KEEP_ALIVE = format_sse_event(comment="keep-alive")
_GONE = 499
"""The status, never sent, of a request whose client has gone; nginx's."""


class _ClientLeft(Exception):
    """Nobody waits any more."""


def events(response: AskResponse) -> bytes:
    """Return an answer as events: what was found, each citation, the text, and all of it once more."""
    found = response.model_dump_json(include={"collection", "generation", "passages"})
    sent = [_event("search_results", found)]
    sent += [_event("citation", citation.model_dump_json()) for citation in response.citations]
    if response.answer:
        sent.append(
            _event("message", json.dumps({"delta": response.answer}, ensure_ascii=False, separators=(",", ":")))
        )
    return b"".join([*sent, _event("final_answer", response.model_dump_json())])


async def whole(request: Request, work: Coroutine[Any, Any, Reply]) -> Response:
    """Send what comes of work, which is JSON; it is given up when the client goes away.

    Raises:
        PinciteError: The work failed.
    """
    doing = asyncio.ensure_future(work)
    try:
        await _done(request, doing, None)
    except _ClientLeft:
        return Response(status_code=_GONE)
    reply = doing.result()
    return Response(reply.content, media_type="application/json", headers={GENERATION_HEADER: reply.generation})


async def stream(request: Request, work: Coroutine[Any, Any, Reply]) -> Response:
    """Send what comes of work as events.

    Args:
        request: Its application's state says after how long a comment is sent.
        work: Its content is events.

    Raises:
        PinciteError: The work failed before anything was sent; afterwards it is the event ``error``.
    """
    heartbeat: float = request.app.state.heartbeat_seconds
    doing = asyncio.ensure_future(work)
    try:
        if not await _done(request, doing, heartbeat):
            return EventSourceResponse(_kept_alive(request, doing, heartbeat), headers=_HEADERS)
    except _ClientLeft:
        return Response(status_code=_GONE)
    reply = doing.result()
    headers = {**_HEADERS, GENERATION_HEADER: reply.generation}
    return Response(reply.content, media_type=EVENT_STREAM, headers=headers)


async def _done(request: Request, doing: asyncio.Task[Reply], seconds: float | None) -> bool:
    """Wait for a task, and tell whether it is done; it is cancelled where its client goes away first."""
    leaving = asyncio.ensure_future(_left(request))
    try:
        await asyncio.wait((doing, leaving), timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    except asyncio.CancelledError:  # the service ends
        doing.cancel()
        raise
    finally:
        leaving.cancel()
    if leaving.done() and not doing.done():
        doing.cancel()
        raise _ClientLeft
    return doing.done()


async def _left(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


async def _kept_alive(request: Request, doing: asyncio.Task[Reply], seconds: float) -> AsyncIterator[bytes]:
    """Give comments until a task is done, and then what came of it."""
    try:
        while not doing.done():
            yield _KEEP_ALIVE
            await asyncio.wait((doing,), timeout=seconds)
        yield doing.result().content
    except Exception as error:  # noqa: BLE001 - whatever it is, the client is told
        answer = of_error if isinstance(error, PinciteError) else of_fault
        yield _event("error", bytes(answer(request, error).body).decode("utf-8"))
    finally:
        doing.cancel()


def _event(name: str, data: str) -> bytes:
    """Return an event; its data is one line, even to clients that take other characters than SSE's for line ends."""
    for character in "\x85\u2028\u2029":
        data = data.replace(character, f"\\u{ord(character):04x}")
    return format_sse_event(event=name, data_str=data)
