"""Every request has an id: taken from ``X-Request-ID`` if that is fit, else made; returned and put into errors."""

from __future__ import annotations

import re
import secrets

from fastapi import Request
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEADER = "X-Request-ID"
_FIT = re.compile(r"[0-9A-Za-z_.:-]{1,128}")


def request_id(request: Request) -> str:
    """Return the id of a request that passed through ``RequestIdMiddleware``."""
    return str(request.scope["state"]["request_id"])


class RequestIdMiddleware:
    """Puts the id into the request's state and the response's headers."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = next(
            (value.decode("latin-1") for name, value in scope["headers"] if name == HEADER.lower().encode()), ""
        )
        chosen = given if _FIT.fullmatch(given) else secrets.token_hex(12)
        scope.setdefault("state", {})["request_id"] = chosen

        async def send_with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)[HEADER] = chosen
            await send(message)

        await self._app(scope, receive, send_with_id)
