"""Starting a module of ours as a process of its own, with this interpreter and what this process imports from."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path


def start_module(
    module: str, *arguments: str, stdout: int | None = None, stderr: int | None = None
) -> subprocess.Popen[bytes]:
    """Start a module as a program, with a pipe to its standard input.

    Args:
        module: Its name.
        arguments: Of the program.
        stdout: As in ``subprocess.Popen``.
        stderr: As there.

    Raises:
        OSError: It cannot be started.
    """
    path = os.pathsep.join(entry or str(Path.cwd()) for entry in sys.path)
    return subprocess.Popen(  # noqa: S603 - our own interpreter and module
        # -P: the folder that the command is run in may hold an index.py or a json.py, and is none of ours.
        [sys.executable, "-P", "-m", module, *arguments],
        stdin=subprocess.PIPE,
        stdout=stdout,
        stderr=stderr,
        env={**os.environ, "PYTHONPATH": path},
    )
