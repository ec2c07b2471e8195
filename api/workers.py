"""Several processes that serve, and one that hands connections to them and watches over them."""

from __future__ import annotations

import asyncio
import logging
import os
import select
import signal
import socket
import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from types import FrameType
from typing import NamedTuple, NoReturn

from fastapi import FastAPI

from api.draining import DrainingServer

DRAIN = b"d"
"""What a worker is sent when the service is about to stop."""
_SHORT_LIFE = 1.0
"""Seconds that a worker has to live for its place to be taken at once."""
_LOOK_SECONDS = 0.2
"""How often is looked whether the workers live."""
_BUSY_SECONDS = 0.01
"""How long to wait before a connection that nobody can take at the moment is offered again."""
_STOPPING = (signal.SIGINT, signal.SIGTERM)
_log = logging.getLogger("pincite.api")


class _Server(DrainingServer):
    """Serves the connections that another process hands over, and ends when that one says so or has ended.

    Signals are for the other: they reach it, too, and it still hands over what has come until then.

    Args:
        app: The application.
        channel: Where they come from.
    """

    def __init__(self, app: FastAPI, channel: socket.socket) -> None:
        super().__init__(app)
        self._channel = channel
        self._beginning: set[asyncio.Task[None]] = set()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Leave it to the other process."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:  # noqa: ARG002 - there are none
        """Begin to take connections."""
        await super().startup(sockets=[])
        self._channel.settimeout(0)
        asyncio.get_running_loop().add_reader(self._channel.fileno(), self._take)

    def _take(self) -> None:
        try:
            data, descriptors, _, _ = socket.recv_fds(self._channel, 1, 1)
        except BlockingIOError:
            return
        if data == DRAIN:
            self.drain()
        elif not data:
            asyncio.get_running_loop().remove_reader(self._channel.fileno())
            self.should_exit = True
        for descriptor in descriptors:
            task = asyncio.get_running_loop().create_task(self._begin(socket.socket(fileno=descriptor)))
            self._beginning.add(task)
            task.add_done_callback(self._beginning.discard)

    async def _begin(self, connection: socket.socket) -> None:
        connection.settimeout(0)
        try:
            await asyncio.get_running_loop().connect_accepted_socket(self._protocol, connection)
        except OSError:  # whoever connected has gone already
            connection.close()

    def _protocol(self) -> asyncio.Protocol:
        return self.config.http_protocol_class(  # type: ignore[call-arg]  # as uvicorn makes it for its own sockets
            config=self.config, server_state=self.server_state, app_state=self.lifespan.state
        )


class _Worker(NamedTuple):
    """A process that serves.

    Attributes:
        place: Its number among the workers, which whoever replaces it takes over.
        channel: This process's end of where connections are handed over.
        began: When it was started.
    """

    place: int
    channel: socket.socket
    began: float


class Workers:
    """Forks of this process that serve.

    Each gets the connections in its turn. On a socket that they shared, the first to look would take all connections
    that come at once; and with a socket each on the same port, the system would draw lots: of 32 connections one of two
    workers may get 20, and whoever is served by it waits longer.

    Args:
        app: The application.
        listener: Whose connections are handed over. While a worker is replaced, the others get them.
        count: How many workers there are to be.
    """

    def __init__(self, app: FastAPI, listener: socket.socket, count: int) -> None:
        self._app = app
        self._listener = listener
        self._count = count
        self._workers: dict[int, _Worker] = {}
        self._told = 0
        self._complained = 0.0

    def run(self, beside: AbstractContextManager[object]) -> None:
        """Keep the workers alive and busy until told to stop, then let them drain and end."""
        for number in _STOPPING:
            signal.signal(number, self._be_told)
        self._listener.settimeout(0)
        try:
            for place in range(1, self._count + 1):
                self._start(place)
            with beside:
                self._serve(lambda: self._told > 0)
                for worker in self._workers.values():
                    with suppress(OSError):  # it has ended
                        worker.channel.send(DRAIN)
                ends = time.monotonic() + self._app.state.askers.settings.drain_seconds
                self._serve(lambda: self._told > 1 or time.monotonic() >= ends)
        finally:
            self._stop()

    def _be_told(self, _number: int, _frame: FrameType | None) -> None:
        self._told += 1
        self._app.state.draining = True  # for a worker that takes another's place meanwhile

    def _serve(self, ended: Callable[[], bool]) -> None:
        looked = time.monotonic()
        while not ended():
            select.select([self._listener], [], [], _LOOK_SECONDS)
            self._hand_over()
            if time.monotonic() - looked >= _LOOK_SECONDS:
                self._replace_ended()
                looked = time.monotonic()

    def _hand_over(self) -> None:
        """Accept a connection, if there is one, and give it to the worker whose turn it is, or to the next that can."""
        try:
            connection, _ = self._listener.accept()
        except BlockingIOError:
            return
        except OSError as error:  # whoever connected has gone already, or there are too many open files
            if time.monotonic() - self._complained > 1:
                _log.warning("a connection was not accepted: %s", error)
                self._complained = time.monotonic()
            time.sleep(_BUSY_SECONDS)
            return
        with connection:
            while self._told <= 1:
                for pid in list(self._workers):
                    worker = self._workers.pop(pid)
                    self._workers[pid] = worker  # to the end of the row
                    with suppress(OSError):  # it has ended, or takes none at the moment
                        socket.send_fds(worker.channel, [b"c"], [connection.fileno()])
                        return
                time.sleep(_BUSY_SECONDS)
                self._replace_ended()

    def _start(self, place: int) -> None:
        sys.stdout.flush()
        ours, theirs = socket.socketpair()
        pid = os.fork()
        if pid == 0:
            ours.close()
            self._work(place, theirs)
        theirs.close()
        ours.settimeout(0)
        self._workers[pid] = _Worker(place, ours, time.monotonic())

    def _work(self, place: int, channel: socket.socket) -> NoReturn:
        """Serve in a process of its own, which never returns to what called ``run``."""
        code = 1
        try:
            for number in _STOPPING:  # they reach all; the parent tells when to stop
                signal.signal(number, signal.SIG_IGN)
            self._listener.close()
            for other in self._workers.values():
                other.channel.close()  # or it would not end with the parent
            self._app.state.metrics.take_place(place)
            _Server(self._app, channel).run()
            code = 0
        except (KeyboardInterrupt, SystemExit):
            code = 0
        except Exception:  # noqa: BLE001 - whatever it is, it is said, and the process ends
            _log.exception("a worker broke off")
        finally:
            os._exit(code)

    def _replace_ended(self) -> None:
        # One by one: this process may have children that are none of ours.
        for pid, (place, channel, began) in list(self._workers.items()):
            ended, status = os.waitpid(pid, os.WNOHANG)
            if ended:
                del self._workers[pid]
                channel.close()
                _log.error("worker %d ended (%s); another takes its place", pid, _ending(status))
                if time.monotonic() - began < _SHORT_LIFE:
                    time.sleep(_SHORT_LIFE)  # one that cannot live is not started as fast as can be
                self._start(place)

    def _stop(self) -> None:
        self._listener.close()  # so that whoever connects from now on is refused, and does not wait
        for worker in self._workers.values():
            worker.channel.close()  # which tells it to end
        left = set(self._workers)
        while left:
            if self._told > 1:
                for pid in left:
                    with suppress(ProcessLookupError):
                        os.kill(pid, signal.SIGKILL)
            for pid in list(left):
                with suppress(ChildProcessError):
                    if os.waitpid(pid, os.WNOHANG) == (0, 0):
                        continue
                left.discard(pid)
            time.sleep(_BUSY_SECONDS)


def _ending(status: int) -> str:
    code = os.waitstatus_to_exitcode(status)
    return f"signal {-code}" if code < 0 else f"exit code {code}"
