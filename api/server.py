"""Runs the application on a socket, in this process or in forks of it."""

from __future__ import annotations

import ctypes
import gc
import signal
import socket
import sys
from contextlib import AbstractContextManager, suppress

from fastapi import FastAPI

from api.draining import DrainingServer, allow_open_files
from api.workers import Workers
from index.errors import SettingsError


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
    """Serve until SIGINT or SIGTERM, then drain: requests in flight are finished first. A second signal ends at once.

    Several workers are forks of this process, so that they share all that is loaded before; this process then only
    hands connections to them and watches over them. One that dies is replaced.

    Args:
        app: The application; what can be loaded is loaded.
        listener: As ``listen`` returned it.
        workers: How many processes serve.
        beside: Entered once they serve, and left when they have ended.
    """
    # Being told to stop before anything is served is no failure.
    signal.signal(signal.SIGTERM, lambda _number, _frame: sys.exit(0))
    app.state.log.take_over()
    allow_open_files()
    gc.collect()
    _return_freed_memory()
    # What is loaded stays: a collection would look through all of it in the midst of a question, for some 50 ms, and in
    # a worker it would write to, and so copy, the pages that are shared.
    gc.freeze()
    with suppress(KeyboardInterrupt):
        if workers == 1:
            with beside:
                DrainingServer(app).run(sockets=[listener])
        else:
            Workers(app, listener, workers).run(beside)


def _return_freed_memory() -> None:
    """Give the system back what loading took and no longer needs: 10 MB, which the allocator keeps."""
    with suppress(AttributeError):  # other C libraries than glibc
        ctypes.CDLL(None).malloc_trim(0)
