"""Connections and their deadlines: uvicorn's protocol, with what keeps slow and numerous clients from wearing it out.

uvicorn bounds how long a connection stays idle after a response, and nothing else. Here a head and a body have to come
in time and within their sizes, whoever reads a response has to go on reading, and a process holds so many connections
at most. Whatever is ended is counted, and where something can be said, a problem is sent first.
"""

from __future__ import annotations

import asyncio
import secrets
from functools import partial
from http import HTTPStatus
from typing import Any, cast

from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from api.logs import Log
from api.metrics import Metrics
from api.problems import KINDS, MEDIA_TYPE, body_of

HEAD_SECONDS = 10.0
"""How long a request's head may take from its first byte, and how long a new connection may stay silent."""
BODY_SECONDS = 60.0
BODY_RATE = 20_000
"""Bytes a second: a body has ``BODY_SECONDS``, and a second more for so many bytes that have come."""
IDLE_SECONDS = 75
"""Between two requests; longer than proxies keep theirs (60 s), so that none sends into a connection as it closes."""
STUCK_SECONDS = 30.0
"""How long a client may read nothing of a response."""
LINGER_SECONDS, LINGER_BYTES = 2.0, 16_000_000
"""What is still taken of a body that was refused: closed at once, the refusal would be lost on its way."""
HEAD_BYTES = 32_768
_MOST_QUEUED = 64
"""Requests that may be sent before the first of them is answered."""
_SWEEP_SECONDS = 1.0
_NEVER = float("inf")


class Connections:
    """Those of one process: what they may do, and which of them nobody is served on.

    Args:
        most: How many there may be.
        log: Told of what is refused before it is a request.
        metrics: Counts them.
    """

    def __init__(self, most: int, log: Log, metrics: Metrics) -> None:
        self._most = most
        self._lines = log.lines
        self._metrics = metrics
        self._all: set[Connection] = set()
        self._swept = 0.0
        self.waiting: dict[Connection, None] = {}
        """Those that wait for their client, who has sent no whole request; whoever has done so for longest first."""
        self.draining = False

    def factory(self) -> Any:  # noqa: ANN401 - uvicorn takes what makes protocols for a class of them
        """Return what uvicorn makes its protocols with."""
        return partial(Connection, self)

    def add(self, connection: Connection) -> bool:
        """Take a connection in; whichever waits for longest makes room. Return False where none does."""
        if len(self._all) >= self._most:
            longest = next(iter(self.waiting), None)
            if longest is None:
                return False
            self.cut(longest, "crowded")
        self._all.add(connection)
        return True

    def remove(self, connection: Connection) -> None:
        """Forget a connection that has ended."""
        self._all.discard(connection)
        self.waiting.pop(connection, None)

    def cut(self, connection: Connection, reason: str, kind: str | None = None, detail: str = "") -> None:
        """End a connection; ``kind`` and ``detail`` make the problem that is sent before."""
        self._metrics.cut(reason)
        self._lines.debug("connection cut", reason=reason)  # there may be thousands
        self.remove(connection)
        connection.end(None if kind is None else _response(kind, detail))

    def sweep(self, now: float) -> None:
        """End those whose time is up; to be called several times a second."""
        if now - self._swept < _SWEEP_SECONDS:
            return
        self._swept = now
        for connection in [one for one in self._all if one.deadline <= now]:
            connection.late(now)
        self._metrics.connections(len(self._all))

    def drain(self) -> None:
        """End each connection after the response to its next request, or to the one that it has."""
        self.draining = True
        for connection in self._all:
            connection.last_response()


class Connection(HttpToolsProtocol):
    """One connection.

    Args:
        others: It and the others.
        config: As uvicorn passes it; so are the rest.
        server_state: Likewise.
        app_state: Likewise.
        _loop: Likewise.

    Attributes:
        deadline: When it is to be looked at, by the event loop's clock.
        in_body: Whether a body is still to come.
    """

    def __init__(
        self,
        others: Connections,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._others = others
        self._raw: asyncio.Transport
        self._in_head = self._too_large = False
        self._head_bytes = 0
        self._body_began = 0.0
        self._body_bytes = self._ignored_bytes = self._unsent = 0
        self._ended = False
        self.in_body = False
        self.deadline = _NEVER

    # What the event loop calls

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin; a client that is one too many is told so."""
        super().connection_made(transport)
        self._raw = transport
        # What uvicorn closes may have to be kept for a moment.
        self.transport = cast("asyncio.Transport", _Closing(transport, self))
        self.deadline = self.loop.time() + HEAD_SECONDS
        if self._others.add(self):
            self._others.waiting[self] = None
        else:
            detail = "the service has as many connections as it can serve; try again in a second."
            self._others.cut(self, "too many", "too-many-connections", detail)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget all of it."""
        self.deadline = _NEVER
        self._ended = True
        self._others.remove(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read on, within the bounds."""
        if self._ended:
            self._ignore(len(data))
            return
        super().data_received(data)
        if self._in_head:
            self._head_bytes += len(data)
        self._check_bounds()

    def _check_bounds(self) -> None:
        if self._ended:
            return
        if self._too_large or self._head_bytes > HEAD_BYTES:
            detail = f"the request's head, address and all, has more than {HEAD_BYTES} bytes."
            self._others.cut(self, "large head", "request-header-fields-too-large", detail)
        elif len(self.pipeline) > _MOST_QUEUED:
            self._others.cut(self, "too many queued")

    def pause_writing(self) -> None:
        """Note that the client reads more slowly than it is written to."""
        super().pause_writing()
        self._watch_reader()

    # What the parser calls

    def on_message_begin(self) -> None:
        """Begin a request."""
        super().on_message_begin()
        self._others.waiting.pop(self, None)
        self._others.waiting[self] = None  # to the end of the row: it has done something
        self._in_head, self._head_bytes = True, 0
        self.deadline = self.loop.time() + HEAD_SECONDS

    def on_headers_complete(self) -> None:
        """Begin the request's body."""
        size = len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers)
        self._too_large = self._too_large or size > HEAD_BYTES
        if self._too_large:  # and refused as soon as the parser lets go
            return
        self._in_head, self._head_bytes, self.in_body = False, 0, True
        self._body_began, self._body_bytes = self.loop.time(), 0
        self.deadline = self._body_began + BODY_SECONDS
        super().on_headers_complete()
        if self._others.draining:
            self.cycle.keep_alive = False

    def on_body(self, body: bytes) -> None:
        """Take a part of the body."""
        if self._too_large:
            return
        self._body_bytes += len(body)
        if self.cycle.response_complete:
            self._ignore(len(body))
        super().on_body(body)

    def on_message_complete(self) -> None:
        """Leave the request to the application, however long that takes."""
        if self._too_large:
            return
        self.in_body = False
        if self.cycle.response_complete:  # before all of the request had come
            self._wait_for_next()
            return
        self._others.waiting.pop(self, None)
        self.deadline = _NEVER
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """Wait for the next request, and for the client to have read this response."""
        super().on_response_complete()
        if self._ended or self.transport.is_closing():
            return
        if self.in_body:
            self.deadline = self.loop.time() + LINGER_SECONDS
        elif not self.pipeline and not self._in_head:
            self._wait_for_next()
        self._watch_reader()

    # What the others call

    def late(self, now: float) -> None:
        """Do what is to be done when the deadline has passed."""
        unsent = self._raw.get_write_buffer_size()
        answered = self.cycle is None or self.cycle.response_complete
        if unsent or self._raw.is_closing():
            if unsent >= self._unsent:
                self._others.cut(self, "reads nothing")
            self._unsent, self.deadline = unsent, now + STUCK_SECONDS
        elif self._in_head:
            self._others.cut(self, "slow head", "request-timeout", f"no whole head came within {HEAD_SECONDS:.0f} s.")
        elif self.in_body and not answered:
            self._late_body(now)
        elif answered:
            self._others.cut(self, "idle")
        else:
            self.deadline = _NEVER

    def _late_body(self, now: float) -> None:
        allowed = BODY_SECONDS + self._body_bytes / BODY_RATE
        if self.flow.read_paused or now < self._body_began + allowed:
            # It is not read at the moment, which is no fault of the client's; or it has come fast enough so far.
            self.deadline = max(now, self._body_began + allowed) + _SWEEP_SECONDS
            return
        detail = f"the body did not come in time: {self._body_bytes} bytes in {now - self._body_began:.0f} s."
        self._others.cut(self, "slow body", "request-timeout", detail)

    def last_response(self) -> None:
        """End after the response that is being made."""
        if self.cycle is not None and not self.cycle.response_complete:
            self.cycle.keep_alive = False

    def end(self, response: bytes | None) -> None:
        """End at once, after a response where one can still be sent."""
        self._ended = True
        self._unset_keepalive_if_required()
        between = self.cycle is None or self.cycle.response_complete
        unanswered = self.in_body and not self.pipeline and not self.cycle.response_started
        if response is None or not (between or unanswered):
            self._raw.abort()
            return
        if not between:  # the application is told that the client has gone
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        self._raw.write(response)
        self.linger()

    def linger(self) -> None:
        """Send what is to be sent, and take for a moment what still comes, so that the client gets to read it."""
        self._ended = True
        if not self._raw.is_closing():
            self.flow.resume_reading()
            self._raw.write_eof()
            self.loop.call_later(LINGER_SECONDS, self._raw.close)
            self._watch_reader()

    # What uvicorn does otherwise

    def send_400_response(self, msg: str) -> None:
        """Refuse what is not HTTP."""
        self._others.cut(self, "not HTTP", "bad-request", msg)

    def _unsupported_upgrade_warning(self) -> None:
        """Answer as if nothing had been said of an upgrade, and without a word in the log."""

    def _wait_for_next(self) -> None:
        self._others.waiting[self] = None
        self._ignored_bytes = 0
        self.deadline = self.loop.time() + IDLE_SECONDS

    def _watch_reader(self) -> None:
        self._unsent = self._raw.get_write_buffer_size()
        if self._unsent:
            self.deadline = self.loop.time() + STUCK_SECONDS

    def _ignore(self, count: int) -> None:
        self._ignored_bytes += count
        if self._ignored_bytes > LINGER_BYTES:
            self._raw.abort()


class _Closing:
    """A transport as uvicorn's protocol uses it. Closed amid a request, it lets the client read the response first."""

    def __init__(self, transport: asyncio.Transport, connection: Connection) -> None:
        self._transport = transport
        self._connection = connection
        self.write = transport.write
        self.get_extra_info = transport.get_extra_info

        self.is_closing = transport.is_closing

    def close(self) -> None:
        if self._connection.in_body and not self._transport.is_closing():
            self._connection.linger()
        else:
            self._transport.close()


def _response(kind: str, detail: str) -> bytes:
    body = body_of(kind, detail, secrets.token_hex(12))
    status = HTTPStatus(KINDS[kind])
    retry = "Retry-After: 1\r\n" if status == HTTPStatus.SERVICE_UNAVAILABLE else ""
    head = (
        f"HTTP/1.1 {status.value} {status.phrase}\r\nContent-Type: {MEDIA_TYPE}\r\nContent-Length: {len(body)}\r\n"
        f"Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n{retry}Connection: close\r\n\r\n"
    )
    return head.encode() + body
