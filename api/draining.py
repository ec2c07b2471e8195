"""uvicorn as it serves here: with bounds on connections, and an end for which everybody has time.

Told to stop, a service says at /readyz that it drains, so that balancers send no more, and goes on taking what they
send until they have noticed. Then it takes no more connections, finishes what it has, and ends.
"""

from __future__ import annotations

import asyncio
import math
import sys
from types import FrameType

import uvicorn
from fastapi import FastAPI

from api.connections import IDLE_SECONDS, Connections
from index.settings import Settings

_GRACE_SECONDS = 10
"""How long requests in flight may take when the service ends."""
_OTHER_FILES = 200
"""How many files a process has open beside its connections, at most."""
_MANY = 1 << 20


class DrainingServer(uvicorn.Server):
    """Serves until told to stop, and drains."""

    def __init__(self, app: FastAPI) -> None:
        self._app = app
        self._settings: Settings = app.state.askers.settings
        most = min(self._settings.max_connections, allow_open_files() - _OTHER_FILES)
        self._connections = Connections(most, app.state.log, app.state.metrics)
        self._told = 0
        self._ends = math.inf
        super().__init__(
            uvicorn.Config(
                app,
                http=self._connections.factory(),
                ws="none",
                log_config=None,  # the log has been set up
                log_level="error",  # its warnings are of requests that are refused and counted
                access_log=False,  # addresses hold questions, and questions are nobody's business but the asker's
                server_header=False,
                proxy_headers=False,  # by default whoever is on this machine would be believed; see api.app
                timeout_keep_alive=IDLE_SECONDS,
                timeout_graceful_shutdown=_GRACE_SECONDS,
            )
        )

    async def on_tick(self, counter: int) -> bool:
        """Do what is to be done several times a second; return whether to end."""
        now = asyncio.get_running_loop().time()
        self._connections.sweep(now)
        if self._told and not self._connections.draining:
            self.drain()
            self._ends = now + self._settings.drain_seconds
        return await super().on_tick(counter) or now >= self._ends

    def drain(self) -> None:
        """Say that it ends soon, and let each connection end after its next response."""
        self._app.state.draining = True
        self._connections.drain()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002 - as uvicorn calls it
        """Begin to end, or when told again, end at once."""
        self._told += 1
        if self._told > 1:
            self.should_exit = self.force_exit = True


def allow_open_files() -> int:
    """Let this process have as many files open as the system allows, and return how many: each connection is one."""
    if sys.platform == "win32":
        return _MANY
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = _MANY if hard == resource.RLIM_INFINITY else hard
    if soft == resource.RLIM_INFINITY or soft >= most:
        return most
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
    return most
