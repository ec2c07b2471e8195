"""Runs the application on a socket."""

from __future__ import annotations

import signal
import socket
import sys
from contextlib import suppress

import uvicorn
from uvicorn.supervisors import Multiprocess

from index.errors import SettingsError


def listen(host: str, port: int) -> socket.socket:
    """Bind the address before anything is loaded, so that a taken port is known at once.

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


def run(listener: socket.socket, workers: int) -> None:
    """Serve until SIGINT or SIGTERM; requests in flight are finished first.

    Args:
        listener: As ``listen`` returned it.
        workers: Processes; each makes its own application from the environment's settings.
    """
    config = uvicorn.Config(
        "api.app:create_app",
        factory=True,
        workers=workers,
        log_level="warning",
        access_log=False,  # addresses hold questions, and questions are nobody's business but the asker's
        server_header=False,
        timeout_graceful_shutdown=10,
    )
    # uvicorn sends itself the signal once more after its orderly end; being told to stop is no failure.
    signal.signal(signal.SIGTERM, lambda _number, _frame: sys.exit(0))
    with suppress(KeyboardInterrupt):
        if workers > 1:
            Multiprocess(config, sockets=[listener]).run()
        else:
            uvicorn.Server(config).run(sockets=[listener])
