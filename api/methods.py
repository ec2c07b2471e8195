"""What holds for the methods of every address: HEAD wherever there is GET, and an ``Allow`` that names them all."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.datastructures import MutableHeaders
from starlette.routing import BaseRoute, Match, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send


class MethodsMiddleware:
    """Hands HEAD on as GET and keeps the body back; and completes ``Allow``.

    Args:
        app: The application.
        routes: Its routes. Each has methods of its own; who asks with another one is told those of the first that has
            the address.
    """

    def __init__(self, app: ASGIApp, routes: Sequence[BaseRoute]) -> None:
        self._app = app
        self._routes = [route for route in routes if isinstance(route, Route)]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        head = scope["method"] == "HEAD"

        async def send_completed(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] == 405:
                MutableHeaders(scope=message)["Allow"] = self._allowed(scope)
            elif head and message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        await self._app({**scope, "method": "GET"} if head else scope, receive, send_completed)

    def _allowed(self, scope: Scope) -> str:
        here = [route.methods or set() for route in self._routes if route.matches(scope)[0] is not Match.NONE]
        methods = set[str]().union(*here)
        return ", ".join(sorted(methods | {"HEAD"} if "GET" in methods else methods))
