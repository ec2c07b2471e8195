"""Runs the application on a socket, in this process or in forks of it."""

from __future__ import annotations

import asyncio
import ctypes
import gc
import logging
import os
import select
import signal
import socket
import sys
import time
from contextlib import AbstractContextManager, suppress
from typing import NamedTuple, NoReturn

import uvicorn
from fastapi import FastAPI

from index.errors import SettingsError

_GRACE_SECONDS = 10
"""How long requests in flight may take when the service ends."""
_SHORT_LIFE = 1.0
"""Seconds that a worker has to live for its place to be taken at once."""
_LOOK_SECONDS = 0.2
"""How often is looked whether the workers live."""
_BUSY_SECONDS = 0.01
"""How long to wait before a connection that nobody can take at the moment is offered again."""
_STOPPING = {signal.SIGINT, signal.SIGTERM}
_log = logging.getLogger("pincite.api")


def listen(host: str, port: int) -> socket.socket:
    """Bind the address before anything is loaded, so that a taken port is known at once.

    Args:
        host: Name or address.
        port: 0 takes a free one.

    Raises:
        SettingsError: The address cannot be bound.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Named as TCP, so that asyncio turns Nagle's algorithm off: with it, an answer waits 40 ms for an acknowledgement.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(2048)
    except OSError as error:
        listener.close()
        raise SettingsError(
            f"cannot listen on {host}:{port}: {error.strerror or error}. Choose another port with --port or "
            "PINCITE_PORT, or stop what uses it."
        ) from error
    return listener


def run(app: FastAPI, listener: socket.socket, workers: int, beside: AbstractContextManager[object]) -> None:
    """Serve until SIGINT or SIGTERM; requests in flight are finished first.

    Several workers are forks of this process, so that they share all that is loaded before; this process then only
    hands connections to them and watches over them. One that dies is replaced.

    Args:
        app: The application; what can be loaded is loaded.
        listener: As ``listen`` returned it.
        workers: How many processes serve.
        beside: Entered once they serve, and left when they have ended.
    """
    # uvicorn sends itself the signal once more after its orderly end; being told to stop is no failure.
    signal.signal(signal.SIGTERM, lambda _number, _frame: sys.exit(0))
    gc.collect()
    _return_freed_memory()
    # What is loaded stays: a collection would look through all of it in the midst of a question, for some 50 ms, and in
    # a worker it would write to, and so copy, the pages that are shared.
    gc.freeze()
    with suppress(KeyboardInterrupt):
        if workers == 1:
            with beside:
                uvicorn.Server(_config(app)).run(sockets=[listener])
        else:
            _Workers(app, listener, workers).run(beside)


def _config(app: FastAPI) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,  # addresses hold questions, and questions are nobody's business but the asker's
        server_header=False,
        proxy_headers=False,  # by default whoever is on this machine would be believed; see api.app
        timeout_graceful_shutdown=_GRACE_SECONDS,
    )


class _Server(uvicorn.Server):
    """Serves the connections that another process hands over.

    Args:
        config: As for uvicorn.
        channel: Where they come from; that it ends tells that the other process has ended, and ends this server.
    """

    def __init__(self, config: uvicorn.Config, channel: socket.socket) -> None:
        super().__init__(config)
        self._channel = channel
        self._beginning: set[asyncio.Task[None]] = set()

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
        if not data:
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
        channel: This process's end of where connections are handed over.
        began: When it was started.
    """

    channel: socket.socket
    began: float


class _Workers:
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

    def run(self, beside: AbstractContextManager[object]) -> None:
        """Keep the workers alive and busy until told to stop, then tell them."""
        self._listener.settimeout(0)
        looked = time.monotonic()
        try:
            for _ in range(self._count):
                self._start()
            with beside:
                while True:
                    select.select([self._listener], [], [], _LOOK_SECONDS)
                    self._hand_over()
                    if time.monotonic() - looked >= _LOOK_SECONDS:
                        self._replace_ended()
                        looked = time.monotonic()
        finally:
            self._stop()

    def _hand_over(self) -> None:
        """Accept a connection, if there is one, and give it to the worker whose turn it is, or to the next that can."""
        try:
            connection, _ = self._listener.accept()
        except BlockingIOError:
            return
        except OSError as error:  # whoever connected has gone already, or there are too many open files
            _log.warning("a connection was not accepted: %s", error)
            time.sleep(_BUSY_SECONDS)
            return
        with connection:
            while True:
                for pid in list(self._workers):
                    worker = self._workers.pop(pid)
                    self._workers[pid] = worker  # to the end of the row
                    with suppress(OSError):  # it has ended, or takes none at the moment
                        socket.send_fds(worker.channel, [b"c"], [connection.fileno()])
                        return
                time.sleep(_BUSY_SECONDS)
                self._replace_ended()

    def _start(self) -> None:
        sys.stdout.flush()
        ours, theirs = socket.socketpair()
        # Told to stop in between, a new worker would not be known yet: the signal waits.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, _STOPPING)
        try:
            pid = os.fork()
            if pid == 0:
                ours.close()
                self._work(theirs, before)
            self._workers[pid] = _Worker(ours, time.monotonic())
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
            theirs.close()
        ours.settimeout(0)

    def _work(self, channel: socket.socket, signals: set[int | signal.Signals]) -> NoReturn:
        """Serve in a process of its own, which never returns to what called ``run``."""
        code = 1
        try:
            self._listener.close()
            for other in self._workers.values():
                other.channel.close()  # or it would not end with the parent
            for number in _STOPPING:
                signal.signal(number, signal.SIG_DFL)
            signal.pthread_sigmask(signal.SIG_SETMASK, signals)
            # uvicorn ends in an orderly way at either signal, and then raises it again.
            signal.signal(signal.SIGTERM, lambda _number, _frame: sys.exit(0))
            signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches all; the parent tells when to stop
            _Server(_config(self._app), channel).run()
            code = 0
        except (KeyboardInterrupt, SystemExit):
            code = 0
        except Exception:  # noqa: BLE001 - whatever it is, it is said, and the process ends
            _log.exception("a worker broke off")
        finally:
            os._exit(code)

    def _replace_ended(self) -> None:
        # One by one: this process may have children that are none of ours.
        for pid, (channel, began) in list(self._workers.items()):
            ended, status = os.waitpid(pid, os.WNOHANG)
            if ended:
                del self._workers[pid]
                channel.close()
                _log.error("worker %d ended (%s); another takes its place", pid, _ending(status))
                if time.monotonic() - began < _SHORT_LIFE:
                    time.sleep(_SHORT_LIFE)  # one that cannot live is not started as fast as can be
                self._start()

    def _stop(self) -> None:
        self._listener.close()  # so that whoever connects from now on is refused, and does not wait
        for pid in self._workers:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)
        for pid in self._workers:
            with suppress(ChildProcessError):
                os.waitpid(pid, 0)


def _return_freed_memory() -> None:
    """Give the system back what loading took and no longer needs: 10 MB, which the allocator keeps."""
    with suppress(AttributeError):  # other C libraries than glibc
        ctypes.CDLL(None).malloc_trim(0)


def _ending(status: int) -> str:
    code = os.waitstatus_to_exitcode(status)
    return f"signal {-code}" if code < 0 else f"exit code {code}"
