"""Refuses requests that name a host which is not this one.

A page elsewhere can have its own name lead to this machine (DNS rebinding): the browser then takes the service for a
part of that page, and lets it read responses. Its requests still carry the page's name. Where a key is needed, such a
page has none; without keys the name is all that tells.
"""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from api.access.gate import Gate
from api.problems import of_error
from index.addresses import is_loopback
from index.errors import KeysDamaged, Misdirected


class HostMiddleware:
    """Answers 421 where the name is not one of this machine, nor one that is allowed.

    Args:
        app: What is behind it.
        gate: The service's.
        allowed: Names that are allowed besides.
    """

    def __init__(self, app: ASGIApp, gate: Gate, allowed: Sequence[str]) -> None:
        self._app = app
        self._gate = gate
        self._allowed = frozenset(allowed)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        if scope["type"] == "http" and _is_local(scope) and not self._keyed():
            named = [value.decode("latin-1") for name, value in scope["headers"] if name == b"host"]
            if len(named) != 1 or not self._is_ours(named[0]):
                error = Misdirected(
                    f"this service does not answer for the host {', '.join(named)!r}: it has no keys, so that only "
                    "this machine's own names are let in. Whoever runs it may name others in PINCITE_ALLOWED_HOSTS, "
                    "or make a key with: pincite keys create --name NAME"
                )
                await of_error(Request(scope), error)(scope, receive, send)
                return
        await self._app(scope, receive, send)

    def _keyed(self) -> bool:
        try:
            return self._gate.keyed
        except KeysDamaged:  # nobody is let in
            return True

    def _is_ours(self, host: str) -> bool:
        name = _without_port(host.lower())
        bare = name[1:-1] if name.startswith("[") and name.endswith("]") else name
        return is_loopback(bare) or name in self._allowed


def _is_local(scope: Scope) -> bool:
    """Tell whether a request came in at an address of this machine alone."""
    server = scope.get("server")
    return server is None or is_loopback(server[0])


def _without_port(host: str) -> str:
    end = host.find("]") + 1
    return host[: end or len(host)] if host.startswith("[") else host.partition(":")[0]
