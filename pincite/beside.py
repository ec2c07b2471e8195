"""A process of ours beside the one that serves: it ends with its standard input, and so with the server."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading

from index.child import start_module

_END_SECONDS = 10.0


def run_module(module: str, ending: threading.Event) -> int:
    """Run a module as a program until it ends, or until it is to end; return its exit code.

    Args:
        module: Its name; it calls ``end_with_standard_input``.
        ending: Set when it is to end.

    Raises:
        OSError: It cannot be started.
    """
    process = start_module(module, stdout=subprocess.DEVNULL)
    while process.poll() is None and not ending.wait(0.2):
        pass
    if process.stdin is not None:
        process.stdin.close()  # which tells it to end
    try:
        return process.wait(_END_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        return process.wait()


def end_with_standard_input() -> None:
    """Have this process sent SIGTERM when its standard input ends; Ctrl-C, which the server hears too, is ignored."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_wait, daemon=True).start()


def _wait() -> None:
    while os.read(sys.stdin.fileno(), 1):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
