"""Runs the application on a socket, in this process or in forks of it."""

from __future__ import annotations

import ctypes
import gc
import logging
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import AbstractContextManager, suppress
from typing import NoReturn

import uvicorn
from fastapi import FastAPI

from index.errors import SettingsError

_GRACE_SECONDS = 10
"""How long requests in flight may take when the service ends."""
_SHORT_LIFE = 1.0
"""Seconds that a worker has to live for its place to be taken at once."""
_LOOK_SECONDS = 0.2
"""How often is looked whether the workers live."""
_STOPPING = {signal.SIGINT, signal.SIGTERM}
_log = logging.getLogger("pincite.api")


def listen(host: str, port: int, count: int = 1) -> list[socket.socket]:
    """Bind the address before anything is loaded, so that a taken port is known at once.

    Args:
        host: Name or address.
        port: 0 takes a free one.
        count: How many sockets to bind to it. The system spreads connections over them; with one socket for several
            processes, the first to look would take all connections that come at once.

    Raises:
        SettingsError: The address cannot be bound.
    """
    try:
        first = _bind(host, port, shared=False)  # which fails where anyone else, of ours too, has the port
        if count == 1:
            return [first]
        taken = first.getsockname()[1]
        first.close()
        return [_bind(host, taken, shared=True) for _ in range(count)]
    except OSError as error:
        raise SettingsError(
            f"cannot listen on {host}:{port}: {error.strerror or error}. Choose another port with --port or "
            "PINCITE_PORT, or stop what uses it."
        ) from error


def _bind(host: str, port: int, *, shared: bool) -> socket.socket:
    """Bind and listen; a shared address can be bound again by this user."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Named as TCP, so that asyncio turns Nagle's algorithm off: with it, an answer waits 40 ms for an acknowledgement.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if shared:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        listener.bind((host, port))
        listener.listen(2048)
    except OSError:
        listener.close()
        raise
    return listener


def run(app: FastAPI, listeners: Sequence[socket.socket], beside: AbstractContextManager[object]) -> None:
    """Serve until SIGINT or SIGTERM; requests in flight are finished first.

    With several sockets, each is served by a fork of this process, so that they share all that is loaded before; this
    process then only watches over them. One that dies is replaced.

    Args:
        app: The application; what can be loaded is loaded.
        listeners: As ``listen`` returned them.
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
        if len(listeners) == 1:
            with beside:
                _serve(app, listeners[0])
        else:
            _Workers(app, listeners).run(beside)


def _serve(app: FastAPI, listener: socket.socket) -> None:
    config = uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,  # addresses hold questions, and questions are nobody's business but the asker's
        server_header=False,
        timeout_graceful_shutdown=_GRACE_SECONDS,
    )
    uvicorn.Server(config).run(sockets=[listener])


class _Workers:
    """Forks of this process that serve.

    Args:
        app: The application.
        listeners: One a worker. This process holds them, too: while a worker is replaced, its connections wait.
    """

    def __init__(self, app: FastAPI, listeners: Sequence[socket.socket]) -> None:
        self._app = app
        self._listeners = listeners
        self._started: dict[int, tuple[socket.socket, float]] = {}
        # No one writes to it: it ends when this process does, whatever ends it, and the workers end with it.
        self._alive, self._kept_open = os.pipe()

    def run(self, beside: AbstractContextManager[object]) -> None:
        """Keep the workers alive until told to stop, then tell them."""
        try:
            for listener in self._listeners:
                self._start(listener)
            with beside:
                while True:
                    time.sleep(_LOOK_SECONDS)
                    self._replace_ended()
        finally:
            self._stop()

    def _start(self, listener: socket.socket) -> None:
        sys.stdout.flush()
        # Told to stop in between, a new worker would not be known yet: the signal waits.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, _STOPPING)
        try:
            pid = os.fork()
            if pid == 0:
                self._work(listener, before)
            self._started[pid] = listener, time.monotonic()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)

    def _work(self, listener: socket.socket, signals: set[int | signal.Signals]) -> NoReturn:
        """Serve in a process of its own, which never returns to what called ``run``."""
        code = 1
        try:
            os.close(self._kept_open)
            for other in self._listeners:
                if other is not listener:
                    other.close()
            for number in _STOPPING:
                signal.signal(number, signal.SIG_DFL)
            signal.pthread_sigmask(signal.SIG_SETMASK, signals)
            threading.Thread(target=self._end_with_parent, daemon=True).start()
            # uvicorn ends in an orderly way at either signal, and then raises it again.
            signal.signal(signal.SIGTERM, lambda _number, _frame: sys.exit(0))
            signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches all; the parent tells when to stop
            _serve(self._app, listener)
            code = 0
        except (KeyboardInterrupt, SystemExit):
            code = 0
        except Exception:  # noqa: BLE001 - whatever it is, it is said, and the process ends
            _log.exception("a worker broke off")
        finally:
            os._exit(code)

    def _end_with_parent(self) -> None:
        os.read(self._alive, 1)
        os.kill(os.getpid(), signal.SIGTERM)

    def _replace_ended(self) -> None:
        # One by one: this process may have children that are none of ours.
        for pid, (listener, began) in list(self._started.items()):
            ended, status = os.waitpid(pid, os.WNOHANG)
            if ended:
                del self._started[pid]
                _log.error("worker %d ended (%s); another takes its place", pid, _ending(status))
                if time.monotonic() - began < _SHORT_LIFE:
                    time.sleep(_SHORT_LIFE)  # one that cannot live is not started as fast as can be
                self._start(listener)

    def _stop(self) -> None:
        for listener in self._listeners:
            listener.close()  # so that whoever connects from now on is refused, and does not wait
        for pid in self._started:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)
        for pid in self._started:
            with suppress(ChildProcessError):
                os.waitpid(pid, 0)


def _return_freed_memory() -> None:
    """Give the system back what loading took and no longer needs: 10 MB, which the allocator keeps."""
    with suppress(AttributeError):  # other C libraries than glibc
        ctypes.CDLL(None).malloc_trim(0)


def _ending(status: int) -> str:
    code = os.waitstatus_to_exitcode(status)
    return f"signal {-code}" if code < 0 else f"exit code {code}"
